package tenant_test

import (
	"encoding/json"
	"fmt"
	"math/rand"
	"reflect"
	"slices"
	"testing"
	"time"

	"latchkey/events"
	"latchkey/shared/coded"
	"latchkey/shared/tenant"
)

var (
	t0    = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	rules = tenant.DefaultRules()
)

const keyARN = "arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"

func about(seq int64) events.Subject {
	return events.Subject{Version: events.DetailVersion, TenantID: "acme", Sequence: seq}
}

func created(seq int64) *events.TenantCreated {
	return &events.TenantCreated{
		Subject: about(seq), Name: "Acme", Hosts: []string{"acme.example"}, Region: "eu-central-1",
		Placement: events.PlacementDedicated, Key: events.KeyChoice{Choice: events.KeyCustomer, ARN: keyARN},
	}
}

func destroyed(seq int64, days ...int) *events.TenantDestroyed {
	e := &events.TenantDestroyed{Subject: about(seq)}
	if len(days) > 0 {
		e.GraceDays = &days[0]
	}
	return e
}

func activated(seq int64, product string) *events.ProductActivated {
	return &events.ProductActivated{
		Subject: about(seq), Product: product,
		License:       events.License{Edition: "standard", Seats: int(seq), Apps: []string{"mail"}},
		Configuration: map[string]string{"seq": fmt.Sprint(seq)}, Groups: []string{"sales"},
	}
}

func deactivated(seq int64, product string) *events.ProductDeactivated {
	return &events.ProductDeactivated{Subject: about(seq), Product: product, Reason: "too dear"}
}

func suspended(seq int64, product string) *events.ProductSuspended {
	return &events.ProductSuspended{Subject: about(seq), Product: product, Reason: "unpaid"}
}

func unsuspended(seq int64, product string) *events.ProductUnsuspended {
	return &events.ProductUnsuspended{Subject: about(seq), Product: product}
}

func licensed(seq int64, product string, seats int) *events.LicenseUpdated {
	return &events.LicenseUpdated{Subject: about(seq), Product: product, License: events.License{Edition: "premium", Seats: seats}}
}

// apply applies events at t0 and fails on an error.
func apply(t *testing.T, rec tenant.Record, list ...tenant.Event) tenant.Record {
	t.Helper()
	for _, e := range list {
		next, _, err := rules.Apply(rec, e, t0)
		if err != nil {
			t.Fatalf("Apply(%T %d): %v", e, e.About().Sequence, err)
		}
		if next.Phase != rec.Phase {
			if err := tenant.Transitions.Check(rec.Phase, next.Phase); err != nil {
				t.Fatal(err)
			}
		}
		rec = next
	}
	return rec
}

func TestReg_Set(t *testing.T) {
	var r tenant.Reg[string]
	if r.Written() {
		t.Error("written before anything was")
	}
	for _, c := range []struct {
		value string
		seq   int64
		took  bool
		want  string
	}{{"a", 5, true, "a"}, {"b", 4, false, "a"}, {"c", 5, false, "a"}, {"d", 6, true, "d"}, {"e", 0, false, "d"}} {
		if took := r.Set(c.value, c.seq); took != c.took || r.Value != c.want {
			t.Errorf("Set(%s, %d) = %v, value %s", c.value, c.seq, took, r.Value)
		}
	}
}

func TestRules_Apply_writes(t *testing.T) {
	rec := apply(t, tenant.Record{}, created(1), activated(2, "crm"))
	if rec.ID != "acme" || rec.Phase != tenant.PhaseProvisioning || rec.Realm != events.RealmEU || rec.Region != "eu-central-1" ||
		rec.Created.Value.Return != events.ReturnAutomatic || rec.Created.Value.Backups != events.Backups30Days || rec.MaxSequence != 2 {
		t.Fatalf("after creation: %+v", rec)
	}
	p := rec.Products["crm"]
	if !p.Active.Value.On || p.Suspended.Value.On || p.License.Value.Seats != 2 || p.Configuration.Value["seq"] != "2" || p.Groups.Value[0] != "sales" {
		t.Errorf("after activation: %+v", p)
	}
	p = apply(t, rec, suspended(3, "crm"), licensed(4, "crm", 99)).Products["crm"]
	if !p.Active.Value.On || !p.Suspended.Value.On || p.Suspended.Value.Reason != "unpaid" || p.License.Value.Seats != 99 {
		t.Errorf("after suspension and a new licence: %+v", p)
	}
	p = apply(t, rec, suspended(3, "crm"), unsuspended(4, "crm"), deactivated(5, "crm")).Products["crm"]
	if p.Active.Value.On || p.Suspended.Value.On || p.Active.Value.Reason != "too dear" {
		t.Errorf("after deactivation: %+v", p)
	}
}

