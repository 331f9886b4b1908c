package customerkey_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"latchkey/events"
	"latchkey/shared/customerkey"
)

var (
	usable      = customerkey.Verdict{Standing: customerkey.Usable}
	unreachable = customerkey.Verdict{Standing: customerkey.Unreachable, Detail: "Decrypt: ThrottlingException"}
)

// beat is one verdict in a story, and what must come of it.
type beat struct {
	after   time.Duration // since the beat before
	verdict customerkey.Verdict
	phase   customerkey.Phase
	events  string
}

// play runs a story from a record on.
func play(t *testing.T, rec customerkey.Record, now time.Time, story []beat) (customerkey.Record, time.Time) {
	t.Helper()
	for i, b := range story {
		now = now.Add(b.after)
		out := rules.Judge(rec, b.verdict, now)
		if got := strings.Join(types(t, out.Events), ","); out.Record.Phase != b.phase || got != b.events {
			t.Fatalf("beat %d (%s): %s with %q, want %s with %q", i, b.verdict, out.Record.Phase, got, b.phase, b.events)
		}
		rec = out.Record
		rec.Changes = nil
	}
	return rec, now
}

func TestRules_Judge(t *testing.T) {
	const (
		locked    = events.TypeKeyLocked
		confirmed = events.TypeKeyRevocationConfirmed
		unlocked  = events.TypeKeyUnlocked
	)
	disabled, gone := gone(customerkey.CauseDisabled), gone(customerkey.CauseKeyGone)
	cases := map[string]struct {
		from  customerkey.Phase
		story []beat
	}{
		"a probe locks by itself, the next confirms": {customerkey.PhaseUsable, []beat{
			{0, disabled, customerkey.PhaseLocked, locked},
			{30 * time.Second, disabled, customerkey.PhaseRevoked, confirmed},
			{30 * time.Second, disabled, customerkey.PhaseRevoked, ""},
		}},
		"a usable verdict within eventual consistency undoes nothing": {customerkey.PhaseLocked, []beat{
			{time.Second, usable, customerkey.PhaseLocked, ""},
			{4*time.Minute + 58*time.Second, usable, customerkey.PhaseLocked, ""},
			{time.Second, usable, customerkey.PhaseUsable, unlocked},
		}},
		"one that outlives it must also stay": {customerkey.PhaseLocked, []beat{
			{6 * time.Minute, usable, customerkey.PhaseLocked, ""},
			{59 * time.Second, usable, customerkey.PhaseLocked, ""},
			{time.Second, usable, customerkey.PhaseUsable, unlocked},
		}},
		"a revocation in between starts over": {customerkey.PhaseLocked, []beat{
			{4 * time.Minute, usable, customerkey.PhaseLocked, ""},
			{30 * time.Second, disabled, customerkey.PhaseRevoked, confirmed},
			{4 * time.Minute, usable, customerkey.PhaseRevoked, ""},
			{59 * time.Second, usable, customerkey.PhaseRevoked, ""},
			{time.Second, usable, customerkey.PhaseUsable, unlocked},
		}},
		"nothing refutes for ten minutes": {customerkey.PhaseLocked, []beat{
			{9*time.Minute + 59*time.Second, unreachable, customerkey.PhaseLocked, ""},
			{time.Second, unreachable, customerkey.PhaseRevoked, confirmed},
		}},
		"a usable verdict that is too early to count does not refute": {customerkey.PhaseLocked, []beat{
			{4 * time.Minute, usable, customerkey.PhaseLocked, ""},
			{6 * time.Minute, unreachable, customerkey.PhaseRevoked, confirmed},
		}},
		"one that counts does": {customerkey.PhaseLocked, []beat{
			{5*time.Minute + time.Second, usable, customerkey.PhaseLocked, ""},
			{6 * time.Minute, unreachable, customerkey.PhaseLocked, ""},
			{time.Minute, usable, customerkey.PhaseUsable, unlocked},
		}},
		"one lost call is noise": {customerkey.PhaseUsable, []beat{
			{0, unreachable, customerkey.PhaseUsable, ""},
			{30 * time.Second, usable, customerkey.PhaseUsable, ""},
			{30 * time.Second, unreachable, customerkey.PhaseUsable, ""},
		}},
		"an outage is ridden out for half an hour": {customerkey.PhaseUsable, []beat{
			{0, unreachable, customerkey.PhaseUsable, ""},
			{30 * time.Second, unreachable, customerkey.PhaseUnreachable, events.TypeKeyUnreachable},
			{29 * time.Minute, unreachable, customerkey.PhaseUnreachable, ""},
			{29 * time.Second, unreachable, customerkey.PhaseUnreachable, ""},
			{time.Second, unreachable, customerkey.PhasePrecaution, locked},
			{time.Hour, unreachable, customerkey.PhasePrecaution, ""},
			{time.Second, usable, customerkey.PhaseUsable, unlocked},
		}},
		"an outage that ends in time": {customerkey.PhaseUsable, []beat{
			{0, unreachable, customerkey.PhaseUsable, ""},
			{30 * time.Second, unreachable, customerkey.PhaseUnreachable, events.TypeKeyUnreachable},
			{29 * time.Minute, usable, customerkey.PhaseUsable, ""},
			{time.Minute, unreachable, customerkey.PhaseUsable, ""}, // counted anew
		}},
		"an outage hides a revocation": {customerkey.PhaseUnreachable, []beat{
			{time.Minute, disabled, customerkey.PhaseLocked, locked},
		}},
		"a precaution turns out to be a revocation": {customerkey.PhasePrecaution, []beat{
			{time.Minute, disabled, customerkey.PhaseLocked, locked},
			{time.Minute, disabled, customerkey.PhaseRevoked, confirmed},
		}},
		"revoked, an outage changes nothing": {customerkey.PhaseRevoked, []beat{
			{time.Hour, unreachable, customerkey.PhaseRevoked, ""},
			{time.Hour, unreachable, customerkey.PhaseRevoked, ""},
		}},
		"NotFound must last": {customerkey.PhaseRevoked, []beat{
			{time.Minute, gone, customerkey.PhaseRevoked, ""},
			{4 * time.Minute, gone, customerkey.PhaseRevoked, ""},
			{time.Minute, gone, customerkey.PhaseLost, events.TypeKeyLost},
		}},
		"NotFound that goes away": {customerkey.PhaseRevoked, []beat{
			{time.Minute, gone, customerkey.PhaseRevoked, ""},
			{4 * time.Minute, disabled, customerkey.PhaseRevoked, ""},
			{4 * time.Minute, gone, customerkey.PhaseRevoked, ""},
			{5*time.Minute - time.Second, gone, customerkey.PhaseRevoked, ""},
			{time.Second, gone, customerkey.PhaseLost, events.TypeKeyLost},
		}},
		"gone from one moment to the next": {customerkey.PhaseUsable, []beat{
			{0, gone, customerkey.PhaseLocked, locked},
			{time.Minute, gone, customerkey.PhaseRevoked, confirmed},
			{4 * time.Minute, gone, customerkey.PhaseLost, events.TypeKeyLost},
		}},
		"revoked again while a return waits": {customerkey.PhaseAwaitingApproval, []beat{
			{time.Minute, usable, customerkey.PhaseAwaitingApproval, ""},
			{time.Minute, unreachable, customerkey.PhaseAwaitingApproval, ""},
			{time.Minute, disabled, customerkey.PhaseRevoked, confirmed},
		}},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			rec, now := inPhase(t, c.from)
			play(t, rec, now, c.story)
		})
	}
}

