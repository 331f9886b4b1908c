package reconcile

import (
	"context"
	"slices"
	"strings"
	"time"

	"latchkey/shared/catalog"
	"latchkey/shared/customerkey"
)

// KeyDetail is a key's record with the newest part of its history.
type KeyDetail struct {
	customerkey.Record
	History []customerkey.Change `json:"history"` // the oldest first
}

// maxHistory bounds the turns in one answer, and the notes.
const maxHistory = 200

// KeyDetail returns a key's record and what last happened to it, or a
// coded.NotFound error. However many notes there are, they push out no turn.
func (p *Plane) KeyDetail(ctx context.Context, arn string) (KeyDetail, error) {
	rec, err := p.Key(ctx, arn)
	out := KeyDetail{Record: rec, History: []customerkey.Change{}}
	if err != nil {
		return out, err
	}
	var lines []catalog.Item
	for _, kind := range []string{kindHistory, kindNote} {
		page, err := p.Store.Query(ctx, catalog.Query{Index: catalog.IndexPart, Value: kind + "#" + arn, Limit: maxHistory, Descending: true})
		if err != nil {
			return out, err
		}
		lines = append(lines, page.Items...)
	}
	slices.SortFunc(lines, func(a, b catalog.Item) int { return strings.Compare(a.Key.Sort, b.Key.Sort) })
	for _, it := range lines {
		c, err := decode[customerkey.Change](it)
		if err != nil {
			return out, err
		}
		out.History = append(out.History, c.Rec)
	}
	return out, nil
}

// maxTurnPages bounds the turns in one answer: 20,000, of which a key has three
// each time it is taken away and given back.
const maxTurnPages = 20

// Turns returns what moved a key's phase or the cause of its revocation, the
// oldest first; since is the time from which on that is all, zero: from the
// beginning. A key without a record has none.
func (p *Plane) Turns(ctx context.Context, arn string) (turns []customerkey.Change, since time.Time, err error) {
	q := catalog.Query{Index: catalog.IndexPart, Value: kindHistory + "#" + arn, Limit: catalog.MaxPage, Descending: true}
	for range maxTurnPages {
		page, err := p.Store.Query(ctx, q)
		if err != nil {
			return nil, since, err
		}
		for _, it := range page.Items {
			c, err := decode[customerkey.Change](it)
			if err != nil {
				return nil, since, err
			}
			since = c.Rec.At
			c.Rec.Recast = c.Rec.Recast || oldRecast(c.Rec)
			if c.Rec.Turn() {
				turns = append(turns, c.Rec)
			}
		}
		if q.After = page.Next; q.After == "" {
			since = time.Time{}
			break
		}
	}
	slices.Reverse(turns)
	return turns, since, nil
}

// oldRecast reports whether a line of a key's history, where notes were too once,
// tells of another cause of a revocation from before Change.Recast did: one that
// our own look gave, or a signal that was believed. Of any other signal the line
// ended as here.
func oldRecast(c customerkey.Change) bool {
	if c.From != "" || c.Cause == "" {
		return false
	}
	switch c.To {
	case customerkey.PhaseRevoked:
		return c.Source == customerkey.SourceProbe || !strings.HasSuffix(c.Detail, ", probing")
	case customerkey.PhaseLocked, customerkey.PhaseLost:
		return c.Source == customerkey.SourceProbe
	}
	return false
}
