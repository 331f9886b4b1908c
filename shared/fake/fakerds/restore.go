package fakerds

import (
	"context"
	"maps"
	"slices"
	"time"

	"latchkey/shared/coded"
	"latchkey/shared/database"
)

// Names of the restoring operations.
const (
	opRestoreSnapshot = "RestoreDBInstanceFromDBSnapshot"
	opRestoreToTime   = "RestoreDBInstanceToPointInTime"
)

// Copy implements snapshot.Backups. An empty key is the source's. RDS reads
// under the old key and writes under the new one, both as the caller may.
// [RDS guide, Copying a DB snapshot; aws-facts 5]
func (b backups) Copy(ctx context.Context, sourceID, targetID, kmsKeyARN string, tags map[string]string) error {
	r := b.r
	q := request{caller: b.caller, op: "CopyDBSnapshot", params: func() map[string]any {
		return map[string]any{"sourceDBSnapshotIdentifier": sourceID, "targetDBSnapshotIdentifier": targetID, "kmsKeyId": kmsKeyARN, "tags": tagParams(tags)}
	}}
	return r.do(ctx, q, func(now time.Time) (answer, error) {
		from := r.snapshots[lower(sourceID)]
		switch {
		case from == nil:
			return nil, q.noSnapshot(sourceID)
		case from.Status != snapAvailable:
			return nil, q.fail(database.CodeSnapshotState, "The source snapshot %s is not in the available state.", sourceID)
		}
		if err := r.snapshotRoom(q, targetID); err != nil {
			return nil, err
		}
		key := kmsKeyARN
		if key == "" {
			key = from.KeyARN
		}
		reading, err := r.takeGrant(ctx, q, from.KeyARN, from.ResourceID, "Decrypt")
		if err != nil {
			return nil, err
		}
		r.retire(ctx, from.KeyARN, reading)
		writing, err := r.takeGrant(ctx, q, key, from.ResourceID, "GenerateDataKey")
		if err != nil {
			return nil, err
		}
		to := &snap{
			ID: lower(targetID), InstanceID: from.InstanceID, ResourceID: from.ResourceID, Spec: from.Spec, Status: snapCreating,
			KeyARN: key, Grant: writing, CopyOf: from.ID, CreatedAt: now, Tags: maps.Clone(tags), History: from.History,
		}
		to.DoneAt = now.Add(r.within(r.cfg.Timing.Copy, "copy", to.ID, now.Format(time.RFC3339Nano)))
		r.addSnapshot(to)
		r.emitSnapshot(to, eventCopyStarted, now)
		return to.response, nil
	})
}

// finishCopy ends a copy, which fails if its key cannot be used any more.
func (r *RDS) finishCopy(ctx context.Context, s *snap, at time.Time) {
	event := eventCopyFinished
	if r.useKey(ctx, s.KeyARN, s.Grant, "Encrypt", map[string]string{"aws:rds:db-id": s.ResourceID}) != nil {
		s.Status, event = snapFailed, eventCopyCanceled
	}
	r.retire(ctx, s.KeyARN, s.Grant)
	s.Grant = ""
	r.emitSnapshot(s, event, at)
}

// restorer is the restores as one caller sees them.
type restorer struct {
	r      *RDS
	caller string
}

// RestoreSnapshot implements database.Restorer. The instance is under the
// snapshot's key: the API has no parameter for another one.
// [RDS API reference, RestoreDBInstanceFromDBSnapshot]
func (t restorer) RestoreSnapshot(ctx context.Context, snapshotID string, spec database.Spec) error {
	r := t.r
	spec = normal(spec)
	q := request{caller: t.caller, op: opRestoreSnapshot, params: func() map[string]any {
		p := restoreParams(spec)
		p["dBSnapshotIdentifier"] = snapshotID
		return p
	}}
	return r.do(ctx, q, func(now time.Time) (answer, error) {
		s := r.snapshots[lower(snapshotID)]
		switch {
		case s == nil:
			return nil, q.noSnapshot(snapshotID)
		case s.Status != snapAvailable:
			return nil, q.fail(database.CodeSnapshotState, "The snapshot %s is not in the available state.", snapshotID)
		}
		if err := inherit(&spec, s.Spec, s.KeyARN); err != nil {
			return nil, err
		}
		return r.make(ctx, q, &instance{Spec: spec, RestoredFrom: s.ID, Content: newContent(slices.Clip(s.History))}, now)
	})
}

