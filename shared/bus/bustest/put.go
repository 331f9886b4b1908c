package bustest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"latchkey/events"
	"latchkey/shared/coded"
	"latchkey/shared/conformance"
	"latchkey/shared/reconcile"
)

// putCases: everything that is taken arrives, once and as it was.
func putCases() (cases []one) {
	for _, n := range []int{0, 1, reconcile.BusBatch + 1} {
		cases = append(cases, one{Name: fmt.Sprintf("Put/%d", n), Run: func(t *conformance.T, s *suite) {
			batch := many(n)
			wantFailed(t, s.put(t, batch), "")
			s.wantReceived(t, batch)
		}})
	}
	return append(cases,
		one{Name: "Put/no resources", Run: func(t *conformance.T, s *suite) {
			batch := many(1)
			batch[0].Resources = nil
			wantFailed(t, s.put(t, batch), "")
			s.wantReceived(t, batch)
		}},
		one{Name: "Put/again", Run: func(t *conformance.T, s *suite) {
			batch := many(2)
			s.put(t, batch)
			s.put(t, batch)
			for n, times := range s.received(t, batch) {
				if times != 2 {
					t.Errorf("event %d, put twice, arrived %d times: the bus does not know our ids", n, times)
				}
			}
		}},
		one{Name: "Put/broken detail", Run: func(t *conformance.T, s *suite) {
			batch := many(3)
			batch[1].Detail = json.RawMessage(`{"n":1,"cut":`)
			wantFailed(t, s.put(t, batch), coded.Invalid, 1)
			s.wantReceived(t, batch, 1)
		}},
		one{Name: "Put/ended", Run: func(t *conformance.T, s *suite) {
			ended, cancel := context.WithCancel(ctx)
			cancel()
			batch := many(12)
			failed, err := s.bus.PutEvents(ended, batch)
			if !errors.Is(err, context.Canceled) {
				t.Fatalf("got %v, %v, want the context's end", failed, err)
			}
			s.wantReceived(t, batch, places(12)...)
		}},
	)
}

// places are 0 … n-1.
func places(n int) (out []int) {
	for i := range n {
		out = append(out, i)
	}
	return out
}

// Bytes of an event as EventBridge counts them: limit is too many, and frame is
// what events.New leaves of it for the envelope.
const (
	limit = events.MaxEventBytes
	frame = 1024
)

// sizeCases: the events of one call have a limit, and so has one event.
var sizeCases = []one{
	{Name: "Size/many large", Run: func(t *conformance.T, s *suite) {
		var batch []events.Envelope
		for n := range 7 {
			batch = append(batch, sized(n, limit/3))
		}
		wantFailed(t, s.put(t, batch), "")
		s.wantReceived(t, batch)
	}},
	{Name: "Size/largest", Run: func(t *conformance.T, s *suite) {
		batch := []events.Envelope{event(0), sized(1, limit-frame), event(2)}
		wantFailed(t, s.put(t, batch), "")
		s.wantReceived(t, batch)
	}},
	{Name: "Size/too large", Run: func(t *conformance.T, s *suite) {
		batch := []events.Envelope{event(0), sized(1, limit), event(2)}
		wantFailed(t, s.put(t, batch), coded.Invalid, 1)
		s.wantReceived(t, batch, 1)
	}},
	{Name: "Size/only too large", Run: func(t *conformance.T, s *suite) {
		batch := []events.Envelope{sized(0, 2*limit), sized(1, limit)}
		wantFailed(t, s.put(t, batch), coded.Invalid, 0, 1)
		s.wantReceived(t, batch, 0, 1)
	}},
}
