package database_test

import (
	"strings"
	"testing"
	"time"

	"latchkey/shared/customerkey"
	"latchkey/shared/database"
)

// restored returns a world whose database was lost and is to be restored.
func restored(t *testing.T) *world {
	t.Helper()
	w := terminal(t, true)
	w.setKey(customerkey.PhaseUsable, true)
	w.step()
	w.is(database.PhaseRestoring)
	return w
}

// wantSecret requires that RDS manages the password of the record's instance,
// and that the record knows the secret.
func (w *world) wantSecret() {
	w.Helper()
	if in := w.instance(w.rec.InstanceID); in.MasterSecretARN == "" || w.rec.MasterSecretARN != in.MasterSecretARN {
		w.Errorf("%s has the secret %q, the record %q", w.rec.InstanceID, in.MasterSecretARN, w.rec.MasterSecretARN)
	}
}

// RDS restores PostgreSQL with a password that nobody has: a step of its own has
// it managed, under the platform's key, before the logins are opened.
func TestRules_Step_RestoredPassword(t *testing.T) {
	for name, gone := range map[string]bool{"to a time": false, "from a snapshot": true} {
		t.Run(name, func(t *testing.T) {
			w := terminal(t, true)
			if gone {
				w.fail["RestoreToTime"] = refused("RestoreDBInstanceToPointInTime", database.CodePITRNotEnabled)
			}
			old := w.rec.MasterSecretARN
			w.setKey(customerkey.PhaseUsable, true)
			w.run(3 * time.Hour)
			w.is(database.PhaseAvailable)
			if got := strings.Join(w.changes, " "); !strings.HasSuffix(got, " ManagePassword Unfence") || strings.Count(got, "ManagePassword") != 1 {
				t.Errorf("changes %s", got)
			}
			if w.wantSecret(); w.rec.MasterSecretARN == old {
				t.Errorf("the secret is the lost instance's, %s", old)
			}
		})
	}
}

// The process ends between the call and the record: the next step sees the
// secret, and asks for no other.
func TestRules_Step_RestoredPassword_crash(t *testing.T) {
	w := restored(t)
	for before := w.rec; ; before = w.rec {
		w.run(time.Second)
		if n := len(w.changes); w.changes[n-1] == "ManagePassword" {
			w.rec, w.due = before, w.clock.Now()
			break
		}
		if w.rec.Phase != database.PhaseRestoring {
			t.Fatalf("%s after %v", w.rec.Phase, w.changes)
		}
	}
	w.run(time.Hour)
	w.is(database.PhaseAvailable)
	if got := strings.Join(w.changes, " "); got != "RestoreToTime ManagePassword Unfence" {
		t.Errorf("changes %s", got)
	}
	w.wantSecret()
}

// A password that cannot be managed keeps nobody out, parks nothing, says so, and
// is managed once it can be.
func TestRules_Step_RestoredPassword_fails(t *testing.T) {
	for name, err := range map[string]error{
		"no answer": errTimeout, "no permission": refused("ModifyDBInstance", "AccessDenied"),
		"no key": refused("ModifyDBInstance", database.CodeKeyNotAccessible), "for good": refused("ModifyDBInstance", database.CodeInvalidParameter),
	} {
		t.Run(name, func(t *testing.T) {
			w := restored(t)
			w.fail["ManagePassword"] = err
			w.run(30 * time.Minute)
			w.is(database.PhaseAvailable)
			w.run(3 * day)
			w.is(database.PhaseAvailable)
			if w.rec.Fenced || w.rec.Attempts != 0 || !strings.Contains(w.rec.Reason, "master password") {
				t.Errorf("fenced %v, attempts %d, reason %q", w.rec.Fenced, w.rec.Attempts, w.rec.Reason)
			}
			if n := strings.Count(strings.Join(w.changes, " "), "ManagePassword"); n < 70 || n > 75 {
				t.Errorf("asked %d times in 3 days, want once an hour", n)
			}
			asked := w.asked
			w.rec.NextSnapshotAt, w.due = w.clock.Now(), w.clock.Now() // a snapshot is due with it
			w.run(time.Minute)
			if w.asked != asked+1 {
				t.Errorf("%d snapshots asked for, want 1", w.asked-asked)
			}
			delete(w.fail, "ManagePassword")
			w.run(3 * time.Hour)
			w.is(database.PhaseAvailable)
			if w.wantSecret(); w.rec.Reason != "" {
				t.Errorf("reason %q", w.rec.Reason)
			}
		})
	}
}

// Where the logins cannot be opened without the master password, both are tried
// in turn.
func TestRules_Step_RestoredPassword_needed(t *testing.T) {
	w := restored(t)
	w.fail["ManagePassword"], w.fail["Unfence"] = errTimeout, errTimeout
	w.run(time.Hour)
	w.is(database.PhaseRestoring)
	if got := strings.Join(w.changes, " "); !strings.HasPrefix(got, "RestoreToTime ManagePassword Unfence ManagePassword Unfence") {
		t.Errorf("changes %s", got)
	}
	delete(w.fail, "ManagePassword")
	w.run(time.Hour)
	w.wantSecret()
	delete(w.fail, "Unfence")
	w.run(time.Hour)
	w.is(database.PhaseAvailable)
}

// A restore that a lock cuts into gets its password after it.
func TestRules_Step_RestoredPassword_locked(t *testing.T) {
	w := restored(t)
	w.setKey(customerkey.PhaseLocked, true)
	w.run(time.Hour)
	w.is(database.PhaseLocked)
	if got := strings.Join(w.changes, " "); strings.Contains(got, "ManagePassword") {
		t.Errorf("changes %s", got)
	}
	w.setKey(customerkey.PhaseUsable, true)
	w.changes = nil
	w.run(2 * time.Hour)
	w.is(database.PhaseAvailable)
	if got := strings.Join(w.changes, " "); !strings.HasSuffix(got, "ManagePassword Unfence") {
		t.Errorf("changes %s", got)
	}
	w.wantSecret()
}

// RDS does as asked, and is late to say so: nobody waits for that.
func TestRules_Step_RestoredPassword_late(t *testing.T) {
	w := restored(t)
	w.hidden = true
	w.run(30 * time.Minute)
	w.is(database.PhaseAvailable)
	if got := strings.Join(w.changes, " "); !strings.HasPrefix(got, "RestoreToTime ManagePassword Unfence") {
		t.Errorf("changes %s", got)
	}
	w.run(day)
	w.is(database.PhaseAvailable)
	w.hidden = false
	w.run(2 * time.Hour)
	if w.wantSecret(); w.rec.Reason != "" {
		t.Errorf("reason %q", w.rec.Reason)
	}
}
