package customerkey_test

import (
	"strings"
	"testing"
	"time"

	"latchkey/shared/coded"
	"latchkey/shared/customerkey"
)

func TestRules_Approve(t *testing.T) {
	for _, p := range phases {
		t.Run(string(p), func(t *testing.T) {
			rec, now := inPhase(t, p)
			out, err := rules.Approve(rec, "operator", "e-9", now, now)
			if p != customerkey.PhaseAwaitingApproval {
				if !coded.Is(err, coded.Conflict) {
					t.Fatalf("= %v, want a conflict", err)
				}
				return
			}
			last := out.Record.Changes[len(out.Record.Changes)-1]
			if err != nil || out.Record.Phase != p || !out.Record.LookNow || last.Event != "e-9" || !strings.Contains(last.Detail, "operator") {
				t.Fatalf("= %s, %v; %+v; want a look first", out.Record.Phase, err, last)
			}
			for verdict, want := range map[customerkey.Standing]customerkey.Phase{
				customerkey.Usable: customerkey.PhaseUsable, customerkey.Unreachable: p, customerkey.Revoked: customerkey.PhaseRevoked,
			} {
				got := rules.Judge(out.Record, customerkey.Verdict{Standing: verdict, Cause: customerkey.CauseDisabled}, now).Record
				if got.Phase != want || got.Approved != (verdict == customerkey.Unreachable) {
					t.Errorf("a look that says %s: %s, approved %v; want %s", verdict, got.Phase, got.Approved, want)
				}
			}
		})
	}
	t.Run("of an earlier return", func(t *testing.T) {
		rec, now := inPhase(t, customerkey.PhaseAwaitingApproval)
		rec.LockedAt = rec.LockedAt.Truncate(time.Second).Add(900 * time.Millisecond)
		for sent, want := range map[time.Time]bool{
			rec.LockedAt.Add(-time.Second):     false,
			rec.LockedAt.Truncate(time.Second): true, // a full second, as events have it
			now:                                true,
		} {
			if _, err := rules.Approve(rec, "operator", "e-9", sent, now); (err == nil) != want || err != nil && !coded.Is(err, coded.Conflict) {
				t.Errorf("sent %s after the lock: %v", sent.Sub(rec.LockedAt), err)
			}
		}
	})
	t.Run("of a return that was revoked again", func(t *testing.T) {
		rec, sent := inPhase(t, customerkey.PhaseAwaitingApproval)
		now := sent.Add(time.Minute)
		rec = rules.Observe(rec, customerkey.Signal{Effect: customerkey.EffectRevoke, Cause: customerkey.CauseDisabled,
			Source: customerkey.SourceCloudTrail, Account: rec.Account, At: now, Name: "DisableKey"}, now).Record
		keys := newStub()
		for range 60 {
			now = now.Add(time.Minute)
			rec = rules.Step(ctx, keys, rec, testRegion, now).Record
		}
		if rec.Phase != customerkey.PhaseAwaitingApproval {
			t.Fatalf("an hour on: %s", rec.Phase)
		}
		if _, err := rules.Approve(rec, "operator", "e-9", sent, now); !coded.Is(err, coded.Conflict) {
			t.Errorf("the approval of before: %v", err)
		}
		if _, err := rules.Approve(rec, "operator", "e-9", now, now); err != nil {
			t.Errorf("one of now: %v", err)
		}
	})
	t.Run("a lost grant", func(t *testing.T) {
		rec, now := inPhase(t, customerkey.PhaseUsable)
		sig := customerkey.GrantSignal(customerkey.Signal{Source: customerkey.SourceCloudTrail, Account: testAccount, At: now, Name: "RevokeGrant", GrantID: "g-1"})
		rec = rules.Observe(rec, sig, now).Record
		keys := newStub() // usable for us; the grant is not there
		for range 60 {
			now = now.Add(time.Minute)
			rec = rules.Step(ctx, keys, rec, testRegion, now).Record
		}
		if rec.Phase != customerkey.PhaseRevoked || rec.Cause != customerkey.CauseGrantGone {
			t.Fatalf("an hour on: %s, %s; a key that is usable for us says nothing about RDS's grant", rec.Phase, rec.Cause)
		}
		out, err := rules.Approve(rec, "operator", "e-9", now, now)
		if err != nil {
			t.Fatal(err)
		}
		rec = out.Record
		for range 10 {
			now = now.Add(time.Minute)
			rec = rules.Step(ctx, keys, rec, testRegion, now).Record
		}
		if rec.Phase != customerkey.PhaseUsable || rec.GrantID != "" || rec.Approved {
			t.Errorf("ten minutes after the approval: %s, grant %q, approved %v", rec.Phase, rec.GrantID, rec.Approved)
		}
	})
}

// A key whose grant is there after all comes back by itself.
func TestRules_Step_GrantIsBack(t *testing.T) {
	rec, now := inPhase(t, customerkey.PhaseUsable)
	rec = rules.Observe(rec, customerkey.GrantSignal(customerkey.Signal{Source: customerkey.SourceCloudTrail, Account: testAccount, At: now, GrantID: "g-1"}), now).Record
	keys := newStub()
	keys.grants = [][]customerkey.Grant{{{ID: "g-1"}}}
	for range 10 {
		now = now.Add(time.Minute)
		rec = rules.Step(ctx, keys, rec, testRegion, now).Record
	}
	if rec.Phase != customerkey.PhaseUsable {
		t.Errorf("= %s (%s), want usable", rec.Phase, rec.Reason)
	}
}
