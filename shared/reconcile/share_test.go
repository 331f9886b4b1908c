package reconcile_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"latchkey/events"
	"latchkey/shared/catalog"
	"latchkey/shared/customerkey"
	"latchkey/shared/database"
	"latchkey/shared/metric"
	"latchkey/shared/reconcile"
)

// A key that two tenants share is watched once, locks both, follows the
// stricter choice about the way back, and is retired with the last of them.
func TestPlane_SharedKey(t *testing.T) {
	w := newWorld(t, nil)
	arn := w.customerKey(keyInput, "acme", "beta", "gamma")
	w.tenant("acme", arn, "tracker")
	strict := created(w.subject("beta"), arn)
	strict.Return = events.ReturnApproval
	w.commerce(events.TypeTenantCreated, strict)
	w.commerce(events.TypeProductActivated, activated(w.subject("beta"), "tracker"))
	w.run(time.Hour)
	w.served("acme", "tracker", true)
	w.served("beta", "tracker", true)
	if rec := w.key(arn); rec.Return != customerkey.ReturnApproval {
		t.Errorf("return %s, want the stricter", rec.Return)
	}
	w.watch(w.disable(arn))
	w.served("acme", "tracker", false)
	w.served("beta", "tracker", false)
	days := 0
	w.commerce(events.TypeTenantDestroyed, &events.TenantDestroyed{Subject: w.subject("acme"), GraceDays: &days})
	w.run(6 * time.Hour)
	if rec := w.key(arn); rec.Phase != customerkey.PhaseRevoked {
		t.Errorf("after the first tenant: %s, want revoked: the second still uses it", rec.Phase)
	}
	w.commerce(events.TypeTenantDestroyed, &events.TenantDestroyed{Subject: w.subject("beta"), GraceDays: &days})
	w.run(6 * time.Hour)
	if rec := w.key(arn); rec.Phase != customerkey.PhaseRetired {
		t.Errorf("after the last tenant: %s, want retired", rec.Phase)
	}
	w.must(w.kms.EnableKey(ctx, admin, arn))
	w.tenant("gamma", arn, "tracker")
	w.run(time.Hour)
	w.served("gamma", "tracker", true)
	detail, err := w.plane.KeyDetail(ctx, arn)
	w.must(err)
	if first, n := detail.History[0], len(detail.History); first.Detail != "named by tenant acme" || n < 6 {
		t.Errorf("the history of %d begins with %+v; it must outlive the retirement", n, first)
	}
}

// sharedTenants signs n tenants up for a product on shards.
func (w *world) sharedTenants(from, n int) {
	w.Helper()
	for i := from; i < from+n; i++ {
		id := fmt.Sprintf("small-%03d", i)
		e := created(w.subject(id), "")
		e.Placement, e.Key.Choice = events.PlacementShared, events.KeyPlatform
		w.commerce(events.TypeTenantCreated, e)
		w.commerce(events.TypeProductActivated, activated(w.subject(id), "tracker"))
	}
}

// shards returns the shards, and checks that what each says of itself is so.
func (w *world) shards() map[string]database.Record {
	w.Helper()
	page, err := w.plane.Databases(ctx, "", 1000)
	w.must(err)
	out, on := map[string]database.Record{}, map[string]int{}
	for _, rec := range page.Items {
		if rec.Kind == database.KindShard {
			out[rec.ID] = rec
		}
		if rec.Kind == database.KindShared && rec.Phase != database.PhaseDeleted && rec.HostID != "" {
			on[rec.HostID]++
		}
	}
	for id, s := range out {
		if s.Used != on[id] || s.Used > s.Capacity {
			w.Errorf("shard %s says %d of %d, and holds %d", id, s.Used, s.Capacity, on[id])
		}
	}
	return out
}

// A shard is never promised more than it holds, and another is there before
// the last is full.
func TestPlane_Place(t *testing.T) {
	const capacity = 5
	w := newWorld(t, func(c *reconcile.Config) { c.ShardCapacity = capacity })
	full := false
	w.tap.after = func(tx catalog.Tx) {
		room, shards := 0, w.shards()
		for _, s := range shards {
			room += s.Capacity - s.Used
		}
		if len(shards) > 0 && room == 0 {
			full = true
		}
	}
	for i := range 23 {
		w.sharedTenants(i, 1)
		if i%4 == 0 {
			w.run(10 * time.Minute)
		}
	}
	w.run(time.Hour)
	w.tap.after = nil
	if full {
		t.Error("the last shard was full before another was asked for")
	}
	if n := len(w.shards()); n != 5 {
		t.Errorf("%d shards of %d for 23 databases, want 5 with one place to spare", n, capacity)
	}
	for i := range 23 {
		w.served(fmt.Sprintf("small-%03d", i), "tracker", true)
	}
	instances := len(w.rds.Instances())
	if instances != 5 {
		t.Errorf("%d instances", instances)
	}
}

