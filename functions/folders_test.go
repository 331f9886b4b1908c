package functions_test

import (
	"encoding/json"
	"fmt"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"latchkey/shared/deployment"
)

// maxLines is the most that a main may have: wiring only.
const maxLines = 40

// Each function has a folder with a short main and a sample event, and there is
// no other folder.
func TestFolders(t *testing.T) {
	folders, err := filepath.Glob("*/main.go")
	if err != nil {
		t.Fatal(err)
	}
	var known []string
	functions(t, func(t *testing.T, f deployment.Function) {
		known = append(known, filepath.Join(f.Name, "main.go"))
		source, err := os.ReadFile(filepath.Join(f.Name, "main.go"))
		if err != nil {
			t.Fatal(err)
		}
		if n := strings.Count(string(source), "\n"); n > maxLines {
			t.Errorf("main.go has %d lines", n)
		}
		file, err := parser.ParseFile(token.NewFileSet(), "main.go", source, parser.ParseComments)
		if err != nil || file.Doc == nil {
			t.Errorf("main.go says nothing of the function: %v", err)
		}
		event, err := os.ReadFile(filepath.Join(f.Name, "event.json"))
		if err != nil || !json.Valid(event) {
			t.Errorf("no sample event: %v", err)
		}
	})
	slices.Sort(known)
	if !slices.Equal(folders, known) {
		t.Errorf("folders %v, functions %v", folders, known)
	}
}

// The list of functions in README.md is the deployment's.
func TestReadme(t *testing.T) {
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	functions(t, func(t *testing.T, f deployment.Function) {
		for line := range strings.Lines(string(readme)) {
			if strings.HasPrefix(line, "| `"+f.Name+"` |") {
				size := fmt.Sprintf("| %d MB, %.0fs |", f.MemoryMB, f.Timeout.Seconds())
				if !strings.Contains(line, f.Purpose) || !strings.Contains(line, size) {
					t.Errorf("README.md says %s", line)
				}
				return
			}
		}
		t.Error("README.md does not list it")
	})
}