// TestRules_Apply_anyOrder applies one set of events in many orders, some twice.
func TestRules_Apply_anyOrder(t *testing.T) {
	for seed := range int64(200) {
		rng := rand.New(rand.NewSource(seed))
		list := stream(rng)
		want := apply(t, tenant.Record{}, list...)
		for range 10 {
			shuffled := slices.Clone(list)
			for range rng.Intn(5) {
				shuffled = append(shuffled, list[rng.Intn(len(list))])
			}
			rng.Shuffle(len(shuffled), func(i, j int) { shuffled[i], shuffled[j] = shuffled[j], shuffled[i] })
			if got := apply(t, tenant.Record{}, shuffled...); !reflect.DeepEqual(got, want) {
				t.Fatalf("seed %d: in another order\n%+v\nwant\n%+v", seed, got, want)
			}
		}
	}
}

// stream returns a tenant's events in order of sequence.
func stream(rng *rand.Rand) []tenant.Event {
	list := []tenant.Event{created(1)}
	seq := int64(1)
	for range 3 + rng.Intn(12) {
		seq += 1 + int64(rng.Intn(3))
		product := []string{"crm", "wiki", "chat"}[rng.Intn(3)]
		switch rng.Intn(6) {
		case 0, 1:
			list = append(list, activated(seq, product))
		case 2:
			list = append(list, deactivated(seq, product))
		case 3:
			list = append(list, suspended(seq, product))
		case 4:
			list = append(list, unsuspended(seq, product))
		default:
			list = append(list, licensed(seq, product, 1+rng.Intn(50)))
		}
	}
	if rng.Intn(4) == 0 {
		list = append(list, destroyed(seq+1, 7))
	}
	return list
}

func TestRules_Apply_stale(t *testing.T) {
	rec := apply(t, tenant.Record{}, created(1), activated(5, "crm"), licensed(8, "crm", 9), destroyed(9))
	for _, e := range []tenant.Event{created(1), activated(5, "crm"), licensed(7, "crm", 1), licensed(8, "crm", 1), deactivated(4, "crm"), suspended(5, "crm"), destroyed(9, 1), destroyed(8)} {
		next, effect, err := rules.Apply(rec, e, t0.Add(time.Hour))
		if effect != tenant.Stale || err != nil || !reflect.DeepEqual(next, rec) {
			t.Errorf("%T %d: %s, %v", e, e.About().Sequence, effect, err)
		}
	}
	if _, effect, _ := rules.Apply(rec, activated(6, "crm"), t0); effect != tenant.Applied {
		t.Error("an activation older than the licence but newer than all else is not applied")
	}
}

type foreign struct{ events.Subject }

