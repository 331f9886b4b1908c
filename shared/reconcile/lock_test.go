package reconcile_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"latchkey/events"
	"latchkey/shared/catalog"
	"latchkey/shared/customerkey"
	"latchkey/shared/database"
	"latchkey/shared/metric"
	"latchkey/shared/reconcile"
	"latchkey/shared/tenantcontext"
)

// servedWorld returns a world with one tenant under a key of its own that is served.
func servedWorld(t testing.TB) (*world, string) {
	t.Helper()
	return served(t, newWorld(t, nil))
}

func served(t testing.TB, w *world) (*world, string) {
	t.Helper()
	arn := w.customerKey(keyInput, "acme")
	w.tenant("acme", arn, "tracker")
	w.run(time.Hour)
	w.served("acme", "tracker", true)
	return w, arn
}

// crowd puts n more databases under a key, as copies of one that is there.
func (w *world) crowd(like, arn string, n int) {
	w.Helper()
	it, err := w.raw.Get(ctx, catalog.Key{Part: "database#" + like, Sort: "."})
	w.must(err)
	for from := 0; from < n; from += catalog.MaxTxItems {
		var tx catalog.Tx
		for i := from; i < min(from+catalog.MaxTxItems, n); i++ {
			tx.Puts = append(tx.Puts, catalog.Put{Item: w.copyOf(it, like, fmt.Sprintf("crowd-%06d/tracker", i))})
		}
		w.must(w.raw.Commit(ctx, tx))
	}
}

// copyOf returns a database's item under another id, with an instance of its own.
func (w *world) copyOf(it catalog.Item, like, id string) catalog.Item {
	w.Helper()
	var rec database.Record
	w.must(json.Unmarshal(it.Body, &rec))
	rec.ID, rec.TenantID = id, strings.TrimSuffix(id, "/tracker")
	rec.InstanceID, rec.ResourceID, rec.GrantID = database.InstanceName(id, 0), "db-"+id, ""
	body, err := json.Marshal(rec)
	w.must(err)
	it.Key.Part, it.Body, it.DueAt = "database#"+id, body, w.clock.Now().Add(30*24*time.Hour)
	it.Indexes.Tenant, it.Indexes.Host, it.Indexes.Resource = rec.TenantID, "instance/"+rec.InstanceID, rec.ResourceID
	return it
}

// lockOf reports whether a transaction is the one that locks a key.
func lockOf(tx catalog.Tx, arn string) bool {
	for _, p := range tx.Puts {
		if p.Item.Key.Part == "key#"+arn {
			var rec customerkey.Record
			return json.Unmarshal(p.Item.Body, &rec) == nil && rec.Phase == customerkey.PhaseLocked
		}
	}
	return false
}

// The lock is one conditional write on one key, however many databases the key
// has: one record, one line of its history, what is told of it and the event's
// id. From that commit on every tenant is refused.
func TestPlane_Handle_LockIsOneWrite(t *testing.T) {
	for _, n := range []int{1, 40, 400} {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			w, arn := servedWorld(t)
			w.crowd("acme/tracker", arn, n-1)
			locks, first := 0, true
			w.tap.before = func(tx catalog.Tx) error {
				if first && !lockOf(tx, arn) {
					t.Errorf("a commit before the lock: %+v", tx)
				}
				return nil
			}
			w.tap.after = func(tx catalog.Tx) {
				if !first {
					return
				}
				first = false
				locks++
				if puts(tx, "key") != 1 || puts(tx, "history") != 1 || len(tx.Puts) != 2 || len(tx.Outbox) != 1 || tx.Seen == nil || len(tx.Deletes)+len(tx.Checks) != 0 {
					t.Errorf("the lock is %d puts, %d messages, seen %v", len(tx.Puts), len(tx.Outbox), tx.Seen)
				}
				if tx.Puts[0].IfVersion < 1 {
					t.Error("the lock is not conditional")
				}
				w.served("acme", "tracker", false)
			}
			w.watch(w.disable(arn))
			w.tap.before, w.tap.after = nil, nil
			if locks != 1 || w.counts.of(metric.Locks) != 1 {
				t.Fatalf("%d locks seen, %d counted", locks, w.counts.of(metric.Locks))
			}
			if _, d, err := w.plane.Context(ctx, "acme", "tracker"); err != nil || d.Reason != tenantcontext.KeyRevoked {
				t.Errorf("decision %+v, %v", d, err)
			}
			w.run(20 * time.Minute)
			for i := range n - 1 {
				if rec := w.database(fmt.Sprintf("crowd-%06d/tracker", i)); !rec.Phase.InLock() {
					t.Fatalf("database %d of %d is %s twenty minutes later", i, n, rec.Phase)
				}
			}
		})
	}
}

// A fan-out that is cut off goes on where it was.
func TestPlane_Fanout_Resumes(t *testing.T) {
	w, arn := servedWorld(t)
	const n = 400
	w.crowd("acme/tracker", arn, n)
	env := w.disable(arn)
	poked, crash := 0, errors.New("the process died")
	w.tap.before = func(tx catalog.Tx) error {
		if tx.Seen == nil && puts(tx, "database") == 1 {
			if poked++; poked%130 == 0 {
				return crash
			}
		}
		return nil
	}
	w.watch(env)
	if rec := w.key(arn); !rec.Fanout.Active || rec.Fanout.Cursor == "" {
		t.Fatalf("after the crash the fan-out is %+v", rec.Fanout)
	}
	due := func() (n int) {
		for shard := range catalog.DueShards {
			d, err := w.raw.Due(ctx, catalog.LaneRecords, shard, w.clock.Now(), 1000)
			w.must(err)
			n += len(d)
		}
		return n
	}
	if told := due(); told < 90 || told >= n {
		t.Fatalf("%d of %d databases were told before the crash", told, n)
	}
	w.tap.before = nil
	for range 20 {
		if _, err := w.plane.Sweep(ctx, catalog.LaneKeys, reconcile.Sweeping{PerShard: 10}); err != nil {
			t.Fatal(err)
		}
	}
	if told := due(); told < n {
		t.Errorf("%d of %d databases were told in the end", told, n)
	}
	if rec := w.key(arn); rec.Fanout.Active {
		t.Errorf("the fan-out does not end: %+v", rec.Fanout)
	}
}

