package database_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"latchkey/events"
	"latchkey/shared/customerkey"
	"latchkey/shared/database"
)

// onShard returns a world whose record is a database on a shard that serves.
// The shard's own steps are not taken: each test puts it where it wants it.
func onShard(t *testing.T) *world {
	t.Helper()
	w := newWorld(t, nil)
	w.rec.ID, w.rec.Kind, w.rec.TenantID, w.rec.KeyARN = "shard/eu-central-1/platform/1", database.KindShard, "", testPlatform
	w.key.ARN = testPlatform
	w.run(2 * time.Hour)
	w.is(database.PhaseAvailable)
	host := w.rec
	w.host = &host
	w.rec = database.Record{ID: "acme/wiki", Kind: database.KindShared, TenantID: "acme", Product: "wiki", Region: testRegion,
		KeyChoice: events.KeyPlatform, Backups: events.Backups30Days, Want: database.WantOpen, Phase: database.PhaseRequested, HostID: host.ID}
	w.told, w.changes, w.due = nil, nil, w.clock.Now()
	return w
}

// hostIs puts the shard's record into a phase and its instance into a status.
func (w *world) hostIs(phase database.Phase, status string) {
	w.Helper()
	w.host.Phase, w.host.Status = phase, status
	if err := w.rds.Force(ctx, w.host.InstanceID, status); err != nil {
		w.Fatal(err)
	}
	w.due = w.clock.Now()
}

func TestRules_Step_Shared(t *testing.T) {
	w := onShard(t)
	w.run(time.Second)
	w.is(database.PhaseAvailable)
	if got := strings.Join(w.changes, " "); got != "Prepare" || w.rec.InstanceID != w.host.InstanceID || w.rec.KeyARN != testPlatform {
		t.Errorf("changes %q, on %s under %s", got, w.rec.InstanceID, w.rec.KeyARN)
	}
	if err := w.rds.Connect(ctx, w.rec.InstanceID, w.rec.Role); err != nil {
		t.Error(err)
	}
	if w.asked != 0 || !w.rec.NextSnapshotAt.IsZero() {
		t.Errorf("a shared database has snapshots of its own: %d, next %s", w.asked, w.rec.NextSnapshotAt)
	}
	if other := database.InstanceName("acme/wiki", 0); other == w.rec.InstanceID || len(w.rds.Instances()) != 1 {
		t.Errorf("%d instances", len(w.rds.Instances()))
	}
}

func TestRules_Step_SharedWaits(t *testing.T) {
	w := onShard(t)
	host := w.host
	w.host = nil
	w.step()
	w.is(database.PhaseRequested)
	if w.rec.Reason == "" {
		t.Error("no reason")
	}
	w.host = host
	w.hostIs(database.PhaseCreating, "creating")
	w.step()
	w.is(database.PhaseRequested)
	w.hostIs(database.PhaseAvailable, "available")
	w.run(time.Second)
	w.is(database.PhaseAvailable)
	w.hostIs(database.PhaseBusy, "rebooting")
	w.step()
	w.is(database.PhaseBusy)
	w.hostIs(database.PhaseAvailable, "available")
	w.run(time.Second)
	w.is(database.PhaseAvailable)
	if got := strings.Join(w.changes, " "); got != "Prepare" {
		t.Errorf("changes %q", got)
	}
}

// A shared database follows its shard's key through lock and return; the shard's
// instance is the shard's own to stop and start.
func TestRules_Step_SharedLock(t *testing.T) {
	w := onShard(t)
	w.run(time.Second)
	w.setKey(customerkey.PhaseLocked, true)
	w.run(time.Minute)
	w.is(database.PhaseLocked)
	if !w.rec.Fenced || w.rds.Connect(ctx, w.rec.InstanceID, w.rec.Role) == nil {
		t.Error("locked and not fenced")
	}
	w.setKey(customerkey.PhaseRevoked, true)
	w.hostIs(database.PhaseTerminalRecoverable, "stopped")
	w.host.RecoverableUntil = w.clock.Now().Add(3 * day)
	w.run(time.Minute)
	w.is(database.PhaseTerminalRecoverable)
	if !w.rec.RecoverableUntil.Equal(w.host.RecoverableUntil) {
		t.Errorf("recoverable until %s, its shard until %s", w.rec.RecoverableUntil, w.host.RecoverableUntil)
	}
	w.setKey(customerkey.PhaseUsable, true)
	w.run(time.Minute)
	w.is(database.PhaseTerminalRecoverable) // its shard is not back yet
	w.hostIs(database.PhaseAvailable, "available")
	w.run(time.Minute)
	w.is(database.PhaseAvailable)
	if got := strings.Join(w.changes, " "); got != "Prepare Fence Unfence" {
		t.Errorf("changes %q", got)
	}
	if got := w.toldOf(); !slices.Equal(got, []string{events.TypeDatabaseAvailable, events.TypeDatabaseLocked, events.TypeDatabaseMarkedTerminal, events.TypeDatabaseRecovered}) {
		t.Errorf("told %v", got)
	}
}

func TestRules_Step_SharedFenceFails(t *testing.T) {
	w := onShard(t)
	w.run(time.Second)
	w.fail["Fence"] = errTimeout
	w.setKey(customerkey.PhaseLocked, true)
	w.run(time.Minute)
	w.is(database.PhaseLocked)
	if w.rec.Fenced || w.rec.Reason == "" {
		t.Errorf("fenced %v, reason %q", w.rec.Fenced, w.rec.Reason)
	}
	delete(w.fail, "Fence")
	w.run(time.Minute)
	if !w.rec.Fenced {
		t.Error("not fenced a minute later")
	}
}

func TestRules_Step_SharedKeyLost(t *testing.T) {
	w := onShard(t)
	w.run(time.Second)
	w.setKey(customerkey.PhaseLost, false)
	w.run(time.Hour)
	w.is(database.PhaseUnrecoverable)
}

// Dropping removes one tenant's database and nobody else's.
func TestRules_Step_SharedDrop(t *testing.T) {
	cases := map[string]struct {
		prepare func(*world)
		changes string
		reason  string
	}{
		"served":         {func(*world) {}, "Drop", ""},
		"never prepared": {func(w *world) { w.rec.Prepared = false }, "", ""},
		"no shard":       {func(w *world) { w.host = nil }, "", ""},
		"key lost":       {func(w *world) { w.setKey(customerkey.PhaseLost, false) }, "", "not dropped"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			w := onShard(t)
			w.run(time.Second)
			w.changes = nil
			c.prepare(w)
			w.destroy()
			w.run(time.Minute)
			w.is(database.PhaseDeleted)
			if got := strings.Join(w.changes, " "); got != c.changes || !strings.HasPrefix(w.rec.Reason, c.reason) {
				t.Errorf("changes %q, reason %q", got, w.rec.Reason)
			}
			if len(w.rds.Instances()) != 1 {
				t.Error("the shard is gone")
			}
		})
	}
	t.Run("later", func(t *testing.T) {
		w := onShard(t)
		w.run(time.Second)
		w.fail["Drop"] = errTimeout
		w.destroy()
		w.run(time.Hour)
		w.is(database.PhaseDeleting)
		delete(w.fail, "Drop")
		w.run(time.Hour)
		w.is(database.PhaseDeleted)
	})
}
