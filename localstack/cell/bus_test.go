package cell

import (
	"context"
	"fmt"
	"testing"
	"time"

	"latchkey/events"
	"latchkey/shared/bus/bustest"
	"latchkey/shared/catalog/embedded"
	"latchkey/shared/conformance"
	"latchkey/shared/fake"
	"latchkey/shared/reconcile"
)

// busWorld is the bus of a cell, which throttles events as its plan says.
type busWorld struct {
	cell    *Cell
	seen    int
	refused map[int]bool // by place among all events
	sent    []events.Envelope
}

var _ bustest.World = (*busWorld)(nil)

func newBusWorld(t *testing.T) bustest.World {
	t.Helper()
	w := &busWorld{refused: map[int]bool{}}
	clock := fake.NewClock(time.Date(2026, 1, 5, 8, 0, 0, 0, time.UTC))
	var err error
	w.cell, err = New(context.Background(), Config{Account: "111122223333", Regions: []string{"eu-central-1"}, Seed: 1, Clock: clock,
		Store: embedded.NewMemory(clock), Faults: w, Sent: func(env events.Envelope) { w.sent = append(w.sent, env) }})
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// At implements fake.Plan: the bus takes any fault of an event for throttling.
func (w *busWorld) At(port, method string) (fake.Point, fake.Fault) {
	p := fake.Point{Port: port, Method: method}
	if port != fake.PortDelivery || method != "put-events" {
		return p, fake.None
	}
	p.N = w.seen
	w.seen++
	if w.refused[p.N] {
		return p, fake.Delay
	}
	return p, fake.None
}

// Bus implements bustest.World.
func (w *busWorld) Bus() reconcile.Bus { return w.cell.bus }

// Received implements bustest.World.
func (w *busWorld) Received() ([]events.Envelope, error) { return w.sent, nil }

// Refuse implements bustest.World.
func (w *busWorld) Refuse(code string, places ...int) error {
	if code != "ThrottlingException" {
		return fmt.Errorf("the embedded bus only throttles")
	}
	for _, n := range places {
		w.refused[w.seen+n] = true
	}
	return nil
}

// TestBus_Conformance passes the suite of the adapter on EventBridge.
func TestBus_Conformance(t *testing.T) {
	const checked = "the embedded bus takes what it is given: what goes to it was parsed as an event, which checks its size and its JSON"
	bustest.Run(t, newBusWorld,
		conformance.Exception{Case: "Put/broken detail", Shows: "was taken", Reason: checked},
		conformance.Exception{Case: "Put/ended", Shows: "want the context's end", Reason: "the embedded bus is a call in memory that does not wait"},
		conformance.Exception{Case: "Size/too large", Shows: "was taken", Reason: checked},
		conformance.Exception{Case: "Size/only too large", Shows: "was taken", Reason: checked},
		conformance.Exception{Case: "Refused/InternalFailure", Shows: "only throttles", Reason: "its faults are throttling only"},
		conformance.Exception{Case: "Refused/MalformedDetail", Shows: "only throttles", Reason: "its faults are throttling only"},
		conformance.Exception{Case: "Refused/NotAuthorizedForSourceException", Shows: "only throttles", Reason: "nobody can be denied the embedded bus"},
	)
}
