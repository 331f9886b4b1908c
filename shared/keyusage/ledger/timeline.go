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
	"latchkey/shared/reconcile"
)

// Revocations returns when a key was revoked and for whom, by its recorded
// history. A revocation begins when it was recorded, which is what the ledger
// can hold against anyone, and ends when the key was seen to be usable again,
// less the time that the prober may have needed to see it. A precaution is none:
// nobody took the key away.
//
// A policy that denies us shuts out ours and nobody else that we know of: RDS
// goes on with its grant. A grant that is gone shuts out RDS. Where the cause
// changes to one that concerns others, another revocation begins.
func Revocations(key reconcile.KeyDetail, ours string, lead time.Duration) []keyusage.Revocation {
	var out []keyusage.Revocation
	last := func() *keyusage.Revocation { return &out[len(out)-1] }
	end := func(at time.Time) {
		last().Until = at
		if !at.After(last().From) {
			out = out[:len(out)-1]
		}
	}
	open, still := false, stillFrom(key.History)
	for i, c := range key.History {
		next := keyusage.Revocation{From: c.At, Reason: string(c.Cause), Evidence: cmp.Or(c.Event, c.Source), Only: shutOut(c.Cause, ours)}
		believed := c.From != "" || c.Source == customerkey.SourceProbe || i >= still && c.Cause == key.Cause
		switch {
		case taken(c.To) && !open:
			open = true
			out = append(out, next)
		case taken(c.To):
			if c.Cause == "" || !believed || next.Only == last().Only {
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

// stillFrom returns from where on in a history the key was revoked without end.
// What is noted there with the cause that the record gives was believed.
func stillFrom(history []customerkey.Change) int {
	for i := len(history); i > 0; i-- {
		if !taken(history[i-1].To) {
			return i
		}
	}
	return 0
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
// it is on record: RDS has a grant for each.
func (l *Ledger) revocations(ctx context.Context, key reconcile.KeyDetail) ([]keyusage.Revocation, error) {
	list := Revocations(key, l.Config.Ours, l.Config.Return)
	n := len(list) - 1
	if n < 0 || key.Cause != customerkey.CauseGrantGone || key.GrantID == "" || list[n].Only != serviceRDS || !list[n].Until.IsZero() {
		return list, nil
	}
	page, err := l.Store.Query(ctx, catalog.Query{Index: catalog.IndexKeyARN, Value: key.ARN, Limit: catalog.MaxPage})
	if err != nil {
		return nil, err
	}
	for _, it := range page.Items {
		var rec database.Record
		if err := json.Unmarshal(it.Body, &rec); err != nil {
			return nil, coded.Wrap(coded.Internal, err, "reading %s", it.Key)
		}
		if rec.GrantID == key.GrantID {
			list[n].Database = rec.ID
		}
	}
	return list, nil
}
