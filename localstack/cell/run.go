package cell

import (
	"container/heap"
	"context"
	"fmt"
	"time"

	"latchkey/events"
	"latchkey/shared/fake"
	"latchkey/shared/reconcile"
)

// sweepEvery is the period of the schedules that start sweep and probe-keys.
const sweepEvery = time.Minute

// perShard is how many due records one sweep takes of each shard.
const perShard = 50

// Put puts an event on the bus, as PutEvents does: it is safe once Put returns.
// It returns how many functions get it; 0 means that no rule matches, which is
// counted and is no error.
func (c *Cell) Put(env events.Envelope) (int, error) { return c.bus.put(env, 0) }

// Advance lets virtual time pass until a moment, doing everything that is due
// on the way in its order. It returns early with ctx's error.
func (c *Cell) Advance(ctx context.Context, until time.Time) error {
	still := 0
	for last := c.Clock.Now(); ; last = c.Clock.Now() {
		if err := c.settle(ctx); err != nil {
			return err
		}
		next, ok := c.next()
		if still++; next.After(last) {
			still = 0
		}
		if still > maxRounds {
			return fmt.Errorf("cell: time stands still at %s: something stays due however often it is done", last)
		}
		if !ok || next.After(until) {
			c.Clock.Set(until)
			return c.settle(ctx)
		}
		c.Clock.Set(next)
	}
}

// next returns the next moment at which anything is to be done.
func (c *Cell) next() (time.Time, bool) {
	var best time.Time
	take := func(t time.Time, ok bool) {
		if ok && (best.IsZero() || t.Before(best)) {
			best = t
		}
	}
	now := c.Clock.Now()
	take(c.bus.next())
	take(c.KMS.NextAt())
	for _, region := range c.cfg.Regions {
		take(c.RDS[region].NextAt())
	}
	if c.auditor != nil {
		take(c.auditor.trail.NextAt())
	}
	for _, lane := range lanes {
		if due, ok := c.cfg.Store.NextDue(lane); ok {
			tick := due.Add(sweepEvery - 1).Truncate(sweepEvery)
			if !tick.After(now) {
				tick = now.Truncate(sweepEvery).Add(sweepEvery)
			}
			take(tick, true)
		}
	}
	if !best.IsZero() && best.Before(now) {
		best = now
	}
	return best, !best.IsZero()
}

var lanes = reconcile.Lanes()

// settle does all that is due at this very moment.
func (c *Cell) settle(ctx context.Context) error {
	now := c.Clock.Now()
	if err := c.KMS.Tick(now); err != nil {
		return err
	}
	for _, region := range c.cfg.Regions {
		if err := c.RDS[region].Tick(now); err != nil {
			return err
		}
	}
	if err := c.audits(ctx, now); err != nil {
		return err
	}
	if err := c.bus.deliver(ctx); err != nil {
		return err
	}
	if now.Equal(now.Truncate(sweepEvery)) {
		if err := c.sweep(ctx); err != nil {
			return err
		}
	}
	if err := c.publish(ctx); err != nil {
		return err
	}
	return c.gathered()
}

// maxRounds bounds how often the schedules' functions run in one minute.
const maxRounds = 2000

// sweep runs the scheduled functions. A record that failed stays due and is
// left for the next minute.
func (c *Cell) sweep(ctx context.Context) error {
	for _, lane := range lanes {
		for range maxRounds {
			var swept reconcile.Swept
			var err error
			crash := fake.Survive(func() { swept, err = c.Plane.Sweep(ctx, lane, reconcile.Sweeping{PerShard: perShard}) })
			if crash != nil {
				c.Counts.Count(CountCrashes, 1)
			}
			if ctx.Err() != nil {
				return ctx.Err()
			}
			if swept.Stepped == 0 || err != nil || crash != nil {
				break
			}
		}
	}
	return nil
}

// publish empties the outbox, as far as faults let it.
func (c *Cell) publish(ctx context.Context) error {
	for range maxRounds {
		var n int
		var err error
		crash := fake.Survive(func() { n, err = c.Plane.Publish(ctx, c.bus) })
		if crash != nil {
			c.Counts.Count(CountCrashes, 1)
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if n == 0 || err != nil || crash != nil {
			return nil
		}
	}
	return nil
}

// Interleave does one more thing that is due, as another instance of a
// function would at the same moment: it is for simulations, called from within
// a call of the plane.
func (c *Cell) Interleave(ctx context.Context) error {
	now := c.Clock.Now()
	if at, ok := c.bus.next(); ok && !at.After(now) {
		return c.bus.receive(ctx, heap.Pop(&c.bus.queue).(*Message), now)
	}
	for _, lane := range lanes {
		if due, ok := c.cfg.Store.NextDue(lane); ok && !due.After(now) {
			fake.Survive(func() { _, _ = c.Plane.Sweep(ctx, lane, reconcile.Sweeping{PerShard: 1}) })
		}
	}
	return ctx.Err()
}

// Waiting returns the messages on their way to a function, in no particular order.
func (c *Cell) Waiting() []Message {
	out := make([]Message, 0, len(c.bus.queue))
	for _, m := range c.bus.queue {
		out = append(out, *m)
	}
	return out
}

// Raw is the catalog without injected faults.
func (c *Cell) Raw() Store { return c.cfg.Store }
