// Package embedded holds objects in one process: Memory for tests and
// simulations, Folder for a local stack, whose files others can read.
package embedded

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"maps"
	"slices"
	"strings"
	"sync"

	"latchkey/shared/objects"
)

// Memory is an objects.Store that ends with the process. Buckets need not be made.
type Memory struct {
	mu      sync.RWMutex
	buckets map[string]map[string]*stored
}

type stored struct {
	info     objects.Info
	metadata map[string]string
	body     []byte
}

var _ objects.Store = (*Memory)(nil)

// NewMemory returns an empty store.
func NewMemory() *Memory { return &Memory{buckets: make(map[string]map[string]*stored)} }

// Open implements objects.Store.
func (m *Memory) Open(ctx context.Context, bucket, key string) (*objects.Object, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	m.mu.RLock()
	o := m.buckets[bucket][key]
	m.mu.RUnlock()
	if o == nil {
		return nil, objects.NotFound(bucket, key)
	}
	return &objects.Object{Info: o.info, Metadata: maps.Clone(o.metadata), Body: io.NopCloser(bytes.NewReader(o.body))}, nil
}

// Put implements objects.Store.
func (m *Memory) Put(ctx context.Context, bucket, key string, body []byte, opt objects.Options) (objects.Info, error) {
	if err := ctx.Err(); err != nil {
		return objects.Info{}, err
	}
	if err := objects.ValidateKey(key); err != nil {
		return objects.Info{}, err
	}
	sum := sha256.Sum256(body)
	info := objects.Info{Key: key, Size: int64(len(body)), ETag: hex.EncodeToString(sum[:16])}
	m.mu.Lock()
	defer m.mu.Unlock()
	in := m.buckets[bucket]
	if in == nil {
		in = make(map[string]*stored)
		m.buckets[bucket] = in
	}
	if opt.IfAbsent && in[key] != nil {
		return objects.Info{}, objects.Exists(bucket, key)
	}
	in[key] = &stored{info: info, metadata: maps.Clone(opt.Metadata), body: bytes.Clone(body)}
	return info, nil
}

// List implements objects.Store. It looks at every key of the bucket.
func (m *Memory) List(ctx context.Context, bucket, prefix, after string) ([]objects.Info, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	m.mu.RLock()
	defer m.mu.RUnlock()
	var list []objects.Info
	for key, o := range m.buckets[bucket] {
		if strings.HasPrefix(key, prefix) && key > after {
			list = append(list, o.info)
		}
	}
	return page(list), nil
}

// page sorts a list and cuts it to what one answer may hold.
func page(list []objects.Info) []objects.Info {
	slices.SortFunc(list, func(a, b objects.Info) int { return strings.Compare(a.Key, b.Key) })
	return list[:min(len(list), objects.MaxPage)]
}
