package main

import (
	"bytes"
	"os"
	"regexp"
	"strings"
	"testing"

	"latchkey/events"
)

func TestDocs_Fresh(t *testing.T) {
	want, err := render()
	if err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile("../../docs/events.md")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Error("docs/events.md is stale: run go generate ./events")
	}
}

func TestRender_Complete(t *testing.T) {
	doc, err := render()
	if err != nil {
		t.Fatal(err)
	}
	page := string(doc)
	headings := map[string]bool{}
	for _, line := range strings.Split(page, "\n") {
		if h, ok := strings.CutPrefix(line, "### "); ok {
			headings[anchor(h)] = true
		}
	}
	for _, k := range events.Kinds() {
		if !headings[anchor(heading(k))] {
			t.Errorf("%s has no chapter", k.Name)
		}
	}
	for _, m := range regexp.MustCompile(`\]\(#([^)]*)\)`).FindAllStringSubmatch(page, -1) {
		if !headings[m[1]] {
			t.Errorf("link to #%s leads nowhere", m[1])
		}
	}
}
