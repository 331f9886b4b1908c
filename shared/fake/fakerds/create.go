package fakerds

import (
	"context"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"

	"latchkey/shared/database"
)

// identifier is RDS's rule for names of instances and snapshots, but for the
// two hyphens in a row. [RDS API reference, CreateDBInstance, CreateDBSnapshot]
var identifier = regexp.MustCompile(`^[a-z](?:[a-z0-9-]*[a-z0-9])?$`)

// Limits of parameters. [RDS API reference, CreateDBInstance; RDS guide, Quotas and constraints]
const (
	maxInstanceName = 63
	maxSnapshotName = 255
	minStorageGiB   = 20
	maxStorageGiB   = 65536
	maxRetention    = 35 // days
)

func validName(id string, most int) bool {
	return len(id) <= most && identifier.MatchString(id) && !strings.Contains(id, "--")
}

// lower is the form in which RDS keeps and compares names.
func lower(id string) string { return strings.ToLower(id) }

// check refuses wrong parameters.
func (q request) check(spec database.Spec) error {
	switch {
	case !validName(spec.InstanceID, maxInstanceName):
		return q.fail(database.CodeInvalidParameter, "The parameter DBInstanceIdentifier is not a valid identifier: %q.", spec.InstanceID)
	case !strings.HasPrefix(spec.Class, "db."):
		return q.fail(database.CodeInvalidParameter, "Invalid DB Instance class: %s", spec.Class)
	case spec.StorageGiB < minStorageGiB || spec.StorageGiB > maxStorageGiB:
		return q.fail(database.CodeInvalidParameter, "Invalid storage size for engine name postgres: %d", spec.StorageGiB)
	case spec.BackupRetentionDays < 0 || spec.BackupRetentionDays > maxRetention:
		return q.fail(database.CodeInvalidParameter, "Invalid backup retention period: %d. It must be between 0 and %d.", spec.BackupRetentionDays, maxRetention)
	}
	return nil
}

// room refuses a name that is taken and what would exceed a quota.
func (r *RDS) room(q request, spec database.Spec) error {
	if r.instances[spec.InstanceID] != nil {
		return q.fail(database.CodeInstanceExists, "DB instance already exists: %s", spec.InstanceID)
	}
	if len(r.instances) >= r.cfg.Quotas.Instances {
		return q.fail(database.CodeInstanceQuota, "The request would exceed the quota of %d DB instances.", r.cfg.Quotas.Instances)
	}
	if r.storage+spec.StorageGiB > r.cfg.Quotas.StorageGiB {
		return q.fail(database.CodeStorageQuota, "The request would exceed the storage quota of %d GiB.", r.cfg.Quotas.StorageGiB)
	}
	return nil
}

// fleet is the instances as one caller sees them.
type fleet struct {
	r      *RDS
	caller string
}

func (f fleet) request(op, id string) request {
	return request{caller: f.caller, op: op, params: func() map[string]any {
		return map[string]any{"dBInstanceIdentifier": id}
	}}
}

// Create implements database.Fleet.
func (f fleet) Create(ctx context.Context, spec database.Spec) error {
	r := f.r
	spec = normal(spec)
	q := request{caller: f.caller, op: "CreateDBInstance", params: func() map[string]any { return specParams(spec) }}
	return r.do(ctx, q, func(now time.Time) (answer, error) {
		if spec.KMSKeyARN == "" {
			spec.KMSKeyARN = r.cfg.Managed
		}
		spec.MasterSecretKeyARN = r.secretKey(spec.MasterSecretKeyARN)
		if slices.Contains(r.cfg.Ended, spec.EngineVersion) {
			return nil, q.fail(database.CodeInvalidCombination, "Cannot find version %s for postgres", spec.EngineVersion)
		}
		made := spec
		made.EngineVersion = whole(spec.EngineVersion)
		return r.make(ctx, q, &instance{Spec: made}, now)
	})
}

