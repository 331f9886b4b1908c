package customerkey

import (
	"fmt"
	"time"

	"latchkey/events"
)

// Result is what the rules want done: the record as it shall be and the events
// that tell of it, to be committed together.
type Result struct {
	Record Record
	Events []events.Draft
	Locked bool // this very change locked the key
}

// Rules are the rules with their intervals.
type Rules struct {
	Timing          Timing
	PlatformAccount string
	// OwnKeys holds, by Region, a key of the platform's own account that nobody
	// but the platform can take away; see ourselves.
	OwnKeys map[string]string
}

// Observe takes in a signal about this key, and no other. A trusted signal of
// revocation locks at once; anything else at most brings the next probe
// forward. The order in which signals come does not matter: one that is older
// than a usable verdict by more than KMS's eventual consistency has been
// answered already and only makes us look again.
func (r Rules) Observe(rec Record, sig Signal, now time.Time) Result {
	if sig.At.IsZero() || sig.At.After(now) {
		sig.At = now
	}
	change := Change{At: now, Cause: sig.Cause, Source: sig.Source, Event: sig.EventID, Detail: sig.Name}
	if rec.Phase == PhaseLost || rec.Phase == PhaseRetired {
		return Result{Record: rec}
	}
	trusted := sig.Account != "" && sig.Account == rec.Account || sig.Source == SourceProbe
	switch {
	case sig.Effect == EffectNote:
		return Result{Record: rec.noted(change)}
	case sig.Source == SourceDenied && !rec.Phase.Serves():
		return Result{Record: rec} // most likely the echo of our own probes
	case sig.Effect != EffectRevoke:
		if sig.Source == SourceRDS && rec.Phase.Serves() {
			rec.GrantID = sig.GrantID // suspect: the probe looks for it
		}
		return Result{Record: rec.look(r.Timing, now)}
	case !trusted:
		change.Detail = fmt.Sprintf("%s from account %q, not the key's: not trusted, probing", sig.Name, sig.Account)
		return Result{Record: rec.noted(change).look(r.Timing, now)}
	case rec.Phase == PhasePending:
		return Result{Record: rec.noted(change).look(r.Timing, now)}
	case rec.LastUsableAt.After(sig.At.Add(r.Timing.Consistency)):
		change.Detail = sig.Name + ": older than a later usable verdict, probing"
		return Result{Record: rec.noted(change).look(r.Timing, now)}
	}
	return r.revoke(rec.look(r.Timing, now), sig, change, now)
}

// revoke applies evidence of a revocation that is believed.
func (r Rules) revoke(rec Record, sig Signal, change Change, now time.Time) Result {
	if sig.At.After(rec.LastRevokedAt) {
		rec.LastRevokedAt = sig.At
	}
	rec.UsableSince, rec.Approved = time.Time{}, false
	if sig.GrantID != "" {
		rec.GrantID = sig.GrantID
	}
	if !sig.DeletionDate.IsZero() {
		rec.DeletionDate = sig.DeletionDate
	}
	switch rec.Phase {
	case PhaseLocked:
		if sig.Source == SourceProbe {
			return r.confirm(rec, sig.Cause, change)
		}
		return Result{Record: rec.noted(change)}
	case PhaseRevoked:
		if rec.Cause == sig.Cause {
			return Result{Record: rec}
		}
		rec.Cause, rec.Reason = sig.Cause, reasons[sig.Cause]
		change.Recast = true
		return Result{Record: rec.noted(change)}
	case PhaseAwaitingApproval:
		rec.Cause, rec.Reason = sig.Cause, reasons[sig.Cause]
		rec = rec.moved(PhaseRevoked, change)
		return Result{Record: rec, Events: []events.Draft{rec.draft(events.TypeKeyRevocationConfirmed)}}
	}
	return r.lock(rec, PhaseLocked, sig, change, now)
}

// lock is the one change that refuses every tenant of the key from then on.
func (r Rules) lock(rec Record, phase Phase, sig Signal, change Change, now time.Time) Result {
	wasServing := rec.Phase.Serves()
	if wasServing {
		rec.LockedAt, rec.Warned = now, 0
	}
	rec.SignalAt, rec.Cause, rec.LockSource = sig.At, sig.Cause, sig.Source
	rec.RecoverableUntil = rec.LockedAt.Add(r.Timing.Window)
	rec.Confirmed = time.Time{}
	rec.Reason = reasons[sig.Cause]
	rec = rec.moved(phase, change)
	return Result{Record: rec, Events: []events.Draft{rec.draft(events.TypeKeyLocked)}, Locked: wasServing}
}

func (r Rules) confirm(rec Record, cause Cause, change Change) Result {
	if cause != "" {
		rec.Cause = cause
		rec.Reason = reasons[cause]
	}
	rec.Confirmed = change.At
	rec = rec.moved(PhaseRevoked, change)
	return Result{Record: rec, Events: []events.Draft{rec.draft(events.TypeKeyRevocationConfirmed)}}
}

// look brings the next probe forward and keeps probing densely for as long as
// KMS may take to show a change everywhere.
func (rec Record) look(t Timing, now time.Time) Record {
	rec.LookNow, rec.DenseUntil = true, now.Add(t.Consistency+2*t.Dense)
	return rec
}

// reasons are the sentences for people.
var reasons = map[Cause]string{
	CauseDisabled:          "the customer disabled the key",
	CausePendingDeletion:   "the customer scheduled the key's deletion",
	CauseMaterialDeleted:   "the imported key material is gone",
	CauseMaterialExpired:   "the imported key material has expired",
	CauseStoreDisconnected: "the key's custom key store is not connected",
	CauseAccessDenied:      "the key policy no longer lets us use the key",
	CauseGrantGone:         "the grant that RDS uses was revoked or retired",
	CauseKeyGone:           "the key no longer exists",
	CauseUnreachable:       "KMS has given no answer for too long; locked as a precaution",
}

// draft returns an event about the key as it now is.
func (rec Record) draft(detailType string) events.Draft {
	d := events.KeyEvent{
		KeyARN: rec.ARN, TenantID: rec.TenantID, Phase: string(rec.Phase), Reason: rec.Reason,
		Cause: string(rec.Cause), Source: rec.LockSource,
	}
	if rec.Phase.Locked() {
		d.SignalAt, d.RecoverableUntil = instant(rec.SignalAt), instant(rec.RecoverableUntil)
	}
	for _, m := range rec.Missing {
		d.Missing = append(d.Missing, m.Name+": "+m.Detail)
	}
	d.Statement = rec.Statement
	if n := len(rec.Changes); n > 0 && rec.Changes[n-1].Event != "" {
		d.Evidence = []string{rec.Changes[n-1].Event}
	}
	return events.Draft{DetailType: detailType, Detail: &d}
}

func instant(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}
