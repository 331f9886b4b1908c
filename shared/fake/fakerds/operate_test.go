package fakerds

import (
	"testing"
	"time"

	"latchkey/shared/database"
)

// guideStatuses are all statuses of the guide's table, and one that is not in it.
// [RDS guide, Viewing Amazon RDS DB instance status]
var guideStatuses = []string{
	"available", "backing-up", "configuring-enhanced-monitoring", "configuring-iam-database-auth", "configuring-log-exports",
	"converting-to-vpc", "creating", "delete-precheck", "deleting", "failed", "inaccessible-encryption-credentials",
	"inaccessible-encryption-credentials-recoverable", "incompatible-network", "incompatible-option-group",
	"incompatible-parameters", "incompatible-restore", "insufficient-capacity", "maintenance", "modifying", "moving-to-vpc",
	"rebooting", "resetting-master-credentials", "renaming", "restore-error", "starting", "stopped", "stopping",
	"storage-config-upgrade", "storage-full", "storage-initialization", "storage-optimization", "upgrading", "of-tomorrow",
}

func TestFleet_byStatus(t *testing.T) {
	set := func(s ...string) map[string]bool {
		m := map[string]bool{}
		for _, x := range s {
			m[x] = true
		}
		return m
	}
	starts := set("stopped", "inaccessible-encryption-credentials-recoverable", "incompatible-network")
	stops := set("available")
	snaps := set("available", "storage-optimization")
	undeletable := set("creating", "deleting", "delete-precheck")
	for _, status := range guideStatuses {
		t.Run(status, func(t *testing.T) {
			for name, call := range map[string]struct {
				do func(w *world) error
				ok bool
			}{
				"start":    {func(w *world) error { return w.Fleet(testCaller).Start(ctx, "orders") }, starts[status]},
				"stop":     {func(w *world) error { return w.Fleet(testCaller).Stop(ctx, "orders") }, stops[status]},
				"snapshot": {func(w *world) error { return w.Backups(testCaller).Create(ctx, "orders", "s", nil) }, snaps[status]},
				"delete":   {func(w *world) error { return w.Fleet(testCaller).Delete(ctx, "orders") }, !undeletable[status]},
			} {
				w := newWorld(t, nil)
				w.ready("orders", testKey)
				w.must(w.Force(ctx, "orders", status))
				code := database.CodeInvalidState
				if call.ok {
					code = ""
				}
				t.Run(name, func(t *testing.T) { wantCode(t, call.do(w), code) })
			}
		})
	}
}

func TestFleet_Start(t *testing.T) {
	w := newWorld(t, nil)
	w.ready("orders", testKey)
	f := w.Fleet(testCaller)
	w.events = nil
	w.must(f.Stop(ctx, "orders"))
	w.wantStatus("orders", "stopping")
	w.advance(6 * time.Minute)
	w.wantStatus("orders", "stopped")

	w.kms.refuse[testKey] = kmsError("DisabledException")
	wantCode(t, f.Start(ctx, "orders"), database.CodeKeyNotAccessible)
	w.wantStatus("orders", "stopped")
	delete(w.kms.refuse, testKey)

	w.must(f.Start(ctx, "orders"))
	w.wantStatus("orders", "starting")
	w.advance(8 * time.Minute)
	w.wantStatus("orders", "available")
	w.wantEvents("orders", "0087", "0088")
	wantCode(t, f.Start(ctx, "nobody"), database.CodeInstanceNotFound)
}

func TestFleet_Start_afterSevenDays(t *testing.T) {
	w := newWorld(t, nil)
	w.ready("orders", testKey)
	w.events = nil
	w.must(w.Fleet(testCaller).Stop(ctx, "orders"))
	w.advance(7 * 24 * time.Hour)
	w.wantStatus("orders", "stopped")
	w.advance(6*time.Minute + 8*time.Minute)
	w.wantStatus("orders", "available")
	w.wantEvents("orders", "0087", "0154", "0088")
	if _, ok := w.NextAt(); ok {
		t.Fatal("something is still due")
	}
}

func TestFleet_Delete(t *testing.T) {
	w := newWorld(t, nil)
	spec := testSpec("orders", testKey)
	spec.DeletionProtection = true
	f := w.Fleet(testCaller)
	w.must(f.Create(ctx, spec))
	w.advance(time.Hour)
	w.must(w.Backups(testCaller).Create(ctx, "orders", "last", nil))
	w.advance(time.Hour)

	wantCode(t, f.Delete(ctx, "orders"), "InvalidParameterCombination")
	w.must(f.Unprotect(ctx, "orders"))
	w.must(f.Delete(ctx, "orders"))
	w.wantStatus("orders", "deleting")
	wantCode(t, f.Delete(ctx, "orders"), database.CodeInvalidState)
	w.advance(8 * time.Minute)
	_, err := f.Describe(ctx, "orders")
	wantCode(t, err, database.CodeInstanceNotFound)
	if len(w.kms.grants) != 0 {
		t.Fatalf("RDS kept its grants: %v", w.kms.grants)
	}
	if s, err := w.Backups(testCaller).Describe(ctx, "last"); err != nil || s.Status != "available" {
		t.Fatalf("the manual snapshot did not stay: %+v, %v", s, err)
	}
	wantCode(t, w.Restorer(testCaller).RestoreToTime(ctx, "orders", time.Time{}, testSpec("again", testKey)), database.CodeInstanceNotFound)
	if got := w.eventIDs("orders"); got[len(got)-1] != "0003" {
		t.Fatalf("events %v", got)
	}
}

func TestRDS_Failover(t *testing.T) {
	w := newWorld(t, nil)
	before := w.ready("orders", testKey)
	w.events = nil
	w.must(w.Failover(ctx, testCaller, "orders"))
	w.wantStatus("orders", "rebooting")
	w.advance(2 * time.Minute)
	w.wantStatus("orders", "available")
	if after := w.get("orders"); after.SecondaryAZ == before.SecondaryAZ || after.Endpoint != before.Endpoint {
		t.Fatalf("before %+v, after %+v", before, after)
	}
	w.wantEvents("orders", "0013", "0015")

	spec := testSpec("single", testKey)
	spec.MultiAZ = false
	w.must(w.Fleet(testCaller).Create(ctx, spec))
	w.advance(time.Hour)
	wantCode(t, w.Failover(ctx, testCaller, "single"), "InvalidParameterCombination")
}

func TestRDS_dailyBackup(t *testing.T) {
	w := newWorld(t, func(c *Config) { c.Timing.DailyBackups = true })
	w.ready("orders", testKey)
	w.events = nil
	w.advance(3 * 24 * time.Hour)
	w.wantEvents("orders", "0001", "0002", "0001", "0002", "0001", "0002")
}
