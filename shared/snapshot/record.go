package snapshot

import "time"

// Purpose is why a snapshot is taken.
type Purpose string

// The purposes. RDS's own automated backups are not snapshots in this sense.
const (
	PurposeScheduled    Purpose = "scheduled"
	PurposeFinal        Purpose = "final"         // before a database is deleted
	PurposeRestorePoint Purpose = "restore-point" // before something risky
	PurposeManual       Purpose = "manual"        // somebody asked for it
)

// Class is how long a snapshot is kept.
type Class string

// The retention classes.
const (
	Class30Days Class = "30-days"
	Class7Days  Class = "7-days"
)

// Keep returns how long a snapshot of the class is kept. An unknown class is
// kept for as long as the longest.
func (c Class) Keep() time.Duration {
	if c == Class7Days {
		return 7 * day
	}
	return 30 * day
}

const day = 24 * time.Hour

// Phase is where a snapshot stands.
type Phase string

// The phases of a snapshot.
const (
	PhaseRequested Phase = "requested"
	PhaseCreating  Phase = "creating"
	PhaseAvailable Phase = "available"
	PhaseDeleting  Phase = "deleting"
	PhaseDeleted   Phase = "deleted"
	PhaseFailed    Phase = "failed"
	PhaseParked    Phase = "parked" // cannot go on for now; Reason says why and what helps
)

// Record is what is known of one manual snapshot. It is a value: Step returns a
// changed copy.
type Record struct {
	ID         string  `json:"id"` // DBSnapshotIdentifier
	DatabaseID string  `json:"databaseId"`
	TenantID   string  `json:"tenantId,omitempty"`
	InstanceID string  `json:"instanceId"` // DBInstanceIdentifier
	KeyARN     string  `json:"keyArn,omitempty"`
	Purpose    Purpose `json:"purpose"`
	Class      Class   `json:"class"`
	Phase      Phase   `json:"phase"`
	Reason     string  `json:"reason,omitempty"` // why it failed or is parked
	Held       string  `json:"held,omitempty"`   // why it is kept although DeleteAt has passed

	RequestedAt time.Time `json:"requestedAt"`
	StartedAt   time.Time `json:"startedAt,omitzero"` // RDS accepted the request
	TakenAt     time.Time `json:"takenAt,omitzero"`   // SnapshotCreateTime, as RDS gives it
	DeleteAt    time.Time `json:"deleteAt,omitzero"`  // TakenAt + the class's time; zero: not until it is taken
	HeldAt      time.Time `json:"heldAt,omitzero"`    // when Held was last checked
}

// Request asks for a snapshot.
type Request struct {
	DatabaseID string
	TenantID   string // empty for a shard
	InstanceID string
	KeyARN     string // of the instance
	Purpose    Purpose
	Class      Class
	Due        time.Time // the moment that the snapshot is for; part of its name
}

// New returns the record of a snapshot that is to be taken.
func New(q Request, now time.Time) Record {
	return Record{
		ID: ID(q.DatabaseID, q.Purpose, q.Due), DatabaseID: q.DatabaseID, TenantID: q.TenantID,
		InstanceID: q.InstanceID, KeyARN: q.KeyARN, Purpose: q.Purpose, Class: q.Class,
		Phase: PhaseRequested, RequestedAt: now,
	}
}

// Usable reports whether a database can be restored from the snapshot, as far
// as RDS's own state tells.
func (rec Record) Usable() bool { return rec.Phase == PhaseAvailable }
