package embedded

import (
	"context"
	"time"

	"go.etcd.io/bbolt"

	"latchkey/shared/catalog"
	"latchkey/shared/clock"
	"latchkey/shared/coded"
)

// File is the table in one bbolt file. It implements catalog.Store and
// catalog.Outbox. What a Commit has acknowledged survives a kill of the process
// and, unless Options.NoSync, a loss of power. One process has it open at a time.
type File struct {
	db    *bbolt.DB
	path  string
	clock clock.Clock

	queue  changeQueue
	writer chan struct{} // holds a token while a group is being committed
}

var (
	_ catalog.Store  = (*File)(nil)
	_ catalog.Outbox = (*File)(nil)
)

// Get implements catalog.Store.
func (f *File) Get(ctx context.Context, key catalog.Key) (catalog.Item, error) {
	if err := catalog.ValidateKey(key); err != nil {
		return catalog.Item{}, err
	}
	var item catalog.Item
	err := f.view(ctx, func(l *fileLayer) error {
		r, err := l.find(key)
		if err != nil {
			return err
		}
		if r == nil || r.expired(f.now()) {
			return notFound(key)
		}
		item = r.item()
		return nil
	})
	return item, err
}

// Commit implements catalog.Store. Commits that arrive together share one write
// to the disk; each is still applied or refused on its own.
func (f *File) Commit(ctx context.Context, tx catalog.Tx) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := catalog.ValidateTx(&tx); err != nil {
		return err
	}
	return f.change(ctx, func(l *fileLayer) error { return apply(l, &tx, f.now()) })
}

// Query implements catalog.Store.
func (f *File) Query(ctx context.Context, q catalog.Query) (catalog.Page, error) {
	index := lookup(q.Index)
	if err := catalog.ValidateQuery(&q); err != nil {
		return catalog.Page{}, err
	}
	after, resumed, err := catalog.Position(q.After)
	if err != nil {
		return catalog.Page{}, err
	}
	var page catalog.Page
	err = f.view(ctx, func(l *fileLayer) error {
		b := pageBuilder{limit: q.Limit, now: f.now(), after: after, resumed: resumed}
		if err := l.walk(index, q.Value, b.from(), q.Descending, b.add); err != nil {
			return err
		}
		page = b.page()
		return nil
	})
	return page, err
}

// Due implements catalog.Store.
func (f *File) Due(ctx context.Context, lane catalog.Lane, shard int, until time.Time, limit int) ([]catalog.Due, error) {
	if err := catalog.ValidateDue(lane, shard, limit); err != nil {
		return nil, err
	}
	var found []catalog.Due
	err := f.view(ctx, func(l *fileLayer) error {
		now, last := f.now(), until.UnixMicro()
		return l.walkDue(lane, shard, func(at, expires int64, k catalog.Key) bool {
			if at > last {
				return false
			}
			if expires == never || expires > now {
				found = append(found, catalog.Due{Key: k, DueAt: instant(at)})
			}
			return len(found) < limit
		})
	})
	return found, err
}

// NextDue returns the earliest time at which an item of the lane is or was due,
// and false if none is (or the file is closed). An expired item does not count.
func (f *File) NextDue(lane catalog.Lane) (time.Time, bool) {
	earliest, ok := int64(0), false
	err := f.view(context.Background(), func(l *fileLayer) error {
		now := f.now()
		for shard := 0; shard < catalog.DueShards; shard++ {
			err := l.walkDue(lane, shard, func(at, expires int64, _ catalog.Key) bool {
				if expires != never && expires <= now {
					return true
				}
				if !ok || at < earliest {
					earliest, ok = at, true
				}
				return false
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil || !ok {
		return time.Time{}, false
	}
	return instant(earliest), true
}

// Pending implements catalog.Outbox.
func (f *File) Pending(ctx context.Context, limit int) ([]catalog.Message, error) {
	if err := catalog.ValidateLimit(limit); err != nil {
		return nil, err
	}
	var found []catalog.Message
	err := f.view(ctx, func(l *fileLayer) (err error) {
		found, err = l.pending(limit)
		return err
	})
	return found, err
}

// PendingIn implements catalog.Outbox.
func (f *File) PendingIn(ctx context.Context, group string, limit int) ([]catalog.Message, error) {
	if err := catalog.ValidatePendingIn(group, limit); err != nil {
		return nil, err
	}
	var found []catalog.Message
	err := f.view(ctx, func(l *fileLayer) (err error) {
		found, err = l.pendingIn(group, limit)
		return err
	})
	return found, err
}

// Published implements catalog.Outbox.
func (f *File) Published(ctx context.Context, sent ...catalog.Message) error {
	if err := ctx.Err(); err != nil || len(sent) == 0 {
		return err
	}
	return f.change(ctx, func(l *fileLayer) error { return l.published(sent) })
}

// Stats counts what the store holds, without reading it.
func (f *File) Stats() (Stats, error) {
	var s Stats
	err := f.view(context.Background(), func(l *fileLayer) error {
		s = l.stats()
		return nil
	})
	return s, err
}

// Close waits for reads and commits under way and closes the file. Later calls
// fail; a second Close does nothing.
func (f *File) Close() error {
	if err := f.db.Close(); err != nil {
		return coded.Wrap(coded.Internal, err, "closing %s", f.path)
	}
	return nil
}

func (f *File) now() int64 { return f.clock.Now().UnixMicro() }

// view runs a read on one consistent state of the file.
func (f *File) view(ctx context.Context, read func(*fileLayer) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	return guard(f.path, func() error {
		return f.db.View(func(tx *bbolt.Tx) error { return read(&fileLayer{tx: tx}) })
	})
}
