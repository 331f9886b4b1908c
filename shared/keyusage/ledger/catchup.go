package ledger

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"time"

	"latchkey/shared/catalog"
	"latchkey/shared/coded"
)

// catchUp reads files again for what was met, in one look of Settle.
type catchUp struct {
	l     *Ledger
	pages map[string]page // that were looked up
	left  int             // files that may be read
}

// page is a page of the files of a day that missed something.
type page struct {
	files []File // with what they missed
	next  string // empty: this was the day's last
}

// met reads the files again that missed one thing, if it is time.
func (c *catchUp) met(ctx context.Context, key catalog.Key) error {
	it, err := c.l.Store.Get(ctx, key)
	if err != nil {
		return err
	}
	var m met
	if err := json.Unmarshal(it.Body, &m); err != nil {
		return coded.Wrap(coded.Internal, err, "reading %s", it.Key)
	}
	now := c.l.Clock.Now()
	if m.Done || it.DueAt.After(now) {
		return nil
	}
	all, failed := c.readAgain(ctx, &m)
	if failed != nil {
		m.Passes++
	}
	m.Done = all || m.Passes >= meetPasses
	return cmp.Or(failed, c.l.putMet(ctx, key, m, it.Version, now.Add(settleEvery)))
}

// readAgain reads the files that missed a thing, of the days before it was met and
// until nobody missed it, page by page, and reports whether that was all of them.
// It goes on where it was the last time. One file that is broken or gone is left as
// it is; one that cannot be read now holds up no other, and the error is the first
// such: its page is read again.
func (c *catchUp) readAgain(ctx context.Context, m *met) (all bool, failed error) {
	last := m.At.Add(meetAfter + 24*time.Hour)
	day, after := m.Day, m.After
	if day.IsZero() {
		day = m.At.Add(-meetDays * 24 * time.Hour)
	}
	for range maxPages {
		if day.After(last) {
			return failed == nil, failed
		}
		if c.left <= 0 {
			return false, failed
		}
		p, err := c.page(ctx, day, after)
		if err != nil {
			return false, cmp.Or(failed, err)
		}
		whole, err := c.files(ctx, p.files, missedName(m.Name), m.At)
		failed = cmp.Or(failed, err)
		if !whole {
			return false, failed
		}
		if after = p.next; after == "" {
			day = day.Add(24 * time.Hour)
		}
		if failed == nil {
			m.Day, m.After = day, after
		}
	}
	return false, failed
}

// files reads those again that missed a name, and reports whether these were not
// too many, and none was being read by another.
func (c *catchUp) files(ctx context.Context, files []File, name string, at time.Time) (whole bool, failed error) {
	busy := false
	for i := range files {
		f := &files[i]
		if !f.misses(name, at) {
			continue
		}
		if c.left <= 0 {
			return false, failed
		}
		err := c.file(ctx, f, name, at)
		if errors.Is(err, errBusy) || errors.Is(err, catalog.ErrConflict) {
			busy = true // another look is at it
			continue
		}
		failed = cmp.Or(failed, err)
	}
	return !busy, failed
}

// file reads one file again, if it still missed a name. One that is gone costs no
// reading.
func (c *catchUp) file(ctx context.Context, f *File, name string, at time.Time) error {
	var res Result
	err := c.l.logFile(ctx, f.Bucket, f.Key, &res, func(now *File) bool { return now.misses(name, at) })
	if err != nil && !coded.Is(err, coded.Invalid) {
		c.left--
		return err
	}
	now, _, err := c.l.load(ctx, f.Bucket, f.Key)
	if err != nil {
		return err
	}
	if now.ReadAt.After(f.ReadAt) {
		c.left--
	}
	f.Missed, f.ReadAt = now.Missed, now.ReadAt
	return nil
}

// page returns a page of the files of a day that missed something.
func (c *catchUp) page(ctx context.Context, day time.Time, after string) (page, error) {
	index := missedIndex(day)
	if p, ok := c.pages[index+after]; ok {
		return p, nil
	}
	found, err := c.l.Store.Query(ctx, catalog.Query{Index: catalog.IndexKind, Value: index, Limit: catalog.MaxPage, After: after})
	if err != nil {
		return page{}, err
	}
	p := page{next: found.Next}
	for _, it := range found.Items {
		var f File
		if err := json.Unmarshal(it.Body, &f); err != nil {
			return page{}, coded.Wrap(coded.Internal, err, "reading %s", it.Key)
		}
		p.files = append(p.files, File{Bucket: f.Bucket, Key: f.Key, Missed: f.Missed, ReadAt: f.ReadAt})
	}
	c.pages[index+after] = p
	return p, nil
}
