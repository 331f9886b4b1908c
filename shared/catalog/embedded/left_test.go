package embedded

import (
	"context"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"go.etcd.io/bbolt"

	"latchkey/shared/catalog"
)

// still is a clock that stands.
type still struct{ now time.Time }

func (c *still) Now() time.Time { return c.now }

// comeAndGo puts items under shared and under own index values, moves them, and
// takes everything away again: deleted, expired or published.
func comeAndGo(t *testing.T, c *still, s interface {
	catalog.Store
	catalog.Outbox
}) {
	t.Helper()
	ctx, start := context.Background(), c.now
	commit := func(tx catalog.Tx) {
		t.Helper()
		if err := s.Commit(ctx, tx); err != nil {
			t.Fatal(err)
		}
	}
	for round := int64(0); round < 3; round++ {
		for i := 0; i < 300; i++ {
			it := catalog.Item{Key: catalog.Key{Part: fmt.Sprint("p", i/3), Sort: fmt.Sprint(i % 3)}, Lane: catalog.LaneKeys}
			it.Indexes = catalog.Indexes{Kind: fmt.Sprint(int64(i) % 7 * round), Tenant: fmt.Sprint(i, round), KeyARN: "one", Host: fmt.Sprint(i / 2)}
			it.DueAt = start.Add(time.Duration(round) * time.Minute)
			if round == 2 && i%2 == 0 {
				it.Expires = start.Add(time.Hour)
			}
			id := fmt.Sprint(i, "-", round)
			message := catalog.Message{ID: id, Group: fmt.Sprint(i % 5)}
			commit(catalog.Tx{
				Puts:   []catalog.Put{{Item: it, IfVersion: round}},
				Outbox: []catalog.Message{message},
				Seen:   &catalog.Seen{ID: id, Expires: start.Add(time.Hour)},
			})
			if err := s.Published(ctx, message); err != nil {
				t.Fatal(err)
			}
		}
	}
	for i := 1; i < 300; i += 2 {
		commit(catalog.Tx{Deletes: []catalog.Check{{Key: catalog.Key{Part: fmt.Sprint("p", i/3), Sort: fmt.Sprint(i % 3)}, IfVersion: 3}}})
	}
	c.now = start.Add(time.Hour)
	for i := 0; i < 10; i++ {
		commit(catalog.Tx{Checks: []catalog.Check{{Key: catalog.Key{Part: "none", Sort: "."}}}})
	}
}

func TestMemory_NothingLeft(t *testing.T) {
	c := &still{now: time.Unix(1e9, 0)}
	m := NewMemory(c)
	comeAndGo(t, c, m)
	l := m.data
	left := map[string]int{"items": len(l.items), "expiry": l.expiry.size, "seen": len(l.seenIDs), "outbox": l.outbox.size,
		"groups": l.groups.size, "queued": len(l.queued)}
	for i, index := range l.indexes {
		left[string(lookups[i])] = len(index)
	}
	for shard, tree := range l.due[catalog.LaneKeys] {
		if tree != nil {
			left[fmt.Sprint("due ", shard)] = tree.size
		}
	}
	for what, n := range left {
		if n != 0 {
			t.Errorf("%s: %d entries are left", what, n)
		}
	}
}

func TestFile_NothingLeft(t *testing.T) {
	c := &still{now: time.Unix(1e9, 0)}
	f, err := Open(context.Background(), filepath.Join(t.TempDir(), "catalog.db"), c, Options{NoSync: true})
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	comeAndGo(t, c, f)
	err = f.db.View(func(tx *bbolt.Tx) error {
		return tx.ForEach(func(name []byte, b *bbolt.Bucket) error {
			if n := b.Stats().KeyN; n != 0 && string(name) != "meta" {
				t.Errorf("%s: %d entries are left", name, n)
			}
			return nil
		})
	})
	if err != nil {
		t.Fatal(err)
	}
}
