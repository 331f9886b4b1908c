package directory_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"latchkey/events"
	"latchkey/shared/catalog"
	"latchkey/shared/coded"
	"latchkey/shared/delivery"
	"latchkey/shared/deployment"
	"latchkey/shared/metric"
)

func suspended(tenantID string, sequence int) events.Envelope {
	return event(events.TypeProductSuspended, tenantID, sequence, `"product":"tracker","reason":"unpaid"`)
}

// ids are those of the events that a cell was sent, in order.
func (w *world) ids(region string) string {
	var out []string
	for _, env := range w.buses[region].taken {
		out = append(out, env.ID)
	}
	return strings.Join(out, " ")
}

// deadLettered delivers events until their queue gives them up.
func (w *world) deadLettered(envs ...events.Envelope) {
	w.Helper()
	w.delivered(deployment.MaxReceives, envs...)
}

// delivered delivers events some times, each time to be kept.
func (w *world) delivered(times int, envs ...events.Envelope) {
	w.Helper()
	for receives := range times {
		for _, env := range envs {
			if err := w.Route(delivery.With(ctx, receives+1), env); !coded.Is(err, coded.Pending) {
				w.Fatalf("delivery %d of %s: %v", receives+1, env.ID, err)
			}
		}
	}
}

// An event that nobody delivers any more goes on with its tenant's Tenant Created,
// once, and with the other tenants' nothing does.
func TestDirectory_Route_Early(t *testing.T) {
	w := newWorld(t, "eu-central-1", "us-east-1")
	w.deadLettered(suspended("acme", 3), event(events.TypeProductUnsuspended, "acme", 2, `"product":"tracker"`), suspended("other", 2))
	w.route(created("third", `"region":"us-east-1"`))
	first := created("acme", `"region":"us-east-1"`)
	w.route(first, first)
	if got := w.ids("us-east-1"); got != "third-1 acme-1 acme-2 acme-3 acme-1" || w.ids("eu-central-1") != "" {
		t.Errorf("sent %q, elsewhere %q", got, w.ids("eu-central-1"))
	}
	if w.counts.n[metric.EventsOut] != 5 || w.counts.n[metric.Broken] != 0 {
		t.Errorf("counts %v", w.counts.n)
	}
	w.route(suspended("acme", 3), suspended("acme", 4)) // the first is a redrive
	if got := w.ids("us-east-1"); !strings.HasSuffix(got, "acme-1 acme-4") {
		t.Errorf("after the redrive: %q", got)
	}
}

// What the cell does not take stays kept, and Tenant Created comes again.
func TestDirectory_Route_EarlyRefused(t *testing.T) {
	w := newWorld(t, "eu-central-1")
	w.deadLettered(suspended("acme", 2), suspended("acme", 3))
	b := w.buses["eu-central-1"]
	b.room = 2
	if err := w.Route(ctx, created("acme", `"realm":"EU"`)); !coded.Is(err, coded.Retryable) {
		t.Fatalf("with a bus that took one of two: %v", err)
	}
	b.room = 0
	w.route(suspended("acme", 3), created("acme", `"realm":"EU"`))
	if got := w.ids("eu-central-1"); got != "acme-1 acme-2 acme-3 acme-1" {
		t.Errorf("sent %q", got)
	}
}

// A Tenant Created that is refused takes nothing with it.
func TestDirectory_Route_EarlyConflict(t *testing.T) {
	w := newWorld(t, "eu-central-1")
	w.route(created("first", `"realm":"EU","hosts":["www.example.com"]`))
	w.deadLettered(suspended("acme", 2))
	if err := w.Route(ctx, created("acme", `"realm":"EU","hosts":["www.example.com"]`)); !coded.Is(err, coded.Conflict) {
		t.Fatal(err)
	}
	w.route(created("acme", `"realm":"EU"`))
	if got := w.ids("eu-central-1"); got != "first-1 acme-1 acme-2" {
		t.Errorf("sent %q", got)
	}
}

func TestDirectory_Route_EarlyEnd(t *testing.T) {
	w := newWorld(t, "eu-central-1")
	const host = `"realm":"EU","hosts":["www.example.com"]`
	w.deadLettered(event(events.TypeTenantDestroyed, "acme", 2, ""))
	w.route(created("acme", host), created("next", host))
	if p, err := w.Tenant(ctx, "acme"); err != nil || !p.Destroyed {
		t.Errorf("%+v, %v", p, err)
	}
}

func TestDirectory_Route_EarlyLargest(t *testing.T) {
	for _, pad := range []string{"x", "<", ">", "&", "\u2028"} {
		w := newWorld(t, "eu-central-1")
		large := event(events.TypeProductSuspended, "acme", 2, `"product":"tracker","padding":"`+strings.Repeat(pad, (events.MaxEventBytes-500)/len(pad))+`"`)
		w.delivered(2, large)
		w.route(created("acme", `"realm":"EU"`))
		if got := w.buses["eu-central-1"].taken; len(got) != 2 || string(got[1].Detail) != string(large.Detail) || !got[1].Time.Equal(large.Time) {
			t.Errorf("of %q: %d sent", pad, len(got))
		}
	}
}

// overtaken is a store on which something else happens before the next commit.
type overtaken struct {
	catalog.Store
	once func()
}

func (s *overtaken) Commit(ctx context.Context, tx catalog.Tx) error {
	if do := s.once; do != nil {
		s.once = nil
		do()
	}
	return s.Store.Commit(ctx, tx)
}

// An event whose tenant gets its place between the look and the write is not
// kept behind Tenant Created's back.
func TestDirectory_Route_EarlyOvertaken(t *testing.T) {
	w := newWorld(t, "eu-central-1")
	w.Store = &overtaken{w.Store, func() { w.route(created("acme", `"realm":"EU"`)) }}
	w.route(suspended("acme", 2), created("acme", `"realm":"EU"`))
	if got := w.ids("eu-central-1"); got != "acme-1 acme-2 acme-1" {
		t.Errorf("sent %q", got)
	}
}

// Events and their Tenant Created that come at once: each goes on, and goes on once.
func TestDirectory_Route_EarlyAtOnce(t *testing.T) {
	const n = 20
	for range 20 {
		w := newWorld(t, "eu-central-1")
		var wg sync.WaitGroup
		for i := range n {
			wg.Go(func() {
				env := suspended("acme", i+2)
				if i == n/2 {
					env = created("acme", `"realm":"EU"`)
				}
				if err := w.Route(ctx, env); err != nil && !coded.Is(err, coded.Pending) {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		got := strings.Fields(w.ids("eu-central-1"))
		for i := range n {
			if id := fmt.Sprintf("acme-%d", i+2); i != n/2 && !slices.Contains(got, id) {
				t.Fatalf("%s is lost: %v", id, got)
			}
		}
		if len(got) != n {
			t.Fatalf("%d were sent of %d: %v", len(got), n, got)
		}
	}
}
