package customerkey_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"latchkey/events"
	"latchkey/shared/customerkey"
)

// outcome is what Observe does, in short.
type outcome struct {
	phase  customerkey.Phase
	locked bool
	look   bool
	noted  bool
	events string
}

// observed applies a signal and returns its outcome.
func observed(t *testing.T, rec customerkey.Record, sig customerkey.Signal, now time.Time) (outcome, customerkey.Record) {
	t.Helper()
	rec.LookNow, rec.DenseUntil = false, time.Time{}
	out := rules.Observe(rec, sig, now)
	return outcome{
		phase: out.Record.Phase, locked: out.Locked, look: out.Record.LookNow && out.Record.DenseUntil.After(now),
		noted: len(out.Record.Changes) > len(rec.Changes), events: strings.Join(types(t, out.Events), ","),
	}, out.Record
}

// signals are the kinds of signals, as they would come at a moment.
var signals = map[string]func(now time.Time) customerkey.Signal{
	"trusted revocation": disabled,
	"forged revocation": func(now time.Time) customerkey.Signal {
		s := disabled(now)
		s.Account = "999988887777"
		return s
	},
	"revocation of no account": func(now time.Time) customerkey.Signal {
		s := disabled(now)
		s.Account = ""
		return s
	},
	"give back": func(now time.Time) customerkey.Signal {
		return customerkey.Signal{Effect: customerkey.EffectRestore, Source: customerkey.SourceCloudTrail, Account: testAccount, At: now, Name: "EnableKey"}
	},
	"policy": func(now time.Time) customerkey.Signal {
		return customerkey.Signal{Effect: customerkey.EffectLook, Source: customerkey.SourceCloudTrail, Account: testAccount, At: now, Name: "PutKeyPolicy"}
	},
	"denied": func(now time.Time) customerkey.Signal {
		return customerkey.Signal{Effect: customerkey.EffectLook, Source: customerkey.SourceDenied, Account: testPlatform, At: now, Name: "Decrypt"}
	},
	"failed DisableKey": func(now time.Time) customerkey.Signal {
		return customerkey.Signal{Effect: customerkey.EffectNote, Source: customerkey.SourceCloudTrail, Account: testAccount, At: now, Name: "DisableKey"}
	},
}

// What each kind of signal does in each phase. What is not in the table does
// nothing at all.
func TestRules_Observe(t *testing.T) {
	const locked = events.TypeKeyLocked
	stay := func(p customerkey.Phase, look, noted bool) outcome {
		return outcome{phase: p, look: look, noted: noted}
	}
	want := map[string]map[customerkey.Phase]outcome{
		"trusted revocation": {
			customerkey.PhasePending:          stay(customerkey.PhasePending, true, true),
			customerkey.PhaseUsable:           {customerkey.PhaseLocked, true, true, true, locked},
			customerkey.PhaseUnreachable:      {customerkey.PhaseLocked, true, true, true, locked},
			customerkey.PhasePrecaution:       {customerkey.PhaseLocked, false, true, true, locked}, // refused already
			customerkey.PhaseLocked:           stay(customerkey.PhaseLocked, true, true),
			customerkey.PhaseRevoked:          stay(customerkey.PhaseRevoked, true, false),
			customerkey.PhaseAwaitingApproval: {customerkey.PhaseRevoked, false, true, true, events.TypeKeyRevocationConfirmed},
		},
		"give back": {}, "policy": {}, "denied": {}, "failed DisableKey": {}, "forged revocation": {},
	}
	for _, p := range phases {
		if p == customerkey.PhaseLost || p == customerkey.PhaseRetired {
			continue
		}
		want["give back"][p] = stay(p, true, false)
		want["policy"][p] = stay(p, true, false)
		want["failed DisableKey"][p] = stay(p, false, true)
		want["forged revocation"][p] = stay(p, true, true)
		want["denied"][p] = stay(p, p.Serves(), false) // else it is the echo of our own probes
	}
	want["revocation of no account"] = want["forged revocation"]
	for name, signal := range signals {
		for _, p := range phases {
			t.Run(name+"/"+string(p), func(t *testing.T) {
				rec, now := inPhase(t, p)
				expected, ok := want[name][p]
				if !ok {
					expected = stay(p, false, false)
				}
				got, after := observed(t, rec, signal(now), now)
				if got != expected {
					t.Errorf("= %+v, want %+v", got, expected)
				}
				if err := customerkey.Transitions.Check(rec.Phase, after.Phase); err != nil {
					t.Error(err)
				}
				if after.Phase.Locked() && after.Phase.Serves() {
					t.Errorf("%s locks and serves", after.Phase)
				}
			})
		}
	}
}

