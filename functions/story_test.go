package functions_test

import (
	"bytes"
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"latchkey/events"
	"latchkey/shared/catalog/embedded"
	"latchkey/shared/deployment"
	"latchkey/shared/directory"
	"latchkey/shared/function"
	"latchkey/shared/function/cell"
	"latchkey/shared/reconcile"
)

// sweep lets a minute pass and invokes the functions that a schedule starts.
func (w *world) sweep() {
	w.Helper()
	now := w.clock.Advance(time.Minute)
	w.must(w.kms.Tick(now), w.rds.Tick(now))
	for _, s := range []struct {
		name  string
		lanes cell.Sweeping
		kinds []reconcile.Kind
	}{
		{deployment.FunctionProbeKeys, cell.Sweeping{Lanes: reconcile.KeyLanes()}, []reconcile.Kind{reconcile.Keys}},
		{deployment.FunctionSweep, cell.Sweeping{Lanes: reconcile.SweepLanes()}, []reconcile.Kind{reconcile.Tenants, reconcile.Databases}},
		{deployment.FunctionSnapshot, cell.Sweeping{Lanes: reconcile.SnapshotLanes()}, []reconcile.Kind{reconcile.Snapshots}},
	} {
		h := w.host(s.name)
		p := w.plane(h, s.kinds...)
		s.lanes.Each, s.lanes.Before = reconcile.Sweeping{PerShard: 10, AtOnce: 4}, p.MeasureParked
		w.invoke(h, cell.Sweep(h, p, s.lanes), w.sample(s.name))
	}
}

// access is the answer of tenant-context to its sample event.
type access struct {
	StatusCode int               `json:"statusCode"`
	Headers    map[string]string `json:"headers"`
	Body       string            `json:"body"`
}

func (w *world) access() (access, cell.Access) {
	w.Helper()
	h := w.host(deployment.FunctionTenantContext)
	var a access
	var body cell.Access
	w.must(json.Unmarshal([]byte(w.invoke(h, cell.Context(h, w.plane(h)), w.sample(h.Name))), &a))
	w.must(json.Unmarshal([]byte(a.Body), &body))
	return a, body
}

func (w *world) wants(status int, reason string) cell.Access {
	w.Helper()
	a, body := w.access()
	if a.StatusCode != status || string(body.Reason) != reason || body.Message == "" || body.Allow != (status == 200) ||
		a.Headers["Cache-Control"] != "no-store" || a.Headers["Content-Type"] != "application/json" {
		w.Fatalf("answered %d %s; want %d %s; log:\n%s", a.StatusCode, a.Body, status, reason, w.log.String())
	}
	return body
}

// TestFunctions plays the sample events: a tenant signs up and buys a product,
// its database is made, its events are published, and its key is pulled.
func TestFunctions(t *testing.T) {
	w := newWorld(t)
	w.wants(404, "unknown-tenant")

	provision := w.host(events.FunctionProvision)
	handler := cell.Events(provision, w.plane(provision, reconcile.Tenants))
	w.taken(w.invoke(provision, handler, w.sample(provision.Name)))
	w.wants(503, "key-pending")
	w.taken(w.invoke(provision, handler, w.sample(provision.Name))) // delivered again
	if !strings.Contains(w.out.String(), `"duplicates_ignored":2`) {
		t.Errorf("metrics %s", w.out.String())
	}

	for range 60 {
		w.sweep()
	}
	body := w.wants(200, "ok")
	if body.Context == nil || body.Context.Endpoint == "" || body.Context.TenantID != tenantID {
		t.Errorf("context %+v", body.Context)
	}
	w.advance()
	w.publish()

	watch := w.host(events.FunctionWatchKeys)
	w.taken(w.invoke(watch, cell.Events(watch, w.plane(watch, reconcile.Keys)), w.signal()))
	w.wants(423, "key-revoked")
	if !strings.Contains(w.out.String(), `"locks":1`) || !strings.Contains(w.out.String(), "lock_latency_ms") {
		t.Errorf("the lock was not measured: %s", w.out.String())
	}
}

