package fakerds

import (
	"context"
	"time"
)

var zeroTime time.Time

// catchUp makes every change that is due at or before now, in order of time.
// It ends, because every change either makes its thing's next one later or has
// none to follow. What RDS does by itself does not end with the caller's context.
func (r *RDS) catchUp(now time.Time) {
	ctx := context.Background()
	r.takeHints()
	for {
		at, ok := r.queue.next()
		if !ok || at.After(now) {
			return
		}
		t := r.queue.items[0]
		next := t.fire(ctx, r, at)
		if !t.place().gone {
			r.queue.set(t, next)
			r.touch(t)
		}
	}
}

// insert puts an instance in the indexes and the queue.
func (r *RDS) insert(i *instance) {
	i.entry.id = "db/" + i.Spec.InstanceID
	r.instances[i.Spec.InstanceID] = i
	r.resources[i.ResourceID] = true
	r.storage += i.Spec.StorageGiB
	peers := r.byKey[i.Spec.KMSKeyARN]
	if peers == nil {
		peers = map[string]*instance{}
		r.byKey[i.Spec.KMSKeyARN] = peers
	}
	peers[i.Spec.InstanceID] = i
	at, _ := i.due()
	r.queue.set(i, at)
}

// remove takes a deleted instance out of everything, and gives its grant back.
func (r *RDS) remove(ctx context.Context, i *instance) {
	r.retire(ctx, i.Spec.KMSKeyARN, i.Grant)
	delete(r.instances, i.Spec.InstanceID)
	delete(r.resources, i.ResourceID)
	r.storage -= i.Spec.StorageGiB
	peers := r.byKey[i.Spec.KMSKeyARN]
	delete(peers, i.Spec.InstanceID)
	if len(peers) == 0 {
		delete(r.byKey, i.Spec.KMSKeyARN)
	}
	r.forget(i)
}

// fire makes the instance's next change.
func (i *instance) fire(ctx context.Context, r *RDS, at time.Time) time.Time {
	_, next := i.due()
	if next >= 0 {
		i.Timers[next] = zeroTime
	}
	switch next {
	case timerKeyCheck:
		r.lookAtKey(ctx, i, at)
	case timerKeyLoss:
		r.keyStillLost(ctx, i, at)
	case timerTerminal:
		i.Plan = nil
		i.setStatus(statusInaccessible, at)
	case timerAutoStart:
		r.autoStart(ctx, i, at)
	case timerBackup:
		r.dailyBackup(i, at)
	default:
		r.takeStep(ctx, i, at)
	}
	at, _ = i.due()
	return at
}

// takeStep makes the first step of the plan.
func (r *RDS) takeStep(ctx context.Context, i *instance, at time.Time) {
	s := i.Plan[0]
	i.Plan = i.Plan[1:]
	switch s.Do {
	case doEndpoint:
		i.Endpoint = r.endpoint(i.Spec.InstanceID)
	case doBackedUp:
		i.BackupsFrom = at
	case doFailover:
		i.AZ, i.Standby = i.Standby, i.AZ
	case doGone:
		r.emitAll(i, s.Event, at)
		r.remove(ctx, i)
		return
	}
	if s.Status != "" {
		r.enter(i, s.Status, at)
	}
	r.emitAll(i, s.Event, at)
}

// enter sets a status that a step leads to, with the timers that go with it.
func (r *RDS) enter(i *instance, status string, at time.Time) {
	i.setStatus(status, at)
	switch status {
	case statusStopped:
		i.Timers[timerAutoStart] = at.Add(r.cfg.Timing.MaxStopped)
	case statusAvailable:
		if i.Spec.MultiAZ && i.Standby == "" {
			_, i.Standby = r.zones(i.ResourceID)
		}
		if len(i.Plan) == 0 {
			r.armPeriodic(i, at)
			r.armDaily(i, at)
		}
	}
}

func (r *RDS) emitAll(i *instance, events []string, at time.Time) {
	for _, id := range events {
		r.emitInstance(i, id, at)
	}
}

// armDaily sets the next daily backup, if they are shown.
func (r *RDS) armDaily(i *instance, at time.Time) {
	if r.cfg.Timing.DailyBackups && i.Spec.BackupRetentionDays > 0 && i.Timers[timerBackup].IsZero() {
		i.Timers[timerBackup] = at.Add(24 * time.Hour)
	}
}

// dailyBackup shows backing-up for a while, if the instance is available.
func (r *RDS) dailyBackup(i *instance, at time.Time) {
	if i.Status != statusAvailable || len(i.Plan) > 0 {
		r.armDaily(i, at)
		return
	}
	i.setStatus(statusBackingUp, at)
	r.emitInstance(i, eventBackupStarted, at)
	end := at.Add(r.within(r.cfg.Timing.FirstBackup, "daily", i.ResourceID, at.Format(time.RFC3339)))
	i.Plan = []step{{At: end, Status: statusAvailable, Event: []string{eventBackupFinished}}}
}
