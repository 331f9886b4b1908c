package ledger

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"time"

	"latchkey/shared/catalog"
	"latchkey/shared/coded"
	"latchkey/shared/keyusage"
	"latchkey/shared/metric"
)

const (
	settleEvery = time.Minute
	settleLimit = 50 // held findings of one shard at a time
)

// settleNow settles at most once a minute: CloudTrail delivers files all the
// time, not least about our own probes, so that no schedule is needed. A failure
// is none of the file that was read: the next look is in a minute.
func (l *Ledger) settleNow(ctx context.Context) {
	now := l.Clock.Now()
	l.mu.Lock()
	due := now.Sub(l.settled) >= settleEvery
	if due {
		l.settled = now
	}
	l.mu.Unlock()
	if !due {
		return
	}
	if _, err := l.Settle(ctx); err != nil {
		l.Metrics.Count(metric.LedgerUnsettled, 1)
		l.Log.ErrorContext(ctx, "held findings could not be looked at", "error", err)
	}
}

// Settle looks again at the findings whose time of waiting is over, tells those
// that nothing has explained, and drops the others; reads files again that missed
// what is known by now; and proves hours of which files were read late. It returns how many findings it told. What fails
// holds up nothing else; the error is the first one.
func (l *Ledger) Settle(ctx context.Context) (told int, failed error) {
	again := &catchUp{l: l, pages: map[string]page{}, left: meetFiles}
	for shard := range catalog.DueShards {
		if ctx.Err() != nil {
			return told, ctx.Err()
		}
		due, err := l.Store.Due(ctx, LaneHeld, shard, l.Clock.Now(), settleLimit)
		if err != nil {
			return told, err
		}
		for _, d := range due {
			var n int
			if strings.HasPrefix(d.Key.Part, metPart) {
				err = again.met(ctx, d.Key)
			} else {
				n, err = l.settle(ctx, d.Key)
			}
			told += n
			if err != nil && !errors.Is(err, catalog.ErrConflict) && !errors.Is(err, catalog.ErrNotFound) {
				failed = cmp.Or(failed, err)
			}
		}
	}
	return told, cmp.Or(failed, l.proveLate(ctx))
}

// settle decides on one held finding, by the key's timeline of now. A conflict
// means that another is at it.
func (l *Ledger) settle(ctx context.Context, key catalog.Key) (int, error) {
	it, err := l.Store.Get(ctx, key)
	if err != nil {
		return 0, err
	}
	var f Finding
	if err := json.Unmarshal(it.Body, &f); err != nil {
		return 0, coded.Wrap(coded.Internal, err, "reading %s", it.Key)
	}
	if !f.Held || it.DueAt.After(l.Clock.Now()) {
		return 0, nil
	}
	was := f
	explained, err := l.explained(ctx, &f)
	switch {
	case err != nil:
		return 0, err
	case explained && f.Tellings == 0:
		return 0, l.Store.Commit(ctx, catalog.Tx{Deletes: []catalog.Check{{Key: key, IfVersion: it.Version}}})
	case explained:
		f = was // it was told of other uses, which are no longer in it
		f.ToldCount = max(f.ToldCount, f.Count)
	}
	f.Held = false
	var t tidings
	if err := l.add(&t, &f, it.Version, l.Clock.Now()); err != nil {
		return 0, err
	}
	return len(t.Outbox), l.commit(ctx, t)
}

// explained takes the uses from a finding that the key's timeline of now explains,
// and reports whether these are all.
func (l *Ledger) explained(ctx context.Context, f *Finding) (bool, error) {
	rec, err := l.Records.Key(ctx, f.KeyARN)
	if coded.Is(err, coded.NotFound) {
		return false, nil // nothing explains the use
	}
	if err != nil {
		return false, err
	}
	revoked, since, err := l.revocations(ctx, rec)
	if err != nil {
		return false, err
	}
	return !f.stands(revoked, since, l.grace()), nil
}

func (l *Ledger) grace() time.Duration {
	if l.Config.Rules.Grace > 0 {
		return l.Config.Rules.Grace
	}
	return keyusage.DefaultGrace
}

// stands keeps the uses that are still after a revocation, and those of before a
// time since when the revocations are known, and reports whether there are any.
func (f *Finding) stands(revoked []keyusage.Revocation, since time.Time, grace time.Duration) bool {
	cut := f.Count > uint64(len(f.Evidence))
	f.Evidence = slices.DeleteFunc(slices.Clone(f.Evidence), func(e keyusage.Evidence) bool {
		r, after := keyusage.AfterRevocation(revoked, f.Principal, f.Database, e.At, grace)
		if after {
			f.Revoked = &r
		}
		return !after && !e.At.Before(since)
	})
	if len(f.Evidence) == 0 {
		return false
	}
	if !cut {
		f.Count = uint64(len(f.Evidence))
		f.Last = f.Evidence[len(f.Evidence)-1].At
	}
	f.First = f.Evidence[0].At
	return true
}
