package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"latchkey/shared/coded"
)

// TestRun_NoNode holds that a machine without Node is told so, and how to get
// one, before anything is built.
func TestRun_NoNode(t *testing.T) {
	program := filepath.Join(t.TempDir(), "node")
	if err := os.WriteFile(program, []byte("#!/bin/sh\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name, path, node, runtime string
		field, hint               string // of the error; empty: there is none
	}{
		{name: "none", field: "node", hint: "install Node 22"},
		{name: "named and not there", node: filepath.Join(t.TempDir(), "node"), field: envNode, hint: "name the program itself"},
		{name: "on the path", path: filepath.Dir(program)},
		{name: "named", node: program},
		{name: "a command of its own", runtime: "node-of-mine"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Setenv("PATH", test.path)
			t.Setenv(envNode, test.node)
			t.Setenv(envRuntime, test.runtime)
			if test.field == "" {
				if err := needNode(); err != nil {
					t.Error(err)
				}
				return
			}
			var out bytes.Buffer
			err := run(context.Background(), []string{"-out", t.TempDir(), "-config", "../cdk.json"}, &out)
			if !coded.Is(err, coded.Invalid) || !strings.HasPrefix(err.Error(), test.field+": ") || !strings.Contains(coded.Hint(err), test.hint) {
				t.Errorf("got %v, hint %q", err, coded.Hint(err))
			}
		})
	}
}
