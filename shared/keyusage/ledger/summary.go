package ledger

import (
	"context"
	"time"

	"latchkey/shared/coded"
	"latchkey/shared/keyusage"
)

// Summary is what Usage says in all of its pages. It is a report.Source, of
// which package ledgerreport makes a report.
type Summary struct {
	Rollups []keyusage.Rollup
	Found   []keyusage.Finding
}

// Each implements report.Source.
func (s *Summary) Each(f func(keyusage.Rollup)) {
	for _, r := range s.Rollups {
		f(r)
	}
}

// Findings implements report.Source.
func (s *Summary) Findings() ([]keyusage.Finding, uint64) { return s.Found, 0 }

// Totals implements report.Source: what rollups say; how many files and records
// they came from they do not.
func (s *Summary) Totals() (t keyusage.Totals) {
	for _, r := range s.Rollups {
		n := int64(r.Count)
		t.Uses += n
		if r.Purpose != keyusage.ForUnknown {
			t.Attributed += n
		}
		if r.Outcome() == keyusage.Denied {
			t.Denied += n
		}
	}
	return t
}

// Collect returns all pages of Usage, up to keyusage.DefaultMaxGroups rollups.
func (l *Ledger) Collect(ctx context.Context, tenant string, from, until time.Time) (*Summary, error) {
	s, after := &Summary{}, ""
	for {
		page, err := l.Usage(ctx, tenant, from, until, after, MaxPage)
		if err != nil {
			return nil, err
		}
		s.Rollups = append(s.Rollups, page.Rollups...)
		s.Found = append(s.Found, page.Findings...)
		if len(s.Rollups) > keyusage.DefaultMaxGroups {
			return nil, coded.Wrap(coded.Invalid, keyusage.ErrFull, "too much for one report: ask for a shorter time")
		}
		if after = page.Next; after == "" {
			return s, nil
		}
	}
}
