package ledger_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"latchkey/shared/catalog"
	"latchkey/shared/coded"
	"latchkey/shared/customerkey"
	"latchkey/shared/keyusage"
	"latchkey/shared/keyusage/ledger"
	"latchkey/shared/keyusage/trailtest"
)

// notes are lines of a key's history that say nothing of its state: others' calls,
// as they stood among the turns before notes were kept apart.
func (w *world) notes(i, n int, at time.Time, phase customerkey.Phase) {
	for k := range n {
		w.put("history#"+w.gen.World.Tenants[i].KeyARN, fmt.Sprintf("%015d.00", 10+k), customerkey.Change{
			At: at.Add(time.Duration(k) * time.Second), To: phase, Source: customerkey.SourceCloudTrail, Detail: "CreateGrant"}, catalog.Indexes{})
	}
}

// TestLedger_Ingest_noted: a revocation that is over is held against later uses of
// its time, whatever was noted since.
func TestLedger_Ingest_noted(t *testing.T) {
	told := func(notes int) (ingested, reported int) {
		w := newWorld(t, trailtest.Config{Seed: 23, Tenants: 1, PerFile: 10 * time.Minute})
		w.revoke(0, start.Add(-40*time.Minute), start.Add(10*time.Hour))
		w.notes(0, notes, start.Add(11*time.Hour), customerkey.PhaseUsable)
		l := w.open(w.deps())
		ingest(t, l, w.deliver(w.gen.Name(0), w.gen.File(0, 100)))
		s, err := l.Collect(ctx, w.gen.World.Tenants[0].ID, start.Add(-22*time.Hour), start.Add(2*time.Hour))
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range s.Found {
			if f.Kind == keyusage.UseAfterRevocation {
				reported++
			}
		}
		return kinds(w.told())["use-after-revocation"], reported
	}
	ingested, reported := told(0)
	if ingested == 0 || reported == 0 {
		t.Fatalf("%d told, %d reported: the test shows nothing", ingested, reported)
	}
	for _, notes := range []int{1, 200, 1500} {
		if i, r := told(notes); i != ingested || r != reported {
			t.Errorf("%d notes: %d told, %d reported; want %d and %d", notes, i, r, ingested, reported)
		}
	}
}

// held counts the findings that are held.
func (w *world) held() (n int) {
	w.Helper()
	for shard := range catalog.DueShards {
		list, err := w.store.Due(ctx, ledger.LaneHeld, shard, w.clock.Now().Add(24*time.Hour), 1000)
		if err != nil {
			w.Fatal(err)
		}
		for _, d := range list {
			if strings.HasPrefix(d.Key.Part, "finding#") {
				n++
			}
		}
	}
	return n
}

// ignorant is a control plane that fails to tell of keys, or of the first part of
// their history.
type ignorant struct {
	ledger.Records
	fails, failsTurns bool
	since             time.Time
}

func (r *ignorant) Key(ctx context.Context, arn string) (customerkey.Record, error) {
	if r.fails {
		return customerkey.Record{}, coded.New(coded.Retryable, "slow down")
	}
	return r.Records.Key(ctx, arn)
}

func (r *ignorant) Turns(ctx context.Context, arn string) ([]customerkey.Change, time.Time, error) {
	if r.failsTurns {
		return nil, time.Time{}, coded.New(coded.Retryable, "slow down")
	}
	if !r.since.IsZero() {
		return nil, r.since, nil
	}
	return r.Records.Turns(ctx, arn)
}

// TestLedger_Settle_unknown: a held finding is dropped for what is known alone: not
// because a read failed, nor because the history before a time is not known.
func TestLedger_Settle_unknown(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(w *world, r *ignorant)
		fails  bool
		told   bool
	}{
		{"noted", func(w *world, _ *ignorant) { w.notes(0, 250, start.Add(13*time.Minute), customerkey.PhaseLocked) }, false, true},
		{"no answer", func(_ *world, r *ignorant) { r.fails = true }, true, true},
		{"no answer about turns", func(_ *world, r *ignorant) { r.failsTurns = true }, true, true},
		{"cut after the uses", func(_ *world, r *ignorant) { r.since = start.Add(2 * time.Hour) }, false, true},
		{"cut before the uses", func(_ *world, r *ignorant) { r.since = start }, false, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t, trailtest.Config{Seed: 23, Tenants: 1, PerFile: 10 * time.Minute})
			w.revoke(0, start.Add(-40*time.Minute), time.Time{})
			w.clock.now = start.Add(12 * time.Minute)
			ingest(t, w.open(w.deps()), w.deliver(w.gen.Name(0), w.gen.File(0, 100)))
			held := w.held()
			if held == 0 {
				t.Fatal("nothing is held: the test shows nothing")
			}
			w.clock.advance(time.Hour)
			deps := w.deps()
			records := &ignorant{Records: deps.Records}
			deps.Records = records
			c.change(w, records)
			l := w.open(deps)
			if c.fails {
				if n, err := l.Settle(ctx); n != 0 || !coded.Is(err, coded.Retryable) || w.held() != held {
					t.Errorf("told %d, %v; %d are held, want %d", n, err, w.held(), held)
				}
				records.fails, records.failsTurns = false, false
			}
			want := 0
			if c.told {
				want = held
			}
			if n, err := l.Settle(ctx); n != want || err != nil || w.held() != 0 {
				t.Errorf("told %d, %v, %d still held; want %d", n, err, w.held(), want)
			}
		})
	}
}
