package main

import (
	"fmt"
	"os"
	"strings"
)

// Markers around the table in a document.
const (
	begin = "<!-- cost: made by go generate ./infra/cost -->\n"
	end   = "<!-- end of cost -->\n"
)

// renew writes text between a file's markers.
func renew(file, text string) error {
	raw, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	doc, err := between(string(raw), text)
	if err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	return os.WriteFile(file, []byte(doc), 0o644)
}

// between returns doc with text between its markers.
func between(doc, text string) (string, error) {
	before, rest, found := strings.Cut(doc, begin)
	_, after, closed := strings.Cut(rest, end)
	if !found || !closed {
		return "", fmt.Errorf("the markers %q and %q are not both there", strings.TrimSpace(begin), strings.TrimSpace(end))
	}
	return before + begin + "\n" + text + "\n" + end + after, nil
}
