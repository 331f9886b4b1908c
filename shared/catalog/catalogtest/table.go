package catalogtest

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"latchkey/shared/catalog"
	"latchkey/shared/coded"
)

// table is one store under test, on a clock of its own.
type table struct {
	*testing.T
	catalog.Store
	catalog.Outbox
	clock *handClock
	lag   time.Duration
}

// ctx is the context of every call that is to succeed; go test's own time-out
// ends a store that hangs.
var ctx = context.Background()

// epoch is where the clock of each test starts.
var epoch = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// handClock is a clock that the test moves.
type handClock struct {
	mu  sync.Mutex
	now time.Time
}

// Now returns the time that the test has set.
func (c *handClock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *handClock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// key is a key with the usual sort key.
func key(part string) catalog.Key { return catalog.Key{Part: part, Sort: "."} }

// item is an item with a small body.
func item(k catalog.Key) catalog.Item {
	return catalog.Item{Key: k, Body: []byte(`{"of":"` + k.Part + `"}`)}
}

// put is a transaction of one put.
func put(it catalog.Item, ifVersion int64) catalog.Tx {
	return catalog.Tx{Puts: []catalog.Put{{Item: it, IfVersion: ifVersion}}}
}

// must commits what has to succeed.
func (t *table) must(tx catalog.Tx) {
	t.Helper()
	if err := t.Commit(ctx, tx); err != nil {
		t.Fatalf("Commit: %v", err)
	}
}

// refused commits what has to fail with want.
func (t *table) refused(tx catalog.Tx, want error) {
	t.Helper()
	if err := t.Commit(ctx, tx); !errors.Is(err, want) {
		t.Fatalf("Commit: got %v, want %v", err, want)
	}
}

// invalid requires an error of code invalid that is none of the port's.
func (t *table) invalid(what string, err error) {
	t.Helper()
	if !coded.Is(err, coded.Invalid) || errors.Is(err, catalog.ErrTooLarge) {
		t.Errorf("%s: got %v, want an error of code invalid", what, err)
	}
}

// get reads an item that has to be there.
func (t *table) get(k catalog.Key) catalog.Item {
	t.Helper()
	it, err := t.Get(ctx, k)
	if err != nil {
		t.Fatalf("Get %v: %v", k, err)
	}
	return it
}

// absent requires that an item is not there.
func (t *table) absent(k catalog.Key) {
	t.Helper()
	if it, err := t.Get(ctx, k); !errors.Is(err, catalog.ErrNotFound) {
		t.Fatalf("Get %v: got %+v, %v, want ErrNotFound", k, it, err)
	}
}

// fewestAsks is how often eventually asks at least: a question may take so long
// on a busy machine that the lag is over before the second one.
const fewestAsks = 10

// eventually requires that check is satisfied once indexes have caught up.
func (t *table) eventually(check func() error) {
	t.Helper()
	deadline := time.Now().Add(t.lag)
	wait := time.Millisecond
	for asked := 1; ; asked++ {
		err := check()
		if err == nil {
			return
		}
		if t.lag == 0 || asked >= fewestAsks && !time.Now().Before(deadline) {
			t.Fatal(err)
		}
		<-time.After(wait)
		wait = min(2*wait, 100*time.Millisecond)
	}
}

// all reads every page of a query.
func (t *table) all(q catalog.Query) ([]catalog.Item, error) {
	var items []catalog.Item
	for pages := 0; ; pages++ {
		p, err := t.Query(ctx, q)
		if err != nil {
			return nil, err
		}
		if items = append(items, p.Items...); p.Next == "" {
			return items, nil
		}
		if pages > 10_000 {
			return nil, fmt.Errorf("query %+v has no end", q)
		}
		q.After = p.Next
	}
}

// lists requires that a query, read page by page, finds the keys in this order.
func (t *table) lists(q catalog.Query, want ...catalog.Key) {
	t.Helper()
	t.eventually(func() error {
		items, err := t.all(q)
		if err != nil {
			return err
		}
		if got := keysOf(items); fmt.Sprint(got) != fmt.Sprint(want) {
			return fmt.Errorf("query %+v: got %q, want %q", q, got, want)
		}
		return nil
	})
}

func keysOf(items []catalog.Item) []catalog.Key {
	var keys []catalog.Key
	for _, it := range items {
		keys = append(keys, it.Key)
	}
	return keys
}

// equalItems says how two items differ, as they are read.
func equalItems(got, want catalog.Item) error {
	switch {
	case got.Key != want.Key, got.Version != want.Version, got.Lane != want.Lane, got.Indexes != want.Indexes,
		string(got.Body) != string(want.Body), !got.DueAt.Equal(want.DueAt), !got.Expires.Equal(want.Expires),
		got.DueAt.IsZero() != want.DueAt.IsZero(), got.Expires.IsZero() != want.Expires.IsZero():
		return fmt.Errorf("got %+v, want %+v", got, want)
	}
	return nil
}
