package catalogtest

import (
	"errors"
	"fmt"
	"strconv"
	"sync"
	"testing"

	"latchkey/shared/catalog"
	"latchkey/shared/coded"
)

const (
	writers    = 8
	increments = 25 // by each writer
	maxTries   = 10_000
)

func testConcurrency(t *testing.T, s *suite) {
	s.test(t, "no increment is lost", func(t *table) {
		t.must(put(catalog.Item{Key: key("counter#1"), Body: []byte("0")}, 0))
		t.together(writers, func(w int) error {
			for i := 0; i < increments; i++ {
				if err := t.increment(fmt.Sprintf("%d-%d", w, i)); err != nil {
					return err
				}
			}
			return nil
		})
		got := t.get(key("counter#1"))
		if want := writers * increments; string(got.Body) != strconv.Itoa(want) || got.Version != int64(want+1) {
			t.Errorf("counter is %s at version %d after %d increments", got.Body, got.Version, want)
		}
		t.eventually(func() error {
			messages, err := t.Pending(ctx, catalog.MaxPage)
			if err != nil || len(messages) != writers*increments {
				return fmt.Errorf("%d messages, %v, want %d", len(messages), err, writers*increments)
			}
			for i, m := range messages {
				if string(m.Body) != strconv.Itoa(i+1) {
					return fmt.Errorf("message %d of the outbox is of increment %s", i+1, m.Body)
				}
			}
			return nil
		})
	})
	s.test(t, "one of many applies an event", func(t *table) {
		for round := 0; round < 20; round++ {
			var mu sync.Mutex
			applied := 0
			t.together(writers, func(w int) error {
				tx := put(item(key(fmt.Sprintf("tenant#%d-%d", round, w))), 0)
				tx.Seen = &catalog.Seen{ID: fmt.Sprint(round), Expires: epoch.Add(1e15)}
				err := t.persist(tx)
				if errors.Is(err, catalog.ErrSeen) {
					return nil
				}
				mu.Lock()
				defer mu.Unlock()
				applied++
				return err
			})
			if applied != 1 {
				t.Fatalf("event %d was applied %d times", round, applied)
			}
		}
	})
	s.test(t, "a reader sees a transaction whole", testWholeReads)
}

// testWholeReads puts two items of a partition together while others read it.
func testWholeReads(t *table) {
	pair := func(v int64) catalog.Tx {
		a, b := item(catalog.Key{Part: "pair", Sort: "a"}), item(catalog.Key{Part: "pair", Sort: "b"})
		return catalog.Tx{Puts: []catalog.Put{{Item: a, IfVersion: v}, {Item: b, IfVersion: v}}}
	}
	t.must(pair(0))
	const rounds = 100
	t.together(4, func(w int) error {
		for v := int64(1); v <= rounds; v++ {
			if w == 0 {
				if err := t.persist(pair(v)); err != nil {
					return err
				}
				continue
			}
			a, err := t.Get(ctx, catalog.Key{Part: "pair", Sort: "a"})
			if err != nil {
				return err
			}
			b, err := t.Get(ctx, catalog.Key{Part: "pair", Sort: "b"})
			if err != nil {
				return err
			}
			if b.Version < a.Version {
				return fmt.Errorf("b is at version %d after a was seen at %d", b.Version, a.Version)
			}
		}
		return nil
	})
}

// together runs n workers at once and waits for them.
func (t *table) together(n int, work func(worker int) error) {
	t.Helper()
	errs := make([]error, n)
	var wg sync.WaitGroup
	for w := range errs {
		wg.Add(1)
		go func() {
			defer wg.Done()
			errs[w] = work(w)
		}()
	}
	wg.Wait()
	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
}

// increment adds one to the counter, reading it again after each conflict.
func (t *table) increment(id string) error {
	for try := 0; try < maxTries; try++ {
		it, err := t.Get(ctx, key("counter#1"))
		if err != nil {
			return err
		}
		n, err := strconv.Atoi(string(it.Body))
		if err != nil {
			return err
		}
		it.Body = []byte(strconv.Itoa(n + 1))
		tx := put(it, it.Version)
		tx.Outbox = []catalog.Message{{ID: id, Group: "counter#1", Body: it.Body}}
		tx.Seen = &catalog.Seen{ID: id, Expires: epoch.Add(1e15)}
		if err := t.persist(tx); !errors.Is(err, catalog.ErrConflict) {
			return err
		}
	}
	return fmt.Errorf("increment %s: conflicts without end", id)
}

// persist commits, again where the store says that it may be tried again (two
// transactions of DynamoDB on one item at the same time cancel each other).
func (t *table) persist(tx catalog.Tx) error {
	for try := 0; ; try++ {
		err := t.Commit(ctx, tx)
		known := errors.Is(err, catalog.ErrConflict) || errors.Is(err, catalog.ErrSeen)
		if err == nil || known || !coded.Is(err, coded.Retryable) || try == maxTries {
			return err
		}
	}
}
