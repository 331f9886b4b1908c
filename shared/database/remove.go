package database

import (
	"context"
	"fmt"
	"time"

	"latchkey/events"
)

// Phases of a final snapshot's record that end the wait for it.
const (
	finalAvailable = "available"
	finalFailed    = "failed"
)

// remove destroys a database whose grace period is over: a final snapshot
// unless the key is gone, then the instance, then those that restores left
// behind. It never waits on a lost key.
func (r Rules) remove(ctx context.Context, rec Record, w World, now time.Time) (Result, error) {
	if rec.Phase != PhaseDeleting {
		rec = rec.moved(PhaseDeleting, "", now)
		return Result{Record: rec}, nil
	}
	if rec.Kind == KindShared {
		return r.drop(ctx, rec, w, now), nil
	}
	rec.InstanceID = InstanceName(rec.ID, rec.Generation)
	rec, status, err := r.observe(ctx, rec)
	if code(err) == CodeInstanceNotFound {
		return r.gone(rec, now), nil
	}
	if err != nil {
		return r.tryAgain(rec, "looking at the instance", err), nil
	}
	if !rec.Final.decided() {
		res, wait, err := r.final(ctx, rec, status, w)
		if wait || err != nil {
			return res, err
		}
		rec = res.Record
	}
	return r.deleteInstance(ctx, rec, status, now), nil
}

// final sees to the final snapshot. wait is false when nothing is left to do for it.
func (r Rules) final(ctx context.Context, rec Record, status Status, w World) (res Result, wait bool, err error) {
	skip := func(why string) (Result, bool, error) {
		rec.Final = &Final{Skipped: why}
		return Result{Record: rec}, false, nil
	}
	switch {
	case w.Key.undecided() && rec.Status != StatusRecoverable && rec.Status != StatusTerminal:
		rec.Reason = fmt.Sprintf("waiting for the key: it is %s", w.Key.Phase)
		return Result{Record: rec, Wait: r.Timing.Poll}, true, nil
	case !w.Key.serves():
		return skip(fmt.Sprintf("no final snapshot: the key is %s (%s)", w.Key.Phase, w.Key.Reason))
	case rec.Status == StatusTerminal:
		return skip("no final snapshot: RDS: " + rec.Status)
	case status.Phase == PhaseParked || !rec.Prepared:
		return skip("no final snapshot: the instance never held data we can read (RDS: " + rec.Status + ")")
	case rec.Final != nil:
		return r.awaitFinal(rec, w)
	case status.Phase == PhaseAvailable:
		return Result{Record: rec, Snapshot: &SnapshotRequest{Purpose: PurposeFinal}, Wait: r.Timing.Poll}, true, nil
	case status.CanStart:
		if err := r.Fleet.Start(ctx, rec.InstanceID); err != nil {
			if code(err) == CodeKeyNotAccessible && rec.Attempts >= maxAttempts {
				rec.Final = &Final{Skipped: "no final snapshot: the instance cannot start: " + err.Error()}
				return Result{Record: rec}, true, nil // this step has made its call
			}
			return r.tryAgain(rec, "starting for the final snapshot", err), true, nil
		}
	}
	return Result{Record: rec, Wait: r.Timing.Poll}, true, nil
}

func (r Rules) awaitFinal(rec Record, w World) (Result, bool, error) {
	phase, reason, err := w.FinalSnapshot(rec.Final.SnapshotID)
	switch {
	case err != nil:
		return Result{}, true, fmt.Errorf("looking for the final snapshot of %s: %w", rec.ID, err)
	case phase == finalAvailable:
		rec.Final = &Final{SnapshotID: rec.Final.SnapshotID, Taken: true}
		return Result{Record: rec}, false, nil
	case phase == finalFailed:
		rec.Reason = "the final snapshot failed, taking another: " + reason
		rec.Final = nil
	}
	return Result{Record: rec, Wait: r.Timing.Poll}, true, nil
}

func (r Rules) deleteInstance(ctx context.Context, rec Record, status Status, now time.Time) Result {
	if status.Phase == PhaseDeleting || status.Phase == PhaseCreating {
		return Result{Record: rec, Wait: r.Timing.Poll}
	}
	in, err := r.Fleet.Describe(ctx, rec.InstanceID)
	switch {
	case err != nil:
		return r.tryAgain(rec, "looking at the instance", err)
	case !owned(in, rec.ID):
		return r.park(rec, fmt.Sprintf("instance %s is not ours: it is left alone", rec.InstanceID), now)
	case in.DeletionProtection:
		if err := r.Fleet.Unprotect(ctx, rec.InstanceID); err != nil {
			return r.tryAgain(rec, "taking away deletion protection", err)
		}
		return Result{Record: rec, Wait: r.Timing.Poll}
	}
	if err := r.Fleet.Delete(ctx, rec.InstanceID); err != nil && code(err) != CodeInstanceNotFound {
		return r.tryAgain(rec, "deleting the instance", err)
	}
	rec.Attempts = 0
	return Result{Record: rec, Wait: r.Timing.Poll}
}

// gone goes on to the next instance of the record, or ends it.
func (r Rules) gone(rec Record, now time.Time) Result {
	if !rec.Final.decided() {
		rec.Final = &Final{Skipped: "no final snapshot: there was no instance"}
	}
	if rec.Generation > 0 {
		rec.Generation--
		rec.ResourceID = ""
		return Result{Record: rec}
	}
	rec = rec.moved(PhaseDeleted, "", now)
	rec.Reason = rec.Final.Skipped
	return Result{Record: rec, Wait: never, Events: []events.Draft{rec.draft(events.TypeDatabaseDeleted)}}
}

// drop removes a shared database from its shard; the shard's own backups keep
// it for their retention.
func (r Rules) drop(ctx context.Context, rec Record, w World, now time.Time) Result {
	done := func(why string) Result {
		rec = rec.moved(PhaseDeleted, why, now)
		return Result{Record: rec, Wait: never, Events: []events.Draft{rec.draft(events.TypeDatabaseDeleted)}}
	}
	switch {
	case w.Host == nil || !rec.Prepared:
		return done("")
	case w.Key.lost():
		return done("not dropped: the shard's key is gone, and the data with it")
	}
	rec.InstanceID, rec.Endpoint = w.Host.InstanceID, w.Host.Endpoint
	if err := r.Inside.Drop(ctx, rec.login()); err != nil {
		return r.tryAgain(rec, "dropping the database", err)
	}
	return done("")
}
