package reconcile_test

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"latchkey/events"
	"latchkey/shared/catalog"
	"latchkey/shared/coded"
	"latchkey/shared/delivery"
	"latchkey/shared/deployment"
	"latchkey/shared/fake/fakekms"
	"latchkey/shared/metric"
	"latchkey/shared/reconcile"
)

// fieldOf returns the input field that an error names.
func fieldOf(err error) string {
	var e *coded.Error
	for errors.As(err, &e) {
		if e.Field != "" {
			return e.Field
		}
		err = e.Err
	}
	return ""
}

func TestPlane_Handle_Unknown(t *testing.T) {
	w := newWorld(t, nil)
	before := w.stats()
	for _, env := range []events.Envelope{
		{Version: "0", ID: "u1", DetailType: "Invoice Paid", Source: events.SourceCommerce, Time: epoch, Detail: []byte(`{}`)},
		{Version: "0", ID: "u2", DetailType: events.TypeTenantCreated, Source: "somebody.else", Time: epoch, Detail: []byte(`{}`)},
		w.kmsCall("UntagResource", customer, "", nil),
	} {
		if err := w.plane.Handle(ctx, events.FunctionProvision, env); err != nil {
			t.Errorf("%s: %v, want it acknowledged", env.DetailType, err)
		}
	}
	if n := w.counts.of(metric.Unknown); n != 3 || w.stats() != before {
		t.Errorf("counted %d; the store went from %+v to %+v", n, before, w.stats())
	}
}

func TestPlane_Handle_Broken(t *testing.T) {
	w := newWorld(t, nil)
	w.tenant("acme", "")
	good := created(events.Subject{Version: "1", TenantID: "beta", Sequence: 1}, "")
	cases := map[string]struct {
		env   events.Envelope
		code  coded.Code
		field string
	}{
		"no sequence":       {w.raw1(events.TypeTenantCreated, `{"version":"1","tenantId":"beta","name":"B","placement":"shared","key":{"choice":"aws-owned"}}`), coded.Invalid, "detail.sequence"},
		"wrong version":     {w.raw1(events.TypeTenantCreated, `{"version":"7","tenantId":"beta","sequence":1,"name":"B","placement":"shared","key":{"choice":"aws-owned"}}`), coded.Invalid, "detail.version"},
		"not a key ARN":     {w.raw1(events.TypeTenantCreated, `{"version":"1","tenantId":"beta","sequence":1,"name":"B","placement":"dedicated","key":{"choice":"customer","arn":"alias/mine"}}`), coded.Invalid, "detail.key.arn"},
		"duplicate tenant":  {w.envelope("d1", events.TypeTenantCreated, created(events.Subject{Version: "1", TenantID: "acme", Sequence: 9}, "")), coded.Conflict, "detail.tenantId"},
		"host of another's": {w.envelope("d2", events.TypeTenantCreated, hosts(good, "acme.example.com")), coded.Conflict, "detail.hosts"},
		"Region not served": {w.envelope("d3", events.TypeTenantCreated, inRegion(good, "us-east-1")), coded.Invalid, "detail.region"},
		"approval of no key": {w.envelope("d4", events.TypeKeyReturnApproved, &events.KeyReturnApproved{Version: "1", ApprovedBy: "operator",
			KeyARN: "arn:aws:kms:eu-central-1:444455556666:key/0a1b2c3d-0000-4000-8000-000000000009"}), coded.Invalid, "detail.keyArn"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			function, before := events.FunctionProvision, w.stats()
			if c.env.DetailType == events.TypeKeyReturnApproved {
				function = events.FunctionWatchKeys
			}
			err := w.plane.Handle(ctx, function, c.env)
			if coded.Of(err) != c.code || fieldOf(err) != c.field || coded.Hint(err) == "" {
				t.Errorf("= %v (code %s, field %q, hint %q), want %s of %s", err, coded.Of(err), fieldOf(err), coded.Hint(err), c.code, c.field)
			}
			if after := w.stats(); after != before {
				t.Errorf("the store went from %+v to %+v", before, after)
			}
		})
	}
	if n := w.counts.of(metric.Broken); n != int64(len(cases)) {
		t.Errorf("counted %d broken events of %d", n, len(cases))
	}
}