// defaultMinor is the minor version that an instance of a bare major one gets.
const defaultMinor = ".9"

// whole is the version that an instance is made with.
// [RDS for PostgreSQL release notes, Amazon RDS for PostgreSQL updates]
func whole(version string) string {
	if version == "" || strings.Contains(version, ".") {
		return version
	}
	return version + defaultMinor
}

// normal returns a spec that shares nothing with the caller's, with its name as RDS keeps it.
func normal(spec database.Spec) database.Spec {
	spec.InstanceID = lower(spec.InstanceID)
	spec.Tags = maps.Clone(spec.Tags)
	return spec
}

// make starts to make an instance, new or restored.
func (r *RDS) make(ctx context.Context, q request, i *instance, now time.Time) (answer, error) {
	if err := q.check(i.Spec); err != nil {
		return nil, err
	}
	if err := r.room(q, i.Spec); err != nil {
		return nil, err
	}
	i.ResourceID = r.newResourceID(i.Spec.InstanceID, now)
	grant, err := r.takeGrant(ctx, q, i.Spec.KMSKeyARN, i.ResourceID, "GenerateDataKey")
	if err != nil {
		return nil, err
	}
	i.Grant, i.CreatedAt = grant, now
	for _, op := range []string{"GenerateDataKeyWithoutPlaintext", "Decrypt"} { // made, and attached
		if err := r.useVolumes(ctx, i, op); err != nil {
			r.retire(ctx, i.Spec.KMSKeyARN, grant)
			return nil, q.keyError(ctx, i.Spec.KMSKeyARN)
		}
	}
	i.AZ, _ = r.zones(i.ResourceID)
	i.setStatus(statusCreating, now)
	created, takes := eventCreated, r.cfg.Timing.Create
	switch q.op {
	case opRestoreSnapshot:
		created, takes = eventRestoredSnapshot, r.cfg.Timing.Restore
	case opRestoreToTime:
		created, takes = eventRestoredToTime, r.cfg.Timing.Restore
	}
	i.Plan = r.bringUp(i, takes, created)
	r.insert(i)
	r.touch(i)
	return i.response, nil
}

// bringUp plans the way from creating to available: which statuses are seen on
// the way, and for how long, is drawn. [aws-facts 11]
func (r *RDS) bringUp(i *instance, takes Range, created string) []step {
	t := &r.cfg.Timing
	id := i.ResourceID
	at := i.CreatedAt.Add(r.within(takes, "create", id))
	endpoint := i.CreatedAt.Add(r.within(t.Endpoint, "endpoint", id))
	if endpoint.After(at) {
		endpoint = at
	}
	plan := []step{{At: endpoint, Do: doEndpoint}}
	first := []string{created}
	if r.chance(2, "early", id) {
		plan = append(plan, step{At: at, Status: statusAvailable, Event: first})
		first = nil
		at = at.Add(r.within(Range{t.Configure.Min / 2, t.Configure.Min}, "early-for", id))
	}
	var done []string
	effect := effect("")
	if i.Spec.BackupRetentionDays > 0 {
		plan = append(plan, step{At: at, Status: statusBackingUp, Event: append(first, eventBackupStarted)})
		first, done, effect = nil, []string{eventBackupFinished}, doBackedUp
		at = at.Add(r.within(t.FirstBackup, "first-backup", id))
	}
	for n, status := range []string{statusModifying, statusMonitoring, statusLogExports} {
		if n > 0 && r.chance(2, status, id) {
			continue
		}
		plan = append(plan, step{At: at, Status: status, Event: append(first, done...), Do: effect})
		first, done, effect = nil, nil, ""
		at = at.Add(r.within(t.Configure, "configure", status, id))
	}
	plan = append(plan, step{At: at, Status: statusAvailable})
	if i.Spec.MasterSecretKeyARN != "" {
		plan = append(plan, r.resetPassword(id, at)...)
	}
	return plan
}
