package main

import (
	"bytes"
	"context"
	"testing"
)

func TestRun_ExitCode(t *testing.T) {
	const nowhere = "--url=http://127.0.0.1:1"
	for _, tt := range []struct {
		name string
		args []string
		code int
	}{
		{"help", []string{"--help"}, exitOK},
		{"no command", nil, exitUsage},
		{"unknown command", []string{"tenants"}, exitUsage},
		{"missing argument", []string{"context", "acme"}, exitUsage},
		{"unknown flag", []string{"tenant", "list", "--all"}, exitUsage},
		{"sample", []string{"event", "sample", "tenant-created"}, exitOK},
		{"no such sample", []string{"event", "sample", "x"}, exitError},
		{"no stack", []string{nowhere, "tenant", "list"}, exitError},
		{"nothing to put", []string{nowhere, "event", "put", "-"}, exitError},
	} {
		var out, errOut bytes.Buffer
		code := run(context.Background(), tt.args, &bytes.Buffer{}, &out, &errOut)
		if code != tt.code || (code == exitOK) != (errOut.Len() == 0) {
			t.Errorf("%s: exit code %d, want %d: %s", tt.name, code, tt.code, errOut.String())
		}
		if code != exitOK && !bytes.HasPrefix(errOut.Bytes(), []byte("error: ")) {
			t.Errorf("%s: %s", tt.name, errOut.String())
		}
	}
}
