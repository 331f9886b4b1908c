// Package objectstest is the suite that every objects.Store passes.
package objectstest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"testing"

	"latchkey/shared/coded"
	"latchkey/shared/objects"
)

// Run tests a store; bucket is an empty bucket, which each call makes anew.
func Run(t *testing.T, s objects.Store, bucket func(t *testing.T) string) {
	for name, test := range map[string]func(*testing.T, objects.Store, string){
		"Open": testOpen, "Put_overwrites": testOverwrite, "Put_ifAbsent": testIfAbsent, "Put_race": testRace,
		"Put_keepsNothing": testKeeps, "Put_invalid": testInvalid, "List": testList, "List_pages": testPages, "ended": testEnded,
	} {
		t.Run(name, func(t *testing.T) { test(t, s, bucket(t)) })
	}
}

func put(t *testing.T, s objects.Store, bucket, key, body string, opt objects.Options) objects.Info {
	t.Helper()
	info, err := s.Put(context.Background(), bucket, key, []byte(body), opt)
	if err != nil {
		t.Fatalf("put %s: %v", key, err)
	}
	if info.Key != key || info.Size != int64(len(body)) || info.ETag == "" {
		t.Fatalf("put %s: %+v", key, info)
	}
	return info
}

func get(t *testing.T, s objects.Store, bucket, key string) (string, *objects.Object) {
	t.Helper()
	o, err := s.Open(context.Background(), bucket, key)
	if err != nil {
		t.Fatalf("open %s: %v", key, err)
	}
	defer o.Body.Close()
	b, err := io.ReadAll(o.Body)
	if err != nil {
		t.Fatalf("read %s: %v", key, err)
	}
	return string(b), o
}

func testOpen(t *testing.T, s objects.Store, bucket string) {
	meta := map[string]string{"signature": "0a0b", "signature-algorithm": "SHA256withRSA"}
	for _, body := range []string{"", "short", string(bytes.Repeat([]byte("0123456789abcdef"), 100_000))} {
		key := fmt.Sprintf("a/b=%d/c d+e.txt", len(body))
		info := put(t, s, bucket, key, body, objects.Options{ContentType: "text/plain", Metadata: meta})
		got, o := get(t, s, bucket, key)
		if got != body || o.Info != info || !maps.Equal(o.Metadata, meta) {
			t.Errorf("%d bytes: got %d bytes, %+v, want %+v, metadata %v", len(body), len(got), o.Info, info, o.Metadata)
		}
	}
	for _, key := range []string{"a", "a/b", "other", "a/b=5/c d+e.txt/more"} {
		if _, err := s.Open(context.Background(), bucket, key); !errors.Is(err, objects.ErrNotFound) || !coded.Is(err, coded.NotFound) {
			t.Errorf("open %s: %v", key, err)
		}
	}
}

func testOverwrite(t *testing.T, s objects.Store, bucket string) {
	first := put(t, s, bucket, "k", "first", objects.Options{Metadata: map[string]string{"a": "1"}})
	open, err := s.Open(context.Background(), bucket, "k")
	if err != nil {
		t.Fatal(err)
	}
	defer open.Body.Close()
	second := put(t, s, bucket, "k", "other", objects.Options{})
	if first.ETag == second.ETag {
		t.Error("the tag stayed")
	}
	if got, o := get(t, s, bucket, "k"); got != "other" || len(o.Metadata) != 0 {
		t.Errorf("got %q, metadata %v", got, o.Metadata)
	}
	if b, err := io.ReadAll(open.Body); err == nil && string(b) != "first" {
		t.Errorf("an object opened before became %q", b)
	}
}

func testIfAbsent(t *testing.T, s objects.Store, bucket string) {
	put(t, s, bucket, "k", "first", objects.Options{IfAbsent: true})
	_, err := s.Put(context.Background(), bucket, "k", []byte("second"), objects.Options{IfAbsent: true})
	if !errors.Is(err, objects.ErrExists) || !coded.Is(err, coded.Conflict) {
		t.Errorf("second put: %v", err)
	}
	if got, _ := get(t, s, bucket, "k"); got != "first" {
		t.Errorf("got %q", got)
	}
}

func testRace(t *testing.T, s objects.Store, bucket string) {
	var won atomic.Int64
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			_, err := s.Put(context.Background(), bucket, "k", []byte{byte(i)}, objects.Options{IfAbsent: true})
			switch {
			case err == nil:
				won.Add(1)
			case !errors.Is(err, objects.ErrExists) && !coded.Is(err, coded.Retryable):
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if won.Load() != 1 {
		t.Errorf("%d of 8 won", won.Load())
	}
}

func testKeeps(t *testing.T, s objects.Store, bucket string) {
	body := []byte("before")
	if _, err := s.Put(context.Background(), bucket, "k", body, objects.Options{}); err != nil {
		t.Fatal(err)
	}
	copy(body, "after!")
	if got, _ := get(t, s, bucket, "k"); got != "before" {
		t.Errorf("got %q", got)
	}
}

func testInvalid(t *testing.T, s objects.Store, bucket string) {
	for _, key := range []string{"", "/a", "a//b", "a/", "../a", "a/./b", "a\x00b", "a\xff", string(make([]byte, 1025))} {
		if _, err := s.Put(context.Background(), bucket, key, nil, objects.Options{}); !coded.Is(err, coded.Invalid) {
			t.Errorf("put %q: %v", key, err)
		}
	}
}

func testList(t *testing.T, s objects.Store, bucket string) {
	keys := []string{"a-b/x", "a/1", "a/10", "a/2", "ab", "b/c/d"}
	for _, key := range slices.Backward(keys) {
		put(t, s, bucket, key, key, objects.Options{})
	}
	for _, c := range []struct {
		prefix, after string
		want          []string
	}{
		{"", "", keys}, {"a/", "", keys[1:4]}, {"a/1", "", keys[1:3]}, {"a", "a/10", keys[3:5]}, {"b/c/", "", keys[5:]},
		{"", "a/15", keys[3:]}, {"a/", "a/2", nil}, {"c", "", nil}, {"a/1/", "", nil}, {"a/1/2", "", nil},
	} {
		list, err := s.List(context.Background(), bucket, c.prefix, c.after)
		var got []string
		for _, info := range list {
			got = append(got, info.Key)
			if _, o := get(t, s, bucket, info.Key); o.Info != info {
				t.Errorf("listed as %+v, opened as %+v", info, o.Info)
			}
		}
		if err != nil || !slices.Equal(got, c.want) {
			t.Errorf("%q after %q: %q, %v; want %q", c.prefix, c.after, got, err, c.want)
		}
	}
}

func testPages(t *testing.T, s objects.Store, bucket string) {
	const n = objects.MaxPage + 5
	for i := range n {
		put(t, s, bucket, fmt.Sprintf("p/%05d", i), "", objects.Options{})
	}
	after, got := "", 0
	for range 3 {
		list, err := s.List(context.Background(), bucket, "p/", after)
		if err != nil {
			t.Fatal(err)
		}
		if len(list) == 0 {
			break
		}
		got += len(list)
		after = list[len(list)-1].Key
	}
	if got != n {
		t.Errorf("%d objects in pages, want %d", got, n)
	}
}

func testEnded(t *testing.T, s objects.Store, bucket string) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	_, open := s.Open(ctx, bucket, "k")
	_, put := s.Put(ctx, bucket, "k", nil, objects.Options{})
	_, list := s.List(ctx, bucket, "", "")
	for name, err := range map[string]error{"open": open, "put": put, "list": list} {
		if !errors.Is(err, context.Canceled) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
