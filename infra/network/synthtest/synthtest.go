// Package synthtest synthesizes one stack for the test of a construct and reads
// its template. Tests that need it skip where Node is not installed, unless
// LATCHKEY_REQUIRE says that it has to be there.
package synthtest

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/jsii-runtime-go"

	"latchkey/infra/libraries"
)

// Tool is Node's name in LATCHKEY_REQUIRE.
const Tool = "node"

// Template is a template as CloudFormation reads it.
type Template struct {
	Resources map[string]Resource
	Outputs   map[string]any
}

// Resource is one resource of a template.
type Resource struct {
	Type                string
	Properties          map[string]any
	Metadata            map[string]any
	DeletionPolicy      string
	UpdateReplacePolicy string
	DependsOn           any
}

// Require skips the test with one line if Node is not installed; it fails the
// test instead where LATCHKEY_REQUIRE (a list with commas) names it.
func Require(t testing.TB) {
	t.Helper()
	if _, err := exec.LookPath("node"); err == nil {
		return
	}
	const get = "see nodejs.org, version 22 or later"
	if slices.Contains(strings.Split(os.Getenv("LATCHKEY_REQUIRE"), ","), Tool) {
		t.Fatalf("node is not installed and LATCHKEY_REQUIRE asks for it: %s", get)
	}
	t.Skipf("node is not installed: %s", get)
}

// Libraries loads the CDK's libraries into the test's process; without Node it
// does what Require does.
func Libraries(t testing.TB) {
	t.Helper()
	Require(t)
	t.Setenv("JSII_SILENCE_WARNING_DEPRECATED_NODE_VERSION", "1")
	t.Setenv("JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION", "1")
	if err := libraries.Load(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// Stack synthesizes a stack that fill makes and returns its template, parsed and
// as it was written.
func Stack(t testing.TB, fill func(awscdk.Stack) error) (Template, []byte) {
	t.Helper()
	Libraries(t)
	dir := t.TempDir()
	app := awscdk.NewApp(&awscdk.AppProps{Outdir: &dir, AnalyticsReporting: jsii.Bool(false)})
	stack := awscdk.NewStack(app, jsii.String("test"), &awscdk.StackProps{Env: &awscdk.Environment{Region: jsii.String("eu-central-1")}})
	if err := fill(stack); err != nil {
		t.Fatal(err)
	}
	app.Synth(nil)
	raw, err := os.ReadFile(filepath.Join(dir, "test.template.json"))
	if err != nil {
		t.Fatal(err)
	}
	var out Template
	if err := json.Unmarshal(raw, &out); err != nil {
		t.Fatal(err)
	}
	return out, raw
}

// Of returns the resources of a type, by logical id.
func (t Template) Of(kind string) map[string]Resource {
	out := map[string]Resource{}
	for id, r := range t.Resources {
		if r.Type == kind {
			out[id] = r
		}
	}
	return out
}

// Text returns v as JSON, for comparing and quoting.
func Text(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		return err.Error()
	}
	return string(b)
}