// TestPlane_Handle_CountsOnce holds that a broken event counts once, though its
// queue delivers it until it is a dead letter.
func TestPlane_Handle_CountsOnce(t *testing.T) {
	w := newWorld(t, nil)
	env := w.raw1(events.TypeTenantCreated, `{"version":"7"}`)
	for receives := range deployment.MaxReceives {
		if err := w.plane.Handle(delivery.With(ctx, receives+1), events.FunctionProvision, env); !coded.Is(err, coded.Invalid) {
			t.Fatalf("delivery %d: %v", receives+1, err)
		}
	}
	if in, broken := w.counts.of(metric.EventsIn), w.counts.of(metric.Broken); in != 1 || broken != 1 {
		t.Errorf("%d events in, %d broken", in, broken)
	}
}

// raw1 makes an event whose detail need not be right.
func (w *world) raw1(detailType, detail string) events.Envelope {
	w.serial++
	return events.Envelope{Version: "0", ID: "raw-" + time.Duration(w.serial).String(), DetailType: detailType, Source: events.SourceCommerce,
		Account: platform, Time: w.clock.Now(), Region: region, Detail: []byte(detail)}
}

// keyInput makes an ordinary key.
var keyInput = fakekms.CreateKeyInput{}

func hosts(e *events.TenantCreated, names ...string) *events.TenantCreated {
	c := *e
	c.Hosts = names
	return &c
}

func inRegion(e *events.TenantCreated, region string) *events.TenantCreated {
	c := *e
	c.Region = region
	return &c
}

// An event is applied once by its id, whatever comes in between.
func TestPlane_Handle_Duplicate(t *testing.T) {
	w := newWorld(t, nil)
	create := w.envelope("e1", events.TypeTenantCreated, created(w.subject("acme"), ""))
	suspend := w.envelope("e2", events.TypeProductSuspended, &events.ProductSuspended{Subject: w.subject("acme"), Product: "tracker"})
	activate := w.envelope("e3", events.TypeProductActivated, activated(w.subject("acme"), "tracker"))
	for _, env := range []events.Envelope{create, suspend, activate} {
		w.must(w.plane.Handle(ctx, events.FunctionProvision, env))
	}
	w.run(time.Hour)
	before, err := w.plane.Tenant(ctx, "acme")
	w.must(err)
	for range 3 {
		for _, env := range []events.Envelope{activate, suspend, create} {
			w.must(w.plane.Handle(ctx, events.FunctionProvision, env))
		}
	}
	after, err := w.plane.Tenant(ctx, "acme")
	w.must(err)
	if n := w.counts.of(metric.Duplicates); n != 9 {
		t.Errorf("counted %d duplicates of 9", n)
	}
	if p, q := before.Products["tracker"], after.Products["tracker"]; p.Revision() != q.Revision() || after.MaxSequence != before.MaxSequence {
		t.Errorf("the record changed: %+v, %+v", p, q)
	}
	w.served("acme", "tracker", true)
}

