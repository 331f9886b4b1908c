package embedded_test

import (
	"context"
	"fmt"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"latchkey/shared/catalog"
	"latchkey/shared/catalog/embedded"
)

var (
	ctx   = context.Background()
	epoch = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
)

// fixed is a clock that the test moves between calls.
type fixed struct {
	mu  sync.Mutex
	now time.Time
}

func (c *fixed) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *fixed) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// store is what both stores offer beyond the port.
type store interface {
	catalog.Store
	catalog.Outbox
	NextDue(catalog.Lane) (time.Time, bool)
}

// both runs a test on either store.
func both(t *testing.T, run func(t *testing.T, s store, stats func() embedded.Stats, c *fixed)) {
	t.Run("Memory", func(t *testing.T) {
		c := &fixed{now: epoch}
		m := embedded.NewMemory(c)
		run(t, m, m.Stats, c)
	})
	t.Run("File", func(t *testing.T) {
		c := &fixed{now: epoch}
		f := openFile(t, filepath.Join(t.TempDir(), "catalog.db"), c)
		run(t, f, func() embedded.Stats {
			s, err := f.Stats()
			if err != nil {
				t.Fatal(err)
			}
			return s
		}, c)
	})
}

func record(i int) catalog.Item {
	return catalog.Item{Key: catalog.Key{Part: fmt.Sprintf("tenant#%d", i), Sort: "."}, Body: []byte("{}")}
}

func put(it catalog.Item, ifVersion int64) catalog.Tx {
	return catalog.Tx{Puts: []catalog.Put{{Item: it, IfVersion: ifVersion}}}
}

func commit(t testing.TB, s catalog.Store, tx catalog.Tx) {
	t.Helper()
	if err := s.Commit(ctx, tx); err != nil {
		t.Fatal(err)
	}
}

func TestStore_NextDue(t *testing.T) {
	both(t, func(t *testing.T, s store, _ func() embedded.Stats, c *fixed) {
		next := func(want time.Time) {
			t.Helper()
			if got, ok := s.NextDue(catalog.LaneRecords); !got.Equal(want) || ok == want.IsZero() {
				t.Errorf("next due at %v, %t, want %v", got, ok, want)
			}
		}
		next(time.Time{})
		due := func(i int, lane catalog.Lane, after, expires time.Duration) {
			it := record(i)
			it.Lane, it.DueAt = lane, epoch.Add(after)
			if expires > 0 {
				it.Expires = epoch.Add(expires)
			}
			commit(t, s, put(it, 0))
		}
		due(1, catalog.LaneKeys, time.Second, 0)
		next(time.Time{})
		for i := 2; i < 40; i++ {
			due(i, catalog.LaneRecords, time.Duration(i)*time.Minute, 0)
		}
		next(epoch.Add(2 * time.Minute))
		commit(t, s, put(record(2), 1))
		next(epoch.Add(3 * time.Minute))
		due(50, catalog.LaneRecords, time.Minute, 90*time.Second)
		next(epoch.Add(time.Minute))
		c.advance(90 * time.Second)
		next(epoch.Add(3 * time.Minute))
	})
}

func TestStore_Stats(t *testing.T) {
	both(t, func(t *testing.T, s store, stats func() embedded.Stats, c *fixed) {
		want := func(items, seen, pending int) {
			t.Helper()
			if got := stats(); got != (embedded.Stats{Items: items, Seen: seen, Pending: pending}) {
				t.Errorf("got %+v, want %d items, %d seen, %d pending", got, items, seen, pending)
			}
		}
		want(0, 0, 0)
		tx := put(record(1), 0)
		tx.Puts = append(tx.Puts, catalog.Put{Item: record(2)})
		tx.Seen = &catalog.Seen{ID: "e1", Expires: epoch.Add(time.Minute)}
		tx.Outbox = []catalog.Message{{ID: "m1"}, {ID: "m2"}}
		commit(t, s, tx)
		want(2, 1, 2)
		commit(t, s, catalog.Tx{
			Puts:    []catalog.Put{{Item: record(1), IfVersion: 1}},
			Deletes: []catalog.Check{{Key: record(2).Key, IfVersion: 1}, {Key: record(3).Key}},
			Outbox:  []catalog.Message{{ID: "m2"}},
		})
		want(1, 1, 2)
		if err := s.Published(ctx, catalog.Message{ID: "m1"}, catalog.Message{ID: "m1"}, catalog.Message{ID: "none"}, catalog.Message{ID: "m2", Group: "other"}); err != nil {
			t.Fatal(err)
		}
		want(1, 1, 1)
		c.advance(time.Minute)
		commit(t, s, catalog.Tx{Seen: &catalog.Seen{ID: "e1", Expires: epoch.Add(time.Hour)}})
		want(1, 1, 1)
	})
}

// TestStore_DropExpired requires that commits drop what has expired, a bounded
// number each, and so that in the end nothing of it is left.
func TestStore_DropExpired(t *testing.T) {
	both(t, func(t *testing.T, s store, stats func() embedded.Stats, c *fixed) {
		const n = 450
		for i := 0; i < n; i++ {
			it := record(i)
			it.Expires = epoch.Add(time.Minute)
			tx := put(it, 0)
			tx.Seen = &catalog.Seen{ID: fmt.Sprint(i), Expires: epoch.Add(time.Minute)}
			commit(t, s, tx)
		}
		c.advance(time.Minute)
		left := []int{2*n + 1}
		for v := int64(0); left[len(left)-1] > 1; v++ {
			if v == 2*n {
				t.Fatalf("%d are left after %d commits", left[len(left)-1], v)
			}
			commit(t, s, put(record(n), v))
			left = append(left, stats().Items+stats().Seen)
		}
		if got, want := fmt.Sprint(left), "[901 701 501 301 101 1]"; got != want {
			t.Errorf("left after each commit: %s, want %s", got, want)
		}
	})
}
