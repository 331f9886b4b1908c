package database_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"latchkey/events"
	"latchkey/shared/customerkey"
	"latchkey/shared/database"
	"latchkey/shared/fake/fakerds"
)

func TestRules_Step_Create(t *testing.T) {
	w := newWorld(t, nil)
	w.run(2 * time.Hour)
	w.is(database.PhaseAvailable)
	if got := strings.Join(w.changes, " "); got != "Create Prepare" {
		t.Errorf("changes %q, want one Create and one Prepare", got)
	}
	if got := w.toldOf(); !slices.Equal(got, []string{events.TypeDatabaseAvailable}) {
		t.Errorf("told %v", got)
	}
	in := w.instance(w.rec.InstanceID)
	if !in.MultiAZ || !in.StorageEncrypted || !in.DeletionProtection || in.KMSKeyARN != testKey || in.BackupRetentionDays != 30 {
		t.Errorf("instance %+v", in)
	}
	for tag, want := range map[string]string{database.TagOwner: database.Owner, database.TagDatabase: "acme/tracker", database.TagTenant: "acme", database.TagKey: testKey} {
		if in.Tags[tag] != want {
			t.Errorf("tag %s = %q, want %q", tag, in.Tags[tag], want)
		}
	}
	if !w.rec.Prepared || w.rec.Fenced || w.rec.ResourceID == "" || w.rec.Endpoint == "" || !w.rec.MultiAZ || w.rec.Role == "" {
		t.Errorf("record %+v", w.rec)
	}
	if !w.rec.NextSnapshotAt.After(w.clock.Now()) {
		t.Errorf("next snapshot %s", w.rec.NextSnapshotAt)
	}
	if err := w.rds.Connect(ctx, w.rec.InstanceID, w.rec.Role); err != nil {
		t.Errorf("the tenant's role cannot log in: %v", err)
	}
}

// spy notes the spec that an instance is asked for with.
type spy struct {
	database.Fleet
	spec *database.Spec
}

func TestRules_Step_Spec(t *testing.T) {
	cases := map[string]struct {
		change func(*database.Record)
		check  func(database.Spec) bool
	}{
		"30 days":        {func(*database.Record) {}, func(s database.Spec) bool { return s.BackupRetentionDays == 30 }},
		"7 days":         {func(r *database.Record) { r.Backups = events.Backups7Days }, func(s database.Spec) bool { return s.BackupRetentionDays == 7 }},
		"customer's key": {func(*database.Record) {}, func(s database.Spec) bool { return s.KMSKeyARN == testKey && s.MasterSecretKeyARN == testPlatform }},
		"aws-owned": {func(r *database.Record) { r.KeyARN = "" }, func(s database.Spec) bool {
			_, tagged := s.Tags[database.TagKey]
			return s.KMSKeyARN == "" && !tagged
		}},
		"not public": {func(*database.Record) {}, func(s database.Spec) bool { return !s.PubliclyAccessible && s.SubnetGroup != "" }},
		"protected":  {func(*database.Record) {}, func(s database.Spec) bool { return s.DeletionProtection && s.MultiAZ }},
		"a shard": {func(r *database.Record) { r.Kind, r.TenantID = database.KindShard, "" }, func(s database.Spec) bool {
			_, tagged := s.Tags[database.TagTenant]
			return !tagged
		}},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, nil)
			c.change(&w.rec)
			var got database.Spec
			w.rules.Fleet = spy{w.rules.Fleet, &got}
			w.step()
			if got.InstanceID != database.InstanceName(w.rec.ID, 0) || !c.check(got) {
				t.Errorf("asked for %+v", got)
			}
		})
	}
}

// An instance of this name that an earlier try made is taken over; one of
// anybody else's is left alone.
func TestRules_Step_CreateExists(t *testing.T) {
	cases := map[string]struct {
		tags  map[string]string
		phase database.Phase
	}{
		"ours":         {map[string]string{database.TagOwner: database.Owner, database.TagDatabase: "acme/tracker"}, database.PhaseCreating},
		"another's":    {map[string]string{database.TagOwner: database.Owner, database.TagDatabase: "acme/wiki"}, database.PhaseParked},
		"not ours":     {map[string]string{database.TagDatabase: "acme/tracker"}, database.PhaseParked},
		"without tags": {nil, database.PhaseParked},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, nil)
			id := database.InstanceName(w.rec.ID, 0)
			err := w.rds.Fleet(testCaller).Create(ctx, database.Spec{InstanceID: id, Class: "db.t4g.micro", StorageGiB: 20, Tags: c.tags})
			if err != nil {
				t.Fatal(err)
			}
			w.step()
			w.is(c.phase)
			if c.phase == database.PhaseParked && (!strings.Contains(w.rec.Reason, id) || !slices.Equal(w.toldOf(), []string{events.TypeDatabaseParked})) {
				t.Errorf("parked because %q, told %v", w.rec.Reason, w.toldOf())
			}
			w.run(6 * time.Hour)
			if c.phase == database.PhaseParked {
				w.is(database.PhaseParked)
				if n := len(w.rds.Instances()); n != 1 {
					t.Errorf("%d instances", n)
				}
			} else {
				w.is(database.PhaseAvailable)
			}
		})
	}
}

