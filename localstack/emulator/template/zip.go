package template

import (
	"archive/zip"
	"bytes"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"latchkey/shared/coded"
)

// read returns what is to be uploaded of an asset.
func (a Asset) read() ([]byte, error) {
	if !a.Zip {
		b, err := os.ReadFile(a.Path)
		if err != nil {
			return nil, coded.Wrap(coded.Invalid, err, "asset %s", a.ID)
		}
		return b, nil
	}
	var buf bytes.Buffer
	w := zip.NewWriter(&buf)
	err := filepath.WalkDir(a.Path, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() {
			return err
		}
		return addFile(w, a.Path, path)
	})
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		return nil, coded.Wrap(coded.Invalid, err, "asset %s", a.ID)
	}
	return buf.Bytes(), nil
}

func addFile(w *zip.Writer, root, path string) error {
	name, err := filepath.Rel(root, path)
	if err != nil {
		return err
	}
	header := &zip.FileHeader{Name: filepath.ToSlash(name), Method: zip.Store} // it stays on this machine
	header.SetMode(0o755)
	to, err := w.CreateHeader(header)
	if err != nil {
		return err
	}
	from, err := os.Open(path)
	if err != nil {
		return err
	}
	defer from.Close()
	_, err = io.Copy(to, from)
	return err
}