// signal is the sample event of watch-keys, as if the customer had disabled the
// key just now.
func (w *world) signal() []byte {
	w.Helper()
	now := w.clock.Now().Format(time.RFC3339)
	return bytes.ReplaceAll(w.sample(events.FunctionWatchKeys), []byte("2026-03-02T09:15:00Z"), []byte(now))
}

// advance gives RDS's event about the tenant's instance to the function, and the
// stream's record of what it made due.
func (w *world) advance() {
	w.Helper()
	h := w.host(events.FunctionAdvance)
	p := w.plane(h, reconcile.Tenants, reconcile.Databases)
	handler := function.Either(map[function.Origin]function.Handler{
		function.FromQueue: cell.Events(h, p), function.FromStream: cell.Written(h, p),
	})
	page, err := p.Databases(context.Background(), "", 10)
	w.must(err)
	event := strings.ReplaceAll(string(w.sample(h.Name)), "lk-blue-bakery-tracker", page.Items[0].InstanceID)
	before := strings.Count(w.out.String(), `"steps":`)
	w.taken(w.invoke(h, handler, []byte(event)))
	if strings.Count(w.out.String(), `"steps":`) != before+1 {
		w.Errorf("the database was not stepped: %s", w.out.String())
	}
	record := `{"Records":[{"eventID":"1","eventName":"MODIFY","eventSource":"aws:dynamodb","dynamodb":{"SequenceNumber":"1",
		"Keys":{"pk":{"S":"database#` + page.Items[0].ID + `"},"sk":{"S":"."}},"NewImage":{"dueAt":{"N":"1"}}}}]}`
	w.taken(w.invoke(h, handler, []byte(record)))
}

// publish empties the outbox of the tenant.
func (w *world) publish() {
	w.Helper()
	h := w.host(deployment.FunctionPublish)
	b := &bus{}
	w.taken(w.invoke(h, cell.Publish(h, w.plane(h), b), w.sample(h.Name)))
	left, err := w.store.PendingIn(context.Background(), tenantID, 10)
	w.must(err)
	if len(left) > 0 || len(b.taken) == 0 {
		w.Errorf("%d published, %d left", len(b.taken), len(left))
	}
	for _, env := range b.taken {
		if env.Source != events.SourceLatchkey {
			w.Errorf("published %+v", env)
		}
	}
}

// TestFunctions_NoAccount: a signal that says nothing of its origin locks nothing.
func TestFunctions_NoAccount(t *testing.T) {
	w := newWorld(t)
	provision := w.host(events.FunctionProvision)
	w.taken(w.invoke(provision, cell.Events(provision, w.plane(provision, reconcile.Tenants)), w.sample(provision.Name)))
	for range 60 {
		w.sweep()
	}
	watch := w.host(events.FunctionWatchKeys)
	handler := cell.Events(watch, w.plane(watch, reconcile.Keys))
	signal := strings.Replace(string(w.signal()), `\"account\":\"`+customer+`\",`, "", 1)
	if signal == string(w.signal()) {
		t.Fatal("the sample has no account to take away")
	}
	w.taken(w.invoke(watch, handler, []byte(signal)))
	w.wants(200, "ok")
	if !strings.Contains(w.out.String(), `"signals_untrusted":1`) {
		t.Errorf("metrics %s", w.out.String())
	}
}

func TestFunctions_Route(t *testing.T) {
	w := newWorld(t)
	h := w.host(deployment.FunctionRoute)
	b := &bus{}
	d, err := directory.New(directory.Deps{Store: embedded.NewMemory(w.clock), Clock: w.clock, Metrics: h.Metrics, Cells: map[string]directory.Bus{region: b}})
	w.must(err)
	w.taken(w.invoke(h, function.Queue(h, d.Route), w.sample(h.Name)))
	if len(b.taken) != 2 || !strings.Contains(string(b.taken[0].Detail), `"region":"`+region+`"`) {
		t.Errorf("sent on: %+v", b.taken)
	}
}
