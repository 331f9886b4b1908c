package embedded

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"go.etcd.io/bbolt"
)

// create makes an empty store beside path and moves it there whole, so that a
// kill leaves either no file or a good one. It leaves a file that is there alone.
func create(path string) error {
	if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	draft, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".new-*")
	if err != nil {
		return unusable(path, err)
	}
	defer os.Remove(draft.Name())
	if err := draft.Close(); err != nil {
		return unusable(path, err)
	}
	db, err := bbolt.Open(draft.Name(), 0o600, nil)
	if err != nil {
		return unusable(path, err)
	}
	if err := errors.Join(db.Update(layOut), db.Close()); err != nil {
		return unusable(path, err)
	}
	if err := os.Link(draft.Name(), path); err != nil && !errors.Is(err, fs.ErrExist) {
		return unusable(path, err)
	}
	return syncDir(path)
}

// layOut makes the buckets of an empty file.
func layOut(tx *bbolt.Tx) error {
	meta, err := tx.CreateBucket(bucketMeta)
	if err != nil {
		return err
	}
	buckets := append([][]byte{bucketItems, bucketDue, bucketExpiry, bucketSeen, bucketOutbox, bucketQueued}, bucketIndexes[1:]...)
	for _, b := range buckets {
		if _, err := tx.CreateBucket(b); err != nil {
			return err
		}
	}
	return meta.Put([]byte("format"), []byte(fileFormat))
}

// syncDir makes the name of a new file survive a loss of power.
func syncDir(path string) error {
	dir, err := os.Open(filepath.Dir(path))
	if err != nil {
		return unusable(path, err)
	}
	if err := errors.Join(dir.Sync(), dir.Close()); err != nil {
		return unusable(path, err)
	}
	return nil
}
