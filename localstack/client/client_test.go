package client_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"latchkey/localstack/client"
	"latchkey/shared/coded"
)

func TestNew(t *testing.T) {
	for address, ok := range map[string]bool{
		client.DefaultURL: true, "https://stack.example.com/": true,
		"": false, "127.0.0.1:7420": false, "ftp://x": false, "http://": false, ":": false,
	} {
		if _, err := client.New(address); (err == nil) != ok || !ok && !coded.Is(err, coded.Invalid) {
			t.Errorf("New(%q): %v", address, err)
		}
	}
}

func TestClient_Errors(t *testing.T) {
	foreign := httptest.NewServer(http.NotFoundHandler())
	defer foreign.Close()
	gone := httptest.NewServer(http.NotFoundHandler())
	gone.Close()
	for address, want := range map[string]struct {
		code coded.Code
		text string
	}{
		foreign.URL: {coded.Invalid, "is not a local stack"},
		gone.URL:    {coded.Retryable, "no local stack answers at " + gone.URL},
	} {
		c, err := client.New(address)
		if err != nil {
			t.Fatal(err)
		}
		_, err = c.Tenants(context.Background())
		if coded.Of(err) != want.code || !strings.Contains(err.Error(), want.text) || coded.Hint(err) == "" {
			t.Errorf("%v (%s); want %s %q", err, coded.Of(err), want.code, want.text)
		}
	}
	c, err := client.New(gone.URL)
	if err != nil {
		t.Fatal(err)
	}
	ended, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := c.Tenants(ended); err != context.Canceled {
		t.Errorf("after its context ended: %v", err)
	}
}