// News from an account that is not the key's makes us look, and no more.
func TestPlane_Handle_ForgedAccount(t *testing.T) {
	w, arn := servedWorld(t)
	probed := w.key(arn).LastProbeAt
	w.run(time.Minute)
	forged := w.kmsCall("DisableKey", stranger, arn, nil)
	w.watch(forged)
	rec := w.key(arn)
	if rec.Phase != customerkey.PhaseUsable || !rec.LastProbeAt.After(probed) {
		t.Errorf("the key is %s, probed %s; want a look, and no lock", rec.Phase, rec.LastProbeAt)
	}
	if w.counts.of(metric.Locks) != 0 || w.counts.of(metric.Untrusted) != 1 {
		t.Errorf("%d locks, %d untrusted", w.counts.of(metric.Locks), w.counts.of(metric.Untrusted))
	}
	w.run(time.Hour)
	w.served("acme", "tracker", true)
	detail, err := w.plane.KeyDetail(ctx, arn)
	w.must(err)
	if last := detail.History[len(detail.History)-1]; last.Event != forged.ID || !strings.Contains(last.Detail, stranger) {
		t.Errorf("history ends with %+v", last)
	}
}

// A probe that the forgery brings about and that finds the key disabled locks:
// on our own word.
func TestPlane_Handle_ForgedAndTrue(t *testing.T) {
	w, arn := servedWorld(t)
	w.must(w.kms.DisableKey(ctx, admin, arn))
	w.watch(w.kmsCall("DisableKey", stranger, arn, nil))
	if rec := w.key(arn); !rec.Phase.Locked() || rec.LockSource != customerkey.SourceProbe {
		t.Errorf("the key is %s by %s", rec.Phase, rec.LockSource)
	}
}

// A signal about one key reaches no other, not even another of the same account.
func TestPlane_Handle_OneKeyOnly(t *testing.T) {
	w, arn := servedWorld(t)
	other := w.customerKey(keyInput, "beta")
	w.tenant("beta", other, "tracker")
	w.run(time.Hour)
	before, err := w.raw.Get(ctx, catalog.Key{Part: "key#" + other, Sort: "."})
	w.must(err)
	w.tap.before = func(tx catalog.Tx) error {
		for _, p := range tx.Puts {
			if strings.HasSuffix(p.Item.Key.Part, "#"+other) {
				t.Errorf("a commit about the other key: %s", p.Item.Key.Part)
			}
		}
		return nil
	}
	w.watch(w.disable(arn))
	after, err := w.raw.Get(ctx, catalog.Key{Part: "key#" + other, Sort: "."})
	w.must(err)
	if before.Version != after.Version {
		t.Errorf("the other key's record went from version %d to %d", before.Version, after.Version)
	}
	w.served("acme", "tracker", false)
	w.served("beta", "tracker", true)
}

// A lock without any event: our own probes find the key disabled.
func TestPlane_Sweep_ProbesLock(t *testing.T) {
	w, arn := servedWorld(t)
	w.must(w.kms.DisableKey(ctx, admin, arn))
	w.run(5 * time.Minute)
	w.served("acme", "tracker", false)
	if got := w.outbox("acme"); !slices.Contains(got, events.TypeKeyLocked) {
		t.Errorf("told %v", got)
	}
}

// A call that runs out of time reaches no verdict.
func TestPlane_Step_OutOfTime(t *testing.T) {
	w, arn := servedWorld(t)
	w.must(w.kms.DisableKey(ctx, admin, arn))
	w.run(0)
	w.clock.Advance(10 * time.Minute)
	short, cancel := contextThatEnds()
	w.tap.reads = func(catalog.Key) error { cancel(); return nil }
	before := w.key(arn)
	if err := w.plane.Step(short, catalog.Key{Part: "key#" + arn, Sort: "."}); err == nil {
		t.Error("no error")
	}
	w.tap.reads = nil
	if after := w.key(arn); after.Phase != before.Phase || !after.LastProbeAt.Equal(before.LastProbeAt) {
		t.Errorf("the key went from %s to %s", before.Phase, after.Phase)
	}
}

// The time from the customer's call to the lock is measured by where the news
// came from; what a probe finds is counted from the last usable verdict.
func TestPlane_LockLatency(t *testing.T) {
	t.Run("forwarded", func(t *testing.T) {
		w, arn := servedWorld(t)
		env := w.disable(arn)
		w.clock.Advance(90 * time.Second)
		w.watch(env)
		if got := w.counts.value(metric.LockLatency + " cloudtrail"); got != 90_000 {
			t.Errorf("measured %v ms, want 90000", got)
		}
	})
	t.Run("found by a probe", func(t *testing.T) {
		w, arn := servedWorld(t)
		usable := w.key(arn).LastUsableAt
		w.disable(arn)
		w.run(10 * time.Minute)
		rec := w.key(arn)
		want := float64(rec.LockedAt.Sub(usable).Milliseconds())
		if got := w.counts.value(metric.LockLatency + " probe"); got <= 0 || got > want {
			t.Errorf("measured %v ms, locked %v ms after a usable verdict", got, want)
		}
	})
}
