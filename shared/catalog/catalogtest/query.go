package catalogtest

import (
	"fmt"
	"math/rand"
	"slices"
	"strconv"
	"testing"

	"latchkey/shared/catalog"
)

// sparse are the lookups that an item is in only if it has a value.
var sparse = []struct {
	index catalog.Index
	with  func(value string) catalog.Indexes
}{
	{catalog.IndexKind, func(v string) catalog.Indexes { return catalog.Indexes{Kind: v} }},
	{catalog.IndexTenant, func(v string) catalog.Indexes { return catalog.Indexes{Tenant: v} }},
	{catalog.IndexKeyARN, func(v string) catalog.Indexes { return catalog.Indexes{KeyARN: v} }},
	{catalog.IndexResource, func(v string) catalog.Indexes { return catalog.Indexes{Resource: v} }},
	{catalog.IndexHost, func(v string) catalog.Indexes { return catalog.Indexes{Host: v} }},
	{catalog.IndexShard, func(v string) catalog.Indexes { return catalog.Indexes{Shard: v} }},
}

func testQuery(t *testing.T, s *suite) {
	for _, x := range sparse {
		s.test(t, "sparse index "+string(x.index), func(t *table) {
			of := func(v string) catalog.Query { return catalog.Query{Index: x.index, Value: v, Limit: 10} }
			a, b, c := item(key("database#a")), item(key("database#b")), item(key("database#c"))
			a.Indexes, b.Indexes = x.with("one"), x.with("one")
			t.must(catalog.Tx{Puts: []catalog.Put{{Item: b}, {Item: a}, {Item: c}}})
			t.lists(of("one"), a.Key, b.Key)
			t.lists(of("on"))
			t.lists(of("one1"))
			for _, other := range sparse {
				if other.index != x.index {
					t.lists(catalog.Query{Index: other.index, Value: "one", Limit: 10})
				}
			}
			a.Indexes = x.with("two")
			t.must(put(a, 1))
			t.lists(of("one"), b.Key)
			t.lists(of("two"), a.Key)
			a.Indexes = catalog.Indexes{}
			t.must(catalog.Tx{Puts: []catalog.Put{{Item: a, IfVersion: 2}}, Deletes: []catalog.Check{{Key: b.Key, IfVersion: 1}}})
			t.lists(of("two"))
			t.lists(of("one"))
		})
	}
	s.test(t, "a lookup returns whole items", func(t *table) {
		it := item(key("database#a"))
		it.Lane, it.DueAt, it.Expires = catalog.LaneKeys, epoch, epoch.Add(1e12)
		it.Indexes = catalog.Indexes{Kind: "database/1", Tenant: "acme"}
		t.must(put(it, 0))
		t.must(put(it, 1))
		it.Version = 2
		t.eventually(func() error {
			items, err := t.all(catalog.Query{Index: catalog.IndexTenant, Value: "acme", Limit: 1})
			if err != nil || len(items) != 1 {
				return fmt.Errorf("got %v, %v", items, err)
			}
			return equalItems(items[0], it)
		})
	})
	s.test(t, "order is by Part, then Sort, byte by byte", func(t *table) {
		want := []catalog.Key{
			{Part: "a", Sort: "!"}, {Part: "a", Sort: "."}, {Part: "a", Sort: ".x"}, {Part: "a", Sort: "Z"}, {Part: "a", Sort: "z"},
			{Part: "a\x01", Sort: "!"}, {Part: "a!", Sort: "."}, {Part: "a#1", Sort: "."}, {Part: "a#10", Sort: "."},
			{Part: "a#2", Sort: "."}, {Part: "ab", Sort: "."}, {Part: "b", Sort: "."}, {Part: "é", Sort: "."},
		}
		for _, i := range rand.New(rand.NewSource(1)).Perm(len(want)) {
			it := item(want[i])
			it.Indexes.Shard = "s"
			t.must(put(it, 0))
		}
		t.lists(catalog.Query{Index: catalog.IndexShard, Value: "s", Limit: 100}, want...)
		t.lists(catalog.Query{Index: catalog.IndexPart, Value: "a", Limit: 100}, want[:5]...)
		backwards := slices.Clone(want)
		slices.Reverse(backwards)
		t.lists(catalog.Query{Index: catalog.IndexShard, Value: "s", Limit: 100, Descending: true}, backwards...)
		t.lists(catalog.Query{Index: catalog.IndexPart, Value: "a", Limit: 100, Descending: true}, backwards[8:]...)
	})
	s.test(t, "a partition is read consistently", func(t *table) {
		for v := int64(0); v < 20; v++ {
			t.must(put(item(key("tenant#1")), v))
			p, err := t.Query(ctx, catalog.Query{Index: catalog.IndexPart, Value: "tenant#1", Limit: 1})
			if err != nil || len(p.Items) != 1 || p.Items[0].Version != v+1 {
				t.Fatalf("after put %d: %+v, %v", v+1, p, err)
			}
		}
	})
}

