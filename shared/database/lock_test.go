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

// The way of a lock: told at once, fenced, marked once the revocation is
// confirmed, then stopped; one thing at a time.
func TestRules_Step_Lock(t *testing.T) {
	w := ready(t, nil)
	id, role := w.rec.InstanceID, w.rec.Role
	if err := w.rds.Connect(ctx, id, role); err != nil {
		t.Fatal(err)
	}
	w.setKey(customerkey.PhaseLocked, false)
	lockedAt := w.clock.Now()
	w.run(time.Second)
	w.is(database.PhaseLocked)
	if !w.rec.Fenced || w.rds.Backends(id, role) != 0 || w.rds.Connect(ctx, id, role) == nil {
		t.Errorf("locked: fenced %v, %d backends", w.rec.Fenced, w.rds.Backends(id, role))
	}
	if !w.rec.LockedAt.Equal(lockedAt) || !w.rec.RecoverableUntil.Equal(lockedAt.Add(7*day)) || len(w.rec.Evidence) != 1 {
		t.Errorf("locked at %s, recoverable until %s, evidence %v", w.rec.LockedAt, w.rec.RecoverableUntil, w.rec.Evidence)
	}
	w.run(9 * time.Minute)
	w.is(database.PhaseLocked)
	if got := strings.Join(w.changes, " "); got != "Fence" {
		t.Errorf("before the confirmation: %q, want the fence alone", got)
	}
	w.setKey(customerkey.PhaseRevoked, false)
	w.run(time.Second)
	w.is(database.PhaseTerminalRecoverable)
	w.run(30 * time.Minute)
	if got := strings.Join(w.changes, " "); got != "Fence Stop" {
		t.Errorf("changes %q", got)
	}
	if got := w.toldOf(); !slices.Equal(got, []string{events.TypeDatabaseLocked, events.TypeDatabaseMarkedTerminal}) {
		t.Errorf("told %v", got)
	}
	for _, d := range w.told {
		if e := d.Detail.(*events.DatabaseEvent); e.RecoverableUntil == nil || len(e.Evidence) == 0 {
			t.Errorf("%s: %+v", d.DetailType, e)
		}
	}
	if w.instance(id).Status != database.StatusStopped {
		t.Errorf("RDS: %s", w.instance(id).Status)
	}
}

// Neither a look that fails, nor a fence or a stop that fails, holds up the lock
// and the mark, or parks the record.
func TestRules_Step_LockInspiteOf(t *testing.T) {
	cases := map[string]error{
		"Describe": errTimeout,
		"Fence":    errTimeout,
		"Stop":     refused("StopDBInstance", database.CodeInvalidState),
	}
	for call, err := range cases {
		t.Run(call, func(t *testing.T) {
			w := ready(t, nil)
			w.fail[call] = err
			w.setKey(customerkey.PhaseLocked, true)
			w.run(time.Hour)
			w.is(database.PhaseLocked)
			w.setKey(customerkey.PhaseRevoked, true)
			w.run(time.Hour)
			if call != "Describe" {
				w.is(database.PhaseTerminalRecoverable)
			}
			delete(w.fail, call)
			w.run(7 * time.Hour)
			w.is(database.PhaseTerminalRecoverable)
			if fenced := call != "Fence"; w.rec.Fenced != fenced || w.rec.Status != database.StatusStopped {
				t.Errorf("in the end: fenced %v, RDS %s", w.rec.Fenced, w.rec.Status)
			}
		})
	}
}

// A fence that never works neither holds up the stop nor brings it forward; where
// RDS refuses the stop, both are tried by turns.
func TestRules_Step_NeverFenced(t *testing.T) {
	cases := map[string]struct {
		usable      bool // by RDS: only the key's policy keeps us out
		keepRunning bool
		refuseStop  bool
	}{
		"only the policy says no":  {usable: true},
		"the key is disabled":      {},
		"RDS refuses the stop":     {usable: true, refuseStop: true},
		"instances are kept going": {usable: true, keepRunning: true},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			w := ready(t, nil)
			id, role := w.rec.InstanceID, w.rec.Role
			if err := w.rds.Connect(ctx, id, role); err != nil {
				t.Fatal(err)
			}
			w.rules.Settings.KeepRunning = c.keepRunning
			w.fail["Fence"] = errTimeout
			if c.refuseStop {
				w.fail["Stop"] = refused("StopDBInstance", database.CodeInvalidState)
			}
			w.setKey(customerkey.PhaseLocked, c.usable)
			w.run(10 * time.Minute)
			w.is(database.PhaseLocked)
			if fences := len(w.changes); fences < 10 || slices.Contains(w.changes, "Stop") || !w.rec.Unfenced() {
				t.Fatalf("before the confirmation: %v, unfenced %v", w.changes, w.rec.Unfenced())
			}
			w.changes = nil
			w.setKey(customerkey.PhaseRevoked, c.usable)
			w.run(30 * time.Minute)
			w.is(database.PhaseTerminalRecoverable)
			fences := len(slices.DeleteFunc(slices.Clone(w.changes), func(s string) bool { return s != "Fence" }))
			stops := len(w.changes) - fences
			left := w.rds.Backends(id, role)
			switch {
			case c.keepRunning && (stops != 0 || fences < 50 || !w.rec.Unfenced()):
				t.Errorf("%d fences and %d stops, unfenced %v", fences, stops, w.rec.Unfenced())
			case c.refuseStop && (stops < 25 || fences < 25 || !w.rec.Unfenced()):
				t.Errorf("%d fences and %d stops, unfenced %v", fences, stops, w.rec.Unfenced())
			case !c.keepRunning && !c.refuseStop && (stops != 1 || fences > 1 || left != 0 || w.rec.Status != database.StatusStopped || w.rec.Unfenced()):
				t.Errorf("%d fences and %d stops, %d sessions, RDS %s, unfenced %v", fences, stops, left, w.rec.Status, w.rec.Unfenced())
			}
			w.run(10 * day) // RDS starts what was stopped for seven days
			delete(w.fail, "Fence")
			delete(w.fail, "Stop")
			w.setKey(customerkey.PhaseUsable, true)
			w.run(6 * time.Hour)
			w.is(database.PhaseAvailable)
			if w.rec.Fenced || w.rec.FenceFailed || w.rds.Connect(ctx, id, role) != nil {
				t.Errorf("after its return: %+v", w.rec)
			}
		})
	}
}

