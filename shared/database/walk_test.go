package database_test

import (
	"math/rand/v2"
	"testing"
	"time"

	"latchkey/shared/customerkey"
	"latchkey/shared/database"
	"latchkey/shared/fake/fakerds"
)

// edge is one move of a record.
type edge = [2]database.Phase

// shake changes one thing around a record, at random: its key, what calls
// answer, what RDS says, what is wanted.
func (w *world) shake(rng *rand.Rand) {
	calls := []string{"Describe", "Create", "Start", "Stop", "Prepare", "Fence", "Unfence", "RestoreToTime", "RestoreSnapshot", "ManagePassword", "Unprotect", "Delete", "Drop"}
	switch n := rng.IntN(24); {
	case n < 7:
		w.turnKey(rng)
	case n < 11:
		err := error(errTimeout)
		if rng.IntN(2) == 0 {
			err = refused("call", database.CodeInvalidParameter)
		}
		w.fail[calls[rng.IntN(len(calls))]] = err
	case n < 15:
		clear(w.fail)
	case n == 15 && w.rec.InstanceID != "":
		bad := []string{"failed", "storage-full", "rebooting", "stopped", database.StatusRecoverable, database.StatusTerminal, "available", "defragmenting"}
		_ = w.rds.Force(ctx, w.rec.InstanceID, bad[rng.IntN(len(bad))]) // refused where there is no instance yet
	case n == 16 && w.rec.Want != database.WantAbsent:
		w.rec.Want = []database.Want{database.WantOpen, database.WantClosed}[rng.IntN(2)]
	case n == 17 && rng.IntN(3) == 0:
		w.rec.Want = database.WantAbsent
	case n == 18 && w.rec.InstanceID != "":
		_ = w.rds.Fleet(testCaller).Unprotect(ctx, w.rec.InstanceID)
		_ = w.rds.Fleet(testCaller).Delete(ctx, w.rec.InstanceID) // somebody deletes it by hand
	}
	if rng.IntN(2) == 0 {
		w.due = w.clock.Now()
	}
}

func (w *world) turnKey(rng *rand.Rand) {
	switch w.key.Phase {
	case customerkey.PhaseLost:
	case customerkey.PhaseLocked:
		w.setKey([]customerkey.Phase{customerkey.PhaseRevoked, customerkey.PhaseRevoked, customerkey.PhaseUsable}[rng.IntN(3)], rng.IntN(2) == 0)
	case customerkey.PhaseRevoked:
		switch rng.IntN(8) {
		case 0:
			w.setKey(customerkey.PhaseLost, false)
		default:
			w.setKey(customerkey.PhaseUsable, true)
		}
	case customerkey.PhasePrecaution:
		w.setKey(customerkey.PhaseUsable, true)
	default:
		if rng.IntN(30) == 0 {
			w.setKey(customerkey.PhaseLost, false) // all that led to it went by between two steps
			return
		}
		next := []customerkey.Phase{customerkey.PhaseLocked, customerkey.PhaseLocked, customerkey.PhasePrecaution, customerkey.PhaseUnreachable}[rng.IntN(4)]
		w.setKey(next, rng.IntN(2) == 0)
	}
}

// safe is what must hold after every step of every walk.
func (w *world) safe() {
	w.Helper()
	switch {
	case w.rec.Phase == database.PhaseUnrecoverable && w.key.Phase != customerkey.PhaseLost:
		w.Fatalf("unrecoverable, and the key is %s", w.key.Phase)
	case w.rec.Phase == database.PhaseTerminalRecoverable && w.rec.MarkedAt.IsZero():
		w.Fatal("marked at no time")
	case w.rec.Phase == database.PhaseAvailable && !w.rec.LockedAt.IsZero():
		w.Fatalf("available, and locked at %s", w.rec.LockedAt)
	}
}

func (w *world) goneFromRDS() bool {
	_, err := w.rds.Fleet(testCaller).Describe(ctx, w.rec.InstanceID)
	return err != nil
}

// begin returns the world that a walk starts from: a new record, one that is
// seldom met otherwise, or (seeds that eight divides) a shared database.
func begin(t *testing.T, seed uint64) *world {
	t.Helper()
	switch seed % 8 {
	case 0:
		return onShard(t)
	case 1, 2:
		w := terminal(t, true)
		w.setKey(customerkey.PhaseUsable, true)
		w.step()
		w.is(database.PhaseRestoring)
		return w
	case 3:
		w := newWorld(t, nil)
		w.fail["Prepare"] = errTimeout
		w.run(15 * time.Minute)
		w.is(database.PhasePreparing)
		return w
	}
	w := newWorld(t, func(c *fakerds.Config) { c.Seed = seed })
	w.rules.Settings.KeepRunning = seed%2 == 0
	return w
}

// walk plays a random history of one database.
func walk(t *testing.T, seed uint64) *world {
	t.Helper()
	rng := rand.New(rand.NewPCG(seed, 2))
	w := begin(t, seed)
	w.rules.Timing.Poll = 4 * time.Minute
	for range 30 {
		w.shake(rng)
		w.run([]time.Duration{time.Second, time.Minute, 12 * time.Minute, 3 * time.Hour, 3 * day}[rng.IntN(5)])
		w.safe()
	}
	return w
}

// Random histories take no move that is not in the table (each step checks
// that), make at most one change in a step, and reach every edge of the table
// but those named here.
func TestTransitions(t *testing.T) {
	taken := map[edge]bool{
		{"", database.PhaseRequested}:                  true, // birth
		{database.PhaseDeleting, database.PhaseParked}: true, // TestRules_Step_DestroyNotOurs
	}
	histories := uint64(800)
	if testing.Short() {
		histories = 200
	}
	for seed := range histories {
		w := walk(t, seed)
		for e := range w.taken {
			taken[e] = true
		}
	}
	if lost := database.Transitions.Unreachable(); len(lost) > 0 {
		t.Errorf("unreachable phases: %v", lost)
	}
	if testing.Short() {
		return
	}
	for _, e := range database.Transitions {
		if !taken[edge{e.From, e.To}] {
			t.Errorf("no walk takes %s → %s (%s)", e.From, e.To, e.Why)
		}
	}
}

// Whatever happened, once the faults are over and the key is usable a database
// that is wanted serves, or waits for a person with a reason.
func TestRules_Step_Converges(t *testing.T) {
	for seed := range uint64(200) {
		w := walk(t, 10_000+seed)
		if w.rec.Kind == database.KindShared || w.rec.Want == database.WantAbsent || w.key.Phase == customerkey.PhaseLost {
			continue
		}
		clear(w.fail)
		w.rec.Want = database.WantOpen
		w.setKey(customerkey.PhaseUsable, true)
		for _, in := range w.rds.Instances() {
			switch in.Status {
			case "failed", "storage-full", "rebooting", "defragmenting":
				if err := w.rds.Force(ctx, in.InstanceID, "available"); err != nil {
					t.Fatal(err)
				}
			}
		}
		w.run(20 * day)
		if w.rec.Phase == database.PhaseParked && w.goneFromRDS() {
			continue // deleted by hand: a person's concern
		}
		if w.rec.Phase != database.PhaseAvailable || w.rec.Fenced || w.rec.MasterSecretARN == "" {
			t.Errorf("seed %d: %s (%s; RDS %s), fenced %v, master secret %q", seed, w.rec.Phase, w.rec.Reason, w.rec.Status, w.rec.Fenced, w.rec.MasterSecretARN)
		}
	}
}
