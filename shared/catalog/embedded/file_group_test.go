package embedded

import (
	"context"
	"errors"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"latchkey/shared/catalog"
	"latchkey/shared/coded"
)

func groupFile(t *testing.T) *File {
	t.Helper()
	f, err := Open(context.Background(), filepath.Join(t.TempDir(), "catalog.db"), &still{now: time.Unix(1e9, 0)}, Options{NoSync: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

func groupTx(id string) catalog.Tx {
	return catalog.Tx{Puts: []catalog.Put{{Item: catalog.Item{Key: catalog.Key{Part: id, Sort: "."}}}}}
}

// TestFile_Change holds the writer's token, so that what is queued waits.
func TestFile_Change(t *testing.T) {
	f := groupFile(t)
	ctx, cancel := context.WithCancel(context.Background())
	f.writer <- struct{}{}
	outcome := make(chan error)
	go func() { outcome <- f.Commit(ctx, groupTx("withdrawn")) }()
	cancel()
	if err := <-outcome; !errors.Is(err, context.Canceled) {
		t.Errorf("a commit that was not begun: got %v, want %v", err, context.Canceled)
	}
	if left := f.queue.take(); len(left) != 0 {
		t.Errorf("%d changes are left in the queue", len(left))
	}
	ctx, cancel = context.WithCancel(context.Background())
	go func() { outcome <- f.Commit(ctx, groupTx("begun")) }()
	var group []*change
	for len(group) == 0 {
		group = f.queue.take()
		runtime.Gosched()
	}
	cancel()
	runtime.Gosched()
	close(group[0].done)
	if err := <-outcome; err != nil {
		t.Errorf("a commit that a group had taken: got %v, want its outcome", err)
	}
	<-f.writer
	if err := f.Commit(context.Background(), groupTx("next")); err != nil {
		t.Error(err)
	}
	if _, err := f.Get(context.Background(), groupTx("withdrawn").Puts[0].Item.Key); !errors.Is(err, catalog.ErrNotFound) {
		t.Errorf("the withdrawn commit was applied: %v", err)
	}
}

// TestFile_commitGroup gives each change of one group its own outcome, and all
// of them the same one if the group cannot be written.
func TestFile_commitGroup(t *testing.T) {
	broken, ended := errors.New("no space left on device"), errors.New("the change ran")
	canceled, cancel := context.WithCancel(context.Background())
	cancel()
	newChange := func(f *File, ctx context.Context, tx catalog.Tx, after error) *change {
		return &change{ctx: ctx, done: make(chan struct{}), run: func(l *fileLayer) error {
			if err := apply(l, &tx, f.now()); err != nil {
				return err
			}
			return after
		}}
	}
	for _, c := range []struct {
		name  string
		after error
		first error
		there bool
	}{{"written", nil, nil, true}, {"not written", broken, broken, false}} {
		t.Run(c.name, func(t *testing.T) {
			f, live := groupFile(t), context.Background()
			first := newChange(f, live, groupTx("a"), nil)
			refused := newChange(f, live, groupTx("a"), nil)
			late := newChange(f, canceled, groupTx("b"), ended)
			last := newChange(f, live, groupTx("c"), c.after)
			f.commitGroup([]*change{first, refused, late, last})
			for _, ch := range []*change{first, refused, late, last} {
				<-ch.done
			}
			if !errors.Is(first.err, c.first) || !errors.Is(last.err, c.after) || c.after != nil && !coded.Is(last.err, coded.Retryable) {
				t.Errorf("first: %v, last: %v, want %v", first.err, last.err, c.after)
			}
			if c.after == nil && (!errors.Is(refused.err, catalog.ErrConflict) || !errors.Is(late.err, context.Canceled)) {
				t.Errorf("refused: %v, late: %v", refused.err, late.err)
			}
			for _, id := range []string{"a", "c"} {
				if _, err := f.Get(live, groupTx(id).Puts[0].Item.Key); (err == nil) != c.there {
					t.Errorf("item %s: %v", id, err)
				}
			}
		})
	}
}
