package embedded

import (
	"errors"
	"os"
	"path/filepath"
	"time"
)

// replace writes a file so that a reader, and a machine that stops at any
// moment, finds the old content or the new.
func replace(path string, content []byte) error {
	dir := filepath.Dir(path)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	temp, err := os.CreateTemp(dir, tempPrefix)
	if err != nil {
		return err
	}
	_, err = temp.Write(content)
	if err == nil {
		err = temp.Chmod(0o644)
	}
	if err == nil {
		err = later(temp, path)
	}
	if err == nil {
		err = temp.Sync()
	}
	if closed := temp.Close(); err == nil {
		err = closed
	}
	if err == nil {
		err = os.Rename(temp.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(temp.Name()))
	}
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// later gives a file a later time than the one that it replaces has. The time
// makes the tag, and many a file system gives all that is written within some
// milliseconds the same.
func later(temp *os.File, path string) error {
	old, err := os.Stat(path)
	if notThere(err) {
		return nil
	}
	if err != nil {
		return err
	}
	stat, err := temp.Stat()
	if err != nil || stat.ModTime().After(old.ModTime()) {
		return err
	}
	return os.Chtimes(temp.Name(), time.Time{}, old.ModTime().Add(time.Microsecond))
}
