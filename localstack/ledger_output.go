package main

import (
	"bufio"
	"io"
	"os"
	"path/filepath"

	"latchkey/shared/coded"
)

// checkOutput reports early that a file cannot be written; "" is none.
func checkOutput(name string) error {
	if name == "" {
		return nil
	}
	if info, err := os.Stat(name); err == nil && info.IsDir() {
		return outputError(coded.New(coded.Invalid, "%s is a folder", name))
	}
	if _, err := os.Stat(filepath.Dir(name)); err != nil {
		return outputError(err)
	}
	return nil
}

func outputError(err error) error {
	e := coded.Wrap(coded.Invalid, err, "writing the report")
	e.Hint = "name a file in a folder that exists and may be written"
	return e
}

// writeOutput writes a file whole or not at all.
func writeOutput(name string, write func(io.Writer) error) error {
	f, err := os.CreateTemp(filepath.Dir(name), ".latchkey-*")
	if err != nil {
		return outputError(err)
	}
	defer os.Remove(f.Name()) // has no effect once it is renamed
	b := bufio.NewWriterSize(f, 64<<10)
	err = write(b)
	if err == nil {
		err = b.Flush()
	}
	if err == nil {
		err = f.Chmod(0o644) //nolint:gosec // as other files that a command is told to write
	}
	if closed := f.Close(); err == nil {
		err = closed
	}
	if err == nil {
		err = os.Rename(f.Name(), name)
	}
	if err != nil {
		return outputError(err)
	}
	return nil
}