func TestRules_Step_KeepRunning(t *testing.T) {
	w := ready(t, nil)
	w.rules.Settings.KeepRunning = true
	w.setKey(customerkey.PhaseRevoked, true)
	w.run(day)
	w.is(database.PhaseTerminalRecoverable)
	if !w.rec.Fenced || slices.Contains(w.changes, "Stop") {
		t.Errorf("fenced %v after %v", w.rec.Fenced, w.changes)
	}
}

// A precaution fences, and never marks or stops.
func TestRules_Step_Precaution(t *testing.T) {
	w := ready(t, nil)
	w.setKey(customerkey.PhasePrecaution, true)
	w.run(8 * day)
	w.is(database.PhaseLocked)
	if got := strings.Join(w.changes, " "); got != "Fence" || !w.rec.MarkedAt.IsZero() {
		t.Errorf("changes %q, marked %s", got, w.rec.MarkedAt)
	}
	w.setKey(customerkey.PhaseUsable, true)
	w.run(time.Minute)
	w.is(database.PhaseAvailable)
}

// A lock reaches a record wherever it is.
func TestRules_Step_LockFrom(t *testing.T) {
	for _, until := range []database.Phase{database.PhaseCreating, database.PhasePreparing, database.PhaseAvailable, database.PhaseBusy, database.PhaseParked, database.PhaseRestoring} {
		t.Run(string(until), func(t *testing.T) {
			w := newWorld(t, nil)
			w.fail["Prepare"] = errTimeout
			if until != database.PhaseCreating {
				w.run(15 * time.Minute)
				w.is(database.PhasePreparing)
			} else {
				w.step()
			}
			if until != database.PhasePreparing && until != database.PhaseCreating {
				delete(w.fail, "Prepare")
				w.run(6 * time.Hour)
				w.is(database.PhaseAvailable)
				w.rec.Phase = until
				w.rec.ParkedFrom = database.PhaseAvailable
			}
			w.is(until)
			w.setKey(customerkey.PhaseLocked, true)
			w.step()
			w.is(database.PhaseLocked)
			delete(w.fail, "Prepare")
			w.setKey(customerkey.PhaseUsable, true)
			w.run(6 * time.Hour)
			w.is(database.PhaseAvailable)
		})
	}
}

// losing returns a world whose key is revoked and whose instance RDS finds
// without it: not stopped by us, so that RDS's own clock runs.
func losing(t *testing.T) *world {
	t.Helper()
	w := ready(t, nil)
	w.rules.Settings.KeepRunning = true
	w.setKey(customerkey.PhaseRevoked, false)
	return w
}

// The deadline counts from RDS's status where that is seen, and terminal is
// declared on RDS's word.
func TestRules_Step_TerminalByRDS(t *testing.T) {
	w := losing(t)
	w.run(day)
	w.is(database.PhaseTerminalRecoverable)
	if w.rec.Status != database.StatusRecoverable || w.rec.LostAt.IsZero() || !w.rec.RecoverableUntil.Equal(w.rec.LostAt.Add(7*day)) {
		t.Fatalf("RDS %s, lost at %s, recoverable until %s", w.rec.Status, w.rec.LostAt, w.rec.RecoverableUntil)
	}
	if !w.rec.RecoverableUntil.After(w.rec.LockedAt.Add(7 * day)) {
		t.Errorf("the deadline %s is not later than seven days from the lock at %s", w.rec.RecoverableUntil, w.rec.LockedAt)
	}
	until := w.rec.RecoverableUntil
	w.run(until.Sub(w.clock.Now()) - time.Minute)
	w.is(database.PhaseTerminalRecoverable)
	w.run(12 * time.Hour)
	w.is(database.PhaseTerminal)
	if w.rec.TerminalAt.Before(until) || len(w.rec.Evidence) != 2 || w.told[len(w.told)-1].DetailType != events.TypeDatabaseTerminal {
		t.Errorf("terminal at %s, evidence %v, told %v", w.rec.TerminalAt, w.rec.Evidence, w.toldOf())
	}
	w.run(30 * day)
	w.is(database.PhaseTerminal)
	if slices.Contains(w.changes, "Delete") || len(w.rds.Instances()) != 1 {
		t.Errorf("something was destroyed: %v", w.changes)
	}
}

