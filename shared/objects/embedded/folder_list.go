package embedded

import (
	"context"
	"io/fs"
	"path/filepath"
	"strings"

	"latchkey/shared/objects"
)

// List implements objects.Store. It walks the deepest folder that the prefix names.
func (f *Folder) List(ctx context.Context, bucket, prefix, after string) ([]objects.Info, error) {
	if err := f.check(ctx, bucket, "key"); err != nil {
		return nil, err
	}
	f.mu.RLock()
	defer f.mu.RUnlock()
	base := filepath.Join(f.root, bucket)
	from := base
	if i := strings.LastIndexByte(prefix, '/'); i > 0 && objects.ValidateKey(prefix[:i]) == nil {
		from = filepath.Join(base, filepath.FromSlash(prefix[:i]))
	}
	var list []objects.Info
	err := filepath.WalkDir(from, func(path string, d fs.DirEntry, err error) error {
		if err == nil {
			err = ctx.Err()
		}
		if err != nil {
			return err
		}
		if d.IsDir() {
			if d.Name() == metadataDir {
				return filepath.SkipDir
			}
			return nil
		}
		rel, err := filepath.Rel(base, path)
		key := filepath.ToSlash(rel)
		if err != nil || strings.HasPrefix(d.Name(), tempPrefix) || !strings.HasPrefix(key, prefix) || key <= after {
			return err
		}
		stat, err := d.Info()
		if err == nil {
			list = append(list, infoOf(key, stat))
		}
		return err
	})
	if err != nil && !notThere(err) {
		return nil, failed(err, "listing", bucket, prefix)
	}
	return page(list), nil
}
