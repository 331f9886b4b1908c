// Package objects is the port to object storage: whole objects under keys, in
// buckets. It offers only what S3 does, so that every implementation can pass
// the suite in objectstest. A consumer declares the methods that it needs.
//
//	objects/embedded   in memory, or in a folder
//	objects/s3         S3
package objects

import (
	"context"
	"errors"
	"io"
	"strings"
	"unicode/utf8"

	"latchkey/shared/coded"
)

// Errors that an implementation returns, wrapped in a coded error.
var (
	ErrNotFound = errors.New("objects: no such object") // code notfound
	ErrExists   = errors.New("objects: object exists")  // code conflict
)

// MaxPage is the most objects that one List returns. [S3 API reference, ListObjectsV2]
const MaxPage = 1000

// MaxKeyBytes is the longest key. [S3 guide, Naming Amazon S3 objects]
const MaxKeyBytes = 1024

// Info describes a stored object.
type Info struct {
	Key  string
	Size int64
	// ETag differs, for one key, whenever the content does. It may also differ
	// where the content does not.
	ETag string
}

// Object is an object that is being read. Close Body.
type Object struct {
	Info
	Metadata map[string]string // names in lower case, without x-amz-meta-
	Body     io.ReadCloser     // all of one version, or an error: never parts of two
}

// Options say how an object is written. The zero value overwrites.
type Options struct {
	IfAbsent    bool // only where there is no object: else ErrExists
	ContentType string
	Metadata    map[string]string // names in lower case
}

// Store is object storage. Writes are atomic, and seen by every read and list
// that begins after them. [S3 guide, Amazon S3 data consistency model] All
// methods are safe for concurrent use, and return an error of code retryable
// when the caller may try again, or ctx's error when it ended.
type Store interface {
	// Open returns an object, or ErrNotFound.
	Open(ctx context.Context, bucket, key string) (*Object, error)
	// Put writes an object; it keeps nothing of body.
	Put(ctx context.Context, bucket, key string, body []byte, opt Options) (Info, error)
	// List returns up to MaxPage objects whose keys begin with prefix and come
	// after a key, in order of their keys' bytes; none: there are no more.
	List(ctx context.Context, bucket, prefix, after string) ([]Info, error)
}

// ValidateKey refuses, with code invalid, keys that an implementation cannot
// take: those that are no path of names.
func ValidateKey(key string) error {
	switch {
	case key == "":
		return coded.Field("key", "name the object", "must not be empty")
	case len(key) > MaxKeyBytes:
		return coded.Field("key", "use a shorter key", "%d bytes, at most %d", len(key), MaxKeyBytes)
	case !utf8.ValidString(key), strings.ContainsRune(key, 0):
		return coded.Field("key", "use UTF-8 without zero bytes", "%q is not text", key)
	}
	for name := range strings.SplitSeq(key, "/") {
		if name == "" || name == "." || name == ".." {
			return coded.Field("key", "use names with single slashes between them", "%q has the name %q in it", key, name)
		}
	}
	return nil
}

// NotFound returns ErrNotFound about an object.
func NotFound(bucket, key string) error {
	return coded.Wrap(coded.NotFound, ErrNotFound, "%s/%s", bucket, key)
}

// Exists returns ErrExists about an object.
func Exists(bucket, key string) error {
	return coded.Wrap(coded.Conflict, ErrExists, "%s/%s", bucket, key)
}