// RestoreToTime implements database.Restorer. A zero time is the latest
// restorable one.
func (t restorer) RestoreToTime(ctx context.Context, sourceID string, at time.Time, spec database.Spec) error {
	r := t.r
	spec = normal(spec)
	q := request{caller: t.caller, op: opRestoreToTime, params: func() map[string]any {
		p := restoreParams(spec)
		p["sourceDBInstanceIdentifier"], p["targetDBInstanceIdentifier"] = sourceID, spec.InstanceID
		p["useLatestRestorableTime"] = at.IsZero()
		if !at.IsZero() {
			p["restoreTime"] = at.Format(trailTime)
		}
		delete(p, "dBInstanceIdentifier")
		return p
	}}
	return r.do(ctx, q, func(now time.Time) (answer, error) {
		source := r.instances[lower(sourceID)]
		if source == nil {
			return nil, q.noInstance(sourceID)
		}
		point, err := r.restorePoint(q, source, at, now)
		if err != nil {
			return nil, err
		}
		if err := inherit(&spec, source.Spec, source.Spec.KMSKeyARN); err != nil {
			return nil, err
		}
		return r.make(ctx, q, &instance{Spec: spec, RestoredFrom: source.Spec.InstanceID, Content: newContent(asOf(source.Content.Ops, point))}, now)
	})
}

// restorePoint returns the time to restore to, if it lies between the oldest
// backup kept and LatestRestorableTime.
func (r *RDS) restorePoint(q request, source *instance, at, now time.Time) (time.Time, error) {
	inaccessible := source.Status == statusRecoverable || source.Status == statusInaccessible
	switch {
	case source.Spec.BackupRetentionDays == 0:
		return at, q.fail(database.CodePITRNotEnabled, "Automated backups are not enabled for %s.", source.Spec.InstanceID)
	case source.Status == statusDeleting, source.BackupsFrom.IsZero(), inaccessible && r.cfg.Timing.RefuseInaccessible:
		return at, q.fail(database.CodeInvalidState, "Instance %s cannot be restored from while it is %s.", source.Spec.InstanceID, source.Status)
	}
	latest := source.latestRestorable(now, r.cfg.Timing.RestorableLag)
	if at.IsZero() {
		return latest, nil
	}
	if earliest := source.earliestRestorable(now); at.Before(earliest) || at.After(latest) {
		return at, q.fail(database.CodeInvalidParameter, "The specified time %s is not between the earliest restorable time %s and the latest restorable time %s.",
			at.Format(time.RFC3339), earliest.Format(time.RFC3339), latest.Format(time.RFC3339))
	}
	return at, nil
}

// inherit fills in what a restore takes from its source: the key, the size and
// the engine's version, of which the adapter sends nothing, and the class if none
// is given. It refuses another key as the adapter does, before RDS is asked.
func inherit(spec *database.Spec, from database.Spec, keyARN string) error {
	if spec.KMSKeyARN != "" && spec.KMSKeyARN != keyARN {
		err := coded.New(coded.Conflict, "the source is under key %s, and %s is to be under %s", keyARN, spec.InstanceID, spec.KMSKeyARN)
		err.Hint = "a restore keeps its source's key: copy the snapshot under the new key first"
		return err
	}
	spec.KMSKeyARN, spec.StorageGiB, spec.EngineVersion = keyARN, from.StorageGiB, from.EngineVersion
	spec.MasterSecretKeyARN = "" // see ManagePassword
	if spec.Class == "" {
		spec.Class = from.Class
	}
	return nil
}
