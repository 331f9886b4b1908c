package database

import (
	"time"

	"latchkey/events"
	"latchkey/shared/customerkey"
)

// Kind is what a database record stands for.
type Kind string

// The kinds.
const (
	KindDedicated Kind = "dedicated" // an instance of a tenant's own
	KindShard     Kind = "shard"     // an instance that holds shared databases
	KindShared    Kind = "shared"    // a database on a shard
)

// Phase is where a database's record stands.
type Phase string

// The phases of a database.
const (
	PhaseRequested           Phase = "requested"
	PhaseCreating            Phase = "creating"
	PhasePreparing           Phase = "preparing"
	PhaseAvailable           Phase = "available"
	PhaseBusy                Phase = "busy"
	PhaseLocked              Phase = "locked"               // a trusted signal was seen
	PhaseTerminalRecoverable Phase = "terminal-recoverable" // the revocation is confirmed; a plain start still helps
	PhaseTerminal            Phase = "terminal"             // only a restore helps
	PhaseUnrecoverable       Phase = "unrecoverable"        // the key is gone for good, and all that is under it
	PhaseRestoring           Phase = "restoring"
	PhaseDeleting            Phase = "deleting"
	PhaseDeleted             Phase = "deleted"
	PhaseParked              Phase = "parked" // cannot go on; Reason says what a person can do
)

// InLock reports whether the phase is one of a taken key.
func (p Phase) InLock() bool {
	switch p {
	case PhaseLocked, PhaseTerminalRecoverable, PhaseTerminal, PhaseUnrecoverable:
		return true
	}
	return false
}

// KeepsBackups reports whether no backup of a database in this phase may be
// deleted, whatever its age: one of them may be the only way back.
func (p Phase) KeepsBackups() bool { return p.InLock() || p == PhaseRestoring || p == PhaseParked }

// Want is the desired state.
type Want string

// The desired states.
const (
	WantOpen   Want = "open"   // there, and its logins work
	WantClosed Want = "closed" // there, fenced: suspended, or in the grace period of a destroy
	WantAbsent Want = "absent" // deleted
)

// Record is a database's record. It is a value: rules return a changed copy.
type Record struct {
	ID        string `json:"id"` // "<tenant>/<product>", or "shard/<pool>/<n>"
	Kind      Kind   `json:"kind"`
	TenantID  string `json:"tenantId,omitempty"`
	Product   string `json:"product,omitempty"`
	Region    string `json:"region"`
	KeyChoice string `json:"keyChoice"`
	KeyARN    string `json:"keyArn,omitempty"` // empty: aws-owned
	Backups   string `json:"backups"`          // retention class
	Want      Want   `json:"want"`

	Phase  Phase  `json:"phase"`
	Reason string `json:"reason,omitempty"`

	InstanceID string   `json:"instanceId,omitempty"` // shared: of its shard
	Generation int      `json:"generation,omitempty"` // how many restores made InstanceID
	Superseded []string `json:"superseded,omitempty"` // instances that restores replaced; deleted with the database only
	ResourceID string   `json:"resourceId,omitempty"`
	Endpoint   string   `json:"endpoint,omitempty"`
	Status     string   `json:"status,omitempty"` // RDS's, when last seen
	MultiAZ    bool     `json:"multiAz,omitempty"`
	GrantID    string   `json:"grantId,omitempty"` // of the grant that RDS uses, where we may list grants
	Database   string   `json:"database,omitempty"`
	Role       string   `json:"role,omitempty"`
	Prepared   bool     `json:"prepared,omitempty"`
	Fenced     bool     `json:"fenced,omitempty"`

	// FenceFailed says that the last try to fence a locked database failed: it is
	// stopped, where it may be, before the next.
	FenceFailed bool `json:"fenceFailed,omitempty"`

	// MasterSecretARN is of the secret that RDS keeps the master password in, when
	// last seen. Empty: RDS does not manage the password (yet).
	MasterSecretARN string `json:"masterSecretArn,omitempty"`

	HostID   string `json:"hostId,omitempty"`   // shared: the shard's record
	Capacity int    `json:"capacity,omitempty"` // shard
	Used     int    `json:"used,omitempty"`     // shard

	LockedAt         time.Time `json:"lockedAt,omitzero"`
	MarkedAt         time.Time `json:"markedAt,omitzero"`
	LostAt           time.Time `json:"lostAt,omitzero"` // RDS's recoverable status was first seen
	RecoverableUntil time.Time `json:"recoverableUntil,omitzero"`
	TerminalAt       time.Time `json:"terminalAt,omitzero"`
	Evidence         []string  `json:"evidence,omitempty"`

	Restore *Restore `json:"restore,omitempty"` // the restore under way
	Final   *Final   `json:"final,omitempty"`   // the final snapshot of a destroy

	NextSnapshotAt time.Time `json:"nextSnapshotAt,omitzero"`
	ParkedFrom     Phase     `json:"parkedFrom,omitempty"`
	Attempts       int       `json:"attempts,omitempty"` // failed tries since the last that worked
	RequestedAt    time.Time `json:"requestedAt,omitzero"`
	PhaseAt        time.Time `json:"phaseAt,omitzero"`
}

