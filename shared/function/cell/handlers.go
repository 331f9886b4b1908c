package cell

import (
	"context"
	"errors"
	"log/slog"

	"latchkey/events"
	"latchkey/shared/catalog"
	"latchkey/shared/function"
	"latchkey/shared/function/logging"
	"latchkey/shared/reconcile"
)

// Events applies the events of the function's queue.
func Events(h function.Host, p *reconcile.Plane) function.Handler {
	return function.Queue(h, func(ctx context.Context, env events.Envelope) error { return p.Handle(ctx, h.Name, env) })
}

// Written steps the records that were written and are due already: what one
// record's step made due is stepped within a second, and not at the next sweep.
// It is haste only: what fails here stays due, and the sweep takes it up, so no
// record is asked for again.
func Written(h function.Host, p *reconcile.Plane) function.Handler {
	return function.Stream(h, func(ctx context.Context, changes []function.Change) []error {
		now := h.Clock.Now().UnixMicro()
		stepped := map[catalog.Key]bool{}
		for _, c := range changes {
			if c.DueAt == 0 || c.DueAt > now || stepped[c.Key] || !h.Limits.Left(ctx) {
				continue
			}
			stepped[c.Key] = true
			ctx := logging.With(ctx, slog.String("record", c.Key.Part))
			if err := p.StepDue(ctx, c.Key); err != nil {
				h.Log.WarnContext(ctx, "the step is left to the sweep", "error", err)
			}
		}
		return nil
	})
}

// Sweeping bounds a sweep of one invocation.
type Sweeping struct {
	Lanes []catalog.Lane
	Each  reconcile.Sweeping // one round over a lane
	// Before runs first, and its error is told after the sweep; may be nil.
	Before func(context.Context) error
}

// maxRounds bounds the rounds over one lane in one invocation.
const maxRounds = 50

// Sweep steps the records of the lanes that are due, round after round, until
// nothing is due or the time is nearly up. A record that fails is logged and
// stays due; it fails no invocation, since the next one, in a minute, tries it
// again anyway, and its errors are counted. What keeps the sweep itself from its
// work (the catalog does not answer) is the invocation's error.
func Sweep(h function.Host, p *reconcile.Plane, s Sweeping) function.Handler {
	return function.Schedule(h, func(ctx context.Context) error {
		var errs []error
		if s.Before != nil {
			errs = append(errs, s.Before(ctx))
		}
		for _, lane := range s.Lanes {
			errs = append(errs, h.Rounds(ctx, maxRounds, func(ctx context.Context) (bool, error) {
				return round(ctx, h, p, lane, s.Each)
			}))
		}
		return errors.Join(errs...)
	})
}

// round sweeps a lane once. Another round is worth it while this one stepped as
// much as a shard gives and nothing failed: what failed is due still and would
// be found again.
func round(ctx context.Context, h function.Host, p *reconcile.Plane, lane catalog.Lane, each reconcile.Sweeping) (more bool, err error) {
	swept, err := p.Sweep(ctx, lane, each)
	h.Log.InfoContext(ctx, "swept", "lane", lane, "stepped", swept.Stepped, "failed", swept.Failed, "lag", swept.Lag.String())
	if err != nil {
		h.Log.WarnContext(ctx, "some records stay due", "lane", lane, "error", err)
	}
	if swept.Stepped == 0 && err != nil {
		return false, err
	}
	return swept.Stepped >= each.PerShard && swept.Failed == 0, nil
}
