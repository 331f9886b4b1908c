package embedded_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"

	"latchkey/shared/coded"
	"latchkey/shared/objects"
	"latchkey/shared/objects/embedded"
	"latchkey/shared/objects/objectstest"
)

func numbered() func(*testing.T) string {
	var n atomic.Int64
	return func(*testing.T) string { return fmt.Sprintf("bucket-%d", n.Add(1)) }
}

func TestMemory(t *testing.T) { objectstest.Run(t, embedded.NewMemory(), numbered()) }

func TestFolder(t *testing.T) { objectstest.Run(t, embedded.NewFolder(t.TempDir()), numbered()) }

// TestFolder_Files: an object is a plain file where its key says.
func TestFolder_Files(t *testing.T) {
	root := t.TempDir()
	s := embedded.NewFolder(root)
	key := "tenant=acme/date=2025-03-01/f.parquet"
	if _, err := s.Put(context.Background(), "b", key, []byte("x"), objects.Options{Metadata: map[string]string{"a": "1"}}); err != nil {
		t.Fatal(err)
	}
	if got, err := os.ReadFile(filepath.Join(root, "b", key)); err != nil || string(got) != "x" {
		t.Errorf("%q, %v", got, err)
	}
	left, err := filepath.Glob(filepath.Join(root, "b", "tenant=acme", "date=2025-03-01", ".*"))
	if err != nil || len(left) != 0 {
		t.Errorf("files left: %q, %v", left, err)
	}
	list, err := embedded.NewFolder(root).List(context.Background(), "b", "", "")
	if err != nil || len(list) != 1 {
		t.Errorf("listed %v, %v", list, err)
	}
}

func TestFolder_Refuses(t *testing.T) {
	s := embedded.NewFolder(t.TempDir())
	ctx := context.Background()
	for _, c := range []struct{ bucket, key string }{{"..", "a"}, {"a/b", "c"}, {"", "a"}, {"b", ".metadata/a"}, {"b", "x/.writing-1"}} {
		if _, err := s.Put(ctx, c.bucket, c.key, nil, objects.Options{}); !coded.Is(err, coded.Invalid) {
			t.Errorf("%s/%s: %v", c.bucket, c.key, err)
		}
	}
	if _, err := s.Put(ctx, "b", "a", nil, objects.Options{}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Put(ctx, "b", "a/b", nil, objects.Options{}); err == nil {
		t.Error("a file became a folder")
	}
}
