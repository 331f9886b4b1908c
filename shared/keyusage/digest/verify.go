package digest

import (
	"context"
	"time"

	"latchkey/shared/coded"
)

// ProblemKind is what is wrong.
type ProblemKind string

// The kinds of problems.
const (
	DigestMissing    ProblemKind = "digest-missing"    // the next digest names it, and it is gone
	DigestMalformed  ProblemKind = "digest-malformed"  // cannot be read
	DigestMoved      ProblemKind = "digest-moved"      // its content says that it was written elsewhere
	DigestUnsigned   ProblemKind = "digest-unsigned"   // signature missing, wrong, or by no key of CloudTrail
	DigestReplaced   ProblemKind = "digest-replaced"   // not the one that the next digest names
	ChainInterrupted ProblemKind = "chain-interrupted" // names no digest before it: validation or the trail was off
	LogMissing       ProblemKind = "log-missing"
	LogUnread        ProblemKind = "log-unread"  // it is intact, for all we know, and the ledger has not read it
	LogBroken        ProblemKind = "log-broken"  // the ledger could not read all of it
	LogChanged       ProblemKind = "log-changed" // its hash is another
)

// Problem is one thing that keeps hours from being proved.
type Problem struct {
	Kind   ProblemKind
	Object string // the object at fault
	Detail string
	Start  time.Time // the time that is not proved because of it
	End    time.Time
}

// Deps are Verify's collaborators.
type Deps struct {
	Objects Objects
	Keys    PublicKeys
	// Logs, where set, says what was read of a log file, so that it is not read
	// again, and so that a proved hour is proved of what was read.
	Logs Logs
	// Delay is how long after an hour its log files may still be delivered: the
	// chain must cover it too. Default 15 minutes. [CloudTrail guide, How
	// CloudTrail works]
	Delay time.Duration
}

// DefaultDelay is the default of Deps.Delay.
const DefaultDelay = 15 * time.Minute

// lateDigests is how far past the last hour digests are looked for: a period
// may begin at any minute and lasts an hour.
const lateDigests = 2 * time.Hour

// Verify checks the trail's digest files, and the log files that they name, for
// the hours of [from, to). An error means that it could not be told (a listing
// or a read failed); what is wrong with the files is in the report.
func Verify(ctx context.Context, deps Deps, trail Trail, from, to time.Time) (*Report, error) {
	if deps.Delay <= 0 {
		deps.Delay = DefaultDelay
	}
	from, to = from.UTC().Truncate(time.Hour), to.UTC()
	entries, err := trail.list(ctx, deps.Objects, from, to.Add(lateDigests))
	if err != nil {
		return nil, err
	}
	v := &verifier{deps: deps, trail: trail, keys: make(map[string][]byte), report: &Report{From: from, To: to}}
	for _, e := range entries {
		if err := v.digest(ctx, e); err != nil {
			return nil, err
		}
	}
	v.report.settle(deps.Delay)
	return v.report, nil
}

type verifier struct {
	deps   Deps
	trail  Trail
	keys   map[string][]byte // by fingerprint; nil: there is none
	report *Report
	last   *loaded // the digest before, if it could be read
}

// digest checks one digest file, oldest first, and its link to the one before.
func (v *verifier) digest(ctx context.Context, e entry) error {
	d, err := load(ctx, v.deps.Objects, v.trail.Bucket, e.key)
	if err != nil {
		if transient(err) {
			return coded.Wrap(coded.Of(err), err, "reading digest file %s", e.key)
		}
		kind := DigestMalformed
		if coded.Is(err, coded.NotFound) {
			kind = DigestMissing // removed since it was listed
		}
		v.report.problem(kind, e.key, err.Error(), e.end.Add(-time.Hour), e.end)
		v.last = nil
		return nil
	}
	p := Period{Digest: e.key, Start: d.start, End: d.end, Valid: true, LogFiles: len(d.LogFiles)}
	if err := v.authentic(ctx, d, &p); err != nil {
		return err
	}
	if !e.backfill {
		v.link(d)
	}
	if p.Valid { // the list in a digest that is not authentic proves nothing
		if err := v.logs(ctx, d, &p); err != nil {
			return err
		}
	}
	p.Backfill = e.backfill
	v.report.Periods = append(v.report.Periods, p)
	if !e.backfill {
		v.last = d
	}
	return nil
}

// authentic checks that the digest is where CloudTrail wrote it and as it did.
func (v *verifier) authentic(ctx context.Context, d *loaded, p *Period) error {
	spoil := func(kind ProblemKind, detail string) {
		p.Valid = false
		v.report.problem(kind, d.key, detail, d.start, d.end)
	}
	if d.Bucket != v.trail.Bucket || d.Object != d.key {
		spoil(DigestMoved, "written as "+d.Bucket+"/"+d.Object)
	}
	der, err := v.publicKey(ctx, d.Fingerprint)
	if err != nil {
		return err
	}
	if der == nil {
		spoil(DigestUnsigned, "no public key with fingerprint "+d.Fingerprint)
	} else if err := d.verify(der); err != nil {
		spoil(DigestUnsigned, err.Error())
	}
	return nil
}

func (v *verifier) publicKey(ctx context.Context, fingerprint string) ([]byte, error) {
	if der, known := v.keys[fingerprint]; known {
		return der, nil
	}
	der, err := v.deps.Keys.PublicKey(ctx, fingerprint)
	if err != nil && !coded.Is(err, coded.NotFound) {
		return nil, coded.Wrap(coded.Of(err), err, "looking up public key %s", fingerprint)
	}
	v.keys[fingerprint] = der
	return der, nil
}

// link checks what a digest says of the one before it. The first digest of the
// span has none to compare with.
func (v *verifier) link(d *loaded) {
	last := v.last
	if d.PreviousObject == nil {
		if len(v.report.Periods) > 0 {
			v.report.problem(ChainInterrupted, d.key, "names no digest before it", v.report.end(), d.start)
		}
		return
	}
	switch {
	case last == nil:
	case last.key != *d.PreviousObject && !last.end.Before(d.start):
		v.report.spoil(last.key, DigestReplaced, d.key+" names "+*d.PreviousObject+" in its place")
	case last.key != *d.PreviousObject:
		v.report.problem(DigestMissing, *d.PreviousObject, "named by "+d.key, last.end, d.start)
	case d.PreviousHash == nil || *d.PreviousHash != last.hash():
		v.report.spoil(last.key, DigestReplaced, "its hash is not the one in "+d.key)
	case d.PreviousSignature == nil || *d.PreviousSignature != last.signature:
		v.report.spoil(last.key, DigestReplaced, "its signature is not the one in "+d.key)
	}
}

// logs checks the log files of a digest.
func (v *verifier) logs(ctx context.Context, d *loaded, p *Period) error {
	for _, log := range d.LogFiles {
		wrong, detail, err := v.wrong(ctx, log, d.key)
		if err != nil {
			return err
		}
		if wrong == "" {
			p.Intact++
			continue
		}
		p.Valid = false
		v.report.problem(wrong, log.Object, detail, d.start, d.end)
	}
	return nil
}

// transient tells a failed read from a file that is at fault.
func transient(err error) bool {
	return !coded.Is(err, coded.Invalid) && !coded.Is(err, coded.NotFound)
}