// Nothing is made under a key that does not serve.
func TestRules_Step_WaitsForKey(t *testing.T) {
	for _, phase := range []customerkey.Phase{"", customerkey.PhasePending, customerkey.PhasePrecaution, customerkey.PhaseLocked,
		customerkey.PhaseRevoked, customerkey.PhaseAwaitingApproval, customerkey.PhaseRetired} {
		w := newWorld(t, nil)
		w.key.Phase = phase
		w.run(24 * time.Hour)
		w.is(database.PhaseRequested)
		if len(w.changes) != 0 || w.rec.Reason == "" {
			t.Errorf("%q: changes %v, reason %q", phase, w.changes, w.rec.Reason)
		}
		w.key.Phase, w.due = customerkey.PhaseUsable, w.clock.Now()
		w.run(2 * time.Hour)
		w.is(database.PhaseAvailable)
	}
}

// What may pass is tried again, less and less often, and parked when it does not
// pass; what will not pass is parked at once. Parked records try again.
func TestRules_Step_CreateFails(t *testing.T) {
	cases := map[string]struct {
		err   error
		tries int
	}{
		"no answer":     {errTimeout, 12},
		"throttled":     {refused("CreateDBInstance", database.CodeThrottling), 12},
		"no capacity":   {refused("CreateDBInstance", database.CodeInsufficientClass), 12},
		"key":           {refused("CreateDBInstance", database.CodeKeyNotAccessible), 12},
		"quota":         {refused("CreateDBInstance", database.CodeInstanceQuota), 1},
		"storage quota": {refused("CreateDBInstance", database.CodeStorageQuota), 1},
		"parameter":     {refused("CreateDBInstance", database.CodeInvalidParameter), 1},
		"version":       {refused("CreateDBInstance", database.CodeInvalidCombination), 1},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, nil)
			w.fail["Create"] = c.err
			last := time.Duration(0)
			for range c.tries - 1 {
				out := w.step()
				w.is(database.PhaseRequested)
				if out.Wait < last || out.Wait <= 0 || w.rec.Reason == "" {
					t.Fatalf("waits %s after %s; reason %q", out.Wait, last, w.rec.Reason)
				}
				last = out.Wait
			}
			w.step()
			w.is(database.PhaseParked)
			if len(w.changes) != c.tries || !slices.Equal(w.toldOf(), []string{events.TypeDatabaseParked}) {
				t.Errorf("%d tries, want %d; told %v", len(w.changes), c.tries, w.toldOf())
			}
			w.run(5 * time.Hour)
			if n := len(w.changes) - c.tries; n < 3 || n > 6 {
				t.Errorf("parked, it was tried %d times in five hours, want once an hour", n)
			}
			delete(w.fail, "Create")
			w.run(3 * time.Hour)
			w.is(database.PhaseAvailable)
			if w.rec.Reason != "" || w.rec.Attempts != 0 {
				t.Errorf("available with reason %q, attempts %d", w.rec.Reason, w.rec.Attempts)
			}
		})
	}
}

// An instance that was asked for and never came is asked for again.
func TestRules_Step_CreatedNowhere(t *testing.T) {
	w := newWorld(t, nil)
	w.step()
	w.fail["Describe"] = refused("DescribeDBInstances", database.CodeInstanceNotFound)
	w.run(14 * time.Minute)
	w.is(database.PhaseCreating)
	w.run(2 * time.Minute)
	if w.rec.Phase != database.PhaseRequested && w.taken[[2]database.Phase{database.PhaseCreating, database.PhaseRequested}] == false {
		t.Fatalf("after 16 minutes: %s", w.rec.Phase)
	}
	delete(w.fail, "Describe")
	w.run(2 * time.Hour)
	w.is(database.PhaseAvailable)
	if n := len(w.rds.Instances()); n != 1 {
		t.Errorf("%d instances", n)
	}
}

