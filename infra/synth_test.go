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
	"time"

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

var scratch string // folder of all that the tests write

// once synthesizes cdk.json's app, for all tests together.
var once = sync.OnceValues(func() (took time.Duration, err error) {
	if scratch, err = os.MkdirTemp("", "infra-test-"); err != nil {
		return 0, err
	}
	began := time.Now()
	err = synthesize("first")
	return time.Since(began), err
})

func synthesize(name string) error {
	var out bytes.Buffer
	opts := options{root: "..", file: "../cdk.json", out: filepath.Join(scratch, name), assets: assets.Placeholder, cache: filepath.Join(scratch, "cache")}
	err := synth(context.Background(), opts, &out)
	os.Stderr.Write(out.Bytes())
	return err
}

// assembly returns the folder of the assembly.
func assembly(t *testing.T) string {
	t.Helper()
	synthtest.Require(t)
	if _, err := once(); err != nil {
		t.Fatal(err)
	}
	return filepath.Join(scratch, "first")
}

// stack returns the template of a stack.
func stack(t *testing.T, name string) synthtest.Template {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(assembly(t), name+".template.json"))
	if err != nil {
		t.Fatal(err)
	}
	var out synthtest.Template
	if err := json.Unmarshal(raw, &out); err != nil {
		t.Fatal(err)
	}
	return out
}

// oneCell returns the template of one cell; TestSynth_Cells holds that the others
// are the same.
func oneCell(t *testing.T) synthtest.Template { return stack(t, cell.StackName(regions[0])) }

// everyStack calls a test for each stack.
func everyStack(t *testing.T, test func(*testing.T, synthtest.Template)) {
	t.Helper()
	for _, name := range []string{entry.StackName, cell.StackName(regions[0]), cell.StackName(regions[1])} {
		t.Run(name, func(t *testing.T) { test(t, stack(t, name)) })
	}
}

func TestSynth_Time(t *testing.T) {
	assembly(t)
	took, _ := once()
	t.Logf("two cells and the entry in %v", took.Round(time.Millisecond))
	if took > time.Minute {
		t.Errorf("it took %v; the aim is 15 s on a machine that does nothing else", took)
	}
}

// TestSynth_Twice holds that the same settings give the same bytes.
func TestSynth_Twice(t *testing.T) {
	first := assembly(t)
	if err := synthesize("second"); err != nil {
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

// text is a value of a template as the sources write it: a reference is ${…}.
func text(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case map[string]any:
		if len(v) != 1 {
			break
		}
		for f, arg := range v {
			switch {
			case f == "Ref":
				return "${" + text(arg) + "}"
			case f == "Fn::Sub":
				return text(arg)
			case f == "Fn::GetAtt":
				of := arg.([]any)
				return "${" + text(of[0]) + "." + text(of[1]) + "}"
			}
		}
	}
	return synthtest.Text(v)
}

// texts is a value that is a text or a list of texts.
func texts(v any) []string {
	list, ok := v.([]any)
	if !ok {
		return []string{text(v)}
	}
	out := make([]string, len(list))
	for i := range list {
		out[i] = text(list[i])
	}
	return out
}

// part returns what a path of members leads to; nil if there is nothing.
func part(v any, path ...string) any {
	for _, p := range path {
		m, ok := v.(map[string]any)
		if !ok {
			return nil
		}
		v = m[p]
	}
	return v
}