// What an unlock leaves behind must not colour the next lock.
func TestRules_Judge_UnlockClears(t *testing.T) {
	rec, now := inPhase(t, customerkey.PhaseRevoked)
	rec, now = play(t, rec, now, []beat{
		{25 * time.Hour, gone(customerkey.CauseDisabled), customerkey.PhaseRevoked, events.TypeRevocationWarning},
		{10 * time.Minute, usable, customerkey.PhaseRevoked, ""},
		{10 * time.Minute, usable, customerkey.PhaseUsable, events.TypeKeyUnlocked},
	})
	if rec.Cause != "" || rec.Reason != "" || rec.LockSource != "" || !rec.RecoverableUntil.IsZero() || rec.Warned != 0 {
		t.Errorf("after the unlock: %+v", rec)
	}
	rec, _ = play(t, rec, now, []beat{{time.Hour, gone(customerkey.CauseAccessDenied), customerkey.PhaseLocked, events.TypeKeyLocked}})
	if !rec.Confirmed.IsZero() || !rec.RecoverableUntil.Equal(rec.LockedAt.Add(rules.Timing.Window)) || rec.Cause != customerkey.CauseAccessDenied {
		t.Errorf("after the second lock: %+v", rec)
	}
}

// The tenant is warned on days 1, 3 and 6 of a revocation, once each, counted
// from the lock; what was missed is made up for.
func TestRules_Judge_Warnings(t *testing.T) {
	cases := map[string]struct {
		every time.Duration
		want  string
	}{
		"probes every hour":   {time.Hour, "1@24 3@72 6@144"},
		"probes every 2 days": {48 * time.Hour, "1@48 3@96 6@144"},
		"no probe for a week": {7 * 24 * time.Hour, "1@168 3@168 6@168"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			rec, lockedAt := inPhase(t, customerkey.PhaseRevoked)
			var got []string
			for now := lockedAt.Add(c.every); now.Sub(lockedAt) <= 10*24*time.Hour; now = now.Add(c.every) {
				out := rules.Judge(rec, gone(customerkey.CauseDisabled), now)
				for i, detailType := range types(t, out.Events) {
					w, ok := out.Events[i].Detail.(*events.WarningEvent)
					if !ok || !w.RecoverableUntil.Equal(rec.RecoverableUntil) || !strings.Contains(w.Message, "disabled") {
						t.Fatalf("%s: %+v", detailType, out.Events[i].Detail)
					}
					got = append(got, fmt.Sprintf("%d@%.0f", w.Day, now.Sub(lockedAt).Hours()))
				}
				rec = out.Record
			}
			if s := strings.Join(got, " "); s != c.want {
				t.Errorf("warned on day@hour %q, want %q", s, c.want)
			}
		})
	}
	t.Run("none while the return waits for approval", func(t *testing.T) {
		rec, now := inPhase(t, customerkey.PhaseAwaitingApproval)
		if out := rules.Judge(rec, usable, now.Add(48*time.Hour)); len(out.Events) != 0 {
			t.Errorf("events %v", types(t, out.Events))
		}
	})
}

// Lost and retired keys are looked at no more.
func TestRules_Step_Over(t *testing.T) {
	for _, p := range []customerkey.Phase{customerkey.PhaseLost, customerkey.PhaseRetired} {
		rec, now := inPhase(t, p)
		keys := newStub()
		if out := rules.Step(ctx, keys, rec, testRegion, now); out.Record.Phase != p || len(keys.calls) != 0 || len(out.Events) != 0 {
			t.Errorf("%s: %s after %v", p, out.Record.Phase, keys.calls)
		}
	}
}
