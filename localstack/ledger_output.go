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
	if info, err := os.Stat(name); name == "-" || err == nil && info.Mode().IsRegular() && isStandard(info) {
		return outputError(coded.New(coded.Invalid, "standard output has the report already"))
	} else if err == nil && info.IsDir() {
		return outputError(coded.New(coded.Invalid, "%s is a folder", name))
	}
	if _, err := os.Stat(filepath.Dir(followed(name))); err != nil {
		return outputError(err)
	}
	return nil
}

func isStandard(info os.FileInfo) bool {
	out, err := os.Stdout.Stat()
	return err == nil && os.SameFile(info, out)
}

func outputError(err error) error {
	e := coded.Wrap(coded.Invalid, err, "writing the report")
	e.Hint = "name a file in a folder that exists and may be written"
	return e
}

// maxLinks bounds a chain of links, as Linux does. [path_resolution(7)]
const maxLinks = 40

// followed returns what a link leads to, whether that is there yet or not.
func followed(name string) string {
	real, err := filepath.EvalSymlinks(name)
	if err == nil {
		return real
	}
	for range maxLinks {
		folder, err := filepath.EvalSymlinks(filepath.Dir(name))
		if err != nil {
			return name
		}
		to, err := os.Readlink(name)
		if err != nil {
			return name
		}
		if !filepath.IsAbs(to) {
			to = filepath.Join(folder, to)
		}
		name = to
	}
	return name
}

// writeOutput writes a file whole or not at all. A link is followed; what is no
// file, such as a pipe or a device, is written as it is.
func writeOutput(name string, write func(io.Writer) error) error {
	name = followed(name)
	if info, err := os.Stat(name); err == nil && !info.Mode().IsRegular() {
		return writeThrough(name, write)
	}
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

func writeThrough(name string, write func(io.Writer) error) error {
	f, err := os.OpenFile(name, os.O_WRONLY, 0)
	if err != nil {
		return outputError(err)
	}
	b := bufio.NewWriter(f)
	if err = write(b); err == nil {
		err = b.Flush()
	}
	if closed := f.Close(); err == nil {
		err = closed
	}
	if err != nil {
		return outputError(err)
	}
	return nil
}
