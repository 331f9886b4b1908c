package libraries

import (
	"context"
	"errors"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
)

func TestAlone_One(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lock")
	var inside, done atomic.Int64
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			err := alone(context.Background(), path, func() {
				if inside.Add(1) != 1 {
					t.Error("two are inside")
				}
				done.Add(1)
				inside.Add(-1)
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if done.Load() != 4 {
		t.Errorf("%d of 4 were inside", done.Load())
	}
}

// TestAlone_Waits holds that who is inside keeps others out, until their context ends.
func TestAlone_Waits(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lock")
	ctx, cancel := context.WithCancel(context.Background())
	err := alone(context.Background(), path, func() {
		cancel()
		if err := alone(ctx, path, func() { t.Error("two are inside") }); !errors.Is(err, context.Canceled) {
			t.Errorf("got %v", err)
		}
	})
	if err != nil {
		t.Error(err)
	}
	if err := alone(context.Background(), filepath.Join(path, "no-folder"), func() { t.Error("inside without a lock") }); err == nil {
		t.Error("locked what cannot be opened")
	}
}
