package snapshot

import (
	"context"
	"errors"
	"time"

	"latchkey/events"
	"latchkey/shared/coded"
	"latchkey/shared/database"
)

// Waits between two steps of a snapshot.
const (
	pollEvery  = time.Minute     // while RDS is at work
	retryEvery = 5 * time.Minute // while the instance cannot be read
	quotaEvery = time.Hour       // while the quota is exceeded
	parkEvery  = day             // while a person has to do something
	heldEvery  = day             // while something holds a snapshot past its time
)

// giveUp is how long an instance may be in a state that cannot be read before
// the snapshot has failed. The schedule goes on with the next one.
const giveUp = day

// unseen is how long a new snapshot may be missing from DescribeDBSnapshots
// before it counts as gone.
const unseen = 5 * time.Minute

// Step moves a snapshot on and makes at most one call that changes AWS. It is
// called again when wait is over; 0 means that nothing is due any more. Calling
// it more often, or again after a crash, changes nothing.
//
// The error is coded.Retryable, with AWS's own as its cause, or ctx's. The
// record is then as it was, and wait is 0: the caller backs off.
func Step(ctx context.Context, rec Record, b Backups, p Protect, now time.Time) (Record, time.Duration, []events.Draft, error) {
	s := stepper{ctx: ctx, aws: b, protect: p, now: now, next: rec}
	var wait time.Duration
	var err error
	switch rec.Phase {
	case PhaseRequested, PhaseParked:
		wait, err = s.create()
	case PhaseCreating:
		wait, err = s.await()
	case PhaseAvailable:
		wait, err = s.retire()
	case PhaseFailed:
		if !rec.DeleteAt.IsZero() {
			wait, err = s.remove()
		}
	case PhaseDeleting:
		wait, err = s.awaitGone()
	case PhaseDeleted:
	default:
		err = coded.New(coded.Internal, "snapshot %q is in phase %q", rec.ID, rec.Phase)
	}
	if err != nil {
		return rec, 0, nil, err
	}
	return s.next, wait, s.out, nil
}

// stepper is one step under way.
type stepper struct {
	ctx     context.Context
	aws     Backups
	protect Protect
	now     time.Time
	next    Record
	out     []events.Draft
}

// create asks RDS for the snapshot.
func (s *stepper) create() (time.Duration, error) {
	rec := &s.next
	err := s.aws.Create(s.ctx, rec.InstanceID, rec.ID, rec.tags())
	switch code(err) {
	case "":
		if err != nil {
			return 0, s.fault("creating", err)
		}
		return s.started()
	case database.CodeSnapshotExists:
		return s.adopt()
	case database.CodeSnapshotQuota:
		return s.park("the Region's quota of manual snapshots is used up; have it raised, or delete snapshots", quotaEvery)
	case database.CodeInvalidState:
		if s.now.Sub(rec.RequestedAt) >= giveUp {
			return s.fail("the instance could not be read for a day: " + err.Error())
		}
		rec.Reason = "the instance cannot be read now"
		return retryEvery, nil
	case database.CodeKeyNotAccessible:
		return s.fail("the instance's key cannot be used: " + err.Error())
	case database.CodeInstanceNotFound:
		return s.fail("there is no instance " + rec.InstanceID)
	case database.CodeThrottling, database.CodeInternalFailure:
		return 0, s.fault("creating", err)
	}
	return s.park("RDS refused it: "+err.Error(), parkEvery)
}

// adopt goes on with a snapshot of our name that exists already, if it is ours.
func (s *stepper) adopt() (time.Duration, error) {
	rec := &s.next
	d, err := s.aws.Describe(s.ctx, rec.ID)
	switch {
	case code(err) == database.CodeSnapshotNotFound:
		return retryEvery, nil
	case err != nil:
		return 0, s.fault("describing", err)
	case !rec.owns(d):
		return s.park("a snapshot of this name exists that is not ours; delete or rename it", parkEvery)
	}
	return s.started()
}

func (s *stepper) started() (time.Duration, error) {
	s.next.Phase, s.next.Reason, s.next.StartedAt = PhaseCreating, "", s.now
	return pollEvery, nil
}

// await looks whether the snapshot is complete.
func (s *stepper) await() (time.Duration, error) {
	rec := &s.next
	d, err := s.aws.Describe(s.ctx, rec.ID)
	switch {
	case code(err) == database.CodeSnapshotNotFound:
		if s.now.Sub(rec.StartedAt) < unseen {
			return pollEvery, nil
		}
		return s.fail("it disappeared while it was being made")
	case err != nil:
		return 0, s.fault("describing", err)
	}
	switch phase, _ := PhaseOf(d.Status); phase {
	case PhaseAvailable:
		return s.available(d), nil
	case PhaseFailed:
		rec.DeleteAt = s.now // what is left of it counts against the quota
		_, err := s.fail("RDS could not make it")
		return pollEvery, err
	case PhaseDeleting:
		return s.fail("somebody deletes it while it is being made")
	}
	return pollEvery, nil
}

func (s *stepper) available(d Description) time.Duration {
	rec := &s.next
	rec.Phase, rec.Reason, rec.TakenAt = PhaseAvailable, "", d.CreatedAt
	if rec.TakenAt.IsZero() {
		rec.TakenAt = s.now
	}
	rec.DeleteAt = rec.TakenAt.Add(rec.Class.Keep())
	s.emit(events.TypeSnapshotCreated)
	return max(rec.DeleteAt.Sub(s.now), time.Second)
}

func (s *stepper) park(reason string, wait time.Duration) (time.Duration, error) {
	s.next.Phase, s.next.Reason = PhaseParked, reason
	return wait, nil
}

func (s *stepper) fail(reason string) (time.Duration, error) {
	s.next.Phase, s.next.Reason = PhaseFailed, reason
	s.emit(events.TypeSnapshotFailed)
	return 0, nil
}

// fault wraps an error after which the step is tried again.
func (s *stepper) fault(doing string, err error) error {
	if s.ctx.Err() != nil {
		return s.ctx.Err()
	}
	return coded.Wrap(coded.Retryable, err, "%s snapshot %s", doing, s.next.ID)
}

// code returns RDS's error code, or "" if err is nil or not RDS's.
func code(err error) string {
	var e *database.ServiceError
	if errors.As(err, &e) {
		return e.Code
	}
	return ""
}
