package catalogtest

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"latchkey/shared/catalog"
)

func testLimits(t *testing.T, s *suite) {
	s.test(t, "items in a transaction", func(t *table) {
		tx := catalog.Tx{Seen: &catalog.Seen{ID: "e1", Expires: epoch.Add(time.Hour)}}
		for i := 0; tx.Size() < catalog.MaxTxItems-2; i++ {
			tx.Puts = append(tx.Puts, catalog.Put{Item: item(key(fmt.Sprintf("tenant#%d", i)))})
		}
		tx.Outbox = []catalog.Message{{ID: "m1", Body: []byte("{}")}}
		tx.Checks = []catalog.Check{{Key: key("tenant#none")}}
		full := tx
		full.Deletes = []catalog.Check{{Key: key("tenant#gone")}}
		t.refused(full, catalog.ErrTooLarge)
		t.absent(key("tenant#0"))
		t.must(tx)
		t.get(key("tenant#0"))
	})
	s.test(t, "bytes of an item", func(t *table) {
		it := item(key("tenant#1"))
		it.Body = bytes.Repeat([]byte("x"), catalog.MaxItemBytes-200)
		t.must(put(it, 0))
		if got := t.get(it.Key); !bytes.Equal(got.Body, it.Body) {
			t.Errorf("body of %d bytes came back as %d", len(it.Body), len(got.Body))
		}
		it.Body = append(it.Body, bytes.Repeat([]byte("x"), 201)...)
		t.refused(put(it, 1), catalog.ErrTooLarge)
		if v := t.get(it.Key).Version; v != 1 {
			t.Errorf("version %d after a refused put", v)
		}
	})
	s.test(t, "bytes of a message", func(t *table) {
		m := catalog.Message{ID: "m1", Group: "tenant#1"}
		m.Body = bytes.Repeat([]byte("x"), catalog.MaxMessageBytes+1-m.Bytes())
		t.refused(catalog.Tx{Outbox: []catalog.Message{m}}, catalog.ErrTooLarge)
		t.pendingIn(m.Group, 1)
		m.Body = m.Body[1:]
		t.must(catalog.Tx{Outbox: []catalog.Message{m}})
		if got, err := t.PendingIn(ctx, m.Group, 1); err != nil || len(got) != 1 || !bytes.Equal(got[0].Body, m.Body) {
			t.Errorf("%d messages, %v", len(got), err)
		}
	})
	// DynamoDB takes 4 MB in one transaction. [DynamoDB guide, Quotas]
	s.test(t, "bytes of a transaction", func(t *table) {
		var tx catalog.Tx
		for i := 0; i < 12; i++ {
			it := item(key(fmt.Sprintf("tenant#%d", i)))
			it.Body = bytes.Repeat([]byte("x"), 380<<10)
			tx.Puts = append(tx.Puts, catalog.Put{Item: it})
		}
		t.refused(tx, catalog.ErrTooLarge)
		t.absent(key("tenant#0"))
	})
}

