package fakerds

import (
	"context"
	"maps"
	"slices"
	"time"

	"latchkey/shared/database"
	"latchkey/shared/snapshot"
)

// backups is the snapshots as one caller sees them.
type backups struct {
	r      *RDS
	caller string
}

func (b backups) read(params map[string]any) request {
	return request{caller: b.caller, op: "DescribeDBSnapshots", readOnly: true, params: func() map[string]any { return params }}
}

// Create implements snapshot.Backups. The snapshot is under its instance's key;
// the instance is backing-up while it is made. [aws-facts 5] That a lost key is
// told at once, and as what, is an inference: the API reference lists no error
// about keys for CreateDBSnapshot.
func (b backups) Create(ctx context.Context, instanceID, snapshotID string, tags map[string]string) error {
	r := b.r
	q := request{caller: b.caller, op: "CreateDBSnapshot", params: func() map[string]any {
		return map[string]any{"dBInstanceIdentifier": instanceID, "dBSnapshotIdentifier": snapshotID, "tags": tagParams(tags)}
	}}
	return r.do(ctx, q, func(now time.Time) (answer, error) {
		if err := r.snapshotRoom(q, snapshotID); err != nil {
			return nil, err
		}
		i := r.instances[lower(instanceID)]
		switch {
		case i == nil:
			return nil, q.noInstance(instanceID)
		case !rulesFor(i.Status).snapshot:
			return nil, q.fail(database.CodeInvalidState, "Cannot create a snapshot because the database instance %s is not currently in the available state.", instanceID)
		}
		if err := r.useKey(ctx, i.Spec.KMSKeyARN, i.Grant, "Decrypt", i.context()); err != nil {
			return nil, q.keyError(ctx, i.Spec.KMSKeyARN)
		}
		s := &snap{
			ID: lower(snapshotID), InstanceID: i.Spec.InstanceID, ResourceID: i.ResourceID, Spec: i.Spec, Status: snapCreating,
			KeyARN: i.Spec.KMSKeyARN, CreatedAt: now, Tags: maps.Clone(tags), History: asOf(i.Content.Ops, now),
		}
		s.DoneAt = now.Add(r.within(r.cfg.Timing.Snapshot, "snapshot", s.ID, now.Format(time.RFC3339Nano)))
		i.setStatus(statusBackingUp, now)
		i.Plan = []step{{At: s.DoneAt, Status: statusAvailable}}
		r.touch(i)
		r.addSnapshot(s)
		r.emitSnapshot(s, eventSnapshotCreating, now)
		return s.response, nil
	})
}

// snapshotRoom refuses a wrong or taken name and what would exceed the quota.
func (r *RDS) snapshotRoom(q request, snapshotID string) error {
	switch id := lower(snapshotID); {
	case !validName(id, maxSnapshotName):
		return q.fail(database.CodeInvalidParameter, "The parameter DBSnapshotIdentifier is not a valid identifier: %q.", snapshotID)
	case r.snapshots[id] != nil:
		return q.fail(database.CodeSnapshotExists, "Cannot create the snapshot because a snapshot with the identifier %s already exists.", snapshotID)
	case len(r.snapshots) >= r.cfg.Quotas.ManualSnapshots:
		return q.fail(database.CodeSnapshotQuota, "Cannot create more than %d manual snapshots.", r.cfg.Quotas.ManualSnapshots)
	}
	return nil
}

// Describe implements snapshot.Backups.
func (b backups) Describe(ctx context.Context, snapshotID string) (snapshot.Description, error) {
	var found snapshot.Description
	q := b.read(map[string]any{"dBSnapshotIdentifier": snapshotID})
	err := b.r.do(ctx, q, func(now time.Time) (answer, error) {
		s := b.r.snapshots[lower(snapshotID)]
		if s == nil {
			return nil, q.noSnapshot(snapshotID)
		}
		found = s.describe(now)
		return nil, nil
	})
	return found, err
}

// List implements snapshot.Backups: in order of id. The marker is the last id of the page before.
func (b backups) List(ctx context.Context, instanceID, marker string) (page []snapshot.Description, next string, err error) {
	r := b.r
	q := b.read(map[string]any{"dBInstanceIdentifier": instanceID, "snapshotType": "manual"})
	err = r.do(ctx, q, func(now time.Time) (answer, error) {
		ids := r.bySource[lower(instanceID)]
		from, found := slices.BinarySearch(ids, marker)
		if found {
			from++
		}
		to := min(from+r.cfg.Page, len(ids))
		for _, id := range ids[from:to] {
			page = append(page, r.snapshots[id].describe(now))
		}
		if to < len(ids) {
			next = ids[to-1]
		}
		return nil, nil
	})
	return page, next, err
}

// Delete implements snapshot.Backups. The snapshot is gone when it answers.
// [RDS API reference, DeleteDBSnapshot: it must be available; inference: or failed]
func (b backups) Delete(ctx context.Context, snapshotID string) error {
	r := b.r
	q := request{caller: b.caller, op: "DeleteDBSnapshot", params: func() map[string]any {
		return map[string]any{"dBSnapshotIdentifier": snapshotID}
	}}
	return r.do(ctx, q, func(now time.Time) (answer, error) {
		s := r.snapshots[lower(snapshotID)]
		switch {
		case s == nil:
			return nil, q.noSnapshot(snapshotID)
		case s.Status == snapCreating:
			return nil, q.fail(database.CodeSnapshotState, "Cannot delete the snapshot %s because it is not in the available state.", snapshotID)
		}
		delete(r.snapshots, s.ID)
		ids := r.bySource[s.InstanceID]
		if at, found := slices.BinarySearch(ids, s.ID); found {
			ids = slices.Delete(ids, at, at+1)
		}
		r.bySource[s.InstanceID] = ids
		if len(ids) == 0 {
			delete(r.bySource, s.InstanceID)
		}
		r.forget(s)
		r.emitSnapshot(s, eventSnapshotDeleted, now)
		return s.response, nil
	})
}
