package database

import (
	"context"
	"fmt"
	"time"

	"latchkey/events"
)

// stepLocked follows a lock, which is in force already through the key's
// record: fence the logins, mark the database once the revocation is
// confirmed, stop the instance, and watch RDS's clock. None of it deletes.
func (r Rules) stepLocked(ctx context.Context, rec Record, w World, now time.Time) (Result, error) {
	var out Result
	if !rec.Phase.InLock() {
		rec = r.lock(rec, w, now)
		out.Events = append(out.Events, rec.draft(events.TypeDatabaseLocked))
	}
	rec, status, err := r.observe(ctx, rec)
	missing := code(err) == CodeInstanceNotFound
	if err != nil && !missing {
		rec.Reason = fmt.Sprintf("looking at the instance: %v", err)
		out.Record, out.Wait = rec, r.Timing.Poll
		return out, nil
	}
	rec, drafts := r.mark(rec, w, now)
	out.Events = append(out.Events, drafts...)
	out.Record, out.Wait = r.act(ctx, rec, status, missing, w)
	if until := out.Record.RecoverableUntil.Sub(now); out.Record.Phase == PhaseTerminalRecoverable && until > 0 && until < out.Wait {
		out.Wait = until
	}
	return out, nil
}

func (r Rules) lock(rec Record, w World, now time.Time) Record {
	lockedAt := w.Key.LockedAt
	if lockedAt.IsZero() {
		lockedAt = now
	}
	rec = rec.moved(PhaseLocked, w.Key.Reason, now)
	rec.LockedAt, rec.RecoverableUntil = lockedAt, lockedAt.Add(r.Timing.Window)
	rec.MarkedAt, rec.LostAt, rec.TerminalAt = time.Time{}, time.Time{}, time.Time{}
	rec.FenceFailed = false
	rec.Evidence = []string{fmt.Sprintf("key %s locked at %s: %s", w.Key.ARN, lockedAt.Format(time.RFC3339), w.Key.Reason)}
	return rec
}

// mark moves a locked database along the clock to the point of no return.
// Terminal is declared only on RDS's own terminal status or on an expired clock
// that DescribeDBInstances has just confirmed (the deletion of the key makes it
// unrecoverable; see Step).
func (r Rules) mark(rec Record, w World, now time.Time) (Record, []events.Draft) {
	var drafts []events.Draft
	if rec.Status == StatusRecoverable && rec.LostAt.IsZero() {
		rec.LostAt = now
		rec.RecoverableUntil = now.Add(r.Timing.Window)
	}
	if rec.Phase == PhaseLocked && w.Key.confirmed() {
		rec = rec.moved(PhaseTerminalRecoverable, w.Key.Reason, now)
		rec.MarkedAt = now
		drafts = append(drafts, rec.draft(events.TypeDatabaseMarkedTerminal))
	}
	if rec.Phase != PhaseTerminalRecoverable {
		return rec, drafts
	}
	expired := !now.Before(rec.RecoverableUntil)
	switch {
	case rec.Status == StatusTerminal:
		rec = rec.terminal("RDS: "+rec.Status, now)
		drafts = append(drafts, rec.draft(events.TypeDatabaseTerminal))
	case expired && rec.Status == StatusRecoverable:
		rec = rec.terminal(fmt.Sprintf("the window ended at %s; RDS: %s", rec.RecoverableUntil.Format(time.RFC3339), rec.Status), now)
		drafts = append(drafts, rec.draft(events.TypeDatabaseTerminal))
	case expired:
		// RDS still says that a start would help (it is stopped, or never
		// noticed): the promise that the deadline stands for still holds.
		rec.RecoverableUntil = now.Add(24 * time.Hour)
		rec.Evidence = append(rec.Evidence, fmt.Sprintf("deadline extended at %s: RDS says %q", now.Format(time.RFC3339), rec.Status))
	}
	return rec, drafts
}

func (rec Record) terminal(evidence string, now time.Time) Record {
	rec = rec.moved(PhaseTerminal, rec.Reason, now)
	rec.TerminalAt = now
	rec.Evidence = append(rec.Evidence[:len(rec.Evidence):len(rec.Evidence)], evidence)
	return rec
}

// act does the one thing that is next for a locked instance. One that cannot be
// fenced is stopped all the same, once its revocation is confirmed and marked:
// fence and stop then take turns until one of them works.
func (r Rules) act(ctx context.Context, rec Record, status Status, missing bool, w World) (Record, time.Duration) {
	stop := w.Key.confirmed() && status.CanStop && !r.Settings.KeepRunning && rec.Phase == PhaseTerminalRecoverable
	switch {
	case missing:
		return rec, r.Timing.Steady
	case rec.Unfenced() && !(stop && rec.FenceFailed):
		if err := r.Inside.Fence(ctx, rec.login()); err != nil {
			rec.FenceFailed = true
			rec.Reason = fmt.Sprintf("fencing: %v", err)
			return rec, r.Timing.Poll
		}
		rec.Fenced, rec.FenceFailed = true, false
		return rec, 0
	case stop:
		rec.FenceFailed = false
		if err := r.Fleet.Stop(ctx, rec.InstanceID); err != nil {
			rec.Reason = fmt.Sprintf("stopping: %v", err)
		}
		return rec, r.Timing.Poll
	case status.Phase == PhaseBusy && rec.Status != StatusStopped, status.Phase == PhaseCreating:
		return rec, r.Timing.Poll
	case rec.Phase == PhaseLocked:
		return rec, 10 * r.Timing.Poll // the key's confirmation will poke us
	}
	return rec, r.Timing.Steady
}

// Unfenced reports whether the key is taken and the tenant's logins may still
// work: they are not closed, and the instance answers as far as is known. A
// shard has no logins of its own.
func (rec Record) Unfenced() bool {
	status, _ := StatusOf(rec.Status)
	return rec.Phase.InLock() && rec.Prepared && !rec.Fenced && rec.Kind != KindShard && status.Reachable
}

func (r Rules) unrecoverable(rec Record, w World, now time.Time) Result {
	rec = rec.moved(PhaseUnrecoverable, w.Key.Reason, now)
	rec.RecoverableUntil = time.Time{}
	rec.Evidence = append(rec.Evidence[:len(rec.Evidence):len(rec.Evidence)],
		fmt.Sprintf("key %s no longer exists (seen %s): %s", w.Key.ARN, now.Format(time.RFC3339), w.Key.Reason))
	return Result{Record: rec, Wait: never, Events: []events.Draft{rec.draft(events.TypeDatabaseUnrecoverable)}}
}
