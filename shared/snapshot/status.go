package snapshot

import "latchkey/shared/database"

// statuses holds the statuses of a DB snapshot that AWS's own waiter for an
// available snapshot tells apart, and what they mean for a record. [RDS API
// reference, DeleteDBSnapshot; botocore, RDS waiter db_snapshot_available] An
// unknown one means that RDS is at work: statuses are AWS's to add to.
var statuses = map[string]Phase{
	"creating":                PhaseCreating,
	"available":               PhaseAvailable,
	"failed":                  PhaseFailed,
	"incompatible-restore":    PhaseFailed,
	"incompatible-parameters": PhaseFailed,
	"deleting":                PhaseDeleting,
	"deleted":                 PhaseDeleting, // still listed; gone with DBSnapshotNotFound
}

// PhaseOf returns the phase that a status means, and false for a status that is
// not in the table, which callers count.
func PhaseOf(status string) (Phase, bool) {
	if p, ok := statuses[status]; ok {
		return p, true
	}
	return PhaseCreating, false
}

// holds says, by a database's phase, why none of its snapshots may be deleted
// yet; empty: that phase is no reason. A phase that is not here holds too.
var holds = map[database.Phase]string{
	"":                                "", // there is no such record any more
	database.PhaseRequested:           "",
	database.PhaseCreating:            "",
	database.PhasePreparing:           "",
	database.PhaseAvailable:           "",
	database.PhaseBusy:                "",
	database.PhaseDeleting:            "",
	database.PhaseDeleted:             "",
	database.PhaseLocked:              "its database is locked",
	database.PhaseTerminalRecoverable: "its database is marked terminal and may need it",
	database.PhaseTerminal:            "its database is terminal and needs a backup to come back",
	database.PhaseRestoring:           "its database is being restored",
	database.PhaseUnrecoverable:       "its database is unrecoverable; kept as evidence",
	database.PhaseParked:              "its database is parked",
}

// Protect is what must be known of a snapshot's database before it is deleted.
type Protect struct {
	DatabasePhase database.Phase // empty if there is no such record any more
	NewestUsable  bool           // no later usable snapshot of the database is known
}

// Hold returns why a snapshot may not be deleted, or "". Snapshots of a
// database that is gone, or going, on purpose are not held.
func (p Protect) Hold() string {
	reason, known := holds[p.DatabasePhase]
	switch {
	case !known:
		return "its database is " + string(p.DatabasePhase)
	case reason != "":
		return reason
	}
	switch p.DatabasePhase {
	case "", database.PhaseAvailable, database.PhaseDeleting, database.PhaseDeleted:
		return ""
	}
	if p.NewestUsable {
		return "it is the newest usable one of a database that is not available"
	}
	return ""
}
