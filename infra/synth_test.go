package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/aws/jsii-runtime-go"

	"latchkey/infra/assets"
	"latchkey/infra/cell"
	"latchkey/infra/entry"
	"latchkey/infra/network/synthtest"
)

func TestMain(m *testing.M) {
	os.Setenv("JSII_SILENCE_WARNING_DEPRECATED_NODE_VERSION", "1")
	os.Setenv("JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION", "1")
	code := m.Run()
	jsii.Close()
	if scratch != "" {
		os.RemoveAll(scratch)
	}
	os.Exit(code)
}

// The Regions of cdk.json, which the tests synthesize.
var regions = []string{"eu-central-1", "us-east-1"}

var (
	scratch string                // folder of all that the tests write
	said    = map[string]string{} // by each synthesis
)

// once synthesizes cdk.json's app, for all tests together.
var once = sync.OnceValue(func() (err error) {
	if scratch, err = os.MkdirTemp("", "infra-test-"); err != nil {
		return err
	}
	return synthesize("first", "../cdk.json")
})

func synthesize(name, file string) error {
	var out bytes.Buffer
	opts := options{root: "..", file: file, out: filepath.Join(scratch, name), assets: assets.Placeholder, cache: filepath.Join(scratch, "cache")}
	err := synth(context.Background(), opts, &out)
	os.Stderr.Write(out.Bytes())
	said[name] = out.String()
	return err
}

// assembly returns the folder of the assembly.
func assembly(t *testing.T) string {
	t.Helper()
	synthtest.Require(t)
	if err := once(); err != nil {
		t.Fatal(err)
	}
	return filepath.Join(scratch, "first")
}

// other synthesizes testdata/other.json, where every choice is made otherwise.
var other = sync.OnceValue(func() error { return synthesize("other", "testdata/other.json") })

// otherAssembly returns its folder.
func otherAssembly(t *testing.T) string {
	t.Helper()
	assembly(t)
	if err := other(); err != nil {
		t.Fatal(err)
	}
	return filepath.Join(scratch, "other")
}

// stack returns the template of a stack.
func stack(t *testing.T, name string) synthtest.Template {
	t.Helper()
	return load(t, assembly(t), name)
}

func load(t *testing.T, dir, name string) synthtest.Template {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(dir, name+".template.json"))
	if err != nil {
		t.Fatal(err)
	}
	if n := len(raw); n > 1<<20 { // [CloudFormation guide, Quotas]
		t.Errorf("the template of %s has %d bytes", name, n)
	}
	var out synthtest.Template
	if err := json.Unmarshal(raw, &out); err != nil {
		t.Fatal(err)
	}
	if n := len(out.Resources); n > 500 { // [same]
		t.Errorf("%s has %d resources", name, n)
	}
	return out
}

// oneCell returns the template of one cell; TestSynth_Cells holds that the others
// are the same.
func oneCell(t *testing.T) synthtest.Template { return stack(t, cell.StackName(regions[0])) }

// everyStack calls a test for each stack.
func everyStack(t *testing.T, test func(*testing.T, synthtest.Template)) {
	t.Helper()
	synthtest.Require(t)
	for _, name := range []string{entry.StackName, cell.StackName(regions[0]), cell.StackName(regions[1])} {
		t.Run(name, func(t *testing.T) { test(t, stack(t, name)) })
	}
}

// TestSynth_Twice holds that the same settings give the same bytes.
func TestSynth_Twice(t *testing.T) {
	first := assembly(t)
	if err := synthesize("second", "../cdk.json"); err != nil {
		t.Fatal(err)
	}
	second, seen := filepath.Join(scratch, "second"), 0
	err := filepath.WalkDir(first, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		rel, _ := filepath.Rel(first, path)
		a, errA := os.ReadFile(path)
		b, errB := os.ReadFile(filepath.Join(second, rel))
		if errA != nil || errB != nil || !bytes.Equal(a, b) {
			t.Errorf("%s differs: %v %v", rel, errA, errB)
		}
		seen++
		return nil
	})
	if err != nil || seen < 10 {
		t.Errorf("compared %d files: %v", seen, err)
	}
}

// TestSynth_Cells holds that cells differ in nothing but their Region's name.
func TestSynth_Cells(t *testing.T) {
	texts := make([]string, len(regions))
	for i, region := range regions {
		raw, err := os.ReadFile(filepath.Join(assembly(t), cell.StackName(region)+".template.json"))
		if err != nil {
			t.Fatal(err)
		}
		list := strings.Join(regions, ",")
		texts[i] = strings.ReplaceAll(strings.ReplaceAll(string(raw), list, "REGIONS"), region, "REGION")
	}
	if texts[0] != texts[1] {
		t.Error("the cells of two Regions differ")
	}
}
