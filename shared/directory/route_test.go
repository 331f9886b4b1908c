package directory_test

import (
	"strings"
	"testing"

	"latchkey/events"
	"latchkey/shared/coded"
	"latchkey/shared/delivery"
	"latchkey/shared/deployment"
	"latchkey/shared/metric"
)

// What goes on names the Region, so that the cell cannot place the tenant
// elsewhere; all else is as it came.
func TestDirectory_Route_Pins(t *testing.T) {
	w := newWorld(t, "eu-west-1")
	in := created("acme", `"realm":"EU","hosts":["acme.example.com"]`)
	w.route(in)
	out := w.buses["eu-west-1"].taken[0]
	detail, err := events.Parse(out)
	if err != nil {
		t.Fatal(err)
	}
	got := detail.(*events.TenantCreated)
	if got.Region != "eu-west-1" || got.Realm != events.RealmEU || got.Hosts[0] != "acme.example.com" || got.Sequence != 1 {
		t.Errorf("detail %+v", got)
	}
	if out.Source != in.Source || !out.Time.Equal(in.Time) || out.DetailType != in.DetailType {
		t.Errorf("envelope %+v", out)
	}
}

func TestDirectory_Route_Follows(t *testing.T) {
	w := newWorld(t, "eu-central-1", "us-east-1")
	w.route(
		created("acme", `"region":"us-east-1"`),
		event(events.TypeProductSuspended, "acme", 3, `"product":"tracker","reason":"unpaid"`),
		created("acme", `"region":"us-east-1"`), // delivered twice
		event(events.TypeTenantDestroyed, "acme", 4, ""),
		event(events.TypeProductUnsuspended, "acme", 2, `"product":"tracker"`), // late
	)
	var got []string
	for _, env := range w.buses["us-east-1"].taken {
		got = append(got, env.DetailType)
	}
	want := "Tenant Created,Product Suspended,Tenant Created,Tenant Destroyed,Product Unsuspended"
	if strings.Join(got, ",") != want || len(w.buses["eu-central-1"].taken) != 0 {
		t.Errorf("sent %v", got)
	}
	if p, err := w.Tenant(ctx, "acme"); err != nil || !p.Destroyed || p.Region != "us-east-1" {
		t.Errorf("after its end: %+v, %v", p, err)
	}
}

// The first place stands, whatever a later event says.
func TestDirectory_Route_FirstWins(t *testing.T) {
	w := newWorld(t, "eu-central-1", "us-east-1")
	w.route(created("acme", `"region":"us-east-1"`))
	w.route(event(events.TypeTenantCreated, "acme", 2, sharedPlatform+`,"region":"eu-central-1"`))
	if len(w.buses["us-east-1"].taken) != 2 || len(w.buses["eu-central-1"].taken) != 0 {
		t.Error("the second event went elsewhere")
	}
}

func TestDirectory_Route_Hosts(t *testing.T) {
	w := newWorld(t, "eu-central-1", "us-east-1")
	const host = `"hosts":["www.example.com"]`
	w.route(created("first", `"region":"us-east-1",`+host))
	taken := w.Route(ctx, created("second", `"region":"eu-central-1",`+host))
	if !coded.Is(taken, coded.Conflict) || !strings.Contains(taken.Error(), "www.example.com") {
		t.Fatalf("a host of another tenant: %v", taken)
	}
	if p, err := w.Host(ctx, "www.example.com"); err != nil || p.TenantID != "first" || p.Region != "us-east-1" {
		t.Errorf("leads to %+v, %v", p, err)
	}
	w.route(event(events.TypeTenantDestroyed, "first", 2, ""), created("second", `"region":"eu-central-1",`+host))
	if p, err := w.Host(ctx, "www.example.com"); err != nil || p.TenantID != "second" {
		t.Errorf("after the first tenant's end: %+v, %v", p, err)
	}
	if _, err := w.Host(ctx, "nobody.example.com"); !coded.Is(err, coded.NotFound) {
		t.Errorf("a host of nobody: %v", err)
	}
}

func TestDirectory_Route_Refused(t *testing.T) {
	throttled := coded.New(coded.Retryable, "throttled")
	for _, c := range []struct {
		name          string
		env           events.Envelope
		down, refuses error // of the bus
		code          coded.Code
		left          string // the counter
	}{
		{"the bus is down", created("acme", `"realm":"EU"`), throttled, nil, coded.Retryable, metric.EventsIn},
		{"the bus refuses the event", created("acme", `"realm":"EU"`), nil, throttled, coded.Retryable, metric.EventsIn},
		{"broken", created("acme", `"realm":"Atlantis"`), nil, nil, coded.Invalid, metric.Broken},
		{"no commerce event", events.Envelope{Source: "aws.health", DetailType: "x"}, nil, nil, "", metric.Unknown},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t, "eu-central-1")
			w.buses["eu-central-1"].down, w.buses["eu-central-1"].refuses = c.down, c.refuses
			if err := w.Route(ctx, c.env); coded.Of(err) != c.code {
				t.Errorf("= %v, want %q", err, c.code)
			}
			if w.counts.n[c.left] != 1 || w.counts.n[metric.EventsOut] != 0 {
				t.Errorf("counts %v", w.counts.n)
			}
		})
	}
}

// A broken event counts once, though its queue delivers it until it is a dead letter.
func TestDirectory_Route_CountsOnce(t *testing.T) {
	w := newWorld(t, "eu-central-1")
	for receives := range deployment.MaxReceives {
		if err := w.Route(delivery.With(ctx, receives+1), created("acme", `"realm":"Atlantis"`)); !coded.Is(err, coded.Invalid) {
			t.Fatalf("delivery %d: %v", receives+1, err)
		}
	}
	if w.counts.n[metric.EventsIn] != 1 || w.counts.n[metric.Broken] != 1 {
		t.Errorf("counts %v", w.counts.n)
	}
}

// A cell that was taken out of the configuration is a defect, not the event's fault.
func TestDirectory_Route_LostCell(t *testing.T) {
	w := newWorld(t, "eu-central-1", "us-east-1")
	w.route(created("acme", `"region":"us-east-1"`))
	delete(w.Cells, "us-east-1")
	if err := w.Route(ctx, event(events.TypeTenantDestroyed, "acme", 2, "")); !coded.Is(err, coded.Internal) || coded.Hint(err) == "" {
		t.Errorf("= %v", err)
	}
}