// A database that is to be closed is fenced, and opened again.
func TestRules_Step_CloseAndOpen(t *testing.T) {
	w := ready(t, nil)
	id, role := w.rec.InstanceID, w.rec.Role
	if err := w.rds.Connect(ctx, id, role); err != nil {
		t.Fatal(err)
	}
	w.rec.Want = database.WantClosed
	w.step()
	if err := w.rds.Connect(ctx, id, role); err == nil || w.rds.Backends(id, role) != 0 || !w.rec.Fenced {
		t.Errorf("closed: connect %v, %d backends, fenced %v", err, w.rds.Backends(id, role), w.rec.Fenced)
	}
	w.step()
	w.rec.Want = database.WantOpen
	w.step()
	if err := w.rds.Connect(ctx, id, role); err != nil || w.rec.Fenced {
		t.Errorf("opened: connect %v, fenced %v", err, w.rec.Fenced)
	}
	if got := strings.Join(w.changes, " "); got != "Fence Unfence" {
		t.Errorf("changes %q", got)
	}
	w.is(database.PhaseAvailable)
}

func TestRules_Step_ScheduledSnapshots(t *testing.T) {
	w := ready(t, nil)
	w.rules.NextSnapshot = func(_ string, after time.Time) time.Time { return after.Truncate(day).Add(day) }
	w.run(65 * day)
	if w.asked < 31 || w.asked > 36 { // the first is the one that was planned before
		t.Errorf("%d snapshots in 65 days, 35 of them daily", w.asked)
	}
	w.rules.NextSnapshot = func(string, time.Time) time.Time { return time.Time{} }
	w.run(2 * day)
	before := w.asked
	w.run(30 * day)
	if w.asked != before {
		t.Errorf("%d snapshots though none is planned", w.asked-before)
	}
}

// An instance that is gone from RDS is a person's concern: nothing is made anew.
func TestRules_Step_InstanceGone(t *testing.T) {
	w := ready(t, nil)
	w.fail["Describe"] = refused("DescribeDBInstances", database.CodeInstanceNotFound)
	w.step()
	w.is(database.PhaseParked)
	if !strings.Contains(w.rec.Reason, "restore") || len(w.changes) != 0 {
		t.Errorf("parked because %q after %v", w.rec.Reason, w.changes)
	}
	delete(w.fail, "Describe")
	w.run(2 * time.Hour)
	w.is(database.PhaseAvailable)
}

func TestRules_Step_UnknownPhase(t *testing.T) {
	w := newWorld(t, nil)
	w.rec.Phase = "surprise"
	if _, err := w.rules.Step(ctx, w.rec, w.world(), epoch); err == nil || !strings.Contains(err.Error(), "surprise") {
		t.Errorf("= %v, want an error that names the phase", err)
	}
}

// A quota of RDS itself, not of a stub.
func TestRules_Step_RealQuota(t *testing.T) {
	w := newWorld(t, func(c *fakerds.Config) { c.Quotas.Instances = 1 })
	if err := w.rds.Fleet(testCaller).Create(ctx, database.Spec{InstanceID: "other", Class: "db.t4g.micro", StorageGiB: 20}); err != nil {
		t.Fatal(err)
	}
	w.step()
	w.is(database.PhaseParked)
	if !strings.Contains(w.rec.Reason, database.CodeInstanceQuota) {
		t.Errorf("reason %q does not name the quota", w.rec.Reason)
	}
}

// The end of a minor version parks what is to be made with it at once, and a
// record goes on by itself when the settings name a version that there is.
func TestRules_Step_VersionEnds(t *testing.T) {
	w := newWorld(t, func(c *fakerds.Config) { c.Ended = []string{"17.6"} })
	w.rules.Settings.EngineVersion = "17.6"
	w.step()
	w.is(database.PhaseParked)
	if !strings.Contains(w.rec.Reason, "Cannot find version 17.6") || len(w.changes) != 1 {
		t.Errorf("parked after %v because %q", w.changes, w.rec.Reason)
	}
	w.rules.Settings.EngineVersion = "17"
	w.run(3 * time.Hour)
	w.is(database.PhaseAvailable)
}

func (s spy) Create(_ context.Context, spec database.Spec) error {
	*s.spec = spec
	return nil
}
