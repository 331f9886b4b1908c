package reconcile

import (
	"context"
	"errors"
	"fmt"
	"time"

	"latchkey/shared/catalog"
	"latchkey/shared/coded"
)

// stepsAtOnce bounds how many steps of one record one call takes; the record
// stays due for the next.
const stepsAtOnce = 8

// stepSoon takes the steps of a record that a change has just made due. It is
// only haste: the record is due in the catalog already, so an error (or a
// crash) here delays it to the next sweep and is not the caller's concern.
func (p *Plane) stepSoon(ctx context.Context, key catalog.Key) {
	if err := p.Step(ctx, key); err != nil && ctx.Err() == nil {
		p.Log.Debug("step put off", "record", key.Part, "error", err)
	}
}

// Step steps one record for as long as it is due, within stepsAtOnce. A lost
// race ends it without an error: somebody else is stepping the record.
func (p *Plane) Step(ctx context.Context, key catalog.Key) error {
	for range stepsAtOnce {
		it, err := p.Store.Get(ctx, key)
		if errors.Is(err, catalog.ErrNotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		if it.DueAt.IsZero() || it.DueAt.After(p.Clock.Now()) {
			return nil
		}
		p.Metrics.Count(CountSteps, 1)
		err = p.stepItem(ctx, it)
		if errors.Is(err, catalog.ErrConflict) {
			p.Metrics.Count(CountConflicts, 1)
			return nil
		}
		if err != nil {
			p.Metrics.Count(CountStepErrors, 1)
			return fmt.Errorf("step of %s: %w", key.Part, err)
		}
	}
	return nil
}

func (p *Plane) stepItem(ctx context.Context, it catalog.Item) error {
	switch kind, _ := kindOf(it.Key); kind {
	case kindTenant:
		return p.stepTenant(ctx, it)
	case kindDatabase:
		return p.stepDatabase(ctx, it)
	case kindKey:
		return p.stepKey(ctx, it)
	case kindSnapshot:
		return p.stepSnapshot(ctx, it)
	}
	return coded.New(coded.Internal, "record %s is due but is of no kind that has steps", it.Key.Part)
}

// Sweep steps the records that are due in one lane: at most perShard of each
// shard. It returns how many it stepped, and the first error after all were
// tried, so that one bad record cannot hold up the rest.
func (p *Plane) Sweep(ctx context.Context, lane catalog.Lane, perShard int) (stepped int, err error) {
	now := p.Clock.Now()
	var errs []error
	for shard := range catalog.DueShards {
		due, err := p.Store.Due(ctx, lane, shard, now, perShard)
		if err != nil {
			errs = append(errs, fmt.Errorf("due records of %s/%d: %w", lane, shard, err))
			continue
		}
		for _, d := range due {
			if err := ctx.Err(); err != nil {
				return stepped, err
			}
			stepped++
			if err := p.Step(ctx, d.Key); err != nil {
				errs = append(errs, err)
			}
		}
	}
	return stepped, errors.Join(errs...)
}

// Lanes returns the lanes that the sweep sees to; the prober sees to LaneKeys.
func Lanes() []catalog.Lane { return []catalog.Lane{catalog.LaneRecords, LaneParked} }

// poke makes a record due now. It is best effort: whoever waits for a change
// also looks by itself now and then.
func (p *Plane) poke(ctx context.Context, key catalog.Key) error {
	for range maxTries {
		cur, err := p.Store.Get(ctx, key)
		if errors.Is(err, catalog.ErrNotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		now := p.Clock.Now()
		if !cur.DueAt.IsZero() && !cur.DueAt.After(now) {
			return nil
		}
		err = p.Store.Commit(ctx, catalog.Tx{Puts: []catalog.Put{{Item: dueNow(cur, now), IfVersion: cur.Version}}})
		if !errors.Is(err, catalog.ErrConflict) {
			return err
		}
	}
	return nil
}

// dueNow returns an item as it is, but due.
func dueNow(it catalog.Item, now time.Time) catalog.Item {
	if it.DueAt.IsZero() || it.DueAt.After(now) {
		it.DueAt = now
	}
	if it.Lane == "" {
		it.Lane = catalog.LaneRecords
	}
	return it
}

// dueIn returns when a record that is to wait is due; a negative wait: never.
func dueIn(now time.Time, wait time.Duration) time.Time {
	if wait < 0 {
		return time.Time{}
	}
	return now.Add(wait)
}
