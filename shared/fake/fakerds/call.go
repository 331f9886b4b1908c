package fakerds

import (
	"context"
	"errors"
	"fmt"
	"time"

	"latchkey/shared/database"
)

// trailCodes are the codes whose form in CloudTrail is not the one on the wire:
// there it is the name of the exception's type.
var trailCodes = map[string]string{
	database.CodeInstanceNotFound:   "DBInstanceNotFoundFault",
	database.CodeInstanceExists:     "DBInstanceAlreadyExistsFault",
	database.CodeInvalidState:       "InvalidDBInstanceStateFault",
	database.CodeInstanceQuota:      "InstanceQuotaExceededFault",
	database.CodeStorageQuota:       "StorageQuotaExceededFault",
	database.CodeSnapshotNotFound:   "DBSnapshotNotFoundFault",
	database.CodeSnapshotExists:     "DBSnapshotAlreadyExistsFault",
	database.CodeSnapshotQuota:      "SnapshotQuotaExceededFault",
	database.CodeSnapshotState:      "InvalidDBSnapshotStateFault",
	database.CodePITRNotEnabled:     "PointInTimeRestoreNotEnabledFault",
	database.CodeInvalidParameter:   "InvalidParameterValueException",
	database.CodeInvalidCombination: "InvalidParameterCombinationException",
	database.CodeInsufficientClass:  "InsufficientDBInstanceCapacityFault",
}

// answer makes the response of a call; it is called only if the call is recorded.
type answer func() map[string]any

// request is one API call under way.
type request struct {
	caller, op string
	params     func() map[string]any // nil: a read without parameters worth keeping
	readOnly   bool
}

func (q request) fail(code, format string, args ...any) error {
	return &database.ServiceError{Operation: q.op, Code: code, Message: fmt.Sprintf(format, args...)}
}

func (q request) noInstance(id string) error {
	return q.fail(database.CodeInstanceNotFound, "DBInstance %s not found.", id)
}

func (q request) noSnapshot(id string) error {
	return q.fail(database.CodeSnapshotNotFound, "DBSnapshot %s not found.", id)
}

// do runs an API call: everything due happens first, then f, and what changed is
// saved before it answers.
func (r *RDS) do(ctx context.Context, q request, f func(now time.Time) (answer, error)) error {
	return r.locked(ctx, func(now time.Time) error {
		r.catchUp(now)
		response, err := f(now)
		r.recordCall(q, now, response, err)
		return err
	})
}

// locked runs f under the lock, saves what it changed, and hands out what it
// left in the outbox.
func (r *RDS) locked(ctx context.Context, f func(now time.Time) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if r.waiting.Load() {
		r.deliver()
	}
	err := r.exclusively(f)
	if r.waiting.Load() {
		r.deliver()
	}
	return err
}

func (r *RDS) exclusively(f func(now time.Time) error) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	err := f(r.cfg.Clock.Now())
	if saveErr := r.save(); err == nil {
		err = saveErr
	}
	return err
}

// recordCall puts the record of a call in the outbox.
func (r *RDS) recordCall(q request, now time.Time, response answer, err error) {
	if r.cfg.Calls == nil || q.readOnly && !r.cfg.Reads {
		return
	}
	c := Call{Caller: q.caller, Operation: q.op, At: now, Region: r.cfg.Region, Account: r.cfg.Account, ReadOnly: q.readOnly}
	if q.params != nil {
		c.Params = q.params()
	}
	var refused *database.ServiceError
	switch {
	case err == nil:
		if response != nil {
			c.Response = response()
		}
	case errors.As(err, &refused):
		c.ErrorCode, c.ErrorMessage = refused.Code, refused.Message
		if t, ok := trailCodes[refused.Code]; ok {
			c.ErrorCode = t
		}
	default:
		return
	}
	r.post(delivery{call: &c})
}

// delivery is an event or a call record on its way to a sink.
type delivery struct {
	event *Event
	call  *Call
}

func (r *RDS) post(d delivery) {
	r.outbox = append(r.outbox, d)
	r.waiting.Store(true)
}

// deliver hands the outbox to the sinks, in order and without the lock. One
// caller at a time does it; a sink that calls the twin leaves its own behind
// for the one that is at it.
func (r *RDS) deliver() {
	for batch := r.takeOutbox(); batch != nil; batch = r.takeOutbox() {
		r.hand(batch)
	}
}

func (r *RDS) takeOutbox() []delivery {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.delivering || len(r.outbox) == 0 {
		return nil
	}
	batch := r.outbox
	r.outbox, r.delivering = nil, true
	r.waiting.Store(false)
	return batch
}

func (r *RDS) hand(batch []delivery) {
	defer func() {
		r.mu.Lock()
		r.delivering = false
		r.mu.Unlock()
	}()
	for _, d := range batch {
		if d.event != nil {
			r.cfg.Events(*d.event)
		} else {
			r.cfg.Calls(*d.call)
		}
	}
}
