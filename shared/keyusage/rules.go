package keyusage

import (
	"slices"
	"time"
)

// Rules tunes the findings. A zero value means the default.
type Rules struct {
	// Grace is how long after a revocation a use may still succeed: KMS is
	// eventually consistent. Default 5 minutes. [KMS guide, AWS KMS eventual consistency]
	Grace time.Duration
	// Delay is how late CloudTrail may deliver: until then an EnableKey that
	// explains a use may still come. Default 15 minutes. [CloudTrail guide, How
	// CloudTrail works: typically within about 5 minutes, not guaranteed]
	Delay time.Duration
	// Evidence is the number of events named in a finding, the earliest; default 10.
	Evidence int
	// MaxFindings bounds the findings held; more are only counted. Default 10,000.
	MaxFindings int
}

// DefaultGrace is the default of Rules.Grace.
const DefaultGrace = 5 * time.Minute

func (r Rules) withDefaults() Rules {
	if r.Grace <= 0 {
		r.Grace = DefaultGrace
	}
	if r.Delay <= 0 {
		r.Delay = 15 * time.Minute
	}
	if r.Evidence <= 0 {
		r.Evidence = 10
	}
	if r.MaxFindings <= 0 {
		r.MaxFindings = 10_000
	}
	return r
}

// Kind is what a finding is about.
type Kind string

// The kinds.
const (
	UseAfterRevocation Kind = "use-after-revocation"
	ForeignContext     Kind = "foreign-context"
	UnknownPrincipal   Kind = "unknown-principal"
	WrongRegion        Kind = "wrong-region"
	UnrecordedKey      Kind = "unrecorded-key"
	NoContext          Kind = "no-context"
	DeniedUse          Kind = "denied"
)

// NeedDirectory returns the kinds of findings that are made only with a directory
// of tenants and keys.
func NeedDirectory() []Kind {
	return []Kind{UseAfterRevocation, ForeignContext, UnknownPrincipal, WrongRegion, UnrecordedKey, NoContext}
}

// Severity orders findings for people.
type Severity string

// The severities.
const (
	Critical Severity = "critical"
	High     Severity = "high"
	Medium   Severity = "medium"
	Low      Severity = "low"
)

// use is what a rule looks at: a group of uses in one hour.
type use struct {
	Attribution
	key       Key    // zero if Attribution.Known is false
	name      string // of the operation
	operation operation
	principal Principal
	outcome   Outcome
	hour      time.Time
}

// flags is a set of rules that hold for a group of uses: bit i is rules[i].
type flags uint16

// rule finds one kind. holds looks at what a group of uses has in common; for
// UseAfterRevocation each use's own second decides in addition.
type rule struct {
	kind     Kind
	severity Severity
	holds    func(u *use, cfg Rules, dir Directory) bool
}

// rules is the table of findings. Only a key with a record can be used wrongly;
// a denial is worth telling for every key, and so is a use of a key that nobody
// knows by a caller who named one of our tenants: it counts as the tenant's. AWS
// services choose their contexts themselves, also under keys of their own.
var rules = [...]rule{
	{UseAfterRevocation, Critical, func(u *use, cfg Rules, _ Directory) bool {
		return u.Known && u.operation.class == Crypto && u.outcome == Allowed &&
			revokedIn(u.key.Revoked, u.principal, u.Database, u.hour, u.hour.Add(time.Hour), cfg.Grace)
	}},
	{ForeignContext, Critical, func(u *use, _ Rules, _ Directory) bool { return u.Foreign != "" }},
	{UnknownPrincipal, High, func(u *use, _ Rules, dir Directory) bool {
		return u.Known && u.operation.class != Read && !u.internal() && !dir.Expects(u.key, u.principal)
	}},
	{WrongRegion, High, func(u *use, _ Rules, _ Directory) bool { return u.WrongRegion != "" }},
	{UnrecordedKey, Medium, func(u *use, _ Rules, dir Directory) bool {
		return !u.Known && u.Tenant != "" && u.operation.class == Crypto && u.outcome == Allowed &&
			dir != Directory(nobody{}) && !u.principal.Service() && u.principal.Via == ""
	}},
	{NoContext, Medium, func(u *use, _ Rules, _ Directory) bool {
		return u.Known && u.Bare && u.operation.context && u.outcome == Allowed
	}},
	{DeniedUse, Medium, func(u *use, _ Rules, _ Directory) bool { return u.outcome == Denied }},
}

