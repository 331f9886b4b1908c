package database

import (
	"context"
	"time"

	"latchkey/events"
)

// tend keeps an instance as it is wanted.
func (r Rules) tend(ctx context.Context, rec Record, now time.Time) (Result, error) {
	rec, status, err := r.observe(ctx, rec)
	if code(err) == CodeInstanceNotFound {
		return r.park(rec, "the instance is gone from RDS; restore it from a backup", now), nil
	}
	if err != nil {
		return r.failed(rec, "looking at the instance", err, now), nil
	}
	switch {
	case rec.Status == StatusRecoverable || rec.Status == StatusTerminal || rec.Status == StatusStopped:
		// RDS lost the key before we knew, or someone stopped the instance:
		// the way back is the same as after a lock.
		rec = rec.moved(PhaseLocked, "RDS: "+rec.Status, now)
		rec.LockedAt, rec.RecoverableUntil = now, now.Add(r.Timing.Window)
		return Result{Record: rec, Events: []events.Draft{rec.draft(events.TypeDatabaseLocked)}}, nil
	case status.Phase == PhaseParked:
		return r.park(rec, rec.Status+": "+status.Bad, now), nil
	case status.Phase != PhaseAvailable:
		if !status.Reachable && rec.Phase == PhaseAvailable {
			rec = rec.moved(PhaseBusy, "RDS: "+rec.Status, now)
		}
		return Result{Record: rec, Wait: r.Timing.Poll}, nil
	case rec.Phase == PhaseBusy:
		rec = rec.moved(PhaseAvailable, "", now)
	}
	if res, done := r.fenceAsWanted(ctx, rec, now); done {
		return res, nil
	}
	rec.Attempts, rec.Reason = 0, ""
	return r.passwordAsWanted(ctx, r.dueSnapshot(rec, now)), nil
}

// fenceAsWanted closes or opens the logins where they are not as wanted.
func (r Rules) fenceAsWanted(ctx context.Context, rec Record, now time.Time) (Result, bool) {
	closed := rec.Want == WantClosed
	if rec.Kind == KindShard || rec.Fenced == closed {
		return Result{}, false
	}
	do, what := r.Inside.Unfence, "opening the logins"
	if closed {
		do, what = r.Inside.Fence, "closing the logins"
	}
	if err := do(ctx, rec.login()); err != nil {
		return r.failed(rec, what, err, now), true
	}
	rec.Fenced, rec.Attempts = closed, 0
	return Result{Record: rec}, true
}

func (r Rules) dueSnapshot(rec Record, now time.Time) Result {
	wait := r.Timing.Steady
	if rec.NextSnapshotAt.IsZero() {
		return Result{Record: rec, Wait: wait}
	}
	res := Result{}
	if !now.Before(rec.NextSnapshotAt) {
		res.Snapshot = &SnapshotRequest{Purpose: PurposeScheduled}
		rec.NextSnapshotAt = r.NextSnapshot(rec.ID, now)
	}
	if until := rec.NextSnapshotAt.Sub(now); until < wait {
		wait = until
	}
	res.Record, res.Wait = rec, wait
	return res
}
