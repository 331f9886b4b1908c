package database

import (
	"context"
	"fmt"
	"time"

	"latchkey/events"
)

// comeBack is the way back of an instance whose key is usable again. What RDS
// says decides which way: a start while that is accepted, a restore after it.
func (r Rules) comeBack(ctx context.Context, rec Record, w World, now time.Time) (Result, error) {
	rec, status, err := r.observe(ctx, rec)
	missing := code(err) == CodeInstanceNotFound
	if err != nil && !missing {
		return r.tryAgain(rec, "looking at the instance", err), nil
	}
	if missing {
		rec.Status = "" // what it was when last seen is no evidence
	}
	lost := missing || rec.Status == StatusTerminal
	switch {
	case lost && !rec.Prepared:
		return r.startOver(rec, now), nil
	case lost:
		return r.restore(ctx, rec, w, now)
	case status.Phase == PhaseAvailable && !rec.Prepared && rec.Kind != KindShard:
		return Result{Record: rec.unlocked().moved(PhasePreparing, "", now)}, nil
	case status.Phase == PhaseAvailable:
		return r.reopen(ctx, rec, now), nil // a lock may have cut into a restore
	case status.CanStart:
		if err := r.Fleet.Start(ctx, rec.InstanceID); err != nil {
			// RDS may see the key later than we do, or the status may have moved on.
			return r.tryAgain(rec, "starting", err), nil
		}
		return Result{Record: rec, Wait: r.Timing.Poll}, nil
	case status.Phase == PhaseParked:
		return r.park(rec, rec.Status+": "+status.Bad, now), nil
	case status.Phase == PhaseCreating && rec.Restore == nil:
		return Result{Record: rec.unlocked().moved(PhaseCreating, "", now), Wait: r.Timing.Poll}, nil
	}
	return Result{Record: rec, Wait: r.Timing.Poll}, nil
}

// startOver makes another instance in place of one that was lost before it
// held anything.
func (r Rules) startOver(rec Record, now time.Time) Result {
	if rec.Status != "" {
		rec.Superseded = append(rec.Superseded[:len(rec.Superseded):len(rec.Superseded)], rec.InstanceID)
		rec.Generation++
	}
	rec.ResourceID, rec.Endpoint, rec.Status, rec.MasterSecretARN = "", "", "", ""
	return Result{Record: rec.unlocked().moved(PhaseRequested, "", now)}
}

// tryAgain keeps a locked record locked and tries again; it never parks, for
// the way back must not need a person.
func (r Rules) tryAgain(rec Record, doing string, err error) Result {
	rec.Attempts++
	rec.Reason = fmt.Sprintf("%s: %v", doing, err)
	return Result{Record: rec, Wait: r.Timing.Poll << min(rec.Attempts-1, 4)}
}

// open lets the role log in again, verifies that it can, and ends the lock.
func (r Rules) open(ctx context.Context, rec Record, now time.Time, detailType string) Result {
	if rec.Kind != KindShard && rec.Want == WantOpen {
		if err := r.Inside.Unfence(ctx, rec.login()); err != nil {
			return r.tryAgain(rec, "opening the logins", err)
		}
		if err := r.Inside.Verify(ctx, rec.login()); err != nil {
			return r.tryAgain(rec, "verifying", err)
		}
		rec.Fenced = false
	}
	return r.ready(rec.unlocked().moved(PhaseAvailable, "", now), now, detailType)
}

// unlocked clears the clock.
func (rec Record) unlocked() Record {
	rec.LockedAt, rec.MarkedAt, rec.LostAt = time.Time{}, time.Time{}, time.Time{}
	rec.RecoverableUntil, rec.TerminalAt = time.Time{}, time.Time{}
	rec.Evidence, rec.FenceFailed = nil, false
	return rec
}

