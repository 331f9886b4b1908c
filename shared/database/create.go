package database

import (
	"context"
	"fmt"
	"time"

	"latchkey/events"
)

func (r Rules) create(ctx context.Context, rec Record, w World, now time.Time) (Result, error) {
	if !w.Key.serves() {
		rec.Reason = fmt.Sprintf("waiting for the key: it is %s", w.Key.Phase)
		return Result{Record: rec, Wait: r.Timing.Steady}, nil
	}
	rec.InstanceID = InstanceName(rec.ID, rec.Generation)
	err := r.Fleet.Create(ctx, r.spec(rec))
	if code(err) == CodeInstanceExists {
		return r.adopt(ctx, rec, now)
	}
	if err != nil {
		return r.failed(rec, "creating the instance", err, now), nil
	}
	return Result{Record: rec.moved(PhaseCreating, "", now), Wait: r.Timing.Poll}, nil
}

// adopt goes on with an instance that an earlier try made, if it is ours.
func (r Rules) adopt(ctx context.Context, rec Record, now time.Time) (Result, error) {
	in, err := r.Fleet.Describe(ctx, rec.InstanceID)
	if err != nil {
		return r.failed(rec, "looking at the instance", err, now), nil
	}
	if !owned(in, rec.ID) {
		return r.park(rec, fmt.Sprintf("an instance named %s exists and is not ours: delete or rename it", rec.InstanceID), now), nil
	}
	return Result{Record: rec.moved(PhaseCreating, "", now)}, nil
}

func owned(in Instance, id string) bool {
	return in.Tags[TagOwner] == Owner && in.Tags[TagDatabase] == id
}

func (r Rules) spec(rec Record) Spec {
	days := 30
	if rec.Backups == events.Backups7Days {
		days = 7
	}
	tags := map[string]string{TagOwner: Owner, TagDatabase: rec.ID}
	if rec.TenantID != "" {
		tags[TagTenant] = rec.TenantID
	}
	if rec.KeyARN != "" {
		tags[TagKey] = rec.KeyARN
	}
	return Spec{
		InstanceID: InstanceName(rec.ID, rec.Generation), Class: r.Settings.Class, StorageGiB: r.Settings.StorageGiB,
		EngineVersion: r.Settings.EngineVersion, KMSKeyARN: rec.KeyARN, MasterSecretKeyARN: r.Settings.MasterSecretKeyARN,
		MultiAZ: true, BackupRetentionDays: days, DeletionProtection: true,
		SubnetGroup: r.Settings.SubnetGroup, ParameterGroup: r.Settings.ParameterGroup, Tags: tags,
	}
}

func (r Rules) awaitInstance(ctx context.Context, rec Record, now time.Time) (Result, error) {
	rec, status, err := r.observe(ctx, rec)
	switch {
	case code(err) == CodeInstanceNotFound && now.Sub(rec.PhaseAt) > 15*time.Minute:
		return Result{Record: rec.moved(PhaseRequested, "the instance that was asked for is not there", now)}, nil
	case code(err) == CodeInstanceNotFound:
		return Result{Record: rec, Wait: r.Timing.Poll}, nil
	case err != nil:
		return r.failed(rec, "looking at the instance", err, now), nil
	case status.Phase == PhaseParked:
		return r.park(rec, rec.Status+": "+status.Bad, now), nil
	case status.Phase == PhaseAvailable && rec.Endpoint != "":
		return Result{Record: rec.moved(PhasePreparing, "", now)}, nil
	}
	return Result{Record: rec, Wait: r.Timing.Poll}, nil
}

func (r Rules) prepare(ctx context.Context, rec Record, now time.Time) (Result, error) {
	if rec.Kind != KindShard {
		rec.Database, rec.Role = sqlName(rec.ID), sqlName(rec.ID)
		if err := r.Inside.Prepare(ctx, rec.login()); err != nil {
			return r.failed(rec, "preparing the database", err, now), nil
		}
	}
	rec.Prepared, rec.Fenced = true, false
	return r.ready(rec.moved(PhaseAvailable, "", now), now, events.TypeDatabaseAvailable), nil
}

// ready announces a database that serves, and plans its next snapshot.
func (r Rules) ready(rec Record, now time.Time, detailType string) Result {
	if rec.Kind != KindShared {
		rec.NextSnapshotAt = r.NextSnapshot(rec.ID, now)
	}
	return Result{Record: rec, Events: []events.Draft{rec.draft(detailType)}}
}
