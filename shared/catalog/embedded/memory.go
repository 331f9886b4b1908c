package embedded

import (
	"context"
	"sync"
	"time"

	"latchkey/shared/catalog"
	"latchkey/shared/clock"
	"latchkey/shared/coded"
)

// Memory is the table in memory. It implements catalog.Store and
// catalog.Outbox; what it holds ends with the process.
type Memory struct {
	clock clock.Clock

	mu   sync.RWMutex
	data *memoryLayer
}

var (
	_ catalog.Store  = (*Memory)(nil)
	_ catalog.Outbox = (*Memory)(nil)
)

// Stats counts what a store holds, expired things not yet dropped included.
type Stats struct {
	Items   int // records
	Seen    int // ids of events already applied
	Pending int // messages not yet published
}

// NewMemory returns an empty store that takes the time, for expiry, from c.
func NewMemory(c clock.Clock) *Memory {
	return &Memory{clock: c, data: newMemoryLayer()}
}

// Get implements catalog.Store.
func (m *Memory) Get(ctx context.Context, key catalog.Key) (catalog.Item, error) {
	if err := ctx.Err(); err != nil {
		return catalog.Item{}, err
	}
	if err := catalog.ValidateKey(key); err != nil {
		return catalog.Item{}, err
	}
	m.mu.RLock()
	r, _ := m.data.find(key)
	m.mu.RUnlock()
	if r == nil || r.expires != never && r.expired(m.now()) {
		return catalog.Item{}, notFound(key)
	}
	return r.item(), nil
}

// Commit implements catalog.Store.
func (m *Memory) Commit(ctx context.Context, tx catalog.Tx) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := catalog.ValidateTx(&tx); err != nil {
		return err
	}
	now := m.now()
	m.mu.Lock()
	defer m.mu.Unlock()
	return apply(m.data, &tx, now)
}

// Query implements catalog.Store.
func (m *Memory) Query(ctx context.Context, q catalog.Query) (catalog.Page, error) {
	if err := ctx.Err(); err != nil {
		return catalog.Page{}, err
	}
	index := lookup(q.Index)
	if err := catalog.ValidateQuery(&q); err != nil {
		return catalog.Page{}, err
	}
	after, resumed, err := catalog.Position(q.After)
	if err != nil {
		return catalog.Page{}, err
	}
	b := pageBuilder{limit: q.Limit, now: m.now(), after: after, resumed: resumed}
	m.mu.RLock()
	m.data.walk(index, q.Value, b.from(), q.Descending, b.add)
	m.mu.RUnlock()
	return b.page(), nil
}

// Due implements catalog.Store.
func (m *Memory) Due(ctx context.Context, lane catalog.Lane, shard int, until time.Time, limit int) ([]catalog.Due, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if err := catalog.ValidateDue(lane, shard, limit); err != nil {
		return nil, err
	}
	m.mu.RLock()
	defer m.mu.RUnlock()
	t := m.data.dueTree(lane, shard)
	if t == nil || t.size == 0 {
		return nil, nil
	}
	var found []catalog.Due
	now, last := m.now(), until.UnixMicro()
	t.ascend(nil, func(d dueEntry) bool {
		if d.at > last {
			return false
		}
		if !d.cell.rec.expired(now) {
			found = append(found, catalog.Due{Key: d.cell.key, DueAt: instant(d.at)})
		}
		return len(found) < limit
	})
	return found, nil
}

// NextDue returns the earliest time at which an item of the lane is or was due,
// and false if none is. An expired item does not count.
func (m *Memory) NextDue(lane catalog.Lane) (time.Time, bool) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	now, earliest, ok := m.now(), int64(0), false
	for shard := 0; shard < catalog.DueShards; shard++ {
		t := m.data.dueTree(lane, shard)
		if t == nil {
			continue
		}
		t.ascend(nil, func(d dueEntry) bool {
			if d.cell.rec.expired(now) {
				return true
			}
			if !ok || d.at < earliest {
				earliest, ok = d.at, true
			}
			return false
		})
	}
	if !ok {
		return time.Time{}, false
	}
	return instant(earliest), true
}

// Pending implements catalog.Outbox.
func (m *Memory) Pending(ctx context.Context, limit int) ([]catalog.Message, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if err := catalog.ValidateLimit(limit); err != nil {
		return nil, err
	}
	m.mu.RLock()
	defer m.mu.RUnlock()
	return m.data.pending(limit), nil
}

// PendingIn implements catalog.Outbox.
func (m *Memory) PendingIn(ctx context.Context, group string, limit int) ([]catalog.Message, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if err := catalog.ValidatePendingIn(group, limit); err != nil {
		return nil, err
	}
	m.mu.RLock()
	defer m.mu.RUnlock()
	return m.data.pendingIn(group, limit), nil
}

// Published implements catalog.Outbox.
func (m *Memory) Published(ctx context.Context, sent ...catalog.Message) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.data.published(sent)
	return nil
}

// Stats counts what the store holds.
func (m *Memory) Stats() Stats {
	m.mu.RLock()
	defer m.mu.RUnlock()
	return Stats{Items: len(m.data.items), Seen: len(m.data.seenIDs), Pending: m.data.outbox.size}
}

// Close frees nothing; it is there so that a Memory can stand in for a File.
func (m *Memory) Close() error { return nil }

func (m *Memory) now() int64 { return m.clock.Now().UnixMicro() }

func notFound(k catalog.Key) error {
	return &coded.Error{Code: coded.NotFound, Message: k.String(), Err: catalog.ErrNotFound}
}
