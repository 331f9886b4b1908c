package assets

import (
	"bytes"
	"context"
	"debug/elf"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"latchkey/shared/coded"
)

// checkout is a module with two functions that do nothing.
func checkout(t *testing.T, dir string) {
	t.Helper()
	files := map[string]string{"go.mod": "module tiny\n\ngo 1.25\n"}
	for _, f := range []string{"one", "two"} {
		files["functions/"+f+"/main.go"] = "package main\n\nfunc main() { println(\"" + f + "\") }\n"
	}
	for name, text := range files {
		if err := write(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func prepared(t *testing.T, root, dir string) (files map[string][]byte, changed map[string]time.Time) {
	t.Helper()
	folders, err := Prepare(context.Background(), Build, root, dir, []string{"one", "two"})
	if err != nil {
		t.Fatal(err)
	}
	files, changed = map[string][]byte{}, map[string]time.Time{}
	for f, folder := range folders {
		path := filepath.Join(folder, bootstrap)
		raw, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		info, err := os.Stat(path)
		if err != nil || info.Mode().Perm()&0o111 == 0 {
			t.Errorf("%s cannot be run: %v", path, err)
		}
		files[f], changed[f] = raw, info.ModTime()
		if entries, err := os.ReadDir(folder); err != nil || len(entries) != 1 {
			t.Errorf("%s holds more than its bootstrap: %v, %v", folder, entries, err)
		}
	}
	return files, changed
}

// TestPrepare_Build holds that binaries are Lambda's, that the same sources give
// the same bytes wherever they are, and that a second time leaves them alone.
func TestPrepare_Build(t *testing.T) {
	here, there, dir := t.TempDir(), t.TempDir(), t.TempDir()
	checkout(t, here)
	checkout(t, there)
	first, made := prepared(t, here, dir)
	for f, raw := range first {
		e, err := elf.NewFile(bytes.NewReader(raw))
		if err != nil {
			t.Fatal(err)
		}
		if e.Machine != elf.EM_AARCH64 {
			t.Errorf("%s is for %v", f, e.Machine)
		}
		if e.Section(".symtab") != nil || e.Section(".debug_info") != nil {
			t.Errorf("%s has symbols", f)
		}
	}
	if bytes.Equal(first["one"], first["two"]) {
		t.Error("two functions are the same")
	}
	again, later := prepared(t, here, dir)
	elsewhere, _ := prepared(t, there, t.TempDir())
	for f := range first {
		if !bytes.Equal(first[f], again[f]) || !made[f].Equal(later[f]) {
			t.Errorf("%s was made anew", f)
		}
		if !bytes.Equal(first[f], elsewhere[f]) {
			t.Errorf("%s depends on where it is built", f)
		}
	}
}

func TestPrepare_Invalid(t *testing.T) {
	root := t.TempDir()
	checkout(t, root)
	ctx := context.Background()
	if _, err := Prepare(ctx, "zip", root, t.TempDir(), nil); !coded.Is(err, coded.Invalid) || coded.Hint(err) == "" {
		t.Errorf("a mode that is none: %v", err)
	}
	if _, err := Prepare(ctx, Build, root, t.TempDir(), []string{"three"}); err == nil || !strings.Contains(err.Error(), "function three") {
		t.Errorf("a function that is not there: %v", err)
	}
	if err := os.WriteFile(filepath.Join(root, "functions/two/main.go"), []byte("package main\n\nfunc main() { undefined() }\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := Prepare(ctx, Build, root, t.TempDir(), []string{"one", "two"}); err == nil || !strings.Contains(err.Error(), "undefined") {
		t.Errorf("a function that does not compile: %v", err)
	}
}

func TestPrepare_Placeholder(t *testing.T) {
	dir := t.TempDir()
	folders, err := Prepare(context.Background(), Placeholder, ".", dir, []string{"one", "two"})
	if err != nil {
		t.Fatal(err)
	}
	texts := map[string]bool{}
	for f, folder := range folders {
		raw, err := os.ReadFile(filepath.Join(folder, bootstrap))
		if err != nil || !strings.Contains(string(raw), f) || !strings.Contains(string(raw), "-assets=build") {
			t.Errorf("%s: %s, %v", f, raw, err)
		}
		texts[string(raw)] = true
	}
	if len(texts) != 2 {
		t.Error("two functions have the same placeholder")
	}
}

func TestDir(t *testing.T) {
	a, errA := Dir("/somewhere")
	b, errB := Dir("/elsewhere")
	if errA != nil || errB != nil || a == b {
		t.Errorf("%s and %s: %v, %v", a, b, errA, errB)
	}
}
