package database_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"latchkey/events"
	"latchkey/shared/customerkey"
	"latchkey/shared/database"
)

func (w *world) destroy() {
	w.rec.Want, w.due = database.WantAbsent, w.clock.Now()
}

func TestRules_Step_Destroy(t *testing.T) {
	w := ready(t, nil)
	id := w.rec.InstanceID
	w.destroy()
	w.run(2 * time.Hour)
	w.is(database.PhaseDeleted)
	if got := strings.Join(w.changes, " "); got != "Unprotect Delete" || w.asked != 1 {
		t.Errorf("changes %q, %d snapshots", got, w.asked)
	}
	if !w.rec.Final.Taken || w.rec.Final.Skipped != "" || w.rec.Reason != "" {
		t.Errorf("final %+v, reason %q", w.rec.Final, w.rec.Reason)
	}
	if d, err := w.rds.Backups(testCaller).Describe(ctx, w.rec.Final.SnapshotID); err != nil || d.Status != "available" || d.InstanceID != id {
		t.Errorf("final snapshot %+v, %v", d, err)
	}
	if got := w.toldOf(); !slices.Equal(got, []string{events.TypeDatabaseDeleted}) || len(w.rds.Instances()) != 0 {
		t.Errorf("told %v, %d instances", got, len(w.rds.Instances()))
	}
	w.run(30 * day)
	w.is(database.PhaseDeleted)
}

// The final snapshot is skipped where it cannot be had, with the reason, and
// the destroy goes on: it never waits on a lost key.
func TestRules_Step_DestroyWithoutFinal(t *testing.T) {
	cases := map[string]struct {
		prepare func(*world)
		reason  string
	}{
		"key locked":  {func(w *world) { w.setKey(customerkey.PhaseLocked, false) }, "the key is locked (the customer disabled the key)"},
		"key revoked": {func(w *world) { w.setKey(customerkey.PhaseRevoked, false); w.run(day) }, "the key is revoked"},
		"key lost":    {func(w *world) { w.setKey(customerkey.PhaseLost, false); w.run(day) }, "the key is lost"},
		"terminal, before we know of the key": {func(w *world) {
			w.kms.refuse = errTimeout
			w.Helper()
			if err := w.rds.Force(ctx, w.rec.InstanceID, database.StatusTerminal); err != nil {
				w.Fatal(err)
			}
		}, "RDS: inaccessible-encryption-credentials"},
		"failed": {func(w *world) {
			if err := w.rds.Force(ctx, w.rec.InstanceID, "failed"); err != nil {
				w.Fatal(err)
			}
		}, "never held data we can read"},
		"never prepared": {func(w *world) { w.rec.Prepared = false }, "never held data"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			w := ready(t, nil)
			c.prepare(w)
			w.destroy()
			w.run(3 * time.Hour)
			w.is(database.PhaseDeleted)
			if w.asked != 0 || !strings.Contains(w.rec.Final.Skipped, c.reason) || w.rec.Reason != w.rec.Final.Skipped {
				t.Errorf("%d snapshots, final %+v, reason %q; want %q", w.asked, w.rec.Final, w.rec.Reason, c.reason)
			}
			if len(w.rds.Instances()) != 0 {
				t.Errorf("instances left: %v", w.rds.Instances())
			}
		})
	}
}

