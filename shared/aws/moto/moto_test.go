package moto_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"latchkey/shared/aws/moto"
	"latchkey/shared/aws/mototest"
	"latchkey/shared/coded"
)

func TestStart_Given(t *testing.T) {
	s := httptest.NewServer(http.NotFoundHandler())
	t.Setenv("AWS_ENDPOINT_URL", s.URL)
	got, err := moto.Start(context.Background())
	if err != nil || got.URL != s.URL || got.Ours {
		t.Errorf("%+v, %v", got, err)
	}
	got.Close() // ends nothing
	if _, err := http.Get(s.URL); err != nil {
		t.Error(err)
	}
	s.Close()
	if _, err := moto.Start(context.Background()); !coded.Is(err, coded.Invalid) || !strings.Contains(err.Error(), "AWS_ENDPOINT_URL") {
		t.Errorf("where nothing answers: %v", err)
	}
}

func TestStart_None(t *testing.T) {
	t.Setenv("AWS_ENDPOINT_URL", "")
	t.Setenv("PATH", t.TempDir())
	_, err := moto.Start(context.Background())
	if !coded.Is(err, coded.Invalid) || !strings.Contains(coded.Hint(err), "pip install 'moto[server]==5.2.1'") {
		t.Errorf("%v; hint %q", err, coded.Hint(err))
	}
}

func TestStart_Own(t *testing.T) {
	mototest.Require(t, mototest.Tool)
	t.Setenv("AWS_ENDPOINT_URL", "")
	s, err := moto.Start(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	res, err := http.Get(s.URL + "/moto-api/data.json")
	if err != nil || res.StatusCode != http.StatusOK || !s.Ours {
		t.Errorf("%v %v", res, err)
	} else {
		res.Body.Close()
	}
	s.Close()
	if _, err := http.Get(s.URL + "/moto-api/data.json"); err == nil {
		t.Error("it still answers")
	}
}
