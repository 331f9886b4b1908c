package ledger

import (
	"context"
	"encoding/json"
	"strings"
	"time"

	"latchkey/shared/catalog"
	"latchkey/shared/coded"
	"latchkey/shared/keyusage/digest"
)

// Proved returns, for each hour of [from, until), whether it is proved complete
// for every trail of which the ledger has ever seen a digest, from the hour of
// its first one on until it is retired; nil if it has seen none.
func (l *Ledger) Proved(ctx context.Context, from, until time.Time) ([]digest.Hour, error) {
	if err := checkSpan(from, until); err != nil {
		return nil, err
	}
	from, until = from.UTC(), until.UTC()
	trails, err := l.seenTrails(ctx)
	if err != nil || len(trails) == 0 {
		return nil, err
	}
	looks := map[string]map[string]proofDay{} // by trail and date
	month := time.Date(from.Year(), from.Month(), 1, 0, 0, 0, 0, time.UTC)
	for ; month.Before(until); month = month.AddDate(0, 1, 0) {
		if err := l.proofs(ctx, "proof#"+month.Format("2006-01"), looks); err != nil {
			return nil, err
		}
	}
	var hours []digest.Hour
	for at := from; at.Before(until); at = at.Add(time.Hour) {
		hours = append(hours, l.provedHour(at, trails, looks))
	}
	return hours, nil
}

func (l *Ledger) provedHour(at time.Time, trails []seenTrail, looks map[string]map[string]proofDay) digest.Hour {
	h := digest.Hour{Start: at, Why: "no trail had digests then"}
	for _, t := range trails {
		if !l.needed(&t, at) {
			continue
		}
		name := trailName(t.Trail)
		if p := looks[name][at.Format(time.DateOnly)].Hours[at.Hour()]; !p.Proved {
			return digest.Hour{Start: at, Why: why(name, p)}
		}
		h.Proved, h.Why = true, ""
	}
	return h
}

func why(trail string, p proof) string {
	switch {
	case p.Looked.IsZero():
		return "no digest of trail " + trail + " yet"
	case !p.Lost.IsZero():
		return p.Why + " (it had been proved before " + p.Lost.Format(time.RFC3339) + ")"
	default:
		return p.Why
	}
}

// maxProofPages bounds the reading of a month: 31,000 trail days.
const maxProofPages = 31

func (l *Ledger) proofs(ctx context.Context, part string, trails map[string]map[string]proofDay) error {
	after := ""
	for range maxProofPages {
		page, err := l.Store.Query(ctx, catalog.Query{Index: catalog.IndexPart, Value: part, Limit: catalog.MaxPage, After: after})
		if err != nil {
			return err
		}
		for _, it := range page.Items {
			var d proofDay
			if err := json.Unmarshal(it.Body, &d); err != nil {
				return coded.Wrap(coded.Internal, err, "reading %s", it.Key)
			}
			_, name, _ := strings.Cut(it.Key.Sort, "#")
			if trails[name] == nil {
				trails[name] = map[string]proofDay{}
			}
			trails[name][d.Date] = d
		}
		if after = page.Next; after == "" {
			return nil
		}
	}
	return coded.New(coded.Invalid, "too many trails in %s", part)
}