// A good event that comes again after it can no longer be applied is a
// duplicate, not a broken one.
func TestPlane_Handle_DuplicateThatNoLongerFits(t *testing.T) {
	w := newWorld(t, nil)
	arn := w.customerKey(keyInput, "acme")
	e := created(w.subject("acme"), arn)
	e.Return = events.ReturnApproval
	w.commerce(events.TypeTenantCreated, e)
	w.commerce(events.TypeProductActivated, activated(w.subject("acme"), "tracker"))
	w.run(time.Hour)
	w.watch(w.disable(arn))
	w.run(time.Hour)
	w.must(w.kms.EnableKey(ctx, admin, arn))
	w.run(time.Hour)
	w.served("acme", "tracker", false)
	approval := w.envelope("ok", events.TypeKeyReturnApproved, &events.KeyReturnApproved{Version: "1", KeyARN: arn, ApprovedBy: "operator"})
	w.watch(approval)
	w.watch(approval)
	if w.counts.of(metric.Duplicates) != 1 || w.counts.of(metric.Broken) != 0 {
		t.Errorf("%d duplicates, %d broken", w.counts.of(metric.Duplicates), w.counts.of(metric.Broken))
	}
	second := w.envelope("again", events.TypeKeyReturnApproved, &events.KeyReturnApproved{Version: "1", KeyARN: arn, ApprovedBy: "operator"})
	if err := w.plane.Handle(ctx, events.FunctionWatchKeys, second); !coded.Is(err, coded.Conflict) {
		t.Errorf("a second approval = %v, want a conflict", err)
	}
	w.run(time.Hour)
	w.served("acme", "tracker", true)
}

func TestPlane_Handle_Stale(t *testing.T) {
	w := newWorld(t, nil)
	w.tenant("acme", "", "tracker")
	late := w.envelope("late", events.TypeProductDeactivated, &events.ProductDeactivated{Subject: events.Subject{Version: "1", TenantID: "acme", Sequence: 1}, Product: "tracker"})
	w.must(w.plane.Handle(ctx, events.FunctionProvision, late), w.plane.Handle(ctx, events.FunctionProvision, late))
	w.run(time.Hour)
	w.served("acme", "tracker", true)
	if w.counts.of(metric.Stale) != 1 || w.counts.of(metric.Duplicates) != 1 {
		t.Errorf("%d stale, %d duplicates", w.counts.of(metric.Stale), w.counts.of(metric.Duplicates))
	}
}

// A lost race is run again; one that is always lost is worth another delivery.
func TestPlane_Handle_Conflicts(t *testing.T) {
	w := newWorld(t, nil)
	lost := 0
	w.tap.before = func(tx catalog.Tx) error {
		if tx.Seen != nil && lost < 3 {
			lost++
			return catalog.ErrConflict
		}
		return nil
	}
	w.tenant("acme", "")
	if w.counts.of(metric.Conflicts) != 3 {
		t.Errorf("counted %d conflicts of 3", w.counts.of(metric.Conflicts))
	}
	w.tap.before = func(catalog.Tx) error { return catalog.ErrConflict }
	env := w.envelope("", events.TypeTenantCreated, created(w.subject("beta"), ""))
	if err := w.plane.Handle(ctx, events.FunctionProvision, env); !coded.Is(err, coded.Retryable) || !errors.Is(err, catalog.ErrConflict) {
		t.Errorf("= %v, want retryable", err)
	}
	w.tap.before = nil
	w.must(w.plane.Handle(ctx, events.FunctionProvision, env))
}

// An error of the store is the caller's to retry: nothing is acknowledged that
// is not committed, and a step that fails afterwards is no concern of the event's.
func TestPlane_Handle_StoreFails(t *testing.T) {
	w := newWorld(t, nil)
	down := coded.New(coded.Retryable, "the table is down")
	env := w.envelope("", events.TypeTenantCreated, created(w.subject("acme"), ""))
	w.tap.before = func(catalog.Tx) error { return down }
	if err := w.plane.Handle(ctx, events.FunctionProvision, env); !errors.Is(err, down) {
		t.Fatalf("= %v, want the store's error", err)
	}
	if _, err := w.plane.Tenant(ctx, "acme"); !coded.Is(err, coded.NotFound) {
		t.Errorf("the tenant: %v", err)
	}
	w.tap.before = func(tx catalog.Tx) error {
		if tx.Seen == nil {
			return down
		}
		return nil
	}
	w.must(w.plane.Handle(ctx, events.FunctionProvision, env))
	w.tap.before = nil
	w.commerce(events.TypeProductActivated, activated(w.subject("acme"), "tracker"))
	w.run(time.Hour)
	w.served("acme", "tracker", true)
}

