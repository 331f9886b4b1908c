package main

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"latchkey/shared/coded"
)

// TestWriteOutput holds what becomes of what is there already under the name.
func TestWriteOutput(t *testing.T) {
	const text = "a report"
	say := func(w io.Writer) error { _, err := io.WriteString(w, text); return err }
	dir := t.TempDir()
	file, link, pipe := filepath.Join(dir, "file"), filepath.Join(dir, "link"), filepath.Join(dir, "pipe")
	for _, err := range []error{os.WriteFile(file, []byte("an older and longer report"), 0o600), os.Symlink(file, link), syscall.Mkfifo(pipe, 0o600)} {
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{file, link} {
		if err := writeOutput(name, say); err != nil {
			t.Fatal(err)
		}
		if got, err := os.ReadFile(file); err != nil || string(got) != text {
			t.Errorf("%s: %q, %v", filepath.Base(name), got, err)
		}
	}
	if info, err := os.Lstat(link); err != nil || info.Mode()&os.ModeSymlink == 0 {
		t.Errorf("the link was replaced: %v, %v", info, err)
	}
	far := filepath.Join(dir, "far")
	for _, err := range []error{os.Mkdir(far, 0o700), os.Symlink("new", filepath.Join(far, "near")), os.Symlink("far/near", filepath.Join(dir, "dangling"))} {
		if err != nil {
			t.Fatal(err)
		}
	}
	dangling := filepath.Join(dir, "dangling")
	if err := errors.Join(checkOutput(dangling), writeOutput(dangling, say)); err != nil {
		t.Fatal(err)
	}
	if got, err := os.ReadFile(filepath.Join(far, "new")); err != nil || string(got) != text {
		t.Errorf("through links to no file yet: %q, %v", got, err)
	}
	failed := errors.New("no report")
	if err := writeOutput(file, func(io.Writer) error { return failed }); !errors.Is(err, failed) {
		t.Errorf("answered %v", err)
	}
	if got, _ := os.ReadFile(file); string(got) != text {
		t.Errorf("a report that failed left %q", got)
	}

	read := make(chan string, 1)
	go func() {
		got, err := os.ReadFile(pipe)
		if err != nil {
			got = []byte(err.Error())
		}
		read <- string(got)
	}()
	if err := writeOutput(pipe, say); err != nil {
		t.Fatal(err)
	}
	if got := <-read; got != text {
		t.Errorf("through the pipe came %q", got)
	}
	if info, err := os.Lstat(pipe); err != nil || info.Mode()&os.ModeNamedPipe == 0 {
		t.Errorf("the pipe was replaced: %v, %v", info, err)
	}
	if err := checkOutput("-"); !coded.Is(err, coded.Invalid) {
		t.Errorf("- is taken: %v", err)
	}
}
