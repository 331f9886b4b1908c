package directory_test

import (
	"bytes"
	"log"
	"os"
	"strings"
	"testing"

	"latchkey/events"
	"latchkey/shared/coded"
	"latchkey/shared/delivery"
	"latchkey/shared/metric"
)

// tooLarge is an event that the entry takes and no cell's bus does.
func tooLarge(sequence int) events.Envelope {
	return event(events.TypeProductSuspended, "acme", sequence, `"product":"tracker","padding":"`+strings.Repeat("x", events.MaxEventBytes)+`"`)
}

// A kept event that the cell's bus will never take is counted, logged and given
// up; its tenant and the other events go on without it.
func TestDirectory_Route_EarlyInvalid(t *testing.T) {
	var logged bytes.Buffer
	log.SetOutput(&logged)
	t.Cleanup(func() { log.SetOutput(os.Stderr) })
	w := newWorld(t, "eu-central-1")
	w.delivered(2, suspended("acme", 2), tooLarge(3), tooLarge(4), suspended("acme", 5))
	w.route(created("acme", `"realm":"EU"`), created("acme", `"realm":"EU"`))
	if got := w.ids("eu-central-1"); got != "acme-1 acme-2 acme-5 acme-1" {
		t.Errorf("sent %q", got)
	}
	if n := w.counts.n[metric.Broken]; n != 2 {
		t.Errorf("%d counted as broken", n)
	}
	if got := logged.String(); strings.Count(got, "\n") != 2 || !strings.Contains(got, "acme-3") || !strings.Contains(got, "acme-4") {
		t.Errorf("logged %q", got)
	}
	for _, env := range []events.Envelope{tooLarge(3), tooLarge(4)} { // their messages come again
		if err := w.Route(delivery.With(ctx, 3), env); !coded.Is(err, coded.Invalid) {
			t.Errorf("%s: %v", env.ID, err)
		}
	}
	if got := w.ids("eu-central-1"); got != "acme-1 acme-2 acme-5 acme-1" || w.counts.n[metric.Broken] != 2 {
		t.Errorf("in the end: sent %q, counts %v", got, w.counts.n)
	}
}

// The message of a kept event that comes again before Tenant Created does finds
// the refusal itself.
func TestDirectory_Route_EarlyInvalidAgain(t *testing.T) {
	w := newWorld(t, "eu-central-1")
	w.delivered(2, suspended("acme", 2), tooLarge(3))
	b := w.buses["eu-central-1"]
	b.down = coded.New(coded.Retryable, "no bus")
	if err := w.Route(ctx, created("acme", `"realm":"EU"`)); !coded.Is(err, coded.Retryable) {
		t.Fatal(err)
	}
	b.down = nil
	for range 2 {
		if err := w.Route(delivery.With(ctx, 3), tooLarge(3)); !coded.Is(err, coded.Invalid) {
			t.Errorf("answered %v", err)
		}
	}
	w.route(created("acme", `"realm":"EU"`))
	if got := w.ids("eu-central-1"); got != "acme-1 acme-2" {
		t.Errorf("sent %q", got)
	}
}