// What the mark does with the record when the clock has run out, by what RDS
// says at that moment.
func TestRules_Step_ClockExpired(t *testing.T) {
	cases := map[string]struct {
		status string
		before database.Phase
		after  database.Phase
	}{
		"RDS agrees":            {database.StatusRecoverable, database.PhaseTerminalRecoverable, database.PhaseTerminal},
		"RDS says terminal":     {database.StatusTerminal, database.PhaseTerminal, database.PhaseTerminal}, // whatever the clock
		"RDS says stopped":      {database.StatusStopped, database.PhaseTerminalRecoverable, database.PhaseTerminalRecoverable},
		"RDS never noticed":     {database.StatusAvailable, database.PhaseTerminalRecoverable, database.PhaseTerminalRecoverable},
		"RDS says what is new":  {"defragmenting", database.PhaseTerminalRecoverable, database.PhaseTerminalRecoverable},
		"RDS does not say":      {"", database.PhaseTerminalRecoverable, database.PhaseTerminalRecoverable},
		"RDS has gone quiet in": {database.StatusRecoverable, database.PhaseTerminalRecoverable, database.PhaseTerminalRecoverable},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			w := ready(t, nil)
			w.rules.Settings.KeepRunning = true
			w.setKey(customerkey.PhaseRevoked, true)
			if c.status != "" {
				if err := w.rds.Force(ctx, w.rec.InstanceID, c.status); err != nil {
					t.Fatal(err)
				}
			} else {
				w.fail["Describe"] = errTimeout
			}
			w.step()
			if c.status == "" {
				w.is(database.PhaseLocked) // not even marked without a look
				return
			}
			w.is(c.before)
			if name == "RDS has gone quiet in" {
				w.fail["Describe"] = errTimeout
			}
			w.clock.Set(w.rec.RecoverableUntil.Add(-time.Second))
			w.due = w.clock.Now()
			w.step()
			w.is(c.before)
			if w.rec.Phase == database.PhaseTerminal {
				return
			}
			was := w.rec.RecoverableUntil
			w.clock.Set(was)
			w.step()
			w.is(c.after)
			switch {
			case name == "RDS has gone quiet in":
				if w.rec.Reason == "" {
					t.Error("no reason")
				}
			case c.after == database.PhaseTerminalRecoverable:
				if !w.rec.RecoverableUntil.After(was) || !strings.Contains(strings.Join(w.rec.Evidence, "\n"), "deadline extended") {
					t.Errorf("deadline %s (was %s), evidence %v", w.rec.RecoverableUntil, was, w.rec.Evidence)
				}
			}
		})
	}
}

// The step that finds the clock expired does not come late.
func TestRules_Step_WakesAtDeadline(t *testing.T) {
	w := losing(t)
	w.run(day)
	w.run(w.rec.RecoverableUntil.Sub(w.clock.Now()) - 5*time.Minute)
	if w.due.After(w.rec.RecoverableUntil) {
		t.Errorf("next step %s, after the deadline %s", w.due, w.rec.RecoverableUntil)
	}
}

// A key that is gone for good makes its databases unrecoverable, wherever they
// are, with the evidence; nothing is destroyed.
func TestRules_Step_KeyLost(t *testing.T) {
	for _, from := range []database.Phase{database.PhaseRequested, database.PhaseCreating, database.PhasePreparing, database.PhaseAvailable, database.PhaseBusy,
		database.PhaseLocked, database.PhaseTerminalRecoverable, database.PhaseTerminal, database.PhaseRestoring, database.PhaseParked} {
		t.Run(string(from), func(t *testing.T) {
			w := ready(t, nil)
			w.rec.Phase = from
			w.setKey(customerkey.PhaseLost, false)
			w.step()
			w.is(database.PhaseUnrecoverable)
			if n := len(w.rec.Evidence); n == 0 || !strings.Contains(w.rec.Evidence[n-1], "no longer exists") {
				t.Errorf("evidence %v", w.rec.Evidence)
			}
			w.run(60 * day)
			w.is(database.PhaseUnrecoverable)
			if len(w.changes) != 0 || !slices.Equal(w.toldOf(), []string{events.TypeDatabaseUnrecoverable}) || len(w.rds.Instances()) != 1 {
				t.Errorf("changes %v, told %v", w.changes, w.toldOf())
			}
		})
	}
}
