package stack

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	bolt "go.etcd.io/bbolt"
	bolterrors "go.etcd.io/bbolt/errors"

	"latchkey/shared/coded"
	"latchkey/shared/objects"
)

// Objects is the objects.Store of a folder: one bbolt file, whose ordered keys
// list as S3's do. CloudTrail writes some hundred small files a day; as files of
// their own they would make an advance of the clock wait for the disk each time.
type Objects struct{ db *bolt.DB }

var _ objects.Store = (*Objects)(nil)

// storedObject is an object's value in the file, before its body.
type storedObject struct {
	Version  uint64            `json:"v"` // for the ETag
	Size     int64             `json:"n"`
	Metadata map[string]string `json:"m,omitempty"`
}

// OpenObjects opens the file, and makes it if it is not there; sync waits for
// the disk at every write.
func OpenObjects(path string, sync bool) (*Objects, error) {
	db, err := bolt.Open(path, 0o600, &bolt.Options{Timeout: lockWait, NoSync: !sync})
	switch {
	case errors.Is(err, bolterrors.ErrTimeout):
		return nil, coded.Wrap(coded.Conflict, err, "another process has %s open", path)
	case err != nil:
		return nil, coded.Wrap(coded.Invalid, err, "opening %s", path)
	}
	return &Objects{db: db}, nil
}

// Close closes the file.
func (o *Objects) Close() error { return o.db.Close() }

// Open implements objects.Store.
func (o *Objects) Open(ctx context.Context, bucket, key string) (*objects.Object, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	var found *objects.Object
	err := o.db.View(func(tx *bolt.Tx) error {
		b := tx.Bucket([]byte(bucket))
		if b == nil {
			return nil
		}
		v := b.Get([]byte(key))
		if v == nil {
			return nil
		}
		head, body, err := split(v)
		if err != nil {
			return err
		}
		found = &objects.Object{Info: head.info(key), Metadata: head.Metadata, Body: io.NopCloser(bytes.NewReader(bytes.Clone(body)))}
		return nil
	})
	switch {
	case err != nil:
		return nil, coded.Wrap(coded.Internal, err, "reading %s/%s", bucket, key)
	case found == nil:
		return nil, objects.NotFound(bucket, key)
	}
	return found, nil
}

// Put implements objects.Store.
func (o *Objects) Put(ctx context.Context, bucket, key string, body []byte, opt objects.Options) (objects.Info, error) {
	if err := ctx.Err(); err != nil {
		return objects.Info{}, err
	}
	if err := objects.ValidateKey(key); err != nil {
		return objects.Info{}, err
	}
	head := storedObject{Size: int64(len(body)), Metadata: opt.Metadata}
	err := o.db.Update(func(tx *bolt.Tx) (err error) {
		b, err := tx.CreateBucketIfNotExists([]byte(bucket))
		if err != nil {
			return err
		}
		if opt.IfAbsent && b.Get([]byte(key)) != nil {
			return objects.ErrExists
		}
		if head.Version, err = b.NextSequence(); err != nil {
			return err
		}
		v, err := json.Marshal(head)
		if err != nil {
			return err
		}
		return b.Put([]byte(key), append(append(v, '\n'), body...))
	})
	if errors.Is(err, objects.ErrExists) {
		return objects.Info{}, objects.Exists(bucket, key)
	}
	if err != nil {
		return objects.Info{}, coded.Wrap(coded.Internal, err, "writing %s/%s", bucket, key)
	}
	return head.info(key), nil
}

// List implements objects.Store.
func (o *Objects) List(ctx context.Context, bucket, prefix, after string) ([]objects.Info, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	var list []objects.Info
	err := o.db.View(func(tx *bolt.Tx) error {
		b := tx.Bucket([]byte(bucket))
		if b == nil {
			return nil
		}
		c := b.Cursor()
		for k, v := c.Seek([]byte(max(prefix, after))); k != nil && bytes.HasPrefix(k, []byte(prefix)) && len(list) < objects.MaxPage; k, v = c.Next() {
			if string(k) == after {
				continue
			}
			head, _, err := split(v)
			if err != nil {
				return fmt.Errorf("%s: %w", k, err)
			}
			list = append(list, head.info(string(k)))
		}
		return nil
	})
	if err != nil {
		return nil, coded.Wrap(coded.Internal, err, "listing %s/%s", bucket, prefix)
	}
	return list, nil
}

func (h storedObject) info(key string) objects.Info {
	return objects.Info{Key: key, Size: h.Size, ETag: fmt.Sprintf("%x", h.Version)}
}

func split(v []byte) (head storedObject, body []byte, err error) {
	line, body, found := bytes.Cut(v, []byte("\n"))
	if !found {
		return head, nil, os.ErrInvalid
	}
	return head, body, json.Unmarshal(line, &head)
}
