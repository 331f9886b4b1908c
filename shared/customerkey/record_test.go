package customerkey_test

import (
	"encoding/json"
	"fmt"
	"reflect"
	"testing"
	"time"

	"latchkey/shared/coded"
	"latchkey/shared/customerkey"
)

func TestNew(t *testing.T) {
	rec, err := customerkey.New(testARN, testTenant, "", epoch)
	if err != nil {
		t.Fatal(err)
	}
	if rec.Account != testAccount || rec.Region != testRegion || rec.Phase != customerkey.PhasePending || rec.Return != customerkey.ReturnAutomatic {
		t.Errorf("New = %+v", rec)
	}
	if len(rec.Changes) != 1 || rec.Changes[0].To != customerkey.PhasePending || !rec.RegisteredAt.Equal(epoch) {
		t.Errorf("history %+v, registered %s", rec.Changes, rec.RegisteredAt)
	}
	for _, arn := range []string{"", "alias/mine", "arn:aws:kms:eu-central-1:444455556666:alias/mine", "arn:aws:s3:::bucket"} {
		if _, err := customerkey.New(arn, testTenant, "", epoch); !coded.Is(err, coded.Invalid) {
			t.Errorf("New(%q): %v, want invalid", arn, err)
		}
	}
}

// What is stored is what comes back, in every phase; the history is stored
// elsewhere, so that a record never grows with it.
func TestRecord_JSON(t *testing.T) {
	for _, p := range phases {
		t.Run(string(p), func(t *testing.T) {
			rec, now := inPhase(t, p)
			rec.Missing = []customerkey.Requirement{{Name: "kms:CreateGrant", Detail: "denied", Fix: "add"}}
			rec.LastProbeAt, rec.DeletionDate, rec.Canary = now, now.Add(time.Hour), []byte{0, 1, 2}
			body, err := json.Marshal(rec)
			if err != nil {
				t.Fatal(err)
			}
			var back customerkey.Record
			if err := json.Unmarshal(body, &back); err != nil {
				t.Fatal(err)
			}
			rec.Changes = nil
			if !reflect.DeepEqual(back, rec) {
				t.Errorf("came back as\n%+v, was\n%+v", back, rec)
			}
		})
	}
}

func TestRecord_SizeBounded(t *testing.T) {
	rec, now := inPhase(t, customerkey.PhaseUsable)
	size := func() int {
		body, err := json.Marshal(rec)
		if err != nil {
			t.Fatal(err)
		}
		return len(body)
	}
	turn := func(until time.Time) {
		for ; now.Before(until); now = now.Add(time.Minute) {
			rec = rules.Observe(rec, disabled(now), now).Record
			rec = rules.Judge(rec, gone(customerkey.CauseDisabled), now).Record
			for range 3 {
				now = now.Add(5 * time.Minute)
				rec = rules.Judge(rec, usable, now).Record
			}
			rec.Changes = nil // stored
		}
	}
	turn(now.Add(time.Hour))
	before := size()
	turn(now.Add(30 * 24 * time.Hour))
	if after := size(); after > before+200 {
		t.Errorf("%d bytes after an hour, %d after a month of turning the key off and on", before, after)
	}
}

// The phases that serve, lock and are confirmed.
func TestPhase(t *testing.T) {
	serves := map[customerkey.Phase]bool{customerkey.PhaseUsable: true, customerkey.PhaseUnreachable: true}
	unlocked := map[customerkey.Phase]bool{customerkey.PhasePending: true, customerkey.PhaseUsable: true, customerkey.PhaseUnreachable: true, customerkey.PhaseRetired: true}
	confirmed := map[customerkey.Phase]bool{customerkey.PhaseRevoked: true, customerkey.PhaseAwaitingApproval: true, customerkey.PhaseLost: true}
	for _, p := range phases {
		if p.Serves() != serves[p] || p.Locked() == unlocked[p] || p.Confirmed() != confirmed[p] {
			t.Errorf("%s: serves %v, locked %v, confirmed %v", p, p.Serves(), p.Locked(), p.Confirmed())
		}
	}
	if p := customerkey.Phase("surprise"); p.Serves() || p.Confirmed() {
		t.Errorf("an unknown phase serves %v, is confirmed %v", p.Serves(), p.Confirmed())
	}
}

// Probes of healthy keys come once in every period, spread evenly over it.
func TestRecord_NextProbe_Spread(t *testing.T) {
	const n, buckets = 4800, 24
	timing := rules.Timing
	var count [buckets]int
	for i := range n {
		rec := customerkey.Record{ARN: fmt.Sprintf("arn:aws:kms:eu-central-1:444455556666:key/0a1b2c3d-0000-4000-8000-%012d", i), Phase: customerkey.PhaseUsable}
		first := rec.NextProbe(timing, epoch)
		wait := first.Sub(epoch)
		if wait <= 0 || wait > timing.Probe {
			t.Fatalf("key %d is next probed in %s, want within %s", i, wait, timing.Probe)
		}
		if again := rec.NextProbe(timing, first); again.Sub(first) != timing.Probe {
			t.Fatalf("key %d: %s between two probes, want %s", i, again.Sub(first), timing.Probe)
		}
		count[int(int64(wait-1)*buckets/int64(timing.Probe))]++
	}
	for i, c := range count {
		if mean := n / buckets; c < mean/2 || c > mean*3/2 {
			t.Errorf("%d probes in part %d of %d of the period, want about %d", c, i, buckets, mean)
		}
	}
}

func TestRecord_NextProbe(t *testing.T) {
	timing := rules.Timing
	if timing.Probe >= 5*time.Minute {
		t.Errorf("a healthy key is probed every %s, want under five minutes", timing.Probe)
	}
	dense := func(change func(*customerkey.Record)) customerkey.Record {
		rec, _ := inPhase(t, customerkey.PhaseUsable)
		rec.DenseUntil = time.Time{}
		change(&rec)
		return rec
	}
	for name, rec := range map[string]customerkey.Record{
		"after a signal":      dense(func(r *customerkey.Record) { r.DenseUntil = epoch.Add(time.Second) }),
		"locked":              dense(func(r *customerkey.Record) { r.Phase = customerkey.PhaseLocked }),
		"as a precaution":     dense(func(r *customerkey.Record) { r.Phase = customerkey.PhasePrecaution }),
		"while unreachable":   dense(func(r *customerkey.Record) { r.UnreachableSince = epoch }),
		"while coming back":   dense(func(r *customerkey.Record) { r.Phase, r.UsableSince = customerkey.PhaseRevoked, epoch }),
		"while KMS says gone": dense(func(r *customerkey.Record) { r.GoneSince = epoch }),
	} {
		t.Run(name, func(t *testing.T) {
			if next, soon := rec.NextProbe(timing, epoch), epoch.Add(timing.Dense); !next.Equal(soon) {
				t.Errorf("next probe %s, want %s", next, soon)
			}
		})
	}
	over := dense(func(r *customerkey.Record) { r.DenseUntil = epoch })
	if next := over.NextProbe(timing, epoch); next.Equal(epoch.Add(timing.Dense)) {
		t.Errorf("dense at its very end still")
	}
	for _, p := range []customerkey.Phase{customerkey.PhaseLost, customerkey.PhaseRetired} {
		rec, now := inPhase(t, p)
		if next := rec.NextProbe(timing, now); !next.IsZero() {
			t.Errorf("%s: next probe %s, want none", p, next)
		}
	}
}
