package fake

import (
	"context"
	"time"

	"latchkey/shared/database"
	"latchkey/shared/snapshot"
)

// Fleet returns inner with every call taken through the plan.
func Fleet(inner database.Fleet, plan Plan) database.Fleet {
	return &fleet{inner, Gate{plan, PortFleet, FailRDS}}
}

type fleet struct {
	inner database.Fleet
	gate  Gate
}

func (f *fleet) Describe(ctx context.Context, id string) (database.Instance, error) {
	return get(f.gate, "DescribeDBInstances", func() (database.Instance, error) { return f.inner.Describe(ctx, id) })
}

func (f *fleet) Create(ctx context.Context, spec database.Spec) error {
	return f.gate.Do("CreateDBInstance", func() error { return f.inner.Create(ctx, spec) })
}

func (f *fleet) Start(ctx context.Context, id string) error {
	return f.gate.Do("StartDBInstance", func() error { return f.inner.Start(ctx, id) })
}

func (f *fleet) Stop(ctx context.Context, id string) error {
	return f.gate.Do("StopDBInstance", func() error { return f.inner.Stop(ctx, id) })
}

func (f *fleet) Unprotect(ctx context.Context, id string) error {
	return f.gate.Do("ModifyDBInstance", func() error { return f.inner.Unprotect(ctx, id) })
}

func (f *fleet) Delete(ctx context.Context, id string) error {
	return f.gate.Do("DeleteDBInstance", func() error { return f.inner.Delete(ctx, id) })
}

// Restorer returns inner with every call taken through the plan.
func Restorer(inner database.Restorer, plan Plan) database.Restorer {
	return &restorer{inner, Gate{plan, PortRestorer, FailRDS}}
}

type restorer struct {
	inner database.Restorer
	gate  Gate
}

func (r *restorer) RestoreSnapshot(ctx context.Context, snapshotID string, spec database.Spec) error {
	return r.gate.Do("RestoreDBInstanceFromDBSnapshot", func() error { return r.inner.RestoreSnapshot(ctx, snapshotID, spec) })
}

func (r *restorer) RestoreToTime(ctx context.Context, sourceID string, at time.Time, spec database.Spec) error {
	return r.gate.Do("RestoreDBInstanceToPointInTime", func() error { return r.inner.RestoreToTime(ctx, sourceID, at, spec) })
}

func (r *restorer) ManagePassword(ctx context.Context, id, keyARN string) error {
	return r.gate.Do("ModifyDBInstance", func() error { return r.inner.ManagePassword(ctx, id, keyARN) })
}

// Backups returns inner with every call taken through the plan.
func Backups(inner snapshot.Backups, plan Plan) snapshot.Backups {
	return &backups{inner, Gate{plan, PortBackups, FailRDS}}
}

type backups struct {
	inner snapshot.Backups
	gate  Gate
}

func (b *backups) Create(ctx context.Context, instanceID, snapshotID string, tags map[string]string) error {
	return b.gate.Do("CreateDBSnapshot", func() error { return b.inner.Create(ctx, instanceID, snapshotID, tags) })
}

func (b *backups) Describe(ctx context.Context, id string) (snapshot.Description, error) {
	return get(b.gate, "DescribeDBSnapshots", func() (snapshot.Description, error) { return b.inner.Describe(ctx, id) })
}

func (b *backups) List(ctx context.Context, instanceID, marker string) ([]snapshot.Description, string, error) {
	var next string
	list, err := get(b.gate, "ListDBSnapshots", func() (l []snapshot.Description, err error) {
		l, next, err = b.inner.List(ctx, instanceID, marker)
		return l, err
	})
	if err != nil {
		next = ""
	}
	return list, next, err
}

func (b *backups) Copy(ctx context.Context, sourceID, targetID, kmsKeyARN string, tags map[string]string) error {
	return b.gate.Do("CopyDBSnapshot", func() error { return b.inner.Copy(ctx, sourceID, targetID, kmsKeyARN, tags) })
}

func (b *backups) Delete(ctx context.Context, id string) error {
	return b.gate.Do("DeleteDBSnapshot", func() error { return b.inner.Delete(ctx, id) })
}
