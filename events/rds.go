package events

import "strings"

// RDSEvent is the detail of RDS DB Instance Event and RDS DB Snapshot Event,
// in AWS's own words. RDS sends them with best effort only: they can be late,
// missing or out of order. [RDS guide, Overview of events for Amazon RDS]
type RDSEvent struct {
	EventCategories  []string `json:"EventCategories"`
	SourceType       string   `json:"SourceType"` // DB_INSTANCE or SNAPSHOT
	SourceARN        string   `json:"SourceArn"`
	Date             string   `json:"Date"`
	Message          string   `json:"Message"` // for people; never interpreted
	SourceIdentifier string   `json:"SourceIdentifier"`
	EventID          string   `json:"EventID"` // RDS-EVENT-nnnn
}

// RDSCall is the detail of an RDS API call via CloudTrail. It is only counted.
type RDSCall struct {
	CloudTrailRecord
}

// Ids of the RDS events that the rules look at. [RDS guide, Amazon RDS event
// categories and event messages]
const (
	RDSBackupStarted       = "RDS-EVENT-0001"
	RDSBackupFinished      = "RDS-EVENT-0002"
	RDSInstanceDeleted     = "RDS-EVENT-0003"
	RDSInstanceCreated     = "RDS-EVENT-0005"
	RDSFailoverStarted     = "RDS-EVENT-0013"
	RDSFailoverCompleted   = "RDS-EVENT-0015"
	RDSRestoredToTime      = "RDS-EVENT-0019"
	RDSSnapshotCreating    = "RDS-EVENT-0040"
	RDSSnapshotDeleted     = "RDS-EVENT-0041"
	RDSSnapshotCreated     = "RDS-EVENT-0042"
	RDSRestoredSnapshot    = "RDS-EVENT-0043"
	RDSInstanceStopped     = "RDS-EVENT-0087"
	RDSInstanceStarted     = "RDS-EVENT-0088"
	RDSAutomatedCreating   = "RDS-EVENT-0090"
	RDSAutomatedCreated    = "RDS-EVENT-0091"
	RDSKeyInaccessible     = "RDS-EVENT-0418"
	RDSKeyLongInaccessible = "RDS-EVENT-0419"
	RDSKeyAccessible       = "RDS-EVENT-0420"
)

// RDSEventMeaning is one line of the table of known RDS events.
type RDSEventMeaning struct {
	ID       string
	Category string // as RDS names it
	Meaning  string
	Snapshot bool // comes as RDS DB Snapshot Event
}

var rdsEvents = []RDSEventMeaning{
	{RDSBackupStarted, "backup", "a backup of the instance started", false},
	{RDSBackupFinished, "backup", "a backup of the instance finished", false},
	{RDSInstanceDeleted, "deletion", "the instance is deleted", false},
	{RDSInstanceCreated, "creation", "the instance is created", false},
	{RDSFailoverStarted, "failover", "a Multi-AZ failover started", false},
	{RDSFailoverCompleted, "failover", "the standby took over; DNS may need minutes", false},
	{RDSRestoredToTime, "restoration", "the instance was restored to a point in time", false},
	{RDSInstanceStopped, "notification", "the instance is stopped", false},
	{RDSInstanceStarted, "notification", "the instance is started", false},
	{RDSKeyInaccessible, "failure", "RDS cannot use the KMS key; if that lasts, the instance becomes inaccessible", false},
	{RDSKeyLongInaccessible, "availability", "RDS could not use the KMS key for long: the instance is being made inaccessible", false},
	{RDSKeyAccessible, "failure", "RDS can use the KMS key again", false},
	{RDSSnapshotCreating, "creation", "a manual snapshot is being taken", true},
	{RDSSnapshotCreated, "creation", "a manual snapshot is complete", true},
	{RDSSnapshotDeleted, "deletion", "a manual snapshot is deleted", true},
	{RDSRestoredSnapshot, "restoration", "an instance is being restored from the snapshot", true},
	{RDSAutomatedCreating, "creation", "an automated snapshot is being taken", true},
	{RDSAutomatedCreated, "creation", "an automated snapshot is complete", true},
}

// RDSEvents returns the table of known RDS events.
func RDSEvents() []RDSEventMeaning { return append([]RDSEventMeaning(nil), rdsEvents...) }

// Known returns what the table says about the event's id, and false for an id
// that is not in it: such an event only says that something happened.
func (e *RDSEvent) Known() (RDSEventMeaning, bool) {
	for _, m := range rdsEvents {
		if m.ID == e.EventID {
			return m, true
		}
	}
	return RDSEventMeaning{}, false
}

// Identifier returns the DBInstanceIdentifier or DBSnapshotIdentifier: the last
// part of SourceArn, because some events prefix SourceIdentifier with "rds:"
// [RDS guide, examples of events], else SourceIdentifier.
func (e *RDSEvent) Identifier() string {
	// arn:aws:rds:REGION:ACCOUNT:db:NAME; an automated snapshot's NAME holds a colon
	if p := strings.SplitN(e.SourceARN, ":", 7); len(p) == 7 && p[6] != "" {
		return p[6]
	}
	return e.SourceIdentifier
}
