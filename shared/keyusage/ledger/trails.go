package ledger

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"latchkey/shared/catalog"
	"latchkey/shared/coded"
	"latchkey/shared/keyusage/digest"
)

// seenTrail is the item of a trail of which there was a digest. From then on every
// hour needs it: a trail that falls silent is missed until Config.Retired names it.
type seenTrail struct {
	Trail digest.Trail `json:"trail"`
	Since time.Time    `json:"since"` // the first whole hour of the earliest digest that was announced
}

const trailsPart = "trails"

func trailName(t digest.Trail) string {
	return t.AccountID + "/" + t.Region + "/" + t.HomeRegion + "/" + t.Name
}

// needed reports whether an hour needs a digest of a trail.
func (l *Ledger) needed(s *seenTrail, hour time.Time) bool {
	end, retired := l.Config.Retired[trailName(s.Trail)]
	return !hour.Before(s.Since) && (!retired || hour.Before(end))
}

// sinceOf returns the first whole hour of a digest's period; zero: it has none, or
// is one of late files. What a look back finds before it is of a time of which the
// ledger has not been told.
func sinceOf(rep *digest.Report, key string) time.Time {
	for _, p := range rep.Periods {
		if p.Digest == key && !p.Backfill {
			return p.Start.Add(time.Hour - time.Nanosecond).Truncate(time.Hour)
		}
	}
	return time.Time{}
}

// see keeps that a trail has digests since an hour, zero for no news, and returns
// since when it has had any; zero: it has had none.
func (l *Ledger) see(ctx context.Context, trail digest.Trail, since time.Time) (time.Time, error) {
	name := trailName(trail)
	l.mu.Lock()
	have, ok := l.trails[name]
	l.mu.Unlock()
	if ok && (since.IsZero() || !since.Before(have)) {
		return have, nil
	}
	err := l.trailChange(ctx, name, func(s *seenTrail, version int64) bool {
		have = s.Since
		if since.IsZero() || version != 0 && !since.Before(s.Since) {
			return false
		}
		s.Trail, s.Since, have = trail, since, since
		return true
	})
	if err != nil || have.IsZero() {
		return have, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.trails == nil {
		l.trails = map[string]time.Time{}
	}
	l.trails[name] = have
	return have, nil
}

// trailChange changes a trail's item, unless change says no.
func (l *Ledger) trailChange(ctx context.Context, name string, change func(s *seenTrail, version int64) bool) error {
	key := catalog.Key{Part: trailsPart, Sort: name}
	var err error
	for range maxTries {
		var s seenTrail
		it, e := l.Store.Get(ctx, key)
		if e == nil {
			e = json.Unmarshal(it.Body, &s)
		}
		if e != nil && !errors.Is(e, catalog.ErrNotFound) {
			return coded.Wrap(codeOf(e), e, "looking up trail %s", name)
		}
		if !change(&s, it.Version) {
			return nil
		}
		body, e := json.Marshal(s)
		if e != nil {
			return coded.Wrap(coded.Internal, e, "encoding trail %s", name)
		}
		put := catalog.Put{Item: catalog.Item{Key: key, Body: body}, IfVersion: it.Version}
		if err = l.Store.Commit(ctx, catalog.Tx{Puts: []catalog.Put{put}}); !errors.Is(err, catalog.ErrConflict) {
			return err
		}
	}
	return coded.Wrap(coded.Retryable, err, "recording trail %s", name)
}

// maxTrails bounds the trails of a cell: one for each account and Region.
const maxTrails = catalog.MaxPage

// seenTrails returns the trails in order of their names.
func (l *Ledger) seenTrails(ctx context.Context) ([]seenTrail, error) {
	page, err := l.Store.Query(ctx, catalog.Query{Index: catalog.IndexPart, Value: trailsPart, Limit: maxTrails})
	if err != nil {
		return nil, err
	}
	if page.Next != "" {
		return nil, coded.New(coded.Invalid, "more than %d trails", maxTrails)
	}
	all := make([]seenTrail, len(page.Items))
	for i, it := range page.Items {
		if err := json.Unmarshal(it.Body, &all[i]); err != nil {
			return nil, coded.Wrap(coded.Internal, err, "reading %s", it.Key)
		}
	}
	return all, nil
}
