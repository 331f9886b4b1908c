package customerkey

import (
	"context"
	"fmt"
	"time"

	"latchkey/events"
	"latchkey/shared/coded"
)

// Step looks at the real key once and draws the consequences. It changes
// nothing in AWS. The caller commits the result and steps again at
// Record.NextProbe. databaseRegion is where the tenant's databases are to be.
func (r Rules) Step(ctx context.Context, keys Keys, rec Record, databaseRegion string, now time.Time) Result {
	rec.LookNow = false
	if rec.Phase == PhaseLost || rec.Phase == PhaseRetired {
		return Result{Record: rec}
	}
	if rec.Phase == PhasePending {
		return r.preflight(ctx, keys, rec, databaseRegion, now)
	}
	v := Probe(ctx, keys, rec)
	if v.Cause == CauseAccessDenied && r.ourselves(ctx, keys, rec) {
		v = Verdict{Standing: Unreachable, Detail: v.Detail + "; the platform's own key is denied as well: our permissions are broken, see our role"}
	}
	return r.Judge(rec, v, now)
}

// ourselves reports whether a denial is our own doing: a role, a boundary or an
// endpoint policy of ours that broke denies the platform's own key too. The
// code alone cannot tell, and without this one mistake of ours would lock every
// customer at once.
func (r Rules) ourselves(ctx context.Context, keys Keys, rec Record) bool {
	own := r.OwnKeys[rec.Region]
	if own == "" || own == rec.ARN {
		return false
	}
	_, err := keys.Describe(ctx, own)
	return err != nil && VerdictOfError(err).Cause == CauseAccessDenied
}

func (r Rules) preflight(ctx context.Context, keys Keys, rec Record, region string, now time.Time) Result {
	want := Want{TenantID: rec.TenantID, Region: region, PlatformAccount: r.PlatformAccount}
	report := Preflight(ctx, keys, rec.ARN, rec.Canary, want)
	rec.LastProbeAt, rec.Canary, rec.StoreID = now, report.Canary, report.StoreID
	if report.Unanswered {
		rec.LastVerdict = string(Unreachable)
		return Result{Record: rec}
	}
	before := rec.Reason
	rec.Missing, rec.Statement, rec.Reason = report.Missing(), report.Statement, report.Summary()
	if report.Usable {
		rec.LastVerdict, rec.LastUsableAt, rec.Reason = string(Usable), now, ""
		rec = rec.moved(PhaseUsable, Change{At: now, Source: SourceProbe, Detail: "preflight passed"})
		return Result{Record: rec, Events: []events.Draft{rec.draft(events.TypeKeyRegistered)}}
	}
	rec.LastVerdict = "preflight: " + rec.Reason
	if rec.Reason == before {
		return Result{Record: rec}
	}
	rec = rec.noted(Change{At: now, Source: SourceProbe, Detail: "preflight: " + rec.Reason})
	rec.Fanout = Fanout{Active: true}
	return Result{Record: rec, Events: []events.Draft{rec.draft(events.TypeKeyPreflightFailed)}}
}

// Judge draws the consequences of one verdict of our own probe.
func (r Rules) Judge(rec Record, v Verdict, now time.Time) Result {
	rec.LastProbeAt, rec.LastVerdict = now, v.String()
	var out Result
	switch v.Standing {
	case Usable:
		out = r.usable(rec, now)
	case Revoked:
		out = r.revoked(rec, v, now)
	default:
		out = r.unreachable(rec, v, now)
	}
	return r.warn(out, now)
}

func (r Rules) usable(rec Record, now time.Time) Result {
	rec.LastUsableAt = now
	rec.UnreachableSince, rec.GoneSince = time.Time{}, time.Time{}
	change := Change{At: now, Source: SourceProbe, Detail: "usable"}
	switch rec.Phase {
	case PhaseUnreachable:
		rec.Reason = ""
		rec.Phase = PhaseUsable
		return Result{Record: rec.noted(change)}
	case PhasePrecaution:
		return r.unlock(rec, change)
	case PhaseAwaitingApproval:
		if rec.Approved {
			return r.unlock(rec, change)
		}
		return Result{Record: rec}
	case PhaseLocked, PhaseRevoked:
	default:
		rec.GrantID = "" // it was suspect, and it is there
		return Result{Record: rec}
	}
	if rec.UsableSince.IsZero() {
		rec.UsableSince = now
	}
	outlives := !now.Before(rec.LastRevokedAt.Add(r.Timing.Consistency))
	if !outlives || now.Before(rec.UsableSince.Add(r.Timing.Steady)) {
		return Result{Record: rec}
	}
	if rec.Phase == PhaseRevoked && rec.Return == ReturnApproval && !rec.Approved {
		rec = rec.moved(PhaseAwaitingApproval, change)
		return Result{Record: rec, Events: []events.Draft{rec.draft(events.TypeKeyApprovalNeeded)}}
	}
	return r.unlock(rec, change)
}

func (r Rules) unlock(rec Record, change Change) Result {
	rec.Cause, rec.Reason, rec.LockSource = "", "", ""
	rec.UsableSince, rec.DeletionDate = time.Time{}, time.Time{}
	rec.GrantID, rec.Warned, rec.Approved = "", 0, false
	rec = rec.moved(PhaseUsable, change)
	rec.RecoverableUntil = time.Time{}
	return Result{Record: rec, Events: []events.Draft{rec.draft(events.TypeKeyUnlocked)}}
}

