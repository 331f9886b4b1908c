package catalogtest

import (
	"fmt"
	"testing"
	"time"

	"latchkey/shared/catalog"
)

// dueItem is an item due some time after epoch.
func dueItem(part string, lane catalog.Lane, after time.Duration) catalog.Item {
	it := item(key(part))
	it.Lane, it.DueAt = lane, epoch.Add(after)
	return it
}

// due requires that the shard of part finds the keys, in order of time.
func (t *table) due(lane catalog.Lane, part string, until time.Time, want ...catalog.Key) {
	t.Helper()
	t.eventually(func() error {
		entries, err := t.Due(ctx, lane, catalog.ShardOf(part), until, catalog.MaxPage)
		if err != nil {
			return err
		}
		var got []catalog.Key
		for i, e := range entries {
			got = append(got, e.Key)
			if i > 0 && e.DueAt.Before(entries[i-1].DueAt) {
				return fmt.Errorf("%v comes after a later one", e)
			}
			if e.DueAt.After(until) {
				return fmt.Errorf("%v is not due by %v", e, until)
			}
		}
		if fmt.Sprint(got) != fmt.Sprint(want) {
			return fmt.Errorf("due in the shard of %s: got %q, want %q", part, got, want)
		}
		return nil
	})
}

// sameShard returns n keys' parts that fall in one shard.
func sameShard(n int) []string {
	var parts []string
	for i := 0; len(parts) < n; i++ {
		if p := fmt.Sprintf("tenant#%d", i); catalog.ShardOf(p) == 0 {
			parts = append(parts, p)
		}
	}
	return parts
}

func testDue(t *testing.T, s *suite) {
	s.test(t, "the earliest first, up to and including until", func(t *table) {
		p := sameShard(4)
		a, b, c, d := dueItem(p[0], catalog.LaneRecords, 3*time.Second), dueItem(p[1], catalog.LaneRecords, -time.Hour),
			dueItem(p[2], catalog.LaneRecords, 3*time.Second+time.Microsecond), dueItem(p[3], catalog.LaneRecords, 1500*time.Millisecond)
		t.must(catalog.Tx{Puts: []catalog.Put{{Item: a}, {Item: b}, {Item: c}, {Item: d}}})
		t.due(catalog.LaneRecords, p[0], epoch.Add(-time.Hour-time.Microsecond))
		t.due(catalog.LaneRecords, p[0], epoch.Add(-time.Hour), b.Key)
		t.due(catalog.LaneRecords, p[0], epoch.Add(3*time.Second), b.Key, d.Key, a.Key)
		t.due(catalog.LaneRecords, p[0], epoch.Add(time.Hour), b.Key, d.Key, a.Key, c.Key)
	})
	s.test(t, "limit", func(t *table) {
		var tx catalog.Tx
		for i, p := range sameShard(10) {
			tx.Puts = append(tx.Puts, catalog.Put{Item: dueItem(p, catalog.LaneKeys, -time.Duration(i)*time.Minute)})
		}
		t.must(tx)
		t.eventually(func() error {
			got, err := t.Due(ctx, catalog.LaneKeys, 0, epoch, 3)
			if err != nil || len(got) != 3 {
				return fmt.Errorf("got %v, %v, want 3 entries", got, err)
			}
			for i, d := range got {
				want := tx.Puts[9-i].Item
				if d.Key != want.Key || !d.DueAt.Equal(want.DueAt) || d.DueAt.Location() != time.UTC {
					return fmt.Errorf("entry %d: got %v, want %v at %v", i, d, want.Key, want.DueAt)
				}
			}
			return nil
		})
	})
	s.test(t, "lanes and shards are apart", func(t *table) {
		records, keys := map[int][]catalog.Key{}, map[int][]catalog.Key{}
		for i := 0; i < 64; i++ {
			part := fmt.Sprintf("key#%d", i)
			lane, into := catalog.LaneRecords, records
			if i%2 == 0 {
				lane, into = catalog.LaneKeys, keys
			}
			t.must(put(dueItem(part, lane, time.Duration(i)), 0))
			t.must(put(dueItem(part, lane, time.Duration(i)*time.Millisecond), 1))
			into[catalog.ShardOf(part)] = append(into[catalog.ShardOf(part)], key(part))
		}
		for i := 0; i < 64; i++ {
			part := fmt.Sprintf("key#%d", i)
			t.due(catalog.LaneRecords, part, epoch.Add(time.Second), records[catalog.ShardOf(part)]...)
			t.due(catalog.LaneKeys, part, epoch.Add(time.Second), keys[catalog.ShardOf(part)]...)
		}
	})
	s.test(t, "an entry follows its item", func(t *table) {
		it := dueItem("tenant#1", catalog.LaneRecords, 0)
		t.must(put(it, 0))
		t.due(it.Lane, it.Key.Part, epoch, it.Key)
		it.DueAt = epoch.Add(time.Minute)
		t.must(put(it, 1))
		t.due(it.Lane, it.Key.Part, epoch)
		t.due(it.Lane, it.Key.Part, it.DueAt, it.Key)
		it.Lane = catalog.LaneKeys
		t.must(put(it, 2))
		t.due(catalog.LaneRecords, it.Key.Part, it.DueAt)
		t.due(catalog.LaneKeys, it.Key.Part, it.DueAt, it.Key)
		it.DueAt = time.Time{}
		t.must(put(it, 3))
		t.due(catalog.LaneKeys, it.Key.Part, epoch.Add(time.Hour))
		it.DueAt = epoch
		t.must(put(it, 4))
		t.due(catalog.LaneKeys, it.Key.Part, epoch, it.Key)
		t.must(catalog.Tx{Deletes: []catalog.Check{{Key: it.Key, IfVersion: 5}}})
		t.due(catalog.LaneKeys, it.Key.Part, epoch)
	})
}
