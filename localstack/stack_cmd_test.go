package main

import (
	"bytes"
	"context"
	"encoding/json"
	"strings"
	"testing"

	"latchkey/localstack/emulator/proxy"
	"latchkey/localstack/emulator/template"
)

func TestStackCmd_Rewrites(t *testing.T) {
	var out, errOut bytes.Buffer
	if code := run(context.Background(), []string{"stack", "--rewrites"}, nil, &out, &errOut); code != exitOK {
		t.Fatalf("exit %d: %s", code, errOut.String())
	}
	for _, r := range template.Rewrites() {
		if !strings.Contains(out.String(), r.Name) || !strings.Contains(out.String(), r.Reason) {
			t.Errorf("no %s with its reason in\n%s", r.Name, out.String())
		}
	}
	for _, r := range proxy.Rewrites() {
		if !strings.Contains(out.String(), r.Name) || !strings.Contains(out.String(), r.Reason) {
			t.Errorf("no %s with its reason in\n%s", r.Name, out.String())
		}
	}
	for _, kind := range template.IgnoredTypes() {
		if !strings.Contains(out.String(), kind) {
			t.Errorf("no %s", kind)
		}
	}
	out.Reset()
	if code := run(context.Background(), []string{"--json", "stack", "--rewrites"}, nil, &out, &errOut); code != exitOK {
		t.Fatalf("exit %d: %s", code, errOut.String())
	}
	var list []rewrite
	if err := json.Unmarshal(out.Bytes(), &list); err != nil || len(list) != len(template.Rewrites())+len(template.Repairs())+len(proxy.Rewrites()) {
		t.Errorf("%v, %+v", err, list)
	}
}

func TestStackCmd_NoAssembly(t *testing.T) {
	var out, errOut bytes.Buffer
	code := run(context.Background(), []string{"stack", "demo", "--assembly", t.TempDir()}, nil, &out, &errOut)
	if code != exitError || !strings.Contains(errOut.String(), "is not a cloud assembly") || !strings.Contains(errOut.String(), "hint: synthesize it with: go run ./infra") {
		t.Errorf("exit %d: %s", code, errOut.String())
	}
}
