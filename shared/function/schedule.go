package function

import (
	"context"
	"encoding/json"
)

// Schedule runs work at the pace of a schedule; what the schedule sends does not
// matter. An error is the invocation's. What is late is done by the next
// invocation, so the schedule need not retry.
func Schedule(_ Host, run func(context.Context) error) Handler {
	return func(ctx context.Context, _ json.RawMessage) (any, error) {
		return struct{}{}, guarded(func() error { return run(ctx) })
	}
}

// Rounds runs work again and again while there is time to begin another round
// and the last one found something to do, at most max times. It returns the
// first error; a round that fails is the last.
func (h Host) Rounds(ctx context.Context, limit int, round func(context.Context) (more bool, err error)) error {
	for range limit {
		if !h.Limits.Left(ctx) {
			return nil
		}
		more, err := round(ctx)
		if err != nil || !more {
			return err
		}
	}
	return nil
}
