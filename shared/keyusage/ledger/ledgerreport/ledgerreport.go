// Package ledgerreport makes reports of the ledger. It is apart from the ledger,
// which knows nothing of how it is told.
package ledgerreport

import (
	"context"
	"time"

	"latchkey/shared/coded"
	"latchkey/shared/customerkey"
	"latchkey/shared/keyusage"
	"latchkey/shared/keyusage/ledger"
	"latchkey/shared/keyusage/parquet"
	"latchkey/shared/keyusage/report"
)

var _ report.Source = (*ledger.Summary)(nil)

// Make returns the report of a tenant: its uses, findings, the timelines of the
// keys used, and the hours that are proved. from and until are whole hours. It
// names no other tenant, and no account but the platform's and those of its keys.
// The report of the empty tenant is of the uses of none; it is the operator's, and
// names all.
func Make(ctx context.Context, l *ledger.Ledger, tenant string, from, until time.Time) (*report.Report, error) {
	s, err := l.Collect(ctx, tenant, from, until)
	if err != nil {
		return nil, err
	}
	return Of(ctx, l, s, tenant, from, until)
}

// Of is Make, of what was collected before with the same tenant and time.
func Of(ctx context.Context, l *ledger.Ledger, s *ledger.Summary, tenant string, from, until time.Time) (*report.Report, error) {
	proved, err := l.Proved(ctx, from, until)
	if err != nil {
		return nil, err
	}
	timeline, err := timelines(ctx, l, s)
	if err != nil {
		return nil, err
	}
	opt := report.Options{
		Title: "Use of the KMS keys of " + tenant, MadeAt: l.Clock.Now(), Tenant: tenant, From: from.UTC(), Until: until.UTC(), Timeline: timeline, Proved: proved,
	}
	if s.AnyPrincipal {
		opt.RulesOff = []string{string(keyusage.UnknownPrincipal)}
	}
	if tenant == "" {
		opt.Title = "Use of KMS keys by no tenant on record"
		rep := report.Build(s, opt)
		rep.Tenant = parquet.Unknown
		return rep, nil
	}
	known := append(accounts(s), l.Config.Account)
	withhold(opt.Proved, known)
	withholdNames(opt.Timeline, known)
	return report.Build(s, opt), nil
}

// maxTimelines bounds the keys whose history is in a report.
const maxTimelines = 50

func timelines(ctx context.Context, l *ledger.Ledger, s *ledger.Summary) ([]report.Change, error) {
	seen := map[string]bool{}
	var out []report.Change
	for _, r := range s.Rollups {
		if !r.Known || seen[r.KeyARN] || len(seen) == maxTimelines {
			continue
		}
		seen[r.KeyARN] = true
		detail, err := l.Records.KeyDetail(ctx, r.KeyARN)
		if coded.Is(err, coded.NotFound) {
			continue
		}
		if err != nil {
			return nil, err
		}
		for _, c := range detail.History {
			out = append(out, changeOf(r.KeyARN, c))
		}
	}
	return out, nil
}

func changeOf(arn string, c customerkey.Change) report.Change {
	return report.Change{
		At: c.At, Key: arn, From: string(c.From), To: string(c.To), Locked: c.To.Locked(), Cause: string(c.Cause),
		Source: c.Source, Event: c.Event, Detail: c.Detail,
	}
}