// pageIndexes are an index that never lags and one that may.
var pageIndexes = []catalog.Index{catalog.IndexPart, catalog.IndexHost}

// paged is item i of a list that both pageIndexes find under "list".
func paged(i int) catalog.Item {
	it := item(catalog.Key{Part: "list", Sort: fmt.Sprintf("%03d", i)})
	it.Indexes.Host = "list"
	return it
}

func testPages(t *testing.T, s *suite) {
	const n = 23
	fill := func(t *table) (want []catalog.Key) {
		var tx catalog.Tx
		for i := 0; i < n; i++ {
			tx.Puts = append(tx.Puts, catalog.Put{Item: paged(2 * i)})
			want = append(want, paged(2*i).Key)
		}
		t.must(tx)
		return want
	}
	for _, index := range pageIndexes {
		s.test(t, "every page size, both ways/"+string(index), func(t *table) {
			want := fill(t)
			backwards := slices.Clone(want)
			slices.Reverse(backwards)
			for _, limit := range []int{1, 2, 7, n - 1, n, n + 1, catalog.MaxPage} {
				q := catalog.Query{Index: index, Value: "list", Limit: limit}
				t.lists(q, want...)
				q.Descending = true
				t.lists(q, backwards...)
			}
		})
		s.test(t, "another list under a cursor/"+string(index), func(t *table) { testOtherList(t, index) })
		for _, descending := range []bool{false, true} {
			s.test(t, fmt.Sprintf("changes between pages/%s/descending=%t", index, descending), func(t *table) {
				want := fill(t)
				q := catalog.Query{Index: index, Value: "list", Limit: 5, Descending: descending}
				if descending {
					slices.Reverse(want)
				}
				t.lists(q, want...)
				testChangesBetweenPages(t, q, want)
			})
		}
	}
}

// testOtherList replaces the whole list while a cursor stands in it.
func testOtherList(t *table, index catalog.Index) {
	for _, c := range []struct {
		number     int
		descending bool
		found      bool
	}{{5, false, false}, {15, false, true}, {15, true, false}, {5, true, true}} {
		ten := put(paged(10), 0)
		ten.Puts = append(ten.Puts, catalog.Put{Item: paged(9)}, catalog.Put{Item: paged(11)})
		t.must(ten)
		q := catalog.Query{Index: index, Value: "list", Limit: 2, Descending: c.descending}
		if c.descending {
			t.lists(q, paged(11).Key, paged(10).Key, paged(9).Key)
		} else {
			t.lists(q, paged(9).Key, paged(10).Key, paged(11).Key)
		}
		p, err := t.Query(ctx, q)
		if err != nil || p.Next == "" {
			t.Fatalf("first page: %+v, %v", p, err)
		}
		var gone catalog.Tx
		for i := 9; i <= 11; i++ {
			gone.Deletes = append(gone.Deletes, catalog.Check{Key: paged(i).Key, IfVersion: 1})
		}
		t.must(gone)
		t.must(put(paged(c.number), 0))
		q.After = p.Next
		if c.found {
			t.lists(q, paged(c.number).Key)
		} else {
			t.lists(q)
		}
		t.must(catalog.Tx{Deletes: []catalog.Check{{Key: paged(c.number).Key, IfVersion: 1}}})
	}
}

// testChangesBetweenPages deletes the item that the cursor stands on, one that
// was read and one that was not, and adds one before and one after it.
func testChangesBetweenPages(t *table, q catalog.Query, want []catalog.Key) {
	first, err := t.Query(ctx, q)
	if err != nil || len(first.Items) == 0 || len(first.Items) > q.Limit || first.Next == "" {
		t.Fatalf("first page: %+v, %v", first, err)
	}
	read := len(first.Items)
	on := want[read-1]
	between := func(i int) catalog.Item {
		number, err := strconv.Atoi(want[i].Sort)
		if err != nil {
			t.Fatal(err)
		}
		if q.Descending {
			return paged(number - 1)
		}
		return paged(number + 1)
	}
	after := between(read + 2)
	tx := catalog.Tx{
		Puts:    []catalog.Put{{Item: between(0)}, {Item: after}},
		Deletes: []catalog.Check{{Key: on, IfVersion: 1}, {Key: want[read+1], IfVersion: 1}},
	}
	if read > 1 {
		tx.Deletes = append(tx.Deletes, catalog.Check{Key: want[0], IfVersion: 1})
	}
	t.must(tx)
	rest := append([]catalog.Key{want[read], want[read+2], after.Key}, want[read+3:]...)
	q.After = first.Next
	t.lists(q, rest...)
}