// restore starts a new instance from the best backup: the newest of the point
// in time that RDS offers and the newest snapshot.
func (r Rules) restore(ctx context.Context, rec Record, w World, now time.Time) (Result, error) {
	var pre []events.Draft
	if rec.Phase != PhaseTerminal {
		rec = rec.terminal("RDS: "+orGone(rec.Status), now)
		pre = append(pre, rec.draft(events.TypeDatabaseTerminal))
	}
	newest, found, err := w.Newest()
	if err != nil {
		return Result{}, fmt.Errorf("looking for backups of %s: %w", rec.ID, err)
	}
	plan := Restore{SourceInstanceID: rec.InstanceID, StartedAt: now}
	if in, err := r.Fleet.Describe(ctx, rec.InstanceID); err == nil {
		plan.To = in.LatestRestorableTime
	}
	if found && (plan.To.IsZero() || newest.TakenAt.After(plan.To) || rec.Attempts%2 == 1) {
		plan.To, plan.SnapshotID = newest.TakenAt, newest.SnapshotID
	}
	if plan.To.IsZero() {
		out := r.park(rec, "there is no backup to restore from", now)
		out.Events = append(pre, out.Events...)
		return out, nil
	}
	out := r.startRestore(ctx, rec, plan, now)
	out.Events = append(pre, out.Events...)
	return out, nil
}

func orGone(status string) string {
	if status == "" {
		return "no such instance"
	}
	return status
}

func (r Rules) startRestore(ctx context.Context, rec Record, plan Restore, now time.Time) Result {
	next := rec
	next.Generation++
	next.InstanceID = InstanceName(rec.ID, next.Generation)
	spec := r.spec(next)
	var err error
	if plan.SnapshotID != "" {
		err = r.Restorer.RestoreSnapshot(ctx, plan.SnapshotID, spec)
	} else {
		err = r.Restorer.RestoreToTime(ctx, plan.SourceInstanceID, plan.To, spec)
	}
	if code(err) == CodeInstanceExists {
		in, derr := r.Fleet.Describe(ctx, next.InstanceID)
		if derr == nil && !owned(in, rec.ID) {
			return r.park(rec, fmt.Sprintf("an instance named %s exists and is not ours: delete or rename it", next.InstanceID), now)
		}
		err = derr
	}
	if err != nil {
		return r.tryAgain(rec, "restoring", err) // every other try takes the snapshot
	}
	if !rec.LockedAt.IsZero() && rec.LockedAt.After(plan.To) {
		plan.DataLoss = int64(rec.LockedAt.Sub(plan.To) / time.Second)
	}
	next.Superseded = append(next.Superseded[:len(next.Superseded):len(next.Superseded)], rec.InstanceID)
	next.ResourceID, next.Endpoint, next.Status, next.MasterSecretARN, next.Restore = "", "", "", "", &plan
	next = next.moved(PhaseRestoring, rec.Reason, now)
	return Result{Record: next, Wait: r.Timing.Poll, Events: []events.Draft{next.restoreDraft(events.TypeRestoreStarted)}}
}

func (rec Record) restoreDraft(detailType string) events.Draft {
	d := &events.RestoreEvent{
		DatabaseID: rec.ID, TenantID: rec.TenantID, KeyARN: rec.KeyARN, InstanceID: rec.InstanceID,
		SourceInstanceID: rec.Restore.SourceInstanceID, SnapshotID: rec.Restore.SnapshotID,
		DataLossSeconds: &rec.Restore.DataLoss,
	}
	if rec.Restore.SnapshotID == "" {
		d.RestoreTo = &rec.Restore.To
	}
	return events.Draft{DetailType: detailType, Detail: d}
}

func (r Rules) awaitRestore(ctx context.Context, rec Record, now time.Time) (Result, error) {
	rec, status, err := r.observe(ctx, rec)
	switch {
	case err != nil:
		return r.failed(rec, "looking at the restored instance", err, now), nil
	case status.Phase == PhaseParked:
		return r.park(rec, rec.Status+": "+status.Bad, now), nil
	case status.Phase != PhaseAvailable || rec.Endpoint == "":
		return Result{Record: rec, Wait: r.Timing.Poll}, nil
	}
	return r.reopen(ctx, rec, now), nil
}

// finishRestore tells of the end of a restore once the record is available again.
func (r Rules) finishRestore(out Result) Result {
	if out.Record.Phase != PhaseAvailable || out.Record.Restore == nil {
		return out
	}
	done := out.Record.restoreDraft(events.TypeRestoreCompleted)
	out.Record.Restore = nil
	out.Events = append([]events.Draft{done}, out.Events...)
	return out
}