// Placing loses races and commits, and is right in the end.
func TestPlane_Place_Races(t *testing.T) {
	w := newWorld(t, func(c *reconcile.Config) { c.ShardCapacity = 4 })
	n := 0
	w.tap.before = func(tx catalog.Tx) error {
		if n++; n%3 == 0 && tx.Seen == nil {
			return catalog.ErrConflict
		}
		return nil
	}
	w.sharedTenants(0, 10)
	w.run(2 * time.Hour)
	w.tap.before = nil
	w.run(time.Hour)
	w.shards()
	for i := range 10 {
		w.served(fmt.Sprintf("small-%03d", i), "tracker", true)
	}
}

// A dropped database gives its place back, and the place is used again.
func TestPlane_Place_GivenBack(t *testing.T) {
	w := newWorld(t, func(c *reconcile.Config) { c.ShardCapacity = 10 })
	w.sharedTenants(0, 8)
	w.run(time.Hour)
	days := 0
	for i := range 8 {
		w.commerce(events.TypeTenantDestroyed, &events.TenantDestroyed{Subject: w.subject(fmt.Sprintf("small-%03d", i)), GraceDays: &days})
	}
	w.run(6 * time.Hour)
	for id, s := range w.shards() {
		if s.Used != 0 {
			t.Errorf("%s: %d places taken by nobody", id, s.Used)
		}
	}
	w.sharedTenants(100, 8)
	w.run(time.Hour)
	if n := len(w.shards()); n != 1 {
		t.Errorf("%d shards, want the one that has room", n)
	}
	w.served("small-100", "tracker", true)
}

// A shared database follows the lock of the platform's key through its shard.
func TestPlane_PlatformKeyLocks(t *testing.T) {
	w := newWorld(t, nil)
	w.sharedTenants(0, 3)
	w.run(time.Hour)
	arn := w.database("small-000/tracker").KeyARN
	w.served("small-000", "tracker", true)
	w.must(w.kms.DisableKey(ctx, role, arn))
	w.run(time.Hour)
	for i := range 3 {
		w.served(fmt.Sprintf("small-%03d", i), "tracker", false)
		if rec := w.database(fmt.Sprintf("small-%03d/tracker", i)); !rec.Phase.InLock() || !rec.Fenced {
			t.Errorf("%s is %s, fenced %v", rec.ID, rec.Phase, rec.Fenced)
		}
	}
	w.must(w.kms.EnableKey(ctx, role, arn))
	w.run(3 * time.Hour)
	for i := range 3 {
		w.served(fmt.Sprintf("small-%03d", i), "tracker", true)
	}
}

// One record that cannot be stepped does not hold up the rest.
func TestPlane_Sweep_IsolatesFailures(t *testing.T) {
	w := newWorld(t, nil)
	for i := range 12 {
		w.tenant(fmt.Sprintf("tenant-%02d", i), "", "tracker")
	}
	bad, cause := catalog.Key{Part: "database#tenant-05/tracker", Sort: "."}, errors.New("cannot be read")
	w.tap.reads = func(k catalog.Key) error {
		if k == bad {
			return cause
		}
		return nil
	}
	var errs int
	for range 120 {
		w.clock.Advance(time.Minute)
		w.must(w.rds.Tick(w.clock.Now()))
		for _, lane := range reconcile.Lanes() {
			if _, err := w.plane.Sweep(ctx, lane, reconcile.Sweeping{PerShard: 100}); err != nil {
				if errs++; !errors.Is(err, cause) || !strings.Contains(err.Error(), "tenant-05") {
					t.Fatalf("sweep: %v", err)
				}
			}
		}
	}
	w.tap.reads = nil
	for i := range 12 {
		w.served(fmt.Sprintf("tenant-%02d", i), "tracker", i != 5)
	}
	if errs == 0 {
		t.Error("nothing failed")
	}
	w.run(time.Hour)
	w.served("tenant-05", "tracker", true)
}

// Of what is due, a sweep takes so many of each shard, and tells how many.
func TestPlane_Sweep_Bounded(t *testing.T) {
	w := newWorld(t, nil)
	for i := range 200 {
		w.tenant(fmt.Sprintf("tenant-%03d", i), "", "tracker")
	}
	w.clock.Advance(48 * time.Hour)
	swept, err := w.plane.Sweep(ctx, catalog.LaneRecords, reconcile.Sweeping{PerShard: 2})
	w.must(err)
	if swept.Stepped == 0 || swept.Stepped > 2*catalog.DueShards {
		t.Errorf("a sweep of 2 of each of %d shards stepped %d", catalog.DueShards, swept.Stepped)
	}
	if swept.Lag <= 0 || swept.Lag > 48*time.Hour || w.counts.value(metric.DueLag) != swept.Lag.Seconds() {
		t.Errorf("the lag is %s, measured as %v s", swept.Lag, w.counts.value(metric.DueLag))
	}
}

