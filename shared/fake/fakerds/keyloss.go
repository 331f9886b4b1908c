package fakerds

import (
	"context"
	"sync"
	"sync/atomic"
	"time"
)

// hints are the keys that were said to have changed, until the twin takes note.
// They have a lock of their own, so that KMS can tell at any time.
type hints struct {
	some atomic.Bool
	mu   sync.Mutex
	list []hint
}

type hint struct {
	keyARN string
	at     time.Time
}

// KeyChanged tells the twin that something about a key changed: its state, its
// material, a grant. The twin looks at the key within Timing.KeyCheck for each
// instance under it, and once more when KMS must have become consistent. It may
// be called from anywhere, also by KMS while it answers this twin.
func (r *RDS) KeyChanged(keyARN string) {
	r.hints.mu.Lock()
	defer r.hints.mu.Unlock()
	r.hints.list = append(r.hints.list, hint{keyARN, r.cfg.Clock.Now()})
	r.hints.some.Store(true)
}

// takeHints schedules the looks that the hints ask for.
func (r *RDS) takeHints() {
	if !r.hints.some.Load() {
		return
	}
	r.hints.mu.Lock()
	list := r.hints.list
	r.hints.list = nil
	r.hints.some.Store(false)
	r.hints.mu.Unlock()
	for _, h := range list {
		for _, i := range r.byKey[h.keyARN] {
			if !r.looksAt(i) {
				continue
			}
			at := h.at.Add(r.within(Range{time.Second, r.cfg.Timing.KeyCheck}, "look", i.ResourceID, h.at.Format(time.RFC3339Nano)))
			if t := i.Timers[timerKeyCheck]; t.IsZero() || at.Before(t) {
				i.Timers[timerKeyCheck] = at
			}
			i.Looks = 1
			r.touch(i)
		}
	}
}

// looksAt reports whether RDS looks at the instance's key in its status.
func (r *RDS) looksAt(i *instance) bool {
	switch i.Status {
	case statusDeleting, statusInaccessible:
		return false
	case statusStopped, statusStopping:
		return r.cfg.Timing.CheckStopped
	}
	return r.cfg.KMS != nil && i.Spec.KMSKeyARN != r.cfg.Managed
}

// armPeriodic sets the next look that needs no hint, if there are such.
func (r *RDS) armPeriodic(i *instance, at time.Time) {
	if !r.cfg.Timing.Periodic || !i.Timers[timerKeyCheck].IsZero() || !r.looksAt(i) {
		return
	}
	every := r.cfg.Timing.KeyCheck
	jitter := Range{every - every/5, every + every/5}
	i.Timers[timerKeyCheck] = at.Add(r.within(jitter, "periodic", i.ResourceID, at.Format(time.RFC3339Nano)))
}

// lookAtKey is the check that detects that a key was lost or is back.
func (r *RDS) lookAtKey(ctx context.Context, i *instance, at time.Time) {
	if !r.looksAt(i) {
		return
	}
	switch r.tryKey(ctx, i) {
	case keyUsable:
		r.keyIsBack(i, at)
	case keyLost:
		r.keyIsLost(i, at)
	case keyUnknown:
		i.Timers[timerKeyCheck] = at.Add(r.cfg.Timing.KeyCheck)
		return
	}
	if i.Looks > 0 {
		i.Looks--
		i.Timers[timerKeyCheck] = at.Add(max(r.cfg.Timing.KeyCheck, keySettle))
		return
	}
	r.armPeriodic(i, at)
}

// keyIsLost notes the loss and starts the two hours. With backups disabled the
// instance stays as it is. [aws-facts 1, 3]
func (r *RDS) keyIsLost(i *instance, at time.Time) {
	if !i.KeyLostAt.IsZero() {
		return
	}
	i.KeyLostAt = at
	i.thaw(at)
	r.emitInstance(i, eventKeyLost, at)
	if i.Spec.BackupRetentionDays > 0 && i.Status != statusRecoverable {
		i.Timers[timerKeyLoss] = at.Add(r.cfg.Timing.InaccessibleAfter)
	}
}

// keyIsBack notes that the key can be used again. An instance that is already
// inaccessible stays so until it is started. [aws-facts 2]
func (r *RDS) keyIsBack(i *instance, at time.Time) {
	if i.KeyLostAt.IsZero() {
		return
	}
	i.KeyLostAt = zeroTime
	i.Timers[timerKeyLoss] = zeroTime
	i.thaw(at)
	r.emitInstance(i, eventKeyBack, at)
}

// keyStillLost ends the two hours.
func (r *RDS) keyStillLost(ctx context.Context, i *instance, at time.Time) {
	if !r.looksAt(i) {
		return
	}
	switch r.tryKey(ctx, i) {
	case keyUsable:
		r.keyIsBack(i, at)
	case keyUnknown:
		i.Timers[timerKeyLoss] = at.Add(r.cfg.Timing.KeyCheck)
	case keyLost:
		r.makeInaccessible(i, at)
	}
}

// makeInaccessible starts the week in which StartDBInstance still helps. [aws-facts 1]
func (r *RDS) makeInaccessible(i *instance, at time.Time) {
	i.Plan = nil
	i.Timers[timerAutoStart] = zeroTime
	i.Timers[timerTerminal] = at.Add(r.cfg.Timing.RecoverableFor)
	i.setStatus(statusRecoverable, at)
	r.emitInstance(i, eventKeyLostStopping, at)
}

// autoStart starts an instance that was stopped for too long. If its key is
// lost it becomes inaccessible at once (inference).
func (r *RDS) autoStart(ctx context.Context, i *instance, at time.Time) {
	if i.Status != statusStopped {
		return
	}
	r.emitInstance(i, eventStartedAfterLimit, at)
	switch r.tryKey(ctx, i) {
	case keyUsable:
		r.start(i, at)
	case keyUnknown:
		i.Timers[timerAutoStart] = at.Add(r.cfg.Timing.KeyCheck)
	case keyLost:
		r.keyIsLost(i, at)
		i.Timers[timerKeyLoss] = zeroTime
		r.makeInaccessible(i, at)
	}
}