func TestRules_Apply_errors(t *testing.T) {
	rec := apply(t, tenant.Record{}, created(1))
	full := rec
	for i := range tenant.MaxProducts {
		full = apply(t, full, activated(int64(2+i), fmt.Sprintf("p%d", i)))
	}
	crowd := created(1)
	crowd.Hosts = make([]string, tenant.MaxHosts+1)
	nowhere := created(1)
	nowhere.Region = "eu-north-1"
	nameless := activated(2, "crm")
	nameless.TenantID = ""
	other := activated(2, "crm")
	other.TenantID = "bravo"
	cases := []struct {
		name  string
		rec   tenant.Record
		event tenant.Event
		code  coded.Code
		field string
	}{
		{"created again", rec, created(7), coded.Conflict, "detail.tenantId"},
		{"created again, earlier", apply(t, tenant.Record{}, created(7)), created(3), coded.Conflict, "detail.tenantId"},
		{"too many products", full, activated(100, "one-more"), coded.Invalid, "detail.product"},
		{"too many hosts", tenant.Record{}, crowd, coded.Invalid, "detail.hosts"},
		{"unsupported region", tenant.Record{}, nowhere, coded.Invalid, "detail.region"},
		{"no sequence", rec, activated(0, "crm"), coded.Invalid, "detail.sequence"},
		{"no tenant", rec, nameless, coded.Invalid, "detail.tenantId"},
		{"another tenant", rec, other, coded.Internal, ""},
		{"another kind", rec, foreign{about(2)}, coded.Internal, ""},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			next, _, err := rules.Apply(c.rec, c.event, t0)
			e, ok := err.(*coded.Error)
			if !ok || e.Code != c.code || e.Field != c.field {
				t.Fatalf("err = %v, want %s at %q", err, c.code, c.field)
			}
			if c.code != coded.Internal && e.Hint == "" {
				t.Error("no hint")
			}
			if !reflect.DeepEqual(next, c.rec) {
				t.Error("the record changed")
			}
		})
	}
	if _, effect, err := rules.Apply(full, activated(100, "p0"), t0); err != nil || effect != tenant.Applied {
		t.Errorf("a change of one of the products at the bound: %s, %v", effect, err)
	}
}

func TestRules_Apply_keepsItsInputs(t *testing.T) {
	first := activated(2, "crm")
	rec := apply(t, tenant.Record{}, created(1), first)
	before, _ := json.Marshal(rec)
	next := apply(t, rec, activated(3, "crm"), activated(4, "wiki"), licensed(5, "crm", 1))
	if after, _ := json.Marshal(rec); string(after) != string(before) {
		t.Errorf("the old record changed:\n%s\n%s", before, after)
	}
	if next.Products["crm"].Configuration.Value["seq"] != "3" {
		t.Error("the new record did not change")
	}
	first.Configuration["seq"], first.Groups[0], first.License.Apps[0] = "x", "x", "x"
	if after, _ := json.Marshal(rec); string(after) != string(before) {
		t.Error("the record shares memory with the event")
	}
}

func TestRules_Apply_destroy(t *testing.T) {
	cases := []struct {
		name   string
		events []tenant.Event
		phase  tenant.Phase
		after  time.Duration
	}{
		{"default grace", []tenant.Event{created(1), destroyed(2)}, tenant.PhaseDestroying, 30 * 24 * time.Hour},
		{"own grace", []tenant.Event{created(1), destroyed(2, 3)}, tenant.PhaseDestroying, 3 * 24 * time.Hour},
		{"no grace", []tenant.Event{created(1), destroyed(2, 0)}, tenant.PhaseDestroying, 0},
		{"before creation", []tenant.Event{destroyed(2, 3), created(1)}, tenant.PhaseDestroying, 3 * 24 * time.Hour},
		{"products after it", []tenant.Event{created(1), destroyed(2), activated(3, "crm")}, tenant.PhaseDestroying, 30 * 24 * time.Hour},
		{"grace changed", []tenant.Event{created(1), destroyed(2), destroyed(5, 1), destroyed(4, 9)}, tenant.PhaseDestroying, 24 * time.Hour},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			rec := apply(t, tenant.Record{}, c.events...)
			if rec.Phase != c.phase || !rec.DestroyAt.Equal(t0.Add(c.after)) {
				t.Errorf("%s, destroy at %s", rec.Phase, rec.DestroyAt)
			}
		})
	}
}

func TestRecord_JSON(t *testing.T) {
	rec := apply(t, tenant.Record{}, created(1), activated(2, "crm"), suspended(3, "crm"), destroyed(4, 1))
	b, err := json.Marshal(rec)
	if err != nil {
		t.Fatal(err)
	}
	var back tenant.Record
	if err := json.Unmarshal(b, &back); err != nil || !reflect.DeepEqual(back, rec) {
		t.Errorf("round trip: %v\n%s", err, b)
	}
}