// A sweep of several records at once leaves what a sweep of one after the other leaves.
func TestPlane_Sweep_AtOnce(t *testing.T) {
	phases := func(atOnce int) string {
		w := newWorld(t, nil)
		for i := range 40 {
			w.tenant(fmt.Sprintf("tenant-%03d", i), "", "tracker")
		}
		for range 60 {
			w.clock.Advance(time.Minute)
			w.must(w.rds.Tick(w.clock.Now()))
			for _, lane := range reconcile.Lanes() {
				_, err := w.plane.Sweep(ctx, lane, reconcile.Sweeping{PerShard: 50, AtOnce: atOnce})
				w.must(err)
			}
		}
		page, err := w.plane.Databases(ctx, "", 100)
		w.must(err)
		out := ""
		for _, db := range page.Items {
			out += db.ID + " " + string(db.Phase) + "\n"
		}
		return out
	}
	one, eight := phases(1), phases(8)
	if one != eight || strings.Count(one, " available\n") < 40 {
		t.Errorf("one by one:\n%s\neight at once:\n%s", one, eight)
	}
}

// A plane that may step tenants only leaves the rest to the sweeps.
func TestPlane_AtOnce(t *testing.T) {
	w := newWorld(t, nil)
	w.plane.AtOnce = []reconcile.Kind{reconcile.Tenants}
	w.tenant("acme", "", "tracker")
	page, err := w.plane.Databases(ctx, "", 10)
	w.must(err)
	if len(page.Items) == 0 {
		t.Fatal("the tenant's own steps were not taken")
	}
	for _, db := range page.Items {
		if db.Phase != database.PhaseRequested {
			t.Errorf("%s is %s: its steps are another function's", db.ID, db.Phase)
		}
	}
}

// Records whose steps fail do not keep the sweep from those behind them.
func TestPlane_Sweep_FailingRecords(t *testing.T) {
	w := newWorld(t, nil)
	w.tenant("acme", "", "tracker")
	good := catalog.Key{Part: "tenant#acme", Sort: "."}
	shard := catalog.ShardOf(good.Part)
	broken := 0
	for i := 0; broken < 5; i++ {
		key := catalog.Key{Part: fmt.Sprintf("tenant#broken-%d", i), Sort: "."}
		if catalog.ShardOf(key.Part) != shard {
			continue
		}
		broken++
		it := catalog.Item{Key: key, Body: []byte("{"), Lane: catalog.LaneRecords, DueAt: w.clock.Now().Add(-time.Hour)}
		w.must(w.raw.Commit(ctx, catalog.Tx{Puts: []catalog.Put{{Item: it}}}))
	}
	it, err := w.raw.Get(ctx, good)
	w.must(err)
	it.DueAt = w.clock.Now()
	w.must(w.raw.Commit(ctx, catalog.Tx{Puts: []catalog.Put{{Item: it, IfVersion: it.Version}}}))
	version := it.Version + 1
	for range 4 {
		swept, err := w.plane.Sweep(ctx, catalog.LaneRecords, reconcile.Sweeping{PerShard: 3})
		if swept.Failed > 0 && err == nil {
			t.Error("the sweep hides that steps failed")
		}
	}
	if it, err = w.raw.Get(ctx, good); err != nil || it.Version == version {
		t.Errorf("the record behind %d broken ones was not stepped in four sweeps of three: version %d, %v", broken, it.Version, err)
	}
}

// brokenFleet panics for one instance.
type brokenFleet struct {
	database.Fleet
	instance string
}

func (f brokenFleet) Describe(ctx context.Context, id string) (database.Instance, error) {
	if id == f.instance {
		panic("planted")
	}
	return f.Fleet.Describe(ctx, id)
}

// A step that panics ends neither the sweep nor the process, and is put behind the others.
func TestPlane_Sweep_Panic(t *testing.T) {
	w := newWorld(t, nil)
	for i := range 20 {
		w.tenant(fmt.Sprintf("tenant-%03d", i), "", "tracker")
	}
	w.run(time.Hour)
	bad := w.database("tenant-007/tracker")
	ports := w.plane.Regions[region]
	ports.Fleet = brokenFleet{ports.Fleet, bad.InstanceID}
	w.plane.Regions[region] = ports
	w.clock.Advance(48 * time.Hour)
	swept, err := w.plane.Sweep(ctx, catalog.LaneRecords, reconcile.Sweeping{PerShard: 50, AtOnce: 4})
	if swept.Failed != 1 || swept.Stepped < 20 || err == nil || !strings.Contains(err.Error(), "planted") {
		t.Errorf("%+v, %v", swept, err)
	}
	it, err := w.raw.Get(ctx, catalog.Key{Part: "database#tenant-007/tracker", Sort: "."})
	if err != nil || !it.DueAt.After(w.clock.Now()) {
		t.Errorf("the record that panics is due at %s, %v", it.DueAt, err)
	}
}