func TestPlane_Handle_WrongFunction(t *testing.T) {
	w := newWorld(t, nil)
	env := w.envelope("", events.TypeTenantCreated, created(w.subject("acme"), ""))
	for _, function := range []string{events.FunctionAdvance, events.FunctionWatchKeys, "no-such"} {
		if err := w.plane.Handle(ctx, function, env); !coded.Is(err, coded.Internal) || !strings.Contains(err.Error(), "routing table") {
			t.Errorf("%s = %v", function, err)
		}
	}
}

// Hosts are unique across tenants, and free again once a tenant is destroyed.
func TestPlane_Handle_HostsFreed(t *testing.T) {
	w := newWorld(t, nil)
	w.tenant("acme", "", "tracker")
	w.run(time.Hour)
	w.served("acme.example.com", "tracker", true)
	days := 0
	w.commerce(events.TypeTenantDestroyed, &events.TenantDestroyed{Subject: w.subject("acme"), GraceDays: &days})
	w.served("acme.example.com", "tracker", false)
	w.run(3 * time.Hour)
	beta := hosts(created(w.subject("beta"), ""), "acme.example.com")
	w.commerce(events.TypeTenantCreated, beta)
	w.commerce(events.TypeProductActivated, activated(w.subject("beta"), "tracker"))
	w.run(time.Hour)
	w.served("acme.example.com", "tracker", true)
	w.served("acme", "tracker", false)
}

func TestNew(t *testing.T) {
	_, err := reconcile.New(reconcile.Deps{})
	if err == nil {
		t.Fatal("no error")
	}
	for _, name := range []string{"Store", "Outbox", "Clock", "Metrics", "Log", "Regions", "Config.Account", "Config.Home", "Config.ShardCapacity", "Config.SeenFor"} {
		if !strings.Contains(err.Error(), name) {
			t.Errorf("%v does not name %s", err, name)
		}
	}
}

// Many functions at once, each event delivered to several of them: everything is
// applied once, and nothing is lost.
func TestPlane_Handle_Concurrent(t *testing.T) {
	w := newWorld(t, nil)
	const tenants, changes, functions = 4, 12, 6
	var all []events.Envelope
	for i := range tenants {
		id := fmt.Sprintf("tenant-%d", i)
		all = append(all, w.envelope("", events.TypeTenantCreated, created(w.subject(id), "")))
		for n := range changes {
			e := activated(w.subject(id), fmt.Sprintf("product-%d", n%3))
			e.License.Seats = n + 1
			all = append(all, w.envelope("", events.TypeProductActivated, e))
		}
	}
	var wg sync.WaitGroup
	for f := range functions {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for i := range all {
				env := all[(i*7+f*13)%len(all)] // each in an order of its own
				for try := 0; ; try++ {
					err := w.plane.Handle(ctx, events.FunctionProvision, env)
					if err == nil {
						break
					}
					if !coded.Is(err, coded.Retryable) || try > 100 {
						t.Errorf("%s: %v", env.ID, err)
						break
					}
				}
				if _, err := w.plane.Sweep(ctx, catalog.LaneRecords, reconcile.Sweeping{PerShard: 5}); err != nil {
					t.Errorf("sweep: %v", err)
				}
			}
		}()
	}
	wg.Wait()
	if got, want := w.counts.of(metric.Duplicates), int64(len(all)*(functions-1)); got != want {
		t.Errorf("%d duplicates, want %d", got, want)
	}
	w.run(2 * time.Hour)
	for i := range tenants {
		for n := changes - 3; n < changes; n++ {
			c, d, err := w.plane.Context(ctx, fmt.Sprintf("tenant-%d", i), fmt.Sprintf("product-%d", n%3))
			if err != nil || !d.Allow || c.License.Seats != n+1 {
				t.Errorf("tenant %d, product %d: %+v, %+v, %v; want %d seats", i, n%3, c, d, err, n+1)
			}
		}
	}
}
