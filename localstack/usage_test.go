package main

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"latchkey/localstack/api"
	"latchkey/shared/keyusage/report"
	"latchkey/shared/keyusage/usage"
)

// TestUsage_Once holds that all forms are of one answer: the stack goes on
// counting, so two would differ.
func TestUsage_Once(t *testing.T) {
	asked := 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked++
		now := time.Date(2026, 3, 2, 9, 0, asked, 0, time.UTC)
		w.Header().Set(api.TimeHeader, now.Format(time.RFC3339Nano))
		rep := &report.Report{Title: "Use of the KMS keys of acme", MadeAt: now, Tenant: "acme", RulesOff: []string{"unknown-principal"}}
		if err := json.NewEncoder(w).Encode(usage.Bundle{Report: rep, CSV: "made " + now.Format(time.TimeOnly)}); err != nil {
			t.Error(err)
		}
	}))
	defer server.Close()
	dir := t.TempDir()
	csv, html := filepath.Join(dir, "usage.csv"), filepath.Join(dir, "usage.html")
	var out, errOut bytes.Buffer
	if code := run(context.Background(), []string{"--url", server.URL, "usage", "acme", "--csv", csv, "--html", html}, &bytes.Buffer{}, &out, &errOut); code != exitOK {
		t.Fatalf("exit code %d: %s", code, errOut.String())
	}
	for name, want := range map[string]string{csv: "made 09:00:01", html: "2026-03-02 09:00:01"} {
		text, err := os.ReadFile(name)
		if err != nil || !strings.Contains(string(text), want) {
			t.Errorf("%s is not of the first answer: %v", filepath.Base(name), err)
		}
	}
	if asked != 1 || !strings.Contains(out.String(), "findings of the kind unknown-principal are not looked for") {
		t.Errorf("asked %d times; it says\n%s", asked, out.String())
	}
}
