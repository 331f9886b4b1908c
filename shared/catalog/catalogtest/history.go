package catalogtest

import (
	"errors"
	"fmt"
	"math/rand"
	"testing"
	"time"

	"latchkey/shared/catalog"
)

const (
	historySteps  = 300 // commits of one random history
	compareEvery  = 25  // steps between two comparisons of all that can be asked
	defaultSeeds  = 20
	keyedParts    = 6 // few, so that changes meet
	keyedSorts    = 3
	indexedValues = 3
	messageGroups = 3
	messageIDs    = 8
)

// testModel runs random histories on the store and on the model.
func testModel(t *testing.T, s *suite) {
	seeds := s.Seeds
	if seeds == 0 {
		seeds = defaultSeeds
	}
	for seed := 1; seed <= seeds; seed++ {
		s.test(t, fmt.Sprintf("seed=%d", seed), func(t *table) {
			h := &history{table: t, rnd: rand.New(rand.NewSource(int64(seed))), model: newModel()}
			for step := 0; step < historySteps; step++ {
				h.step(step)
				if step%compareEvery == compareEvery-1 {
					h.compare()
				}
			}
		})
	}
}

// history is one random history.
type history struct {
	*table
	rnd   *rand.Rand
	model *model
}

func (h *history) step(n int) {
	h.Helper()
	now := h.clock.Now()
	switch h.rnd.Intn(10) {
	case 0:
		h.clock.advance(time.Duration(h.rnd.Intn(40)) * time.Second)
	case 1:
		sent := []catalog.Message{h.message(), h.message(), h.message()}
		if err := h.Published(ctx, sent...); err != nil {
			h.Fatalf("step %d: Published: %v", n, err)
		}
		h.model.published(sent)
	case 2:
		k := h.key()
		got, err := h.Get(ctx, k)
		want, ok := h.model.get(k, now)
		if ok && err == nil {
			err = equalItems(got, want)
		} else if !ok && errors.Is(err, catalog.ErrNotFound) {
			err = nil
		} else if err == nil {
			err = fmt.Errorf("got %+v, want none", got)
		}
		if err != nil {
			h.Fatalf("step %d: Get %v: %v", n, k, err)
		}
	default:
		tx := h.tx(now)
		got := h.Commit(ctx, tx)
		if err := sameOutcome(got, h.model.commit(tx, now)); err != nil {
			h.Fatalf("step %d: Commit %+v: %v", n, tx, err)
		}
	}
}

func (h *history) pick(prefix string, n int) string {
	return fmt.Sprintf("%s%d", prefix, h.rnd.Intn(n))
}

func (h *history) key() catalog.Key {
	return catalog.Key{Part: h.pick("p#", keyedParts), Sort: h.pick("s", keyedSorts)}
}

func (h *history) message() catalog.Message {
	return in(h.pick("g", messageGroups), h.pick("m", messageIDs))
}

// tx is a random valid transaction whose conditions mostly hold.
func (h *history) tx(now time.Time) catalog.Tx {
	var tx catalog.Tx
	used := map[catalog.Key]bool{}
	for i := h.rnd.Intn(5); i >= 0; i-- {
		k := h.key()
		if used[k] {
			continue
		}
		used[k] = true
		version := h.model.version(k, now)
		if h.rnd.Intn(15) == 0 {
			version = int64(h.rnd.Intn(4))
		}
		switch h.rnd.Intn(8) {
		case 0:
			tx.Deletes = append(tx.Deletes, catalog.Check{Key: k, IfVersion: version})
		case 1:
			tx.Checks = append(tx.Checks, catalog.Check{Key: k, IfVersion: version})
		default:
			tx.Puts = append(tx.Puts, catalog.Put{Item: h.item(k, now), IfVersion: version})
		}
	}
	if h.rnd.Intn(3) == 0 {
		tx.Outbox = append(tx.Outbox, h.message())
	}
	if h.rnd.Intn(3) == 0 {
		tx.Seen = &catalog.Seen{ID: h.pick("e", 60), Expires: now.Add(time.Duration(1+h.rnd.Intn(120)) * time.Second)}
	}
	return tx
}

func (h *history) item(k catalog.Key, now time.Time) catalog.Item {
	value := func() string {
		if h.rnd.Intn(3) == 0 {
			return ""
		}
		return h.pick("v", indexedValues)
	}
	it := catalog.Item{Key: k, Body: []byte(h.pick("body", 1000)), Indexes: catalog.Indexes{
		Kind: value(), Tenant: value(), KeyARN: value(), Resource: value(), Host: value(), Shard: value()}}
	it.Lane = []catalog.Lane{catalog.LaneRecords, catalog.LaneKeys}[h.rnd.Intn(2)]
	if h.rnd.Intn(2) == 0 {
		it.DueAt = now.Add(time.Duration(h.rnd.Intn(60)-20) * time.Second)
	}
	if h.rnd.Intn(4) == 0 {
		it.Expires = now.Add(time.Duration(1+h.rnd.Intn(60)) * time.Second)
	}
	return it
}

// compare asks the store all there is to ask, and the model too.
func (h *history) compare() {
	h.Helper()
	for i := 0; i < keyedParts; i++ {
		h.compareQuery(catalog.IndexPart, fmt.Sprintf("p#%d", i))
	}
	for _, x := range sparse {
		for i := 0; i < indexedValues; i++ {
			h.compareQuery(x.index, fmt.Sprintf("v%d", i))
		}
	}
	for shard := 0; shard < catalog.DueShards; shard++ {
		h.compareDue(catalog.LaneRecords, shard)
		h.compareDue(catalog.LaneKeys, shard)
	}
	var want []string
	for _, m := range h.model.outbox {
		want = append(want, m.ID)
	}
	h.pending(want...)
	for i := 0; i < messageGroups; i++ {
		group, limit := fmt.Sprintf("g%d", i), 1+h.rnd.Intn(6)
		h.pendingIn(group, limit, h.model.pendingIn(group, limit)...)
	}
}

func (h *history) compareQuery(index catalog.Index, value string) {
	h.Helper()
	q := catalog.Query{Index: index, Value: value, Limit: 1 + h.rnd.Intn(8), Descending: h.rnd.Intn(2) == 0}
	want := h.model.query(q, h.clock.Now())
	h.eventually(func() error {
		got, err := h.all(q)
		if err != nil {
			return err
		}
		if len(got) != len(want) {
			return fmt.Errorf("query %+v: got %q, want %q", q, keysOf(got), keysOf(want))
		}
		for i := range got {
			if err := equalItems(got[i], want[i]); err != nil {
				return fmt.Errorf("query %+v: %w", q, err)
			}
		}
		return nil
	})
}

func (h *history) compareDue(lane catalog.Lane, shard int) {
	h.Helper()
	now := h.clock.Now()
	until := now.Add(time.Duration(h.rnd.Intn(60)-20) * time.Second)
	want := h.model.due(lane, shard, until, now)
	h.eventually(func() error {
		got, err := h.Due(ctx, lane, shard, until, catalog.MaxPage)
		if err != nil || len(got) != len(want) {
			return fmt.Errorf("due %s/%d: got %v, %v, want %v", lane, shard, got, err, want)
		}
		for i, d := range got {
			if at, ok := want[d.Key]; !ok || !at.Equal(d.DueAt) || i > 0 && d.DueAt.Before(got[i-1].DueAt) {
				return fmt.Errorf("due %s/%d: got %v, want %v", lane, shard, got, want)
			}
		}
		return nil
	})
}