func testInvalid(t *testing.T, s *suite) {
	s.test(t, "a key twice in a transaction", func(t *table) {
		a, b := catalog.Put{Item: item(key("tenant#1"))}, catalog.Check{Key: key("tenant#1")}
		t.invalid("two puts", t.Commit(ctx, catalog.Tx{Puts: []catalog.Put{a, a}}))
		t.invalid("put and delete", t.Commit(ctx, catalog.Tx{Puts: []catalog.Put{a}, Deletes: []catalog.Check{b}}))
		t.invalid("put and check", t.Commit(ctx, catalog.Tx{Puts: []catalog.Put{a}, Checks: []catalog.Check{b}}))
		t.invalid("delete and check", t.Commit(ctx, catalog.Tx{Deletes: []catalog.Check{b}, Checks: []catalog.Check{b}}))
		m := catalog.Message{ID: "m1", Body: []byte("{}")}
		t.invalid("two messages", t.Commit(ctx, catalog.Tx{Outbox: []catalog.Message{m, m}}))
		t.absent(key("tenant#1"))
	})
	s.test(t, "keys", func(t *table) {
		for _, k := range []catalog.Key{
			{}, {Part: "tenant#1"}, {Sort: "."}, {Part: "tenant\x00", Sort: "."}, {Part: "tenant#1", Sort: "\x00"},
			{Part: strings.Repeat("x", 3000), Sort: "."}, {Part: "tenant#1", Sort: strings.Repeat("x", 1100)}, {Part: "\xff", Sort: "."},
		} {
			_, err := t.Get(ctx, k)
			t.invalid("Get", err)
			t.invalid("put", t.Commit(ctx, put(catalog.Item{Key: k}, 0)))
			t.invalid("delete", t.Commit(ctx, catalog.Tx{Deletes: []catalog.Check{{Key: k}}}))
			t.invalid("check", t.Commit(ctx, catalog.Tx{Checks: []catalog.Check{{Key: k}}}))
		}
	})
	s.test(t, "items", func(t *table) {
		k := key("tenant#1")
		t.invalid("negative version", t.Commit(ctx, put(item(k), -1)))
		t.invalid("due without a lane", t.Commit(ctx, put(catalog.Item{Key: k, DueAt: epoch}, 0)))
		t.invalid("zero byte in an index", t.Commit(ctx, put(catalog.Item{Key: k, Indexes: catalog.Indexes{Host: "a\x00b"}}, 0)))
		t.invalid("long index value", t.Commit(ctx, put(catalog.Item{Key: k, Indexes: catalog.Indexes{Host: strings.Repeat("h", 2049)}}, 0)))
		t.invalid("seen without id", t.Commit(ctx, catalog.Tx{Seen: &catalog.Seen{}}))
		t.invalid("message without id", t.Commit(ctx, catalog.Tx{Outbox: []catalog.Message{{}}}))
		t.absent(k)
	})
	s.test(t, "queries", func(t *table) {
		good := catalog.Query{Index: catalog.IndexTenant, Value: "acme", Limit: catalog.MaxPage}
		if _, err := t.Query(ctx, good); err != nil {
			t.Errorf("a query for nothing: %v", err)
		}
		for what, change := range map[string]func(*catalog.Query){
			"limit 0": func(q *catalog.Query) { q.Limit = 0 }, "limit above": func(q *catalog.Query) { q.Limit = catalog.MaxPage + 1 },
			"no value": func(q *catalog.Query) { q.Value = "" }, "no index": func(q *catalog.Query) { q.Index = "" },
			"unknown index": func(q *catalog.Query) { q.Index = "body" }, "cursor": func(q *catalog.Query) { q.After = "no cursor!" },
		} {
			q := good
			change(&q)
			_, err := t.Query(ctx, q)
			t.invalid(what, err)
		}
	})
	s.test(t, "due and outbox", func(t *table) {
		for _, c := range []struct {
			what         string
			lane         catalog.Lane
			shard, limit int
		}{
			{"no lane", "", 0, 1}, {"shard below", catalog.LaneKeys, -1, 1}, {"shard above", catalog.LaneKeys, catalog.DueShards, 1},
			{"limit 0", catalog.LaneKeys, 0, 0}, {"limit above", catalog.LaneKeys, 0, catalog.MaxPage + 1},
		} {
			_, err := t.Due(ctx, c.lane, c.shard, epoch, c.limit)
			t.invalid(c.what, err)
		}
		for _, limit := range []int{0, catalog.MaxPage + 1} {
			_, err := t.Pending(ctx, limit)
			t.invalid("pending limit", err)
			_, err = t.PendingIn(ctx, "a", limit)
			t.invalid("limit of a group", err)
		}
		for _, group := range []string{"a\x00b", "\xff", strings.Repeat("x", 1100)} {
			_, err := t.PendingIn(ctx, group, 1)
			t.invalid("group", err)
			t.invalid("message of a group", t.Commit(ctx, catalog.Tx{Outbox: []catalog.Message{in(group, "m1")}}))
		}
	})
}
