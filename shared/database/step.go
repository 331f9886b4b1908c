// Package database holds the rules about a tenant's database: how an instance
// comes to be, what happens to it when its key is taken away, how it comes
// back, and how it goes. Step looks at the real instance where it must, does
// at most one thing that changes AWS (or the inside of the instance), under a
// deterministic name, and returns the record as it shall be; called again and
// again, after crashes, duplicates and lost news, it ends in the same place.
package database

import (
	"context"
	"errors"
	"fmt"
	"time"

	"latchkey/events"
	"latchkey/shared/coded"
)

// Timing holds the intervals of the rules.
type Timing struct {
	Poll   time.Duration // between two looks at an instance that is changing
	Steady time.Duration // between two looks at one that is not; RDS's events bring it forward
	Parked time.Duration // between two tries of a parked record
	Window time.Duration // RDS's recoverable window: 7 days [RDS guide, Encrypting RDS resources]
}

// DefaultTiming is the design's.
func DefaultTiming() Timing {
	return Timing{Poll: 30 * time.Second, Steady: 6 * time.Hour, Parked: time.Hour, Window: 7 * 24 * time.Hour}
}

// Settings are the properties of the instances that Latchkey makes.
type Settings struct {
	Class              string
	StorageGiB         int
	EngineVersion      string
	SubnetGroup        string
	ParameterGroup     string
	MasterSecretKeyARN string // the platform's key: never a tenant's
	KeepRunning        bool   // do not stop instances whose key is revoked
}

// Rules are the rules with their collaborators.
type Rules struct {
	Fleet    Fleet
	Restorer Restorer
	Inside   Inside
	Timing   Timing
	Settings Settings
	// NextSnapshot returns when a database is next to be snapshotted; zero: never.
	NextSnapshot func(databaseID string, after time.Time) time.Time
	// UnknownStatus is told of each status that is not in Statuses; may be nil.
	UnknownStatus func(status string)
}

// maxAttempts is how many failed tries of one thing park the record.
const maxAttempts = 12

// never is the wait of a record that needs no step of its own.
const never = time.Duration(-1)

// Step takes one step. An error means that the step could not be taken for a
// reason that is not the record's (ctx ended, the lookups failed); the caller
// tries again.
func (r Rules) Step(ctx context.Context, rec Record, w World, now time.Time) (Result, error) {
	switch {
	case rec.Phase == PhaseDeleted:
		return Result{Record: rec, Wait: never}, nil
	case rec.Want == WantAbsent:
		return r.remove(ctx, rec, w, now)
	case rec.Kind == KindShared:
		return r.stepShared(ctx, rec, w, now)
	case w.Key.lost() && rec.Phase != PhaseUnrecoverable:
		return r.unrecoverable(rec, w, now), nil
	case rec.Phase == PhaseUnrecoverable:
		return Result{Record: rec, Wait: never}, nil
	case w.Key.locked() && rec.Phase != PhaseRequested:
		return r.stepLocked(ctx, rec, w, now)
	}
	switch rec.Phase {
	case PhaseRequested:
		return r.create(ctx, rec, w, now)
	case PhaseCreating:
		return r.awaitInstance(ctx, rec, now)
	case PhasePreparing:
		return r.prepare(ctx, rec, now)
	case PhaseAvailable, PhaseBusy:
		return r.tend(ctx, rec, now)
	case PhaseLocked, PhaseTerminalRecoverable, PhaseTerminal:
		return r.comeBack(ctx, rec, w, now)
	case PhaseRestoring:
		return r.awaitRestore(ctx, rec, now)
	case PhaseParked:
		rec = rec.moved(rec.ParkedFrom, rec.Reason, now)
		rec.Attempts = maxAttempts - 1 // one more failure parks it again
		return Result{Record: rec}, nil
	}
	return Result{}, coded.New(coded.Internal, "database %s is in unknown phase %q", rec.ID, rec.Phase)
}

// Purposes of the snapshots that the rules ask for.
const (
	PurposeScheduled = "scheduled"
	PurposeFinal     = "final"
)

// observe looks at the instance and takes over what it says.
func (r Rules) observe(ctx context.Context, rec Record) (Record, Status, error) {
	in, err := r.Fleet.Describe(ctx, rec.InstanceID)
	if err != nil {
		return rec, Status{}, err
	}
	status, known := StatusOf(in.Status)
	if !known && r.UnknownStatus != nil {
		r.UnknownStatus(in.Status)
	}
	rec.Status, rec.MultiAZ, rec.MasterSecretARN = in.Status, in.MultiAZ, in.MasterSecretARN
	if in.ResourceID != "" {
		rec.ResourceID = in.ResourceID
	}
	if in.Endpoint != "" {
		rec.Endpoint = in.Endpoint
	}
	return rec, status, nil
}

// failed takes note of a try that failed: it is tried again, less and less
// often, and the record is parked when that does not help.
func (r Rules) failed(rec Record, doing string, err error, now time.Time) Result {
	rec.Attempts++
	reason := fmt.Sprintf("%s: %v", doing, err)
	if rec.Attempts >= maxAttempts || !mayPass(err) {
		return r.park(rec, reason, now)
	}
	rec.Reason = reason
	wait := r.Timing.Poll << min(rec.Attempts-1, 5)
	return Result{Record: rec, Wait: wait}
}

// park sets a record aside for a person, and keeps trying now and then.
func (r Rules) park(rec Record, reason string, now time.Time) Result {
	from := rec.Phase
	rec = rec.moved(PhaseParked, reason, now)
	rec.ParkedFrom = from
	return Result{Record: rec, Wait: r.Timing.Parked, Events: []events.Draft{rec.draft(events.TypeDatabaseParked)}}
}

// mayPass reports whether the same call may work later.
func mayPass(err error) bool {
	var service *ServiceError
	if !errors.As(err, &service) {
		return true
	}
	switch service.Code {
	case CodeInstanceQuota, CodeStorageQuota, CodeInvalidParameter, CodeInvalidCombination:
		return false
	}
	return true
}

// code returns RDS's error code, or "".
func code(err error) string {
	var service *ServiceError
	if errors.As(err, &service) {
		return service.Code
	}
	return ""
}
