package reconcile_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"latchkey/events"
	"latchkey/shared/catalog"
	"latchkey/shared/coded"
	"latchkey/shared/customerkey"
	"latchkey/shared/database"
	"latchkey/shared/fake/fakekms"
	"latchkey/shared/reconcile"
	"latchkey/shared/snapshot"
	"latchkey/shared/tenantcontext"
)

// Every record is on exactly one page, whatever the size of the pages.
func TestPlane_Lists(t *testing.T) {
	w := newWorld(t, nil)
	want := map[string]bool{}
	for i := range 40 {
		id := fmt.Sprintf("tenant-%02d", i)
		want[id] = true
		w.tenant(id, "", "tracker")
	}
	for _, limit := range []int{1, 3, 7, 16, 39, 40, 41, catalog.MaxPage} {
		seen := map[string]bool{}
		for after, pages := "", 0; ; pages++ {
			page, err := w.plane.Tenants(ctx, after, limit)
			w.must(err)
			if len(page.Items) > limit || pages > 100 {
				t.Fatalf("limit %d: %d items on page %d", limit, len(page.Items), pages)
			}
			for _, rec := range page.Items {
				if seen[rec.ID] || !want[rec.ID] {
					t.Errorf("limit %d: %s is listed twice, or was never there", limit, rec.ID)
				}
				seen[rec.ID] = true
			}
			if after = page.Next; after == "" {
				break
			}
		}
		if len(seen) != len(want) {
			t.Errorf("limit %d: %d of %d tenants", limit, len(seen), len(want))
		}
	}
	dbs, err := w.plane.Databases(ctx, "", 100)
	w.must(err)
	keys, err := w.plane.Keys(ctx, "", 100)
	w.must(err)
	snaps, err := w.plane.Snapshots(ctx, "", 100)
	w.must(err)
	if len(dbs.Items) != 40 || len(keys.Items) != 1 || len(snaps.Items) != 0 || snaps.Items == nil {
		t.Errorf("%d databases, %d keys, %v snapshots", len(dbs.Items), len(keys.Items), snaps.Items)
	}
}

func TestPlane_Lists_BadInput(t *testing.T) {
	w := newWorld(t, nil)
	for _, limit := range []int{-1, 0, catalog.MaxPage + 1} {
		if _, err := w.plane.Tenants(ctx, "", limit); !coded.Is(err, coded.Invalid) || fieldOf(err) != "limit" {
			t.Errorf("limit %d: %v", limit, err)
		}
	}
	for _, after := range []string{"x", "99:", "-1:", ":", "3.5:"} {
		if _, err := w.plane.Tenants(ctx, after, 10); !coded.Is(err, coded.Invalid) || fieldOf(err) != "after" {
			t.Errorf("after %q: %v", after, err)
		}
	}
	_, terr := w.plane.Tenant(ctx, "nobody")
	_, derr := w.plane.Database(ctx, "nobody/tracker")
	_, kerr := w.plane.KeyDetail(ctx, "arn")
	_, ierr := w.plane.Impact(ctx, "arn")
	for what, err := range map[string]error{"tenant": terr, "database": derr, "key": kerr, "impact": ierr} {
		if !coded.Is(err, coded.NotFound) || coded.Hint(err) == "" {
			t.Errorf("%s: %v, hint %q", what, err, coded.Hint(err))
		}
	}
}

// Parked records and keys that a customer has to mend are listed with a reason.
func TestPlane_ParkedRecords(t *testing.T) {
	w := newWorld(t, nil)
	arn, err := w.kms.CreateKey(ctx, admin, fakekms.CreateKeyInput{Region: region}) // nobody but its account may use it
	w.must(err)
	w.tenant("acme", arn, "tracker")
	w.must(w.rds.Fleet(role).Create(ctx, database.Spec{InstanceID: database.InstanceName("beta/tracker", 0), Class: "db.t4g.micro", StorageGiB: 20}))
	w.tenant("beta", "", "tracker")
	w.run(30 * time.Minute)
	parked, err := w.plane.ParkedRecords(ctx)
	w.must(err)
	byKind := map[string]reconcile.Parked{}
	for _, p := range parked {
		byKind[p.Kind] = p
		if p.Reason == "" {
			t.Errorf("%+v has no reason", p)
		}
	}
	if k := byKind["key"]; k.ID != arn || !strings.Contains(k.Reason, "kms:DescribeKey") || !k.Since.Equal(epoch) {
		t.Errorf("key %+v", k)
	}
	if d := byKind["database"]; d.ID != "beta/tracker" || !strings.Contains(d.Reason, "not ours") || !d.Retry.After(w.clock.Now()) {
		t.Errorf("database %+v", d)
	}
	if _, d, err := w.plane.Context(ctx, "acme", "tracker"); err != nil || d.Reason != tenantcontext.KeyPending {
		t.Errorf("decision %+v, %v", d, err)
	}
	if got := w.outbox("acme"); !slices.Contains(got, events.TypeKeyPreflightFailed) {
		t.Errorf("told %v", got)
	}
	list := customerkey.Statement(customerkey.Want{TenantID: "acme", Region: region, PlatformAccount: platform})
	w.must(w.kms.PutKeyPolicy(ctx, admin, arn, strings.Replace(fakekms.DefaultPolicy(customer), `"Statement":[`, `"Statement":[`+list[1:len(list)-1]+",", 1)))
	w.run(time.Hour)
	w.served("acme", "tracker", true)
}

