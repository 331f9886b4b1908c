package ledger

import (
	"cmp"
	"context"
	"encoding/json"
	"time"

	"latchkey/shared/catalog"
	"latchkey/shared/coded"
)

// catchUp reads files again for what was met, in one look of Settle.
type catchUp struct {
	l     *Ledger
	files []File // of the last days, with what they missed; nil: not looked up
	left  int    // files that may be read
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
	all, failed := c.readAgain(ctx, missedName(m.Name), m.At)
	m.Passes++
	m.Done = all || m.Passes >= meetPasses
	return cmp.Or(failed, c.l.putMet(ctx, key, m, it.Version, now.Add(settleEvery)))
}

// readAgain reads the files that missed a name, and reports whether that was all
// of them. One that is broken or gone is left as it is; one that cannot be read
// now holds up no other, and the error is the first such.
func (c *catchUp) readAgain(ctx context.Context, name string, at time.Time) (all bool, failed error) {
	if c.files == nil {
		if c.files, failed = c.l.missing(ctx, at); failed != nil {
			return false, failed
		}
	}
	for i := range c.files {
		f := &c.files[i]
		if !f.misses(name, at) {
			continue
		}
		if c.left--; c.left < 0 {
			return false, failed
		}
		failed = cmp.Or(failed, c.file(ctx, f, name, at))
	}
	return failed == nil, failed
}

// file reads one file again, if it still missed a name.
func (c *catchUp) file(ctx context.Context, f *File, name string, at time.Time) error {
	var res Result
	err := c.l.logFile(ctx, f.Bucket, f.Key, &res, func(now *File) bool { return now.misses(name, at) })
	if err != nil && !coded.Is(err, coded.Invalid) {
		return err
	}
	now, _, err := c.l.load(ctx, f.Bucket, f.Key)
	if err != nil {
		return err
	}
	f.Missed, f.ReadAt = now.Missed, now.ReadAt
	return nil
}

// missing returns the files of the last days that missed something.
func (l *Ledger) missing(ctx context.Context, at time.Time) ([]File, error) {
	files := []File{}
	for day := at.Add(-meetDays * 24 * time.Hour); !day.After(l.Clock.Now().Add(24 * time.Hour)); day = day.Add(24 * time.Hour) {
		q := catalog.Query{Index: catalog.IndexKind, Value: missedIndex(day), Limit: catalog.MaxPage}
		for range maxPages {
			page, err := l.Store.Query(ctx, q)
			if err != nil {
				return nil, err
			}
			for _, it := range page.Items {
				var f File
				if err := json.Unmarshal(it.Body, &f); err != nil {
					return nil, coded.Wrap(coded.Internal, err, "reading %s", it.Key)
				}
				files = append(files, File{Bucket: f.Bucket, Key: f.Key, Missed: f.Missed, ReadAt: f.ReadAt})
			}
			if q.After = page.Next; q.After == "" {
				break
			}
		}
	}
	return files, nil
}
