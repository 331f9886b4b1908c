package catalogtest

import (
	"fmt"
	"testing"
	"time"

	"latchkey/shared/catalog"
)

func testSeen(t *testing.T, s *suite) {
	hour := func(id string) *catalog.Seen { return &catalog.Seen{ID: id, Expires: epoch.Add(time.Hour)} }
	s.test(t, "an event is applied once", func(t *table) {
		tx := put(item(key("tenant#1")), 0)
		tx.Seen = hour("e1")
		tx.Outbox = []catalog.Message{{ID: "m1", Body: []byte("{}")}}
		t.must(tx)
		again := put(item(key("tenant#2")), 0)
		again.Seen = hour("e1")
		again.Outbox = []catalog.Message{{ID: "m2", Body: []byte("{}")}}
		t.refused(again, catalog.ErrSeen)
		t.absent(key("tenant#2"))
		t.pending("m1")
		again.Seen = hour("e2")
		t.must(again)
	})
	s.test(t, "wins over a conflict", func(t *table) {
		tx := put(item(key("tenant#1")), 0)
		tx.Seen = hour("e1")
		t.must(tx)
		t.refused(tx, catalog.ErrSeen)
		tx.Seen = hour("e2")
		t.refused(tx, catalog.ErrConflict)
		tx.Puts[0].IfVersion = 1
		t.must(tx)
	})
	s.test(t, "is forgotten after it expires", func(t *table) {
		t.must(catalog.Tx{Seen: hour("e1")})
		t.clock.advance(time.Hour - time.Second)
		t.refused(catalog.Tx{Seen: hour("e1")}, catalog.ErrSeen)
		t.clock.advance(2 * time.Second)
		t.must(catalog.Tx{Seen: &catalog.Seen{ID: "e1", Expires: epoch.Add(3 * time.Hour)}})
		t.clock.advance(time.Hour)
		t.refused(catalog.Tx{Seen: &catalog.Seen{ID: "e1", Expires: epoch.Add(9 * time.Hour)}}, catalog.ErrSeen)
	})
	s.test(t, "without an expiry it stays", func(t *table) {
		t.must(catalog.Tx{Seen: &catalog.Seen{ID: "e1"}})
		t.clock.advance(100 * 365 * 24 * time.Hour)
		t.must(put(item(key("tenant#1")), 0))
		t.refused(catalog.Tx{Seen: &catalog.Seen{ID: "e1"}}, catalog.ErrSeen)
	})
	s.test(t, "many at once", testManyForgotten)
	s.test(t, "an id is not a key", func(t *table) {
		tx := put(item(key("e1")), 0)
		tx.Seen = hour("e1")
		tx.Outbox = []catalog.Message{{ID: "e1", Body: []byte("{}")}}
		t.must(tx)
		t.get(key("e1"))
		t.pending("e1")
	})
}

func testExpiry(t *testing.T, s *suite) {
	expiring := func(after time.Duration) catalog.Item {
		it := item(key("host#1"))
		it.Lane, it.DueAt, it.Expires = catalog.LaneRecords, epoch, epoch.Add(after)
		it.Indexes = catalog.Indexes{Tenant: "acme"}
		return it
	}
	byTenant := catalog.Query{Index: catalog.IndexTenant, Value: "acme", Limit: 10}
	byPart := catalog.Query{Index: catalog.IndexPart, Value: "host#1", Limit: 10}
	s.test(t, "a read does not return it", func(t *table) {
		it := expiring(time.Minute)
		t.must(put(it, 0))
		t.clock.advance(time.Minute - time.Second)
		t.get(it.Key)
		t.lists(byTenant, it.Key)
		t.lists(byPart, it.Key)
		t.due(catalog.LaneRecords, it.Key.Part, epoch, it.Key)
		t.clock.advance(time.Second)
		t.absent(it.Key)
		t.lists(byTenant)
		t.lists(byPart)
		t.due(catalog.LaneRecords, it.Key.Part, epoch)
	})
	s.test(t, "it counts as absent", func(t *table) {
		t.must(put(expiring(time.Minute), 0))
		t.clock.advance(time.Minute)
		t.refused(put(expiring(time.Hour), 1), catalog.ErrConflict)
		t.refused(catalog.Tx{Deletes: []catalog.Check{{Key: key("host#1"), IfVersion: 1}}}, catalog.ErrConflict)
		t.must(catalog.Tx{Checks: []catalog.Check{{Key: key("host#1")}}})
		fresh := expiring(time.Hour)
		fresh.Indexes.Tenant = "other"
		t.must(put(fresh, 0))
		if v := t.get(fresh.Key).Version; v != 1 {
			t.Errorf("version %d of the new item, want 1", v)
		}
		t.lists(byTenant)
	})
	s.test(t, "a put may lift it", func(t *table) {
		t.must(put(expiring(time.Minute), 0))
		lifted := expiring(time.Minute)
		lifted.Expires = time.Time{}
		t.must(put(lifted, 1))
		t.clock.advance(time.Hour)
		t.must(put(item(key("other#1")), 0))
		t.get(lifted.Key)
		t.lists(byTenant, lifted.Key)
		t.due(catalog.LaneRecords, lifted.Key.Part, epoch, lifted.Key)
	})
	s.test(t, "many at once", testManyExpired)
}

// testManyExpired lets more items expire than one commit would drop, and
// requires that no read and no condition can tell which are left.
func testManyExpired(t *table) {
	const n = 500
	stays := item(catalog.Key{Part: "list#1", Sort: "z"})
	t.must(put(stays, 0))
	absent := catalog.Tx{}
	for i := 0; i < n; i += 50 {
		var tx catalog.Tx
		for j := i; j < i+50; j++ {
			it := item(catalog.Key{Part: "list#1", Sort: fmt.Sprintf("%03d", j)})
			it.Expires = epoch.Add(time.Minute)
			tx.Puts = append(tx.Puts, catalog.Put{Item: it})
			if j%7 == 0 {
				absent.Checks = append(absent.Checks, catalog.Check{Key: it.Key})
			}
		}
		t.must(tx)
	}
	q := catalog.Query{Index: catalog.IndexPart, Value: "list#1", Limit: 100}
	if items, err := t.all(q); err != nil || len(items) != n+1 {
		t.Fatalf("%d items before they expire, %v; want %d", len(items), err, n+1)
	}
	t.refused(absent, catalog.ErrConflict)
	t.clock.advance(time.Minute)
	t.must(absent)
	for v := int64(1); v < 8; v++ {
		t.lists(q, stays.Key)
		t.must(put(stays, v))
	}
}

// testManyForgotten does the same with seen ids, and applies some of them again.
func testManyForgotten(t *table) {
	const n = 450
	seen := func(i int, after time.Duration) catalog.Tx {
		return catalog.Tx{Seen: &catalog.Seen{ID: fmt.Sprintf("e%03d", i), Expires: epoch.Add(after)}}
	}
	for i := 0; i < n; i++ {
		t.must(seen(i, time.Minute))
	}
	t.clock.advance(time.Minute)
	again := []int{n - 1, n / 2, 0}
	for _, i := range again {
		t.must(seen(i, time.Hour))
	}
	for i := n; i < n+5; i++ {
		t.must(seen(i, time.Hour))
	}
	for _, i := range again {
		t.refused(seen(i, time.Hour), catalog.ErrSeen)
	}
}
