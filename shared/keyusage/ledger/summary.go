package ledger

import (
	"context"
	"time"

	"latchkey/shared/coded"
	"latchkey/shared/keyusage"
	"latchkey/shared/keyusage/parquet"
)

// Summary is what Usage says in all of its pages. It is a report.Source, of
// which package ledgerreport makes a report.
type Summary struct {
	Rollups []keyusage.Rollup
	Found   []keyusage.Finding
	// Unlisted are the uses that come under findings for which there was no room;
	// see keyusage.Rules.MaxFindings, which is of each day here.
	Unlisted uint64
	// AnyPrincipal says that nobody is reported as an unknown principal: the rule
	// is off.
	AnyPrincipal bool
}

// Each implements report.Source.
func (s *Summary) Each(f func(keyusage.Rollup)) {
	for _, r := range s.Rollups {
		f(r)
	}
}

// Findings implements report.Source.
func (s *Summary) Findings() ([]keyusage.Finding, uint64) { return s.Found, s.Unlisted }

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

// Collect returns all that Usage says, each day of it as it was at one moment,
// up to Config.MaxReport rollups. More are an error of code invalid that wraps
// keyusage.ErrFull.
func (l *Ledger) Collect(ctx context.Context, tenant string, from, until time.Time) (*Summary, error) {
	if err := checkSpan(from, until); err != nil {
		return nil, err
	}
	s := &Summary{AnyPrincipal: l.Config.AnyPrincipal}
	for place := parquet.PartitionOf(tenant, from); place.Day <= lastDay(until); place.Day++ {
		d, err := l.day(ctx, place)
		if err != nil {
			return nil, err
		}
		found, unlisted, err := l.within(ctx, place, d, from, until)
		if err != nil {
			return nil, err
		}
		s.Rollups = append(s.Rollups, between(d.Rollups, from, until)...)
		s.Found = append(s.Found, found...)
		s.Unlisted += unlisted
		if len(s.Rollups) > l.Config.MaxReport {
			e := coded.Field("to", "ask for a shorter time", "too much for one report: more than %d combinations of hour, key, operation, principal and outcome", l.Config.MaxReport)
			e.Err = keyusage.ErrFull
			return nil, e
		}
	}
	return s, nil
}
