package catalogtest

import (
	"fmt"
	"testing"
	"time"

	"latchkey/shared/catalog"
)

func testGet(t *testing.T, s *suite) {
	s.test(t, "unknown key", func(t *table) {
		t.absent(key("tenant#none"))
		t.must(put(item(catalog.Key{Part: "tenant#1", Sort: "a"}), 0))
		t.absent(catalog.Key{Part: "tenant#1", Sort: "b"})
	})
	s.test(t, "every field comes back", func(t *table) {
		it := catalog.Item{
			Key:     catalog.Key{Part: "database#é/1", Sort: "product#x"},
			Version: 41,
			Body:    []byte("{\"zero\":\"\x00\"}"),
			Lane:    catalog.LaneRecords,
			DueAt:   epoch.Add(time.Hour + 1234567*time.Nanosecond).In(time.FixedZone("east", 3600)),
			Expires: epoch.Add(48 * time.Hour),
			Indexes: catalog.Indexes{Kind: "database/3", Tenant: "acme", KeyARN: "arn:aws:kms:eu-west-1:111122223333:key/1",
				Resource: "db-ABC", Host: "acme.example.com", Shard: "open/eu"},
		}
		t.must(put(it, 0))
		it.Version, it.DueAt = 1, epoch.Add(time.Hour+1234*time.Microsecond)
		got := t.get(it.Key)
		if err := equalItems(got, it); err != nil {
			t.Error(err)
		}
		if got.DueAt.Location() != time.UTC {
			t.Errorf("DueAt is in %v, want UTC", got.DueAt.Location())
		}
	})
	s.test(t, "zero times and empty fields stay so", func(t *table) {
		it := catalog.Item{Key: key("tenant#1")}
		t.must(put(it, 0))
		it.Version = 1
		if err := equalItems(t.get(it.Key), it); err != nil {
			t.Error(err)
		}
	})
	s.test(t, "bodies are copied in and out", func(t *table) {
		body := []byte("before")
		t.must(put(catalog.Item{Key: key("tenant#1"), Body: body, Indexes: catalog.Indexes{Tenant: "1"}}, 0))
		copy(body, "BEFORE")
		got := t.get(key("tenant#1"))
		copy(got.Body, "BEFORE")
		listed, err := t.all(catalog.Query{Index: catalog.IndexPart, Value: "tenant#1", Limit: 5})
		if err != nil || len(listed) != 1 {
			t.Fatalf("query: %v, %v", listed, err)
		}
		copy(listed[0].Body, "BEFORE")
		if got := t.get(key("tenant#1")).Body; string(got) != "before" {
			t.Errorf("stored body became %q", got)
		}
	})
}

func testCommit(t *testing.T, s *suite) {
	s.test(t, "versions count the puts", func(t *table) {
		for v := int64(0); v < 4; v++ {
			it := item(key("tenant#1"))
			it.Version = 99
			it.Body = []byte(fmt.Sprint(v))
			t.must(put(it, v))
			if got := t.get(it.Key); got.Version != v+1 || string(got.Body) != fmt.Sprint(v) {
				t.Fatalf("after put %d: %+v", v, got)
			}
		}
	})
	s.test(t, "a put replaces every field", func(t *table) {
		it := item(key("tenant#1"))
		it.Lane, it.DueAt, it.Expires = catalog.LaneKeys, epoch, epoch.Add(time.Hour)
		it.Indexes = catalog.Indexes{Kind: "k", Tenant: "t", KeyARN: "a", Resource: "r", Host: "h", Shard: "s"}
		t.must(put(it, 0))
		bare := catalog.Item{Key: it.Key}
		t.must(put(bare, 1))
		bare.Version = 2
		if err := equalItems(t.get(it.Key), bare); err != nil {
			t.Error(err)
		}
	})
	s.test(t, "conditions", testConditions)
	s.test(t, "delete and make again", func(t *table) {
		t.must(put(item(key("tenant#1")), 0))
		t.must(put(item(key("tenant#1")), 1))
		t.must(catalog.Tx{Deletes: []catalog.Check{{Key: key("tenant#1"), IfVersion: 2}}})
		t.absent(key("tenant#1"))
		t.must(put(item(key("tenant#1")), 0))
		if v := t.get(key("tenant#1")).Version; v != 1 {
			t.Errorf("version %d of the new item, want 1", v)
		}
	})
	s.test(t, "all or nothing", func(t *table) {
		t.must(put(item(key("tenant#old")), 0))
		t.refused(catalog.Tx{
			Puts:    []catalog.Put{{Item: item(key("tenant#new"))}, {Item: item(key("tenant#old")), IfVersion: 1}},
			Checks:  []catalog.Check{{Key: key("tenant#none"), IfVersion: 1}},
			Outbox:  []catalog.Message{{ID: "m1", Body: []byte("{}")}},
			Seen:    &catalog.Seen{ID: "e1", Expires: epoch.Add(time.Hour)},
			Deletes: []catalog.Check{{Key: key("tenant#gone")}},
		}, catalog.ErrConflict)
		t.absent(key("tenant#new"))
		if v := t.get(key("tenant#old")).Version; v != 1 {
			t.Errorf("version %d after a refused commit, want 1", v)
		}
		t.pending()
		t.must(catalog.Tx{Seen: &catalog.Seen{ID: "e1", Expires: epoch.Add(time.Hour)}})
	})
	s.test(t, "an empty transaction is no error", func(t *table) { t.must(catalog.Tx{}) })
}

func testConditions(t *table) {
	t.must(put(item(key("tenant#2")), 0))
	t.must(put(item(key("tenant#2")), 1))
	for _, c := range []struct {
		part string
		if_  int64
		ok   bool
	}{
		{"tenant#2", 0, false}, {"tenant#2", 1, false}, {"tenant#2", 3, false}, {"tenant#2", 2, true},
		{"tenant#none", 1, false}, {"tenant#none", 0, true},
	} {
		k := key(c.part)
		want := error(nil)
		if !c.ok {
			want = catalog.ErrConflict
		}
		mark := catalog.Put{Item: item(key(fmt.Sprintf("mark#%s-%d", c.part, c.if_)))}
		t.refused(catalog.Tx{Puts: []catalog.Put{mark}, Checks: []catalog.Check{{Key: k, IfVersion: c.if_}}}, want)
		if c.ok {
			t.get(mark.Item.Key)
			continue
		}
		t.absent(mark.Item.Key)
		t.refused(put(item(k), c.if_), want)
		t.refused(catalog.Tx{Deletes: []catalog.Check{{Key: k, IfVersion: c.if_}}}, want)
	}
	if v := t.get(key("tenant#2")).Version; v != 2 {
		t.Errorf("a check or a refused change made version %d of 2", v)
	}
}
