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

// Inside the window a plain start brings the database back.
func TestRules_Step_ComeBackByStart(t *testing.T) {
	cases := map[string]func(t *testing.T) *world{
		"stopped": func(t *testing.T) *world {
			w := ready(t, nil)
			w.setKey(customerkey.PhaseRevoked, true)
			return w
		},
		"lost by RDS": losing,
	}
	for name, prepare := range cases {
		t.Run(name, func(t *testing.T) {
			w := prepare(t)
			was := w.rec
			w.run(2 * day)
			w.is(database.PhaseTerminalRecoverable)
			w.told, w.changes = nil, nil
			w.setKey(customerkey.PhaseUsable, true)
			w.run(time.Hour)
			w.is(database.PhaseAvailable)
			if got := strings.Join(w.changes, " "); got != "Start Unfence" {
				t.Errorf("changes %q", got)
			}
			if got := w.toldOf(); !slices.Equal(got, []string{events.TypeDatabaseRecovered}) {
				t.Errorf("told %v", got)
			}
			if w.rec.Fenced || w.rec.InstanceID != was.InstanceID || w.rec.ResourceID != was.ResourceID {
				t.Errorf("fenced %v, instance %s %s", w.rec.Fenced, w.rec.InstanceID, w.rec.ResourceID)
			}
			clean := w.rec.LockedAt.IsZero() && w.rec.MarkedAt.IsZero() && w.rec.LostAt.IsZero() && w.rec.RecoverableUntil.IsZero() && w.rec.Evidence == nil
			if !clean {
				t.Errorf("the clock is still there: %+v", w.rec)
			}
			if err := w.rds.Connect(ctx, w.rec.InstanceID, w.rec.Role); err != nil {
				t.Errorf("the tenant's role: %v", err)
			}
			if !w.rec.NextSnapshotAt.After(w.clock.Now()) {
				t.Errorf("schedules are not resumed: %s", w.rec.NextSnapshotAt)
			}
		})
	}
}

// The way back goes on trying and never parks.
func TestRules_Step_ComeBackFails(t *testing.T) {
	for _, call := range []string{"Start", "Unfence"} {
		t.Run(call, func(t *testing.T) {
			w := ready(t, nil)
			w.setKey(customerkey.PhaseRevoked, true)
			w.run(day)
			w.fail[call] = errTimeout
			w.setKey(customerkey.PhaseUsable, true)
			w.run(3 * day)
			w.is(database.PhaseTerminalRecoverable)
			if w.rec.Reason == "" || w.rec.Attempts < 20 {
				t.Errorf("reason %q, attempts %d", w.rec.Reason, w.rec.Attempts)
			}
			delete(w.fail, call)
			w.run(time.Hour)
			w.is(database.PhaseAvailable)
		})
	}
}

// A database that is to be closed comes back closed.
func TestRules_Step_ComeBackClosed(t *testing.T) {
	w := ready(t, nil)
	w.rec.Want = database.WantClosed
	w.setKey(customerkey.PhaseRevoked, true)
	w.run(day)
	w.setKey(customerkey.PhaseUsable, true)
	w.run(day)
	w.is(database.PhaseAvailable)
	if !w.rec.Fenced || slices.Contains(w.changes, "Unfence") {
		t.Errorf("fenced %v after %v", w.rec.Fenced, w.changes)
	}
}

// terminal returns a world whose database is past the window, with a row written
// an hour before the lock and one a minute before it.
func terminal(t *testing.T, snapshotted bool) *world {
	t.Helper()
	w := ready(t, nil)
	w.rules.Settings.KeepRunning = true
	if snapshotted {
		w.rec.NextSnapshotAt = w.clock.Now()
		w.due = w.clock.Now()
		w.run(30 * time.Minute)
	}
	write := func(value string) {
		if err := w.rds.Write(ctx, w.rec.InstanceID, w.rec.Database, value, w.clock.Now()); err != nil {
			t.Fatal(err)
		}
	}
	write("early")
	w.run(time.Hour)
	write("late")
	w.run(time.Minute)
	w.setKey(customerkey.PhaseRevoked, false)
	w.run(9 * day)
	w.is(database.PhaseTerminal)
	w.told, w.changes = nil, nil
	return w
}

func (w *world) rows() []string {
	w.Helper()
	rows, err := w.rds.Read(ctx, w.rec.InstanceID, w.rec.Database)
	if err != nil {
		w.Fatal(err)
	}
	var out []string
	for _, r := range rows {
		out = append(out, r.Value)
	}
	return out
}

