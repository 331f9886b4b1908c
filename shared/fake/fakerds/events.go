package fakerds

import (
	"strings"
	"time"
)

// Source types, as in detail.SourceType.
const (
	sourceInstance = "DB_INSTANCE"
	sourceSnapshot = "SNAPSHOT"
)

// Ids of the events that the twin makes.
const (
	eventBackupStarted     = "RDS-EVENT-0001"
	eventBackupFinished    = "RDS-EVENT-0002"
	eventDeleted           = "RDS-EVENT-0003"
	eventCreated           = "RDS-EVENT-0005"
	eventFailoverStarted   = "RDS-EVENT-0013"
	eventFailoverDone      = "RDS-EVENT-0015"
	eventResetCredentials  = "RDS-EVENT-0016"
	eventRestoredToTime    = "RDS-EVENT-0019"
	eventSnapshotCreating  = "RDS-EVENT-0040"
	eventSnapshotDeleted   = "RDS-EVENT-0041"
	eventSnapshotCreated   = "RDS-EVENT-0042"
	eventRestoredSnapshot  = "RDS-EVENT-0043"
	eventStopped           = "RDS-EVENT-0087"
	eventStarted           = "RDS-EVENT-0088"
	eventStartedAfterLimit = "RDS-EVENT-0154"
	eventCopyStarted       = "RDS-EVENT-0196"
	eventCopyFinished      = "RDS-EVENT-0197"
	eventCopyCanceled      = "RDS-EVENT-0190"
	eventKeyLost           = "RDS-EVENT-0418"
	eventKeyLostStopping   = "RDS-EVENT-0419"
	eventKeyBack           = "RDS-EVENT-0420"
)

// eventKind is a row of the guide's tables. {name} is what the event is about,
// {other} a second name in texts on copies and restores.
type eventKind struct{ category, text string }

// eventKinds are the categories and messages. [RDS guide, Amazon RDS event
// categories and event messages] The guide lists 0043 under DB snapshots, while
// recorded notifications carry the restored instance as their source; the twin
// does as the recorded ones.
var eventKinds = map[string]eventKind{
	eventBackupStarted:     {"backup", "Backing up DB instance."},
	eventBackupFinished:    {"backup", "Finished DB instance backup."},
	eventDeleted:           {"deletion", "DB instance deleted."},
	eventCreated:           {"creation", "DB instance created."},
	eventFailoverStarted:   {"failover", "Multi-AZ instance failover started."},
	eventFailoverDone:      {"failover", "Multi-AZ failover to standby complete - DNS propagation may take a few minutes."},
	eventResetCredentials:  {"configuration change", "Reset master credentials."},
	eventRestoredToTime:    {"restoration", "Restored from DB instance {other} to {name}."},
	eventSnapshotCreating:  {"creation", "Creating manual snapshot."},
	eventSnapshotDeleted:   {"deletion", "Deleted user snapshot."},
	eventSnapshotCreated:   {"creation", "Manual snapshot created."},
	eventRestoredSnapshot:  {"restoration", "Restored from snapshot {other}."},
	eventStopped:           {"notification", "DB instance stopped."},
	eventStarted:           {"notification", "DB instance started."},
	eventStartedAfterLimit: {"notification", "DB instance is being started due to it exceeding the maximum allowed time being stopped."},
	eventCopyStarted:       {"notification", "Started copy of snapshot {name} in region {other}."},
	eventCopyFinished:      {"notification", "Finished copy of snapshot {name} in region {other}."},
	eventCopyCanceled:      {"notification", "Canceled snapshot copy request of {name} in region {other}."},
	eventKeyLost: {"failure", "Amazon RDS is unable to access the KMS encryption key for database instance {name}. " +
		"This is likely due to the key being disabled or Amazon RDS being unable to access it. If this continues the " +
		"database will be placed into an inaccessible state. Please refer to the troubleshooting section in the Amazon RDS documentation for further details."},
	eventKeyLostStopping: {"availability", "Amazon RDS has been unable to access the KMS encryption key for database instance {name}. " +
		"This database will be placed into an inaccessible state. Please refer to the troubleshooting section in the Amazon RDS documentation for further details."},
	eventKeyBack: {"failure", "Amazon RDS can now successfully access the KMS encryption key for database instance {name}."},
}

// message returns the text of an event about name; other is the second name, if its text has one.
func message(id, name, other string) string {
	return strings.NewReplacer("{name}", name, "{other}", other).Replace(eventKinds[id].text)
}

// emitInstance puts an event about an instance in the outbox.
func (r *RDS) emitInstance(i *instance, id string, at time.Time) {
	if r.cfg.Events == nil {
		return
	}
	name := i.Spec.InstanceID
	r.post(delivery{event: &Event{
		SourceType: sourceInstance, SourceID: name, SourceARN: r.arn("db", name),
		EventID: id, Categories: []string{eventKinds[id].category},
		Message: message(id, name, i.RestoredFrom), At: at, Tags: i.Spec.Tags,
	}})
}

// emitSnapshot puts an event about a snapshot in the outbox.
func (r *RDS) emitSnapshot(s *snap, id string, at time.Time) {
	if r.cfg.Events == nil {
		return
	}
	r.post(delivery{event: &Event{
		SourceType: sourceSnapshot, SourceID: s.ID, SourceARN: r.arn("snapshot", s.ID),
		EventID: id, Categories: []string{eventKinds[id].category},
		Message: message(id, s.CopyOf, r.cfg.Region), At: at, Tags: s.Tags,
	}})
}
