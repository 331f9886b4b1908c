package embedded_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"go.etcd.io/bbolt"

	"latchkey/shared/catalog"
	"latchkey/shared/catalog/embedded"
	"latchkey/shared/coded"
)

func TestOpen_Reopen(t *testing.T) {
	path, c := filepath.Join(t.TempDir(), "catalog.db"), &fixed{now: epoch}
	for run := int64(0); run < 3; run++ {
		f, err := embedded.Open(ctx, path, c, embedded.Options{})
		if err != nil {
			t.Fatal(err)
		}
		tx := put(record(1), run)
		tx.Outbox = []catalog.Message{{ID: fmt.Sprint("m", run)}}
		tx.Seen = &catalog.Seen{ID: fmt.Sprint("e", run)}
		commit(t, f, tx)
		pending, err := f.Pending(ctx, 10)
		if err != nil || int64(len(pending)) != run+1 || pending[run].ID != tx.Outbox[0].ID {
			t.Errorf("run %d: outbox %+v, %v", run, pending, err)
		}
		if err := f.Commit(ctx, catalog.Tx{Seen: &catalog.Seen{ID: "e0"}}); !errors.Is(err, catalog.ErrSeen) {
			t.Errorf("run %d: got %v, want ErrSeen", run, err)
		}
		if err := errors.Join(f.Close(), f.Close()); err != nil {
			t.Fatal(err)
		}
		if _, err := f.Get(ctx, record(1).Key); !coded.Is(err, coded.Internal) || !strings.Contains(err.Error(), "closed") {
			t.Errorf("Get after Close: %v", err)
		}
		if err := f.Commit(ctx, put(record(2), 0)); !coded.Is(err, coded.Internal) {
			t.Errorf("Commit after Close: %v", err)
		}
	}
	if left, err := filepath.Glob(path + "*"); err != nil || len(left) != 1 {
		t.Errorf("files %v, %v, want the store alone", left, err)
	}
}

func TestOpen_InUse(t *testing.T) {
	path, c := filepath.Join(t.TempDir(), "catalog.db"), &fixed{now: epoch}
	first, err := embedded.Open(ctx, path, c, embedded.Options{})
	if err != nil {
		t.Fatal(err)
	}
	_, err = embedded.Open(ctx, path, c, embedded.Options{LockWait: time.Millisecond})
	if !coded.Is(err, coded.Conflict) || !strings.Contains(err.Error(), path) || coded.Hint(err) == "" {
		t.Errorf("got %v with hint %q, want a conflict that names the file", err, coded.Hint(err))
	}
	ended, cancel := context.WithTimeout(ctx, time.Millisecond)
	defer cancel()
	if _, err := embedded.Open(ended, path, c, embedded.Options{LockWait: time.Hour}); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v, want %v", err, context.DeadlineExceeded)
	}
	opened := make(chan error)
	go func() {
		second, err := embedded.Open(ctx, path, c, embedded.Options{LockWait: time.Minute})
		if err == nil {
			err = second.Close()
		}
		opened <- err
	}()
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	if err := <-opened; err != nil {
		t.Errorf("open after the first was closed: %v", err)
	}
}

// TestOpen_Together requires that processes that start at once agree on one file.
func TestOpen_Together(t *testing.T) {
	path, c := filepath.Join(t.TempDir(), "catalog.db"), &fixed{now: epoch}
	var wg sync.WaitGroup
	for i := 0; i < 6; i++ {
		wg.Add(1)
		go func() {
			defer wg.Done()
			f, err := embedded.Open(ctx, path, c, embedded.Options{LockWait: time.Minute})
			if err == nil {
				err = errors.Join(f.Commit(ctx, put(record(i), 0)), f.Close())
			}
			if err != nil {
				t.Error(err)
			}
		}()
	}
	wg.Wait()
	f := openFile(t, path, c)
	if s, err := f.Stats(); err != nil || s.Items != 6 {
		t.Errorf("%+v, %v, want the items of all 6", s, err)
	}
}

func TestOpen_BadFile(t *testing.T) {
	good := filledFile(t, 3_000)
	bolt := filepath.Join(t.TempDir(), "bolt.db")
	makeBolt(t, bolt, "other", "x", "y")
	newer := filepath.Join(t.TempDir(), "newer.db")
	makeBolt(t, newer, "meta", "format", "latchkey-catalog/3")
	for _, c := range []struct {
		name    string
		content []byte
		code    coded.Code
		says    string
	}{
		{"text", []byte(strings.Repeat("not a catalog\n", 5_000)), coded.Invalid, "not a catalog file"},
		{"short text", []byte("x"), coded.Invalid, "not a catalog file"},
		{"zeros", make([]byte, 1<<16), coded.Invalid, "not a catalog file"},
		{"other bbolt file", read(t, bolt), coded.Invalid, "not a catalog file"},
		{"newer format", read(t, newer), coded.Invalid, "latchkey-catalog/3"},
		{"last page missing", good[:used(t, good)-4096], coded.Internal, "bytes of"},
		{"cut in half", good[:len(good)/2], coded.Internal, "bytes of"},
		{"cut to three pages", good[:3*4096], coded.Internal, "bytes of"},
		{"pages overwritten", overwrite(good, 2*4096), coded.Internal, "catalog.db: "},
	} {
		t.Run(c.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "catalog.db")
			if err := os.WriteFile(path, c.content, 0o600); err != nil {
				t.Fatal(err)
			}
			f, err := embedded.Open(ctx, path, &fixed{now: epoch}, embedded.Options{})
			if err == nil {
				f.Close()
			}
			if !coded.Is(err, c.code) || coded.Hint(err) == "" || !strings.Contains(fmt.Sprint(err), c.says) {
				t.Errorf("got %v with hint %q, want code %s and %q", err, coded.Hint(err), c.code, c.says)
			}
			if !bytes.Equal(read(t, path), c.content) {
				t.Error("the file was changed")
			}
		})
	}
	t.Run("no folder", func(t *testing.T) {
		_, err := embedded.Open(ctx, filepath.Join(t.TempDir(), "none", "catalog.db"), &fixed{}, embedded.Options{})
		if !coded.Is(err, coded.Invalid) || !errors.Is(err, os.ErrNotExist) || coded.Hint(err) == "" {
			t.Errorf("got %v", err)
		}
	})
}

