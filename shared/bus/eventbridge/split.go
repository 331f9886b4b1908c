package eventbridge

import (
	"latchkey/events"
	"latchkey/shared/coded"
	"latchkey/shared/reconcile"
)

// MaxCallBytes bounds the events of one call together, as EventBridge counts
// them: they must stay below it. EventBridge has come to take more; the queues
// and functions behind it have not. [EventBridge guide, Calculating PutEvents event entry size]
const MaxCallBytes = events.MaxEventBytes

// timeBytes is what an event's time counts. [EventBridge guide, Calculating PutEvents event entry size]
const timeBytes = 14

// size returns an event's bytes as EventBridge counts them.
func size(env *events.Envelope) int {
	n := timeBytes + len(env.Source) + len(env.DetailType) + len(env.Detail)
	for _, r := range env.Resources {
		n += len(r)
	}
	return n
}

// split returns the places in batch that go into each call, in order, and fails
// the events that are too large for any.
func split(batch []events.Envelope, failed []error) [][]int {
	var (
		calls [][]int
		call  []int
		bytes int
	)
	for i := range batch {
		n := size(&batch[i])
		if n >= MaxCallBytes {
			failed[i] = &coded.Error{Code: coded.Invalid, Field: "event", Hint: "send a reference to large data instead of the data",
				Message: "the event has more bytes than EventBridge takes"}
			continue
		}
		if len(call) == reconcile.BusBatch || bytes+n >= MaxCallBytes {
			calls, call, bytes = append(calls, call), nil, 0
		}
		call, bytes = append(call, i), bytes+n
	}
	if len(call) > 0 {
		calls = append(calls, call)
	}
	return calls
}
