package main

import (
	"bytes"
	"context"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
)

// TestAttach_Refuses asks for cells that there are not.
func TestAttach_Refuses(t *testing.T) {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("X-Amzn-ErrorType", "ResourceNotFoundException")
		w.WriteHeader(http.StatusNotFound)
		_, _ = w.Write([]byte(`{"Message":"no"}`)) // the client would notice
	}))
	defer s.Close()
	nowhere := filepath.Join(t.TempDir(), "none")
	for name, value := range map[string]string{
		"AWS_ENDPOINT_URL": s.URL, "AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing", "AWS_REGION": "", "AWS_DEFAULT_REGION": "", "AWS_PROFILE": "",
		"AWS_CONFIG_FILE": nowhere, "AWS_SHARED_CREDENTIALS_FILE": nowhere,
	} {
		t.Setenv(name, value)
	}
	for _, c := range []struct{ args, want []string }{
		{[]string{"--region", "eu-west-3"}, []string{"error: there is no cell in eu-west-3", "hint: name the Region of a cell with --region"}},
		{nil, []string{"error: AWS_REGION: ", "hint: "}},
		{[]string{"--region", "eu-west-3", "--port", "99999"}, []string{"error: port: ", "hint: give 0 … 65535"}},
	} {
		var out bytes.Buffer
		code := run(context.Background(), append([]string{"attach"}, c.args...), nil, &out, &out)
		for _, want := range c.want {
			if code != exitError || !strings.Contains(out.String(), want) {
				t.Errorf("%v: exit %d, %s; want %s", c.args, code, out.String(), want)
			}
		}
	}
}
