package embedded

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"

	"latchkey/shared/coded"
	"latchkey/shared/objects"
)

// Folder is an objects.Store in a folder: an object is the file
// <root>/<bucket>/<key>, so that other programs can read it. A file is replaced
// at once, and has been synced to the disk by then. One process may write.
//
// A key that is the beginning of another one's path ("a" and "a/b") is refused,
// as the file system cannot hold both.
type Folder struct {
	root string
	mu   sync.RWMutex
}

var _ objects.Store = (*Folder)(nil)

// Names in a bucket's folder that are no objects.
const (
	metadataDir = ".metadata" // <bucket>/.metadata/<key>: metadata as JSON
	tempPrefix  = ".writing-"
)

// NewFolder returns the store in a folder, which is made with the first object.
func NewFolder(root string) *Folder { return &Folder{root: root} }

// Open implements objects.Store.
func (f *Folder) Open(ctx context.Context, bucket, key string) (*objects.Object, error) {
	if err := f.check(ctx, bucket, key); err != nil {
		return nil, err
	}
	f.mu.RLock()
	defer f.mu.RUnlock()
	file, err := os.Open(f.path(bucket, key))
	if notThere(err) {
		return nil, objects.NotFound(bucket, key)
	}
	if err != nil {
		return nil, failed(err, "opening", bucket, key)
	}
	stat, err := file.Stat()
	if err == nil && stat.IsDir() {
		_ = file.Close()
		return nil, objects.NotFound(bucket, key)
	}
	o := &objects.Object{Body: file}
	if err == nil {
		o.Info = infoOf(key, stat)
		o.Metadata, err = f.metadata(bucket, key)
	}
	if err != nil {
		_ = file.Close()
		return nil, failed(err, "opening", bucket, key)
	}
	return o, nil
}

func (f *Folder) metadata(bucket, key string) (map[string]string, error) {
	b, err := os.ReadFile(f.path(bucket, metadataDir+"/"+key))
	if notThere(err) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var m map[string]string
	return m, json.Unmarshal(b, &m)
}

// Put implements objects.Store.
func (f *Folder) Put(ctx context.Context, bucket, key string, body []byte, opt objects.Options) (objects.Info, error) {
	if err := f.check(ctx, bucket, key); err != nil {
		return objects.Info{}, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	path, meta := f.path(bucket, key), f.path(bucket, metadataDir+"/"+key)
	if _, err := os.Lstat(path); opt.IfAbsent && err == nil {
		return objects.Info{}, objects.Exists(bucket, key)
	}
	if err := f.putMetadata(meta, opt.Metadata); err != nil {
		return objects.Info{}, failed(err, "writing", bucket, key)
	}
	if err := replace(path, body); err != nil {
		return objects.Info{}, failed(err, "writing", bucket, key)
	}
	stat, err := os.Stat(path)
	if err != nil {
		return objects.Info{}, failed(err, "writing", bucket, key)
	}
	return infoOf(key, stat), nil
}

func (f *Folder) putMetadata(path string, m map[string]string) error {
	if len(m) == 0 {
		if err := os.Remove(path); err != nil && !notThere(err) {
			return err
		}
		return nil
	}
	b, err := json.Marshal(m)
	if err != nil {
		return err
	}
	return replace(path, b)
}

// check refuses what would leave the folder, or meet its own files.
func (f *Folder) check(ctx context.Context, bucket, key string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := objects.ValidateKey(bucket); err != nil || strings.ContainsRune(bucket, '/') {
		return coded.Field("bucket", "use a bucket's name", "%q is none", bucket)
	}
	if err := objects.ValidateKey(key); err != nil {
		return err
	}
	for name := range strings.SplitSeq(key, "/") {
		if name == metadataDir || strings.HasPrefix(name, tempPrefix) {
			return coded.Field("key", "use another name", "%q is kept for the store", name)
		}
	}
	return nil
}

func (f *Folder) path(bucket, key string) string {
	return filepath.Join(f.root, bucket, filepath.FromSlash(key))
}

func infoOf(key string, stat fs.FileInfo) objects.Info {
	return objects.Info{Key: key, Size: stat.Size(), ETag: fmt.Sprintf("%x-%x", stat.ModTime().UnixNano(), stat.Size())}
}

// notThere reports whether there is no such file, or a file where the path
// would need a folder.
func notThere(err error) bool {
	return errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR)
}

func failed(err error, doing, bucket, key string) error {
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	return coded.Wrap(coded.Internal, err, "%s %s/%s", doing, bucket, key)
}