// TestFile_DamagedItem alters bytes of a stored body and requires that reading
// it fails with an error, and reading the others does not.
func TestFile_DamagedItem(t *testing.T) {
	content := filledFile(t, 50)
	marker := []byte("body of 17.")
	if !bytes.Contains(content, marker) {
		t.Fatal("the file does not hold the body")
	}
	path := filepath.Join(t.TempDir(), "catalog.db")
	if err := os.WriteFile(path, bytes.ReplaceAll(content, marker, []byte("body of 71.")), 0o600); err != nil {
		t.Fatal(err)
	}
	f := openFile(t, path, &fixed{now: epoch})
	if _, err := f.Get(ctx, record(17).Key); !coded.Is(err, coded.Internal) || coded.Hint(err) == "" {
		t.Errorf("got %v", err)
	}
	if err := f.Commit(ctx, put(record(17), 1)); !coded.Is(err, coded.Internal) {
		t.Errorf("commit: got %v", err)
	}
	if _, err := f.Get(ctx, record(18).Key); err != nil {
		t.Error(err)
	}
	commit(t, f, put(record(18), 1))
}

// TestFile_Group commits from many goroutines at once, some of them in vain, and
// requires that each is told its own outcome.
func TestFile_Group(t *testing.T) {
	f := openFile(t, filepath.Join(t.TempDir(), "catalog.db"), &fixed{now: epoch})
	commit(t, f, put(record(0), 0))
	ended, cancel := context.WithCancel(ctx)
	cancel()
	var wg sync.WaitGroup
	for i := 1; i <= 60; i++ {
		wg.Add(1)
		go func() {
			defer wg.Done()
			tx, use, want := put(record(i), 0), ctx, error(nil)
			switch i % 3 {
			case 1:
				tx.Checks = []catalog.Check{{Key: record(0).Key, IfVersion: 7}}
				want = catalog.ErrConflict
			case 2:
				use, want = ended, context.Canceled
			}
			if err := f.Commit(use, tx); !errors.Is(err, want) {
				t.Errorf("commit %d: got %v, want %v", i, err, want)
			}
		}()
	}
	wg.Wait()
	for i := 1; i <= 60; i++ {
		_, err := f.Get(ctx, record(i).Key)
		if there := err == nil; there != (i%3 == 0) {
			t.Errorf("item %d: %v", i, err)
		}
	}
}

// filledFile returns the bytes of a store of n items.
func filledFile(t *testing.T, n int) []byte {
	t.Helper()
	path := filepath.Join(t.TempDir(), "catalog.db")
	f, err := embedded.Open(ctx, path, &fixed{now: epoch}, embedded.Options{NoSync: true})
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < n; i += 50 {
		var tx catalog.Tx
		for j := i; j < i+50; j++ {
			it := record(j)
			it.Body = []byte(fmt.Sprintf("body of %d.", j))
			it.Indexes.Kind = "tenant/0"
			tx.Puts = append(tx.Puts, catalog.Put{Item: it})
		}
		commit(t, f, tx)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	return read(t, path)
}

// used returns how many bytes of a bbolt file are in use; the rest is room to grow.
func used(t *testing.T, content []byte) (size int64) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "bolt.db")
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	db, err := bbolt.Open(path, 0o600, &bbolt.Options{ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	err = db.View(func(tx *bbolt.Tx) error { size = tx.Size(); return nil })
	if err := errors.Join(err, db.Close()); err != nil {
		t.Fatal(err)
	}
	return size
}

func makeBolt(t *testing.T, path, bucket, key, value string) {
	t.Helper()
	db, err := bbolt.Open(path, 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	err = db.Update(func(tx *bbolt.Tx) error {
		b, err := tx.CreateBucket([]byte(bucket))
		if err != nil {
			return err
		}
		return b.Put([]byte(key), []byte(value))
	})
	if err := errors.Join(err, db.Close()); err != nil {
		t.Fatal(err)
	}
}

func read(t *testing.T, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// overwrite returns b with all bytes from offset on replaced.
func overwrite(b []byte, offset int) []byte {
	b = bytes.Clone(b)
	for i := offset; i < len(b); i++ {
		b[i] = 0x5a
	}
	return b
}
