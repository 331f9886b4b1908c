// Package bustest is the contract of reconcile.Bus as a suite: what EventBridge
// and the embedded bus must both answer, one case per sentence. An
// implementation's own test calls Run.
//
// Limits and error codes are those of the EventBridge guide (Calculating
// PutEvents event entry size) and the EventBridge API reference
// (PutEventsResultEntry).
package bustest

import (
	"slices"
	"testing"

	"latchkey/events"
	"latchkey/shared/conformance"
	"latchkey/shared/reconcile"
)

// Source is that of all events of the suite.
const Source = "latchkey"

// World is what the cases arrange beside the port, for a bus of its own. What an
// implementation cannot arrange it answers with an error, which is an exception of
// its own.
type World interface {
	Bus() reconcile.Bus
	// Refuse has the bus refuse the next events at these places, counted from 0
	// over calls, with an error code of PutEventsResultEntry, and take all others.
	Refuse(code string, places ...int) error
	// Received returns the events that a target of the bus was given since the
	// World was opened, in any order.
	Received() ([]events.Envelope, error)
}

// Run runs the suite.
func Run(t *testing.T, open func(t *testing.T) World, exceptions ...conformance.Exception) {
	t.Helper()
	fresh := func(t *testing.T) *suite {
		w := open(t)
		return &suite{World: w, bus: w.Bus()}
	}
	conformance.Run(t, fresh, slices.Concat(putCases(), sizeCases, refusalCases()), exceptions...)
}

type (
	one   = conformance.Case[*suite]
	suite struct {
		World
		bus reconcile.Bus
	}
)
