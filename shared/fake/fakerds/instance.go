package fakerds

import (
	"maps"
	"time"

	"latchkey/shared/database"
)

// timer names a change of an instance that is not a step of its plan. When two
// are due at once, the lower one comes first.
type timer int

const (
	timerKeyCheck  timer = iota // RDS looks at the key
	timerKeyLoss                // two hours after the loss was detected
	timerTerminal               // end of the recoverable week
	timerAutoStart              // a stopped instance is started
	timerBackup                 // the daily backup
	timers
)

// step is a planned change of an instance.
type step struct {
	At     time.Time `json:"at"`
	Status string    `json:"status,omitempty"` // empty: stays
	Event  []string  `json:"event,omitempty"`
	Do     effect    `json:"do,omitempty"`
}

// effect is what a step does besides the status.
type effect string

const (
	doEndpoint effect = "endpoint"  // the endpoint is assigned
	doBackedUp effect = "backed-up" // the first backup is done: from here on points in time can be restored
	doFailover effect = "failover"  // standby and primary change places
	doGone     effect = "gone"      // the instance is no more
)

// instance is a DB instance. Exported fields are kept in the journal.
type instance struct {
	entry `json:"-"`

	Spec         database.Spec
	ResourceID   string
	Grant        string // RDS's grant on the key, or empty
	Endpoint     string
	AZ, Standby  string // Standby is empty until the instance is available
	Status       string
	CreatedAt    time.Time
	RestoredFrom string // snapshot or source instance that it was restored from

	Plan   []step
	Timers [timers]time.Time
	Looks  int // key checks to follow the next one

	BackupsFrom time.Time // end of the first backup
	FrozenAt    time.Time // since when LatestRestorableTime stands still; zero: it moves
	KeyLostAt   time.Time // since when RDS knows that it cannot use the key

	Content content
}

func (i *instance) record() (kind, id string) { return kindInstance, i.Spec.InstanceID }

// describe returns what DescribeDBInstances says of an instance.
func (r *RDS) describe(i *instance, now time.Time) database.Instance {
	return database.Instance{
		InstanceID:           i.Spec.InstanceID,
		ResourceID:           i.ResourceID,
		Status:               i.Status,
		Endpoint:             i.Endpoint,
		KMSKeyARN:            i.Spec.KMSKeyARN,
		MasterSecretARN:      r.masterSecret(i),
		MultiAZ:              i.Spec.MultiAZ,
		SecondaryAZ:          i.Standby,
		StorageEncrypted:     true,
		DeletionProtection:   i.Spec.DeletionProtection,
		BackupRetentionDays:  i.Spec.BackupRetentionDays,
		LatestRestorableTime: i.latestRestorable(now, r.cfg.Timing.RestorableLag),
		CreatedAt:            i.CreatedAt,
		Tags:                 maps.Clone(i.Spec.Tags),
	}
}

// latestRestorable returns LatestRestorableTime, zero if there is none yet.
func (i *instance) latestRestorable(now time.Time, lag time.Duration) time.Time {
	if i.BackupsFrom.IsZero() {
		return time.Time{}
	}
	if !i.FrozenAt.IsZero() {
		now = i.FrozenAt
	}
	if t := now.Add(-lag); t.After(i.BackupsFrom) {
		return t
	}
	return i.BackupsFrom
}

// earliestRestorable returns the first point in time that can be restored.
func (i *instance) earliestRestorable(now time.Time) time.Time {
	t := now.AddDate(0, 0, -i.Spec.BackupRetentionDays)
	if t.Before(i.BackupsFrom) {
		return i.BackupsFrom
	}
	return t
}

// context is the encryption context of RDS's use of the key. [aws-facts 9]
func (i *instance) context() map[string]string {
	return map[string]string{"aws:rds:db-id": i.ResourceID}
}

// due returns what comes next and when: a timer, or -1 for the plan.
func (i *instance) due() (at time.Time, next timer) {
	next = -1
	if len(i.Plan) > 0 {
		at = i.Plan[0].At
	}
	for t, when := range i.Timers {
		if !when.IsZero() && (at.IsZero() || when.Before(at)) {
			at, next = when, timer(t)
		}
	}
	return at, next
}

// setStatus changes the status at a moment, with what follows from it.
func (i *instance) setStatus(status string, at time.Time) {
	i.Status = status
	can := rulesFor(status)
	if !can.connect {
		i.Content.disconnect("")
	}
	i.thaw(at)
}

// thaw starts or stops LatestRestorableTime: it stands still while the instance
// is down and while RDS cannot use the key.
func (i *instance) thaw(at time.Time) {
	switch frozen := rulesFor(i.Status).frozen || !i.KeyLostAt.IsZero(); {
	case frozen && i.FrozenAt.IsZero():
		i.FrozenAt = at
	case !frozen:
		i.FrozenAt = time.Time{}
	}
}