// internal reports whether KMS told of what it did by itself: of a rotation, of
// replicas kept alike, of a deletion whose waiting period was over. [KMS guide,
// AWS KMS log entries: RotateKey, SynchronizeMultiRegionKey, DeleteKey,
// DeleteExpiredKeyMaterial, each with "invokedBy": "AWS Internal"]
func (u *use) internal() bool {
	if u.principal != (Principal{ID: "AWS Internal"}) {
		return false
	}
	switch u.name {
	case "RotateKey", "SynchronizeMultiRegionKey", "DeleteKey", "DeleteExpiredKeyMaterial":
		return true
	}
	return false
}

// flags works out which rules a new group's uses come under.
func (l *Ledger) flags(g group) (set flags) {
	u := use{
		Attribution: l.attributions.list[g.attribution()],
		name:        l.operations.list[g.operation()],
		operation:   operations[l.operations.list[g.operation()]],
		principal:   l.principals.list[g.principal()],
		outcome:     OutcomeOf(l.errorCodes.list[g.errorCode()]),
		hour:        time.Unix(g.hour()*3600, 0).UTC(),
	}
	if u.Known {
		u.key = l.key(u.KeyARN)
	}
	for i := range rules {
		if rules[i].holds(&u, l.cfg.Rules, l.cfg.Directory) {
			set |= 1 << i
		}
	}
	return set
}

func (l *Ledger) key(arn string) Key {
	key, found := l.keys[arn]
	if !found {
		key, _ = l.cfg.Directory.Key(arn)
		l.keys[arn] = key
	}
	return key
}

// observe adds a use of a flagged group to its findings.
func (l *Ledger) observe(g group, set flags, at time.Time, id UUID) {
	f := Finding{
		Operation: l.operations.list[g.operation()],
		Principal: l.principals.list[g.principal()],
		ErrorCode: l.errorCodes.list[g.errorCode()],
		First:     at,
		Last:      at,
		Count:     1,
		Evidence:  []Evidence{{EventID: id, At: at}},
	}
	f.fill(l.attributions.list[g.attribution()])
	for i := range rules {
		if set&(1<<i) == 0 {
			continue
		}
		found := f
		found.Kind, found.Severity = rules[i].kind, rules[i].severity
		switch found.Kind {
		case UseAfterRevocation:
			r, after := AfterRevocation(l.key(found.KeyARN).Revoked, found.Principal, found.Database, at, l.cfg.Rules.Grace)
			if !after {
				continue
			}
			found.Revoked, found.HoldUntil = &r, found.Last.Add(l.cfg.Rules.Delay)
		case DeniedUse:
			if l.explained(found.KeyARN, found.Principal, at) {
				continue
			}
		}
		l.findings.add(found, l.cfg.Rules)
	}
}

// explained reports whether a refusal tells nothing new: the platform looks after
// a revoked key all the time. A revocation is recorded after the first refusal,
// and its end may be dated before the last.
func (l *Ledger) explained(arn string, by Principal, at time.Time) bool {
	key, around := l.key(arn), 2*l.cfg.Rules.Grace
	if key.Ours == "" || !by.In(key.Ours) {
		return false
	}
	return slices.ContainsFunc(key.Revoked, func(r Revocation) bool {
		return !at.Before(r.From.Add(-around)) && (r.Until.IsZero() || !at.After(r.Until.Add(around)))
	})
}

// AfterRevocation returns the revocation during which a use was made that it
// was to end, more than grace after it began.
func AfterRevocation(revoked []Revocation, by Principal, database string, use time.Time, grace time.Duration) (Revocation, bool) {
	for _, r := range revoked {
		if r.shuts(by, database) && use.After(r.From.Add(grace)) && (r.Until.IsZero() || use.Before(r.Until)) {
			return r, true
		}
	}
	return Revocation{}, false
}

// revokedIn reports whether AfterRevocation can hold from one time to another.
func revokedIn(revoked []Revocation, by Principal, database string, from, to time.Time, grace time.Duration) bool {
	for _, r := range revoked {
		if r.shuts(by, database) && to.After(r.From.Add(grace)) && (r.Until.IsZero() || from.Before(r.Until)) {
			return true
		}
	}
	return false
}