// After the window the database is restored into a new instance, from the newer
// of the point in time that RDS offers and the newest snapshot.
func TestRules_Step_ComeBackByRestore(t *testing.T) {
	w := terminal(t, true)
	old := w.rec
	w.setKey(customerkey.PhaseUsable, true)
	w.step()
	w.is(database.PhaseRestoring)
	plan := *w.rec.Restore
	if got := strings.Join(w.changes, " "); got != "RestoreToTime" || plan.SnapshotID != "" {
		t.Fatalf("changes %q by %+v: the point in time is newer than the snapshot", got, plan)
	}
	if want := int64(old.LockedAt.Sub(plan.To) / time.Second); plan.DataLoss != max(want, 0) {
		t.Errorf("data loss %d s, from %s to the lock at %s is %d s", plan.DataLoss, plan.To, old.LockedAt, want)
	}
	w.run(2 * time.Hour)
	w.is(database.PhaseAvailable)
	if w.rec.InstanceID == old.InstanceID || w.rec.ResourceID == old.ResourceID || w.rec.ResourceID == "" || w.rec.Generation != 1 {
		t.Errorf("instance %s %s, was %s %s", w.rec.InstanceID, w.rec.ResourceID, old.InstanceID, old.ResourceID)
	}
	if !slices.Equal(w.rec.Superseded, []string{old.InstanceID}) || w.instance(old.InstanceID).InstanceID == "" {
		t.Errorf("superseded %v; the old instance is to be left", w.rec.Superseded)
	}
	if got := w.toldOf(); !slices.Equal(got, []string{events.TypeRestoreStarted, events.TypeRestoreCompleted, events.TypeDatabaseRecovered}) {
		t.Errorf("told %v", got)
	}
	if e := w.told[1].Detail.(*events.RestoreEvent); e.SourceInstanceID != old.InstanceID || e.RestoreTo == nil || *e.DataLossSeconds != plan.DataLoss {
		t.Errorf("told %+v", e)
	}
	if !slices.Contains(w.rows(), "early") {
		t.Errorf("rows %v", w.rows())
	}
	in := w.instance(w.rec.InstanceID)
	if in.KMSKeyARN != testKey || !in.MultiAZ || !in.DeletionProtection || in.Tags[database.TagDatabase] != w.rec.ID {
		t.Errorf("restored instance %+v", in)
	}
	if w.rec.Restore != nil || w.rec.Fenced || w.rds.Connect(ctx, w.rec.InstanceID, w.rec.Role) != nil {
		t.Errorf("after the restore: %+v", w.rec)
	}
}

// When the old instance is gone with its point in time, the snapshot is what
// there is; what it does not hold is stated as lost.
func TestRules_Step_ComeBackBySnapshot(t *testing.T) {
	w := terminal(t, true)
	if err := w.rds.Fleet(testCaller).Unprotect(ctx, w.rec.InstanceID); err != nil {
		t.Fatal(err)
	}
	if err := w.rds.Fleet(testCaller).Delete(ctx, w.rec.InstanceID); err != nil {
		t.Fatal(err)
	}
	w.due = time.Time{}
	w.run(time.Hour)
	w.setKey(customerkey.PhaseUsable, true)
	lockedAt := w.rec.LockedAt
	w.run(3 * time.Hour)
	w.is(database.PhaseAvailable)
	if got := w.changes[0]; got != "RestoreSnapshot" {
		t.Fatalf("changes %v", w.changes)
	}
	e := w.told[slices.Index(w.toldOf(), events.TypeRestoreCompleted)].Detail.(*events.RestoreEvent)
	taken := w.backups[e.SnapshotID]
	if taken.IsZero() || *e.DataLossSeconds != int64(lockedAt.Sub(taken)/time.Second) || *e.DataLossSeconds < 3600 {
		t.Errorf("restored from %q of %s with %d s lost; locked at %s", e.SnapshotID, taken, *e.DataLossSeconds, lockedAt)
	}
	if got := w.rows(); len(got) != 0 { // both rows are younger than the snapshot
		t.Errorf("rows %v", got)
	}
}