// Impact names all that dies with a key.
func TestPlane_Impact(t *testing.T) {
	w := newWorld(t, func(c *reconcile.Config) { c.Schedule = snapshot.Daily })
	arn, other := w.customerKey(keyInput, "acme", "beta"), w.customerKey(keyInput, "gamma")
	w.tenant("acme", arn, "tracker", "wiki")
	w.tenant("beta", arn, "tracker")
	w.tenant("gamma", other, "tracker")
	w.run(3 * 24 * time.Hour)
	got, err := w.plane.Impact(ctx, arn)
	w.must(err)
	slices.Sort(got.Tenants)
	ids, snaps := []string{}, 0
	for _, d := range got.Databases {
		ids = append(ids, d.ID)
		snaps += d.Snapshots
		if d.Instance == "" || d.Phase != database.PhaseAvailable {
			t.Errorf("database %+v", d)
		}
	}
	slices.Sort(ids)
	if !slices.Equal(got.Tenants, []string{"acme", "beta"}) || !slices.Equal(ids, []string{"acme/tracker", "acme/wiki", "beta/tracker"}) {
		t.Errorf("tenants %v, databases %v", got.Tenants, ids)
	}
	if got.Snapshots != snaps || snaps < 3 || got.Truncated || got.Phase != customerkey.PhaseUsable {
		t.Errorf("impact %+v", got)
	}
}

func TestPlane_Context(t *testing.T) {
	w, _ := servedWorld(t)
	cases := map[string]struct {
		who, product string
		reason       tenantcontext.Reason
	}{
		"by id":           {"acme", "tracker", tenantcontext.OK},
		"by host":         {"acme.example.com", "tracker", tenantcontext.OK},
		"unknown tenant":  {"nobody", "tracker", tenantcontext.UnknownTenant},
		"unknown host":    {"nobody.example.com", "tracker", tenantcontext.UnknownTenant},
		"unknown product": {"acme", "wiki", tenantcontext.UnknownProduct},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			got, d, err := w.plane.Context(ctx, c.who, c.product)
			if err != nil || d.Reason != c.reason || d.Allow != (c.reason == tenantcontext.OK) || (got != nil) != d.Allow {
				t.Fatalf("= %+v, %+v, %v; want %s", got, d, err, c.reason)
			}
			if d.Allow && (got.TenantID != "acme" || got.Region != region) {
				t.Errorf("context %+v", got)
			}
		})
	}
}

// The key is read last: a lock that is committed while a decision is being made
// refuses it.
func TestPlane_Context_LockMeanwhile(t *testing.T) {
	w, arn := servedWorld(t)
	env := w.disable(arn)
	locked := false
	w.tap.reads = func(k catalog.Key) error {
		if strings.HasPrefix(k.Part, "database#") && !locked {
			locked = true
			w.watch(env)
		}
		return nil
	}
	w.served("acme", "tracker", false)
}

// A customer's key brings a database back after the window, from a restore, and
// a deleted one does not: the whole way through the engine.
func TestPlane_Lifecycle(t *testing.T) {
	w, arn := servedWorld(t)
	was := w.database("acme/tracker")
	w.watch(w.disable(arn))
	w.run(16 * 24 * time.Hour)
	if rec := w.database("acme/tracker"); !rec.Phase.InLock() {
		t.Fatalf("after 16 days: %s", rec.Phase)
	}
	w.must(w.kms.EnableKey(ctx, admin, arn))
	w.run(6 * time.Hour)
	w.served("acme", "tracker", true)
	if rec := w.database("acme/tracker"); rec.Generation != 1 || rec.MasterSecretARN == "" || rec.MasterSecretARN == was.MasterSecretARN {
		t.Errorf("restored %d times, master secret %q, was %q", rec.Generation, rec.MasterSecretARN, was.MasterSecretARN)
	}
	if _, err := w.kms.ScheduleKeyDeletion(ctx, admin, arn, 7); err != nil {
		t.Fatal(err)
	}
	w.run(8 * 24 * time.Hour)
	if rec := w.database("acme/tracker"); rec.Phase != database.PhaseUnrecoverable || w.key(arn).Phase != customerkey.PhaseLost {
		t.Errorf("with its key deleted: %s, key %s; was %s", rec.Phase, w.key(arn).Phase, was.Phase)
	}
	w.served("acme", "tracker", false)
}
