package report

import (
	"cmp"
	"time"

	"latchkey/shared/keyusage"
	"latchkey/shared/keyusage/digest"
)

// Source is what a report is made of; a *keyusage.Ledger is one. Each must give
// the same rollups each time.
type Source interface {
	Totals() keyusage.Totals
	Each(f func(keyusage.Rollup))
	Findings() (list []keyusage.Finding, dropped uint64)
}

// Options say what a report is about. A zero value means the default.
type Options struct {
	Title  string    // default "Use of KMS keys"
	MadeAt time.Time // stands in the report
	Tenant string    // only this tenant's keys and uses, without the names of others; default: all
	From   time.Time // only hours from this one on; default: all. A full hour
	Until  time.Time // only hours before this one; default: all. A full hour
	Rows   int       // longest list; default 1,000
	// RulesOff are the kinds of findings that are not looked for.
	RulesOff []string
	// Timeline is the history of the keys, in order.
	Timeline []Change
	// Proved is what log-file validation said of each hour; nil: it was not done.
	Proved []digest.Hour
}

const (
	defaultTitle = "Use of KMS keys"
	defaultRows  = 1000
	shortRows    = 10 // of a list inside a row
)

// Build makes a report of a source. It reads the rollups twice and holds, beside
// the report, a count for each distinct combination of key, principal, purpose
// and database.
func Build(src Source, opt Options) *Report {
	opt.Title = cmp.Or(opt.Title, defaultTitle)
	if opt.Rows <= 0 {
		opt.Rows = defaultRows
	}
	b := newBuilder(opt)
	src.Each(func(r keyusage.Rollup) {
		if b.covers(&r) {
			b.add(&r)
		}
	})
	out := b.report()
	d := newDetails(out)
	src.Each(func(r keyusage.Rollup) {
		if b.covers(&r) {
			d.add(&r)
		}
	})
	d.fill(out)

	list, unlisted := src.Findings()
	b.addFindings(out, list, unlisted)
	if b.everything() {
		out.Input = newInput(src.Totals())
	}
	return out
}

func newInput(t keyusage.Totals) *Input {
	return &Input{
		Files: t.Files, BrokenFiles: t.BrokenFiles, Records: t.Records, KMSRecords: t.KMSRecords - t.Duplicates,
		BrokenRecords: t.BrokenRecords, Duplicates: t.Duplicates, Bytes: t.Bytes,
	}
}

// userKey is what the uses of a User have in common.
type userKey struct {
	key, principal, tenant, database string
	purpose                          keyusage.Purpose
}

// refusalKey is what those of a Refusal have.
type refusalKey struct{ key, principal, operation, errorCode string }

// builder counts in the first pass.
type builder struct {
	opt        Options
	totals     Totals
	keys       counts[string]
	users      counts[userKey]
	operations counts[string]
	principals counts[string]
	tenants    counts[string]
	databases  counts[string]
	purposes   counts[keyusage.Purpose]
	outcomes   counts[keyusage.Outcome]
	refusals   counts[refusalKey]
	hours      map[int64]*Hour
	names      map[keyusage.Principal]string
}

func newBuilder(opt Options) *builder {
	return &builder{
		opt: opt, keys: counts[string]{}, users: counts[userKey]{}, operations: counts[string]{},
		principals: counts[string]{}, tenants: counts[string]{}, databases: counts[string]{},
		purposes: counts[keyusage.Purpose]{}, outcomes: counts[keyusage.Outcome]{}, refusals: counts[refusalKey]{},
		hours: map[int64]*Hour{}, names: map[keyusage.Principal]string{},
	}
}

// everything reports whether the report is about all that the source has.
func (b *builder) everything() bool {
	return b.opt.Tenant == "" && b.opt.From.IsZero() && b.opt.Until.IsZero()
}

func (b *builder) covers(r *keyusage.Rollup) bool {
	return (b.opt.Tenant == "" || r.Tenant == b.opt.Tenant) &&
		(b.opt.From.IsZero() || !r.Hour.Before(b.opt.From)) &&
		(b.opt.Until.IsZero() || r.Hour.Before(b.opt.Until))
}

// countOf returns a rollup as a count.
func countOf(r *keyusage.Rollup, outcome keyusage.Outcome) count {
	hour := r.Hour.Unix() / 3600
	c := count{uses: r.Count, first: hour, last: hour}
	if outcome == keyusage.Denied {
		c.denied = r.Count
	}
	return c
}

func (b *builder) add(r *keyusage.Rollup) {
	outcome := r.Outcome()
	c := countOf(r, outcome)
	b.totals.Uses += c.uses
	b.totals.Denied += c.denied
	if r.Purpose != keyusage.ForUnknown {
		b.totals.Attributed += c.uses
	}
	who, named := b.names[r.Principal]
	if !named {
		who = r.Principal.String()
		b.names[r.Principal] = who
	}
	b.keys.add(r.KeyARN, c)
	b.users.add(userKey{r.KeyARN, who, r.Tenant, r.Database, r.Purpose}, c)
	b.operations.add(r.Operation, c)
	b.principals.add(who, c)
	b.tenants.add(r.Tenant, c)
	if r.Database != "" {
		b.databases.add(r.Database, c)
	}
	b.purposes.add(r.Purpose, c)
	b.outcomes.add(outcome, c)
	if c.denied > 0 {
		b.refusals.add(refusalKey{r.KeyARN, who, r.Operation, r.ErrorCode}, c)
	}
	b.addHour(c, outcome)
}

func (b *builder) addHour(c count, outcome keyusage.Outcome) {
	h := b.hours[c.first]
	if h == nil {
		h = &Hour{Start: hourTime(c.first)}
		b.hours[c.first] = h
	}
	h.Uses += c.uses
	h.Denied += c.denied
	if outcome != keyusage.Denied && outcome != keyusage.Allowed {
		h.Other += c.uses
	}
}
