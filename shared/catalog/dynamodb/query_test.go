package dynamodb_test

import (
	"bytes"
	"fmt"
	"testing"

	"latchkey/shared/catalog"
)

// TestStore_QueryLag asks an index that has not caught up: it may miss an item,
// and never shows an old version, or one that no longer has the value.
func TestStore_QueryLag(t *testing.T) {
	s, _ := onFake(t, at(epoch))
	tenant := func(ifVersion int64, id string) catalog.Tx {
		tx := put("database#1", ifVersion, "")
		tx.Puts[0].Item.Indexes.Tenant = id
		return tx
	}
	versions := func(id string) string {
		p, err := s.Query(ctx, catalog.Query{Index: catalog.IndexTenant, Value: id, Limit: 10})
		if err != nil {
			t.Fatal(err)
		}
		var found []int64
		for _, it := range p.Items {
			found = append(found, it.Version)
		}
		return fmt.Sprint(found)
	}
	commit(t, s, tenant(0, "one"))
	for i, c := range []struct{ first, then string }{{"[]", "[1]"}, {"[2]", "[2]"}} {
		if i > 0 {
			commit(t, s, tenant(1, "one"))
		}
		if first, then := versions("one"), versions("one"); first != c.first || then != c.then {
			t.Errorf("after put %d: %s, then %s; want %s, then %s", i+1, first, then, c.first, c.then)
		}
	}
	commit(t, s, tenant(2, "two"))
	if got := versions("one"); got != "[]" {
		t.Errorf("the item of another tenant: %s", got)
	}
}

// TestStore_QueryBytes lists items that together are too much for one page.
func TestStore_QueryBytes(t *testing.T) {
	s, _ := onFake(t, at(epoch))
	const n, size = 250, 50 << 10
	for i := range n {
		tx := put(fmt.Sprintf("database#%03d", i), 0, "")
		tx.Puts[0].Item.Body, tx.Puts[0].Item.Indexes.Host = bytes.Repeat([]byte("x"), size), "h"
		commit(t, s, tx)
	}
	q := catalog.Query{Index: catalog.IndexHost, Value: "h", Limit: catalog.MaxPage}
	if _, err := s.Query(ctx, q); err != nil { // the index catches up
		t.Fatal(err)
	}
	var got []string
	pages := 0
	for ; pages == 0 || q.After != ""; pages++ {
		p, err := s.Query(ctx, q)
		if err != nil || len(p.Items)*size > 4<<20+100*size {
			t.Fatalf("page of %d items, %v", len(p.Items), err)
		}
		for _, it := range p.Items {
			got = append(got, it.Key.Part)
		}
		q.After = p.Next
	}
	if len(got) != n || got[0] != "database#000" || got[n-1] != fmt.Sprintf("database#%d", n-1) || pages < 2 {
		t.Errorf("%d items in %d pages", len(got), pages)
	}
}
