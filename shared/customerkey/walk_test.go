package customerkey_test

import (
	"math/rand/v2"
	"testing"
	"time"

	"latchkey/shared/customerkey"
)

// walk takes a record through random signals, probes, approvals and
// retirements, checks every move, and notes the edges that it took.
type walk struct {
	t     *testing.T
	rng   *rand.Rand
	rec   customerkey.Record
	now   time.Time
	taken map[[2]customerkey.Phase]bool
}

func (w *walk) step() {
	w.now = w.now.Add([]time.Duration{time.Second, 30 * time.Second, 2 * time.Minute, 7 * time.Minute, 35 * time.Minute}[w.rng.IntN(5)])
	before := w.rec
	out := customerkey.Result{Record: w.rec}
	switch n := w.rng.IntN(20); {
	case n < 4:
		out = rules.Observe(w.rec, w.signal(), w.now)
	case n < 5:
		if approved, err := rules.Approve(w.rec, "operator", "e", w.now, w.now); err == nil {
			out = approved
		}
	case n == 5 && w.rng.IntN(4) == 0:
		w.retire()
		return
	case n == 6:
		out.Record.Return = [2]string{customerkey.ReturnAutomatic, customerkey.ReturnApproval}[w.rng.IntN(2)]
	case w.rec.Phase == customerkey.PhasePending:
		out = rules.Step(ctx, newStub(), w.rec, testRegion, w.now)
	case w.rec.Phase != customerkey.PhaseLost:
		out = rules.Judge(w.rec, w.verdict(), w.now)
	}
	w.check(before, out)
	w.rec = out.Record
	w.rec.Changes = nil
}

// verdict keeps to one kind for a while, as the world does.
func (w *walk) verdict() customerkey.Verdict {
	if w.rng.IntN(4) > 0 && w.rec.LastVerdict != "" {
		for _, v := range []customerkey.Verdict{usable, unreachable, gone(customerkey.CauseDisabled), gone(customerkey.CauseKeyGone)} {
			if v.String() == w.rec.LastVerdict {
				return v
			}
		}
	}
	return []customerkey.Verdict{usable, usable, unreachable, gone(customerkey.CauseDisabled), gone(customerkey.CauseKeyGone)}[w.rng.IntN(5)]
}

func (w *walk) signal() customerkey.Signal {
	n, k := w.rng.IntN(len(signals)), 0
	for _, name := range []string{"trusted revocation", "forged revocation", "revocation of no account", "give back", "policy", "denied", "failed DisableKey"} {
		if k == n {
			return signals[name](w.now.Add(-time.Duration(w.rng.IntN(900)) * time.Second))
		}
		k++
	}
	return customerkey.Signal{}
}

func (w *walk) retire() {
	if w.rec.Phase == customerkey.PhaseRetired {
		return
	}
	out := rules.Retire(w.rec, w.now)
	w.check(w.rec, customerkey.Result{Record: out})
	fresh, err := customerkey.New(testARN, testTenant, "", w.now)
	if err != nil {
		w.t.Fatal(err)
	}
	w.rec = fresh
}

func (w *walk) check(before customerkey.Record, out customerkey.Result) {
	from, to := before.Phase, out.Record.Phase
	w.taken[[2]customerkey.Phase{from, to}] = true
	if err := customerkey.Transitions.Check(from, to); err != nil {
		w.t.Fatal(err)
	}
	if out.Locked != (from.Serves() && to.Locked()) {
		w.t.Fatalf("%s → %s: Locked = %v", from, to, out.Locked)
	}
	if from != to && to.Locked() != from.Locked() && !out.Record.Fanout.Active && to != customerkey.PhaseRetired {
		w.t.Fatalf("%s → %s and nobody is told", from, to)
	}
	if to.Locked() && out.Record.LockedAt.IsZero() {
		w.t.Fatalf("%s without LockedAt", to)
	}
	if to == customerkey.PhaseUsable && from.Locked() && len(out.Events) == 0 {
		w.t.Fatalf("%s → %s and no event", from, to)
	}
	types(w.t, out.Events)
}

// Every move of the rules is in the table, and every edge of the table is
// taken, but for those that others take: the birth, and the naming of a key that
// was retired.
func TestTransitions(t *testing.T) {
	taken := map[[2]customerkey.Phase]bool{
		{"", customerkey.PhasePending}:                       true,
		{customerkey.PhaseRetired, customerkey.PhasePending}: true,
	}
	for seed := range uint64(600) {
		rec, now := inPhase(t, customerkey.PhaseUsable)
		w := &walk{t: t, rng: rand.New(rand.NewPCG(seed, 1)), rec: rec, now: now, taken: taken}
		for range 120 {
			w.step()
		}
	}
	for _, e := range customerkey.Transitions {
		if !taken[[2]customerkey.Phase{e.From, e.To}] {
			t.Errorf("no walk takes %s → %s (%s)", e.From, e.To, e.Why)
		}
	}
	if lost := customerkey.Transitions.Unreachable(); len(lost) > 0 {
		t.Errorf("unreachable phases: %v", lost)
	}
	if states := customerkey.Transitions.States(); len(states) != len(phases) {
		t.Errorf("the table has the phases %v, there are %v", states, phases)
	}
}
