package database

import (
	"context"
	"fmt"
	"time"

	"latchkey/events"
)

// stepShared steps a database on a shard: its instance is the shard's, and
// follows the shard's record through loss and return.
func (r Rules) stepShared(ctx context.Context, rec Record, w World, now time.Time) (Result, error) {
	if w.Host == nil {
		rec.Reason = "waiting for a place on a shard"
		return Result{Record: rec, Wait: r.Timing.Poll}, nil
	}
	host := *w.Host
	rec.InstanceID, rec.Endpoint, rec.ResourceID = host.InstanceID, host.Endpoint, host.ResourceID
	rec.Status, rec.MultiAZ, rec.KeyARN, rec.KeyChoice = host.Status, host.MultiAZ, host.KeyARN, host.KeyChoice
	switch {
	case rec.Phase == PhaseUnrecoverable:
		return Result{Record: rec, Wait: never}, nil
	case w.Key.lost():
		return r.unrecoverable(rec, w, now), nil
	case w.Key.locked() && rec.Prepared:
		return r.lockShared(ctx, rec, host, w, now), nil
	case host.Phase != PhaseAvailable || w.Key.locked():
		return r.awaitHost(rec, host, now), nil
	case !rec.Prepared:
		return r.prepare(ctx, rec, now)
	case rec.Phase.InLock():
		return r.open(ctx, rec, now, events.TypeDatabaseRecovered), nil
	case rec.Phase != PhaseAvailable:
		rec = rec.moved(PhaseAvailable, "", now)
	}
	if res, done := r.fenceAsWanted(ctx, rec, now); done {
		return res, nil
	}
	return Result{Record: rec, Wait: r.Timing.Steady}, nil
}

func (r Rules) awaitHost(rec, host Record, now time.Time) Result {
	if rec.Phase == PhaseAvailable {
		rec = rec.moved(PhaseBusy, "", now)
	}
	rec.Reason = fmt.Sprintf("the shard is %s", host.Phase)
	return Result{Record: rec, Wait: 2 * r.Timing.Poll}
}

func (r Rules) lockShared(ctx context.Context, rec, host Record, w World, now time.Time) Result {
	var out Result
	if !rec.Phase.InLock() {
		rec = r.lock(rec, w, now)
		out.Events = append(out.Events, rec.draft(events.TypeDatabaseLocked))
	}
	var drafts []events.Draft
	rec, drafts = r.mark(rec, w, now)
	if host.Phase == PhaseTerminalRecoverable && !host.RecoverableUntil.IsZero() {
		rec.RecoverableUntil = host.RecoverableUntil
	}
	out.Events = append(out.Events, drafts...)
	status, _ := StatusOf(host.Status)
	out.Wait = r.Timing.Steady
	if !rec.Fenced && status.Reachable {
		if err := r.Inside.Fence(ctx, rec.login()); err != nil {
			rec.Reason = fmt.Sprintf("fencing: %v", err)
			out.Wait = r.Timing.Poll
		} else {
			rec.Fenced = true
		}
	} else if rec.Phase == PhaseLocked {
		out.Wait = 10 * r.Timing.Poll
	}
	out.Record = rec
	return out
}