func TestRules_Step_NoBackup(t *testing.T) {
	w := ready(t, nil)
	w.setKey(customerkey.PhaseRevoked, false)
	w.run(time.Hour)
	w.fail["Describe"] = refused("DescribeDBInstances", database.CodeInstanceNotFound)
	w.setKey(customerkey.PhaseUsable, true)
	w.step()
	w.is(database.PhaseParked)
	if got := w.toldOf(); !slices.Equal(got[len(got)-2:], []string{events.TypeDatabaseTerminal, events.TypeDatabaseParked}) || !strings.Contains(w.rec.Reason, "no backup") {
		t.Errorf("told %v, because %q", got, w.rec.Reason)
	}
	w.backups["snap-found"] = epoch
	if out := w.step(); out.Record.Phase != database.PhaseTerminal {
		t.Errorf("tried again: %s", out.Record.Phase)
	}
}

// Every other try takes the snapshot, in case the point in time cannot be had.
func TestRules_Step_RestoreFails(t *testing.T) {
	w := terminal(t, true)
	w.fail["RestoreToTime"] = refused("RestoreDBInstanceToPointInTime", database.CodePITRNotEnabled)
	w.setKey(customerkey.PhaseUsable, true)
	w.run(3 * time.Hour)
	w.is(database.PhaseAvailable)
	if got := strings.Join(w.changes[:2], " "); got != "RestoreToTime RestoreSnapshot" {
		t.Errorf("changes %v", w.changes)
	}
}

func TestRules_Step_RestoreOverAnother(t *testing.T) {
	for owner, want := range map[string]database.Phase{database.Owner: database.PhaseRestoring, "somebody": database.PhaseParked} {
		w := terminal(t, true)
		err := w.rds.Fleet(testCaller).Create(ctx, database.Spec{InstanceID: database.InstanceName(w.rec.ID, 1), Class: "db.t4g.micro", StorageGiB: 20,
			Tags: map[string]string{database.TagOwner: owner, database.TagDatabase: w.rec.ID}})
		if err != nil {
			t.Fatal(err)
		}
		w.setKey(customerkey.PhaseUsable, true)
		w.step()
		w.is(want)
	}
}

// A restore that a second lock cuts into goes on after it, and its end is told.
func TestRules_Step_RestoreCutShort(t *testing.T) {
	w := terminal(t, true)
	w.setKey(customerkey.PhaseUsable, true)
	w.step()
	w.is(database.PhaseRestoring)
	w.setKey(customerkey.PhaseLocked, true)
	w.run(time.Minute)
	w.is(database.PhaseLocked)
	w.setKey(customerkey.PhaseUsable, true)
	w.run(2 * time.Hour)
	w.is(database.PhaseAvailable)
	if n := len(w.rds.Instances()); n != 2 {
		t.Errorf("%d instances, want the old and the new", n)
	}
	if w.rec.Restore != nil || !slices.Contains(w.toldOf(), events.TypeRestoreCompleted) {
		t.Errorf("restore %+v, told %v", w.rec.Restore, w.toldOf())
	}
}

// An instance that was lost before it held anything is made anew.
func TestRules_Step_LostBeforeUse(t *testing.T) {
	w := newWorld(t, nil)
	w.rules.Settings.KeepRunning = true
	w.fail["Prepare"] = errTimeout
	w.run(15 * time.Minute)
	w.is(database.PhasePreparing)
	delete(w.fail, "Prepare")
	w.setKey(customerkey.PhaseRevoked, false)
	w.run(9 * day)
	w.is(database.PhaseTerminal)
	w.setKey(customerkey.PhaseUsable, true)
	w.run(3 * time.Hour)
	w.is(database.PhaseAvailable)
	if w.rec.Generation != 1 || len(w.rec.Superseded) != 1 || slices.Contains(w.changes, "RestoreToTime") {
		t.Errorf("generation %d, superseded %v, changes %v", w.rec.Generation, w.rec.Superseded, w.changes)
	}
}

// Somebody stopped the instance, or RDS lost the key before we knew.
func TestRules_Step_StoppedBySomebody(t *testing.T) {
	for _, status := range []string{database.StatusStopped, database.StatusRecoverable} {
		w := ready(t, nil)
		if err := w.rds.Force(ctx, w.rec.InstanceID, status); err != nil {
			t.Fatal(err)
		}
		w.step()
		w.is(database.PhaseLocked)
		w.run(time.Hour)
		w.is(database.PhaseAvailable)
		if !slices.Contains(w.changes, "Start") {
			t.Errorf("%s: changes %v", status, w.changes)
		}
	}
}
