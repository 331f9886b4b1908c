package fakerds

import (
	"context"
	"time"

	"latchkey/shared/database"
)

// Describe implements database.Fleet.
func (f fleet) Describe(ctx context.Context, instanceID string) (database.Instance, error) {
	r := f.r
	q := request{caller: f.caller, op: "DescribeDBInstances", readOnly: true}
	if r.cfg.Calls != nil && r.cfg.Reads {
		q.params = f.request("", instanceID).params
	}
	var found database.Instance
	err := r.do(ctx, q, func(now time.Time) (answer, error) {
		i := r.instances[lower(instanceID)]
		if i == nil {
			return nil, q.noInstance(instanceID)
		}
		found = r.describe(i, now)
		return nil, nil
	})
	return found, err
}

// change runs an API call on one instance.
func (f fleet) change(ctx context.Context, q request, instanceID string, do func(i *instance, now time.Time) error) error {
	return f.r.do(ctx, q, func(now time.Time) (answer, error) {
		i := f.r.instances[lower(instanceID)]
		if i == nil {
			return nil, q.noInstance(instanceID)
		}
		if err := do(i, now); err != nil {
			return nil, err
		}
		f.r.touch(i)
		return i.response, nil
	})
}

// Start implements database.Fleet. RDS uses the key before it starts anything.
func (f fleet) Start(ctx context.Context, instanceID string) error {
	r, q := f.r, f.request("StartDBInstance", instanceID)
	return f.change(ctx, q, instanceID, func(i *instance, now time.Time) error {
		if !rulesFor(i.Status).start {
			return q.fail(database.CodeInvalidState, "Instance %s is not stopped, inaccessible-encryption-credentials-recoverable or incompatible-network: it is %s.", instanceID, i.Status)
		}
		if err := r.useVolumes(ctx, i, "Decrypt"); err != nil {
			return q.keyError(ctx, i.Spec.KMSKeyARN)
		}
		r.start(i, now)
		return nil
	})
}

// start plans the way from a standstill to available. The key was just used.
func (r *RDS) start(i *instance, now time.Time) {
	r.keyIsBack(i, now)
	i.Timers[timerTerminal], i.Timers[timerAutoStart] = zeroTime, zeroTime
	i.setStatus(statusStarting, now)
	at := now.Add(r.within(r.cfg.Timing.Start, "start", i.ResourceID, now.Format(time.RFC3339Nano)))
	up := step{At: at, Status: statusAvailable, Event: []string{eventStarted}}
	if i.BackupsFrom.IsZero() && i.Spec.BackupRetentionDays > 0 {
		up.Do = doBackedUp
	}
	i.Plan = []step{up}
	if i.Endpoint == "" {
		i.Plan = []step{{At: at, Do: doEndpoint}, up}
	}
}

// Stop implements database.Fleet.
func (f fleet) Stop(ctx context.Context, instanceID string) error {
	r, q := f.r, f.request("StopDBInstance", instanceID)
	return f.change(ctx, q, instanceID, func(i *instance, now time.Time) error {
		if !rulesFor(i.Status).stop {
			return q.fail(database.CodeInvalidState, "Instance %s is not in available state: it is %s.", instanceID, i.Status)
		}
		i.Timers[timerBackup] = zeroTime
		i.setStatus(statusStopping, now)
		at := now.Add(r.within(r.cfg.Timing.Stop, "stop", i.ResourceID, now.Format(time.RFC3339Nano)))
		i.Plan = []step{{At: at, Status: statusStopped, Event: []string{eventStopped}}}
		return nil
	})
}

// Unprotect implements database.Fleet.
func (f fleet) Unprotect(ctx context.Context, instanceID string) error {
	q := request{caller: f.caller, op: "ModifyDBInstance", params: func() map[string]any {
		return map[string]any{"dBInstanceIdentifier": instanceID, "deletionProtection": false, "applyImmediately": true}
	}}
	return f.change(ctx, q, instanceID, func(i *instance, _ time.Time) error {
		if !rulesFor(i.Status).modify {
			return q.fail(database.CodeInvalidState, "Instance %s cannot be modified while it is %s.", instanceID, i.Status)
		}
		i.Spec.DeletionProtection = false
		return nil
	})
}

// Delete implements database.Fleet.
func (f fleet) Delete(ctx context.Context, instanceID string) error {
	r := f.r
	q := request{caller: f.caller, op: "DeleteDBInstance", params: func() map[string]any {
		return map[string]any{"dBInstanceIdentifier": instanceID, "skipFinalSnapshot": true, "deleteAutomatedBackups": true}
	}}
	return f.change(ctx, q, instanceID, func(i *instance, now time.Time) error {
		switch {
		case i.Status == statusDeleting:
			return q.fail(database.CodeInvalidState, "Instance %s is already being deleted.", instanceID)
		case !rulesFor(i.Status).delete:
			return q.fail(database.CodeInvalidState, "Instance %s cannot be deleted while it is %s.", instanceID, i.Status)
		case i.Spec.DeletionProtection:
			return q.fail(database.CodeInvalidCombination, "Cannot delete protected DB Instance, please disable deletion protection and try again.")
		}
		i.Timers = [timers]time.Time{}
		i.setStatus(statusDeleting, now)
		at := now.Add(r.within(r.cfg.Timing.Delete, "delete", i.ResourceID))
		i.Plan = []step{{At: at, Event: []string{eventDeleted}, Do: doGone}}
		return nil
	})
}

// Failover moves a Multi-AZ instance to its standby (RebootDBInstance with
// ForceFailover): it answers nobody for a minute or two. [aws-facts 13]
func (r *RDS) Failover(ctx context.Context, caller, instanceID string) error {
	q := request{caller: caller, op: "RebootDBInstance", params: func() map[string]any {
		return map[string]any{"dBInstanceIdentifier": instanceID, "forceFailover": true}
	}}
	return fleet{r, caller}.change(ctx, q, instanceID, func(i *instance, now time.Time) error {
		switch {
		case i.Standby == "":
			return q.fail(database.CodeInvalidCombination, "Cannot force failover: %s is not a Multi-AZ instance with a standby.", instanceID)
		case i.Status != statusAvailable:
			return q.fail(database.CodeInvalidState, "Instance %s is not in available state: it is %s.", instanceID, i.Status)
		}
		r.emitInstance(i, eventFailoverStarted, now)
		i.setStatus(statusRebooting, now)
		at := now.Add(r.within(r.cfg.Timing.Failover, "failover", i.ResourceID, now.Format(time.RFC3339Nano)))
		i.Plan = []step{{At: at, Status: statusAvailable, Event: []string{eventFailoverDone}, Do: doFailover}}
		return nil
	})
}

// Force puts an instance in a status that the twin does not reach by itself
// (failed, storage-full, one that RDS invents tomorrow), and keeps it there
// until a call or a key's loss changes it. It is not an API call of AWS.
func (r *RDS) Force(ctx context.Context, instanceID, status string) error {
	return r.locked(ctx, func(now time.Time) error {
		r.catchUp(now)
		i := r.instances[lower(instanceID)]
		if i == nil {
			return request{op: "Force"}.noInstance(instanceID)
		}
		i.Plan = nil
		i.Timers[timerTerminal], i.Timers[timerAutoStart] = zeroTime, zeroTime
		r.enter(i, status, now)
		if status == statusRecoverable {
			i.Timers[timerTerminal] = now.Add(r.cfg.Timing.RecoverableFor)
		}
		r.touch(i)
		return nil
	})
}
