package report

import (
	"cmp"
	"slices"
)

// maxHours bounds Report.Hours: a leap year's.
const maxHours = 366 * 24

// report makes the report of what the first pass counted, but for the details
// of its keys and users.
func (b *builder) report() *Report {
	n := b.opt.Rows
	r := &Report{
		Version: Version, Title: b.opt.Title, MadeAt: b.opt.MadeAt, Tenant: b.opt.Tenant,
		From: b.opt.From, Until: b.opt.Until, Totals: b.totals, RulesOff: b.opt.RulesOff,
		Operations: shares(b.operations, n), Principals: shares(b.principals, n), Databases: shares(b.databases, n),
		Tenants: shares(b.tenants, n), Purposes: shares(b.purposes, n), Outcomes: shares(b.outcomes, n),
		Hours: b.hourList(), Timeline: b.timeline(), Proof: newProof(b.opt.Proved),
	}
	r.Totals.Keys, r.Totals.Principals = len(b.keys), len(b.principals)
	if _, keyless := b.keys[""]; keyless {
		r.Totals.Keys--
	}
	if len(b.tenants) == 1 && b.tenants[""] != nil {
		r.Tenants = List[Share]{}.orEmpty() // no tenant is known: there is nothing to tell apart
	}
	r.Keys = convert(top(b.keys, n, cmp.Compare[string]), func(e entry[string]) Key {
		return Key{ARN: e.key, Tally: e.tally()}
	})
	r.Users = convert(top(b.users, n, compareUsers), func(e entry[userKey]) User {
		return User{Key: e.key.key, Principal: e.key.principal, Purpose: e.key.purpose,
			Tenant: e.key.tenant, Database: e.key.database, Tally: e.tally()}
	})
	r.Denied = convert(top(b.refusals, n, compareRefusals), func(e entry[refusalKey]) Refusal {
		return Refusal{Key: e.key.key, Principal: e.key.principal, Operation: e.key.operation,
			ErrorCode: e.key.errorCode, Tally: e.tally()}
	})
	b.setTimes(r)
	return r
}

func compareUsers(a, b userKey) int {
	return cmp.Or(cmp.Compare(a.key, b.key), cmp.Compare(a.principal, b.principal), cmp.Compare(a.purpose, b.purpose),
		cmp.Compare(a.tenant, b.tenant), cmp.Compare(a.database, b.database))
}

func compareRefusals(a, b refusalKey) int {
	return cmp.Or(cmp.Compare(a.key, b.key), cmp.Compare(a.principal, b.principal),
		cmp.Compare(a.operation, b.operation), cmp.Compare(a.errorCode, b.errorCode))
}

// setTimes takes the time that was not asked for from the uses.
func (b *builder) setTimes(r *Report) {
	var all count
	for _, c := range b.outcomes {
		all.add(*c)
	}
	if all.uses == 0 {
		return
	}
	if r.From.IsZero() {
		r.From = hourTime(all.first)
	}
	if r.Until.IsZero() {
		r.Until = hourTime(all.last + 1)
	}
}

// hourList returns the latest hours in order.
func (b *builder) hourList() List[Hour] {
	all := make([]Hour, 0, len(b.hours))
	for _, h := range b.hours {
		all = append(all, *h)
	}
	slices.SortFunc(all, func(x, y Hour) int { return x.Start.Compare(y.Start) })
	l := List[Hour]{More: max(0, len(all)-maxHours)}
	for _, h := range all[:l.More] {
		l.MoreUses += h.Uses
	}
	l.Rows = all[l.More:]
	return l
}

// timeline returns the changes that are of the report's time, and the last one
// before it of each key, which says how the time began.
func (b *builder) timeline() List[Change] {
	before := map[string]int{}
	var rows []Change
	for i, c := range b.opt.Timeline {
		switch {
		case !b.opt.Until.IsZero() && !c.At.Before(b.opt.Until):
		case c.At.Before(b.opt.From):
			before[c.Key] = i
		default:
			rows = append(rows, c)
		}
	}
	for _, i := range before {
		rows = append(rows, b.opt.Timeline[i])
	}
	slices.SortStableFunc(rows, func(x, y Change) int { return cmp.Or(x.At.Compare(y.At), cmp.Compare(x.Key, y.Key)) })
	n := min(len(rows), b.opt.Rows)
	return List[Change]{Rows: rows[:n], More: len(rows) - n}.orEmpty()
}
