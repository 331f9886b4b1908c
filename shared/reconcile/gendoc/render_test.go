package main

import (
	"bytes"
	"os"
	"strings"
	"testing"

	"latchkey/shared/customerkey"
	"latchkey/shared/database"
)

func TestDocs_Fresh(t *testing.T) {
	got, err := os.ReadFile("../../../docs/states.md")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, render()) {
		t.Error("docs/states.md is stale: run go generate ./shared/reconcile/gendoc")
	}
}

func TestRender_Complete(t *testing.T) {
	doc := string(render())
	if n := strings.Count(doc, "```mermaid\nstateDiagram-v2\n"); n != 4 || strings.Count(doc, "```") != 8 {
		t.Errorf("%d diagrams, want those of tenant, key, database and snapshot", n)
	}
	for _, s := range customerkey.Transitions.States() {
		if !strings.Contains(doc, `"`+string(s)+`"`) {
			t.Errorf("phase %s of a key is not there", s)
		}
	}
	for _, s := range database.Transitions.States() {
		if !strings.Contains(doc, `"`+string(s)+`"`) {
			t.Errorf("phase %s of a database is not there", s)
		}
	}
}