// A lock is on the record: when, why, since when and until when.
func TestRules_Observe_Lock(t *testing.T) {
	rec, now := inPhase(t, customerkey.PhaseUsable)
	sig := disabled(now.Add(-3 * time.Minute))
	sig.DeletionDate = now.AddDate(0, 0, 7)
	out := rules.Observe(rec, sig, now)
	got := out.Record
	if !got.LockedAt.Equal(now) || !got.SignalAt.Equal(sig.At) || !got.RecoverableUntil.Equal(now.Add(7*24*time.Hour)) || !got.DeletionDate.Equal(sig.DeletionDate) {
		t.Errorf("locked %s, signal %s, recoverable until %s, deletion %s", got.LockedAt, got.SignalAt, got.RecoverableUntil, got.DeletionDate)
	}
	if got.Reason != "the customer disabled the key" || got.LockSource != customerkey.SourceCloudTrail || !got.Fanout.Active {
		t.Errorf("reason %q, source %q, fan-out %+v", got.Reason, got.LockSource, got.Fanout)
	}
	last := got.Changes[len(got.Changes)-1]
	if last.Event != "e-1" || last.From != customerkey.PhaseUsable || last.To != customerkey.PhaseLocked || last.Cause != customerkey.CauseDisabled {
		t.Errorf("history ends with %+v", last)
	}
	told := out.Events[0].Detail.(*events.KeyEvent)
	if !slices.Equal(told.Evidence, []string{"e-1"}) || told.Source != customerkey.SourceCloudTrail || told.RecoverableUntil == nil || !told.SignalAt.Equal(sig.At) {
		t.Errorf("told %+v", told)
	}
}

// A signal that is older than a usable verdict by more than KMS's eventual
// consistency was answered already; a younger one is believed.
func TestRules_Observe_Stale(t *testing.T) {
	rec, now := inPhase(t, customerkey.PhaseUsable)
	rec.LastUsableAt = now
	consistency := rules.Timing.Consistency
	cases := map[string]struct {
		at   time.Time
		want outcome
	}{
		"older":              {now.Add(-consistency - time.Second), outcome{phase: customerkey.PhaseUsable, look: true, noted: true}},
		"just within":        {now.Add(-consistency), outcome{customerkey.PhaseLocked, true, true, true, events.TypeKeyLocked}},
		"from the future":    {now.Add(time.Hour), outcome{customerkey.PhaseLocked, true, true, true, events.TypeKeyLocked}},
		"of no certain time": {time.Time{}, outcome{customerkey.PhaseLocked, true, true, true, events.TypeKeyLocked}},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			got, after := observed(t, rec, disabled(c.at), now)
			if got != c.want {
				t.Errorf("= %+v, want %+v", got, c.want)
			}
			if after.LastRevokedAt.After(now) || after.SignalAt.After(now) {
				t.Errorf("evidence from the future: %s, %s", after.LastRevokedAt, after.SignalAt)
			}
		})
	}
}

// A second cause takes the place of the first one, with its sentence.
func TestRules_Observe_CauseChanges(t *testing.T) {
	for _, p := range []customerkey.Phase{customerkey.PhaseRevoked, customerkey.PhaseAwaitingApproval} {
		rec, now := inPhase(t, p)
		sig := disabled(now)
		sig.Cause, sig.Name = customerkey.CausePendingDeletion, "ScheduleKeyDeletion"
		got := rules.Observe(rec, sig, now).Record
		if got.Cause != customerkey.CausePendingDeletion || got.Reason != "the customer scheduled the key's deletion" || got.Phase != customerkey.PhaseRevoked {
			t.Errorf("%s: now %s: %s, %q", p, got.Phase, got.Cause, got.Reason)
		}
	}
}

// The rules change a copy.
func TestRules_Observe_LeavesRecord(t *testing.T) {
	rec, now := inPhase(t, customerkey.PhaseUsable)
	lines := len(rec.Changes)
	rules.Observe(rec, disabled(now), now)
	spare := rec.Changes[:cap(rec.Changes)]
	if rec.Phase != customerkey.PhaseUsable || len(rec.Changes) != lines {
		t.Errorf("the record itself changed: %+v", rec)
	}
	for _, c := range spare[lines:] {
		if c != (customerkey.Change{}) {
			t.Errorf("its history was written to: %+v", c)
		}
	}
}
