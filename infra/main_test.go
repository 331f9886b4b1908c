package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestRun_Invalid holds that wrong input is refused before anything is built,
// with every problem and its fix.
func TestRun_Invalid(t *testing.T) {
	dir := t.TempDir()
	file := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	none, empty := filepath.Join(dir, "none.json"), file("empty.json", "{}")
	tests := []struct {
		name string
		args []string
		want []string // in what is printed
	}{
		{"flag", []string{"-nope"}, []string{"flag provided but not defined"}},
		{"argument", []string{"synth"}, []string{`"synth" is not a flag`, "hint: give flags only"}},
		{"setting without a value", []string{"-c", "regions"}, []string{"give key=value"}},
		{"no file", []string{"-out", dir, "-config", none}, []string{"no context", "none.json", "hint: run it in the folder of go.mod"}},
		{"no JSON", []string{"-out", dir, "-config", file("text.json", "regions: all")}, []string{"no context", "invalid character"}},
		{"nothing chosen", []string{"-out", dir, "-config", empty}, []string{"error: context.regions", "error: context.alarms", "error: context.runbookBase", "hint: list the Regions"}},
		{"wrong settings", []string{"-out", dir, "-config", "../cdk.json", "-c", "zones=4", "-c", "logLevel=loud"}, []string{"error: context.zones", "hint: give 2 or 3", "error: context.logLevel"}},
		{"folder that cannot be made", []string{"-out", filepath.Join(empty, "cdk.out"), "-config", "../cdk.json"}, []string{"no folder for the assembly", "empty.json", "hint: name a folder"}},
		{"mode of assets", []string{"-out", dir, "-config", "../cdk.json", "-assets", "zip"}, []string{"error: assets", "hint: give build or placeholder"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var out bytes.Buffer
			err := run(context.Background(), test.args, &out)
			if err == nil {
				t.Fatal("it is taken")
			}
			explain(&out, err)
			for _, want := range test.want {
				if !strings.Contains(out.String(), want) {
					t.Errorf("%q is not in:\n%s", want, out.String())
				}
			}
		})
	}
}

// TestOptions_Context holds whose context counts: the CLI's, unless -out is
// given, and what the command line sets over either.
func TestOptions_Context(t *testing.T) {
	t.Setenv(envContext, `{"zones":2}`)
	opts := options{file: "../cdk.json", set: map[string]any{"logLevel": "warn"}}
	c, err := opts.context()
	if err != nil || c["zones"] != 2.0 || c["logLevel"] != "warn" || c["regions"] != nil {
		t.Errorf("from the CLI: %v, %v", c, err)
	}
	opts.out = t.TempDir()
	c, err = opts.context()
	if err != nil || c["zones"] != nil || c["logLevel"] != "warn" || c["regions"] == nil {
		t.Errorf("from the file: %v, %v", c, err)
	}
	t.Setenv(envContext, "{")
	opts.out = ""
	if _, err := opts.context(); err == nil {
		t.Error("a broken context is taken")
	}
}

// TestQuiet holds that the command has package quiet in it, which sets this
// before the bindings read it. (The test must not import it.)
func TestQuiet(t *testing.T) {
	if os.Getenv("JSII_DEPRECATED") == "" {
		t.Error("every synthesis warns of deprecated properties")
	}
}