// A stopped instance is started for its final snapshot; a snapshot that fails is
// taken again.
func TestRules_Step_DestroyFinal(t *testing.T) {
	t.Run("stopped", func(t *testing.T) {
		w := ready(t, nil)
		w.setKey(customerkey.PhaseRevoked, true)
		w.run(day)
		w.changes = nil
		w.setKey(customerkey.PhaseUsable, true)
		w.destroy()
		w.run(3 * time.Hour)
		w.is(database.PhaseDeleted)
		if got := strings.Join(w.changes, " "); got != "Start Unprotect Delete" || !w.rec.Final.Taken {
			t.Errorf("changes %q, final %+v", got, w.rec.Final)
		}
	})
	t.Run("cannot start for want of the key", func(t *testing.T) {
		w := ready(t, nil)
		w.setKey(customerkey.PhaseRevoked, true)
		w.run(day)
		w.setKey(customerkey.PhaseUsable, true)
		w.fail["Start"] = refused("StartDBInstance", database.CodeKeyNotAccessible)
		w.destroy()
		w.run(12 * time.Hour)
		w.is(database.PhaseDeleted)
		if !strings.Contains(w.rec.Final.Skipped, "cannot start") {
			t.Errorf("final %+v", w.rec.Final)
		}
	})
	t.Run("failed", func(t *testing.T) {
		w := ready(t, nil)
		w.finalFate = "failed"
		w.destroy()
		w.run(10 * time.Minute)
		w.is(database.PhaseDeleting)
		if w.asked < 2 {
			t.Errorf("%d snapshots asked for, want another after the failed one", w.asked)
		}
		w.finalFate = ""
		w.run(3 * time.Hour)
		w.is(database.PhaseDeleted)
	})
	t.Run("the record of it cannot be read", func(t *testing.T) {
		w := ready(t, nil)
		w.destroy()
		w.step()
		w.step()
		look := w.world()
		look.FinalSnapshot = func(string) (string, string, error) { return "", "", errors.New("catalog") }
		if _, err := w.rules.Step(ctx, w.rec, look, w.clock.Now()); err == nil {
			t.Error("no error")
		}
	})
}

// Nothing that is not ours is changed, whatever its name.
func TestRules_Step_DestroyNotOurs(t *testing.T) {
	w := newWorld(t, nil)
	id := database.InstanceName(w.rec.ID, 0)
	if err := w.rds.Fleet(testCaller).Create(ctx, database.Spec{InstanceID: id, Class: "db.t4g.micro", StorageGiB: 20}); err != nil {
		t.Fatal(err)
	}
	w.due = time.Time{}
	w.run(time.Hour)
	w.destroy()
	w.step()
	w.step()
	w.is(database.PhaseParked)
	if !strings.Contains(w.rec.Reason, "not ours") || len(w.changes) != 0 {
		t.Errorf("reason %q, changes %v", w.rec.Reason, w.changes)
	}
	w.run(day)
	if len(w.changes) != 0 || len(w.rds.Instances()) != 1 {
		t.Errorf("changes %v, instances %v", w.changes, w.rds.Instances())
	}
}

// Destroying goes on until RDS lets it.
func TestRules_Step_DestroyFails(t *testing.T) {
	for _, call := range []string{"Describe", "Unprotect", "Delete"} {
		t.Run(call, func(t *testing.T) {
			w := ready(t, nil)
			w.fail[call] = errTimeout
			w.destroy()
			w.run(3 * day)
			w.is(database.PhaseDeleting)
			if w.rec.Reason == "" {
				t.Error("no reason")
			}
			delete(w.fail, call)
			w.run(3 * time.Hour)
			w.is(database.PhaseDeleted)
		})
	}
}

// The instances that restores replaced go with the database.
func TestRules_Step_DestroyRestored(t *testing.T) {
	w := terminal(t, true)
	w.setKey(customerkey.PhaseUsable, true)
	w.run(3 * time.Hour)
	w.is(database.PhaseAvailable)
	if n := len(w.rds.Instances()); n != 2 {
		t.Fatalf("%d instances before", n)
	}
	w.changes = nil
	w.destroy()
	w.run(6 * time.Hour)
	w.is(database.PhaseDeleted)
	if n := len(w.rds.Instances()); n != 0 || w.asked != 2 {
		t.Errorf("%d instances left after %v; %d snapshots", n, w.changes, w.asked)
	}
}

func TestRules_Step_DestroyNothing(t *testing.T) {
	w := newWorld(t, nil)
	w.destroy()
	w.run(time.Minute)
	w.is(database.PhaseDeleted)
	if len(w.changes) != 0 || !strings.Contains(w.rec.Final.Skipped, "no instance") {
		t.Errorf("changes %v, final %+v", w.changes, w.rec.Final)
	}
}