func (r Rules) revoked(rec Record, v Verdict, now time.Time) Result {
	rec.UnreachableSince = time.Time{}
	if v.Cause != CauseKeyGone {
		rec.GoneSince = time.Time{}
	} else if rec.GoneSince.IsZero() {
		rec.GoneSince = now
	}
	sig := Signal{Effect: EffectRevoke, Cause: v.Cause, Source: SourceProbe, At: now, Name: v.Detail, DeletionDate: v.DeletionDate}
	if v.Cause != CauseGrantGone && rec.Cause != CauseGrantGone {
		rec.GrantID = ""
	}
	change := Change{At: now, Cause: v.Cause, Source: SourceProbe, Detail: v.Detail}
	if rec.Phase.Confirmed() && v.Cause == CauseKeyGone && !now.Before(rec.GoneSince.Add(r.Timing.Consistency)) {
		rec.Cause, rec.Reason = CauseKeyGone, reasons[CauseKeyGone]
		rec = rec.moved(PhaseLost, change)
		rec.RecoverableUntil = time.Time{}
		return Result{Record: rec, Events: []events.Draft{rec.draft(events.TypeKeyLost)}}
	}
	return r.revoke(rec, sig, change, now)
}

func (r Rules) unreachable(rec Record, v Verdict, now time.Time) Result {
	change := Change{At: now, Cause: CauseUnreachable, Source: SourceProbe, Detail: v.Detail}
	first := rec.UnreachableSince.IsZero()
	if first {
		rec.UnreachableSince = now
	}
	switch rec.Phase {
	case PhaseUsable:
		if first {
			return Result{Record: rec} // one lost call is noise
		}
		rec.Phase, rec.Reason = PhaseUnreachable, "KMS gives no answer: "+v.Detail
		rec = rec.noted(change)
		return Result{Record: rec, Events: []events.Draft{rec.draft(events.TypeKeyUnreachable)}}
	case PhaseUnreachable:
		if now.Before(rec.UnreachableSince.Add(r.Timing.Unreachable)) {
			return Result{Record: rec}
		}
		sig := Signal{Cause: CauseUnreachable, Source: SourceProbe, At: rec.UnreachableSince}
		return r.lock(rec, PhasePrecaution, sig, change, now)
	case PhaseLocked:
		refuted := rec.LastUsableAt.After(rec.LastRevokedAt.Add(r.Timing.Consistency))
		if !refuted && !now.Before(rec.LockedAt.Add(r.Timing.Confirm)) {
			change.Cause = rec.Cause
			change.Detail = fmt.Sprintf("nothing refuted the signal in %s", r.Timing.Confirm)
			return r.confirm(rec, "", change)
		}
	}
	return Result{Record: rec}
}

// warn adds the warnings of the days that a confirmed revocation has lasted.
func (r Rules) warn(out Result, now time.Time) Result {
	rec := out.Record
	for rec.Phase == PhaseRevoked && rec.Warned < len(warningDays) {
		day := warningDays[rec.Warned]
		if now.Before(rec.LockedAt.Add(time.Duration(day) * 24 * time.Hour)) {
			break
		}
		rec.Warned++
		out.Events = append(out.Events, events.Draft{DetailType: events.TypeRevocationWarning, Detail: &events.WarningEvent{
			KeyARN: rec.ARN, TenantID: rec.TenantID, Day: day, RecoverableUntil: rec.RecoverableUntil,
			Message: fmt.Sprintf("day %d: %s; from %s on, only a restore brings the databases back",
				day, rec.Reason, rec.RecoverableUntil.Format(time.RFC3339)),
		}})
	}
	out.Record = rec
	return out
}

// Approve takes note that a person lets a key's databases come back: of a
// tenant that wants to approve it, or of a key that lost a grant of RDS's, for
// no probe can see that the customer wants a new grant to be made. The next
// usable verdict unlocks: what was usable once may have been taken away since. One
// that was sent, in full seconds, before the key was last taken away is of another
// return.
func (r Rules) Approve(rec Record, by, eventID string, sent, now time.Time) (Result, error) {
	grantGone := rec.Phase == PhaseRevoked && rec.Cause == CauseGrantGone
	if rec.Phase != PhaseAwaitingApproval && !grantGone {
		return Result{}, coded.New(coded.Conflict, "key %s is %s: there is no return to approve", rec.ARN, rec.Phase)
	}
	taken := rec.LockedAt
	if rec.LastRevokedAt.After(taken) {
		taken = rec.LastRevokedAt // again, before the return was approved
	}
	if sent.Before(taken.Truncate(time.Second)) {
		e := coded.New(coded.Conflict, "the approval is of %s, and key %s was taken away at %s",
			sent.Format(time.RFC3339), rec.ARN, taken.Format(time.RFC3339))
		e.Hint = "approve this return too, if it is wanted"
		return Result{}, e
	}
	rec.Approved, rec.GrantID = true, ""
	rec = rec.noted(Change{At: now, Source: SourceOperator, Event: eventID, Detail: "return approved by " + by})
	return Result{Record: rec.look(r.Timing, now)}, nil
}

// Retire ends the watch over a key that no tenant uses any more.
func (r Rules) Retire(rec Record, now time.Time) Record {
	rec = rec.moved(PhaseRetired, Change{At: now, Source: SourceRegistration, Detail: "no tenant uses the key"})
	rec.Fanout = Fanout{}
	return rec
}

// Inherit has the probes use another tenant's encryption context: the key's
// policy may no longer allow that of a tenant that is gone.
func (r Rules) Inherit(rec Record, tenantID string, now time.Time) Record {
	rec.TenantID, rec.Canary = tenantID, nil
	return rec.noted(Change{At: now, Source: SourceRegistration, Detail: "probed for tenant " + tenantID + " from now on"})
}