// Restore says what a database is being restored from.
type Restore struct {
	SourceInstanceID string    `json:"sourceInstanceId"`
	SnapshotID       string    `json:"snapshotId,omitempty"`
	To               time.Time `json:"to"` // the moment whose data comes back
	DataLoss         int64     `json:"dataLossSeconds"`
	StartedAt        time.Time `json:"startedAt"`
}

// Final is the final snapshot of a database that is being destroyed, or why there is none.
type Final struct {
	SnapshotID string `json:"snapshotId,omitempty"`
	Taken      bool   `json:"taken,omitempty"`
	Skipped    string `json:"skipped,omitempty"`
}

func (f *Final) decided() bool { return f != nil && (f.Taken || f.Skipped != "") }

// KeyView is what the rules need to know of a database's key. The zero value is
// that of a database under a key that needs no watching (aws-owned).
type KeyView struct {
	ARN      string
	Phase    customerkey.Phase
	Reason   string
	LockedAt time.Time
}

func (k KeyView) serves() bool    { return k.ARN == "" || k.Phase.Serves() }
func (k KeyView) locked() bool    { return k.ARN != "" && k.Phase.Locked() }
func (k KeyView) confirmed() bool { return k.ARN != "" && k.Phase.Confirmed() }

// undecided reports whether it will be known soon if the key is lost or comes back.
func (k KeyView) undecided() bool {
	return k.ARN != "" && (k.Phase == customerkey.PhaseLocked || k.Phase == customerkey.PhasePrecaution)
}

func (k KeyView) lost() bool { return k.ARN != "" && k.Phase == customerkey.PhaseLost }

// Backup is a backup that a database can be restored from.
type Backup struct {
	SnapshotID string
	TakenAt    time.Time
}

// SnapshotRequest asks for a snapshot to be taken.
type SnapshotRequest struct {
	Purpose string // scheduled or final
}

// World is what a step knows beside the record.
type World struct {
	Key  KeyView
	Host *Record // shared: the shard
	// Newest returns the newest snapshot that can be restored from. It is asked
	// only when a restore is needed.
	Newest func() (Backup, bool, error)
	// FinalSnapshot returns the phase of a final snapshot's record, asked only
	// while destroying: available, failed, or anything else for not yet.
	FinalSnapshot func(snapshotID string) (phase, reason string, err error)
}

// Result is what a step wants done, to be committed together.
type Result struct {
	Record   Record
	Events   []events.Draft
	Snapshot *SnapshotRequest
	Wait     time.Duration // until the next step; negative: none is needed
}

// moved returns rec in another phase.
func (rec Record) moved(to Phase, reason string, now time.Time) Record {
	if rec.Phase != to {
		rec.PhaseAt = now
	}
	rec.Phase, rec.Reason, rec.Attempts = to, reason, 0
	return rec
}

// draft returns an event about the database as it now is.
func (rec Record) draft(detailType string) events.Draft {
	d := &events.DatabaseEvent{
		DatabaseID: rec.ID, TenantID: rec.TenantID, Product: rec.Product, KeyARN: rec.KeyARN,
		InstanceID: rec.InstanceID, ResourceID: rec.ResourceID, Phase: string(rec.Phase), Reason: rec.Reason,
		Evidence: rec.Evidence,
	}
	if rec.Phase == PhaseLocked || rec.Phase == PhaseTerminalRecoverable {
		until := rec.RecoverableUntil
		d.RecoverableUntil = &until
	}
	return events.Draft{DetailType: detailType, Detail: d}
}

// login names the record's database and role where they are now.
func (rec Record) login() Login {
	return Login{InstanceID: rec.InstanceID, Endpoint: rec.Endpoint, Database: rec.Database, Role: rec.Role}
}
