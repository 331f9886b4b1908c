package ledger

import (
	"cmp"
	"context"
	"encoding/json"
	"time"

	"latchkey/shared/catalog"
	"latchkey/shared/coded"
	"latchkey/shared/customerkey"
	"latchkey/shared/database"
	"latchkey/shared/keyusage"
)

// Revocations returns when a key was revoked and for whom, by the turns of its
// recorded history. A revocation begins when it was recorded, which is what the
// ledger can hold against anyone, and ends when the key was seen to be usable
// again, less the time that the prober may have needed to see it. A precaution is
// none: nobody took the key away.
//
// A policy that denies us shuts out ours and nobody else that we know of: RDS
// goes on with its grant. A grant that is gone shuts out RDS. Where the cause
// changes to one that concerns others, another revocation begins.
func Revocations(turns []customerkey.Change, ours string, lead time.Duration) []keyusage.Revocation {
	var out []keyusage.Revocation
	last := func() *keyusage.Revocation { return &out[len(out)-1] }
	end := func(at time.Time) {
		last().Until = at
		if !at.After(last().From) {
			out = out[:len(out)-1]
		}
	}
	open := false
	for _, c := range turns {
		next := keyusage.Revocation{From: c.At, Reason: string(c.Cause), Evidence: cmp.Or(c.Event, c.Source), Only: shutOut(c.Cause, ours)}
		switch {
		case taken(c.To) && !open:
			open = true
			out = append(out, next)
		case taken(c.To):
			if c.Cause == "" || next.Only == last().Only {
				continue
			}
			if next.Only == "" {
				end(c.At)
			} else {
				end(c.At.Add(-lead))
			}
			out = append(out, next)
		case open:
			open = false
			end(c.At.Add(-lead))
		}
	}
	return out
}

func taken(p customerkey.Phase) bool {
	return p == customerkey.PhaseLocked || p == customerkey.PhaseRevoked || p == customerkey.PhaseLost
}

func shutOut(cause customerkey.Cause, ours string) string {
	switch cause {
	case customerkey.CauseAccessDenied:
		return ours
	case customerkey.CauseGrantGone:
		return serviceRDS
	default:
		return ""
	}
}

// revocations returns a key's, with the database whose grant is gone now, where
// it is on record: RDS has a grant for each. since is the time from which on that
// is all; zero: from the beginning.
func (l *Ledger) revocations(ctx context.Context, key customerkey.Record) (list []keyusage.Revocation, since time.Time, err error) {
	turns, since, err := l.Records.Turns(ctx, key.ARN)
	if err != nil {
		return nil, since, err
	}
	list = Revocations(turns, l.Config.Ours, l.Config.Return)
	n := len(list) - 1
	if n < 0 || key.Cause != customerkey.CauseGrantGone || key.GrantID == "" || list[n].Only != serviceRDS || !list[n].Until.IsZero() {
		return list, since, nil
	}
	page, err := l.Store.Query(ctx, catalog.Query{Index: catalog.IndexKeyARN, Value: key.ARN, Limit: catalog.MaxPage})
	if err != nil {
		return nil, since, err
	}
	for _, it := range page.Items {
		var rec database.Record
		if err := json.Unmarshal(it.Body, &rec); err != nil {
			return nil, since, coded.Wrap(coded.Internal, err, "reading %s", it.Key)
		}
		if rec.GrantID == key.GrantID {
			list[n].Database = rec.ID
		}
	}
	return list, since, nil
}
