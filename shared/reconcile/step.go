package reconcile

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"latchkey/shared/catalog"
	"latchkey/shared/coded"
	"latchkey/shared/metric"
)

// maxSteps bounds how many steps of one record one call takes; the record
// stays due for the next.
const maxSteps = 8

// stepSoon takes the steps of a record that a change has just made due. It is
// only haste: the record is due in the catalog already, so an error (or a
// crash) here delays it to the next sweep and is not the caller's concern.
func (p *Plane) stepSoon(ctx context.Context, key catalog.Key) {
	if !p.stepsAtOnce(key) {
		return
	}
	if err := p.Step(ctx, key); err != nil && ctx.Err() == nil {
		p.Log.Debug("step put off", "record", key.Part, "error", err)
	}
}

// stepsAtOnce reports whether records of this kind are stepped as soon as they are due.
func (p *Plane) stepsAtOnce(key catalog.Key) bool {
	kind, _ := kindOf(key)
	return len(p.AtOnce) == 0 || slices.Contains(p.AtOnce, Kind(kind))
}

// Step steps one record for as long as it is due, within maxSteps. A lost
// race ends it without an error: somebody else is stepping the record.
func (p *Plane) Step(ctx context.Context, key catalog.Key) error {
	for range maxSteps {
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
		p.Metrics.Count(metric.Steps, 1)
		err = p.stepItem(ctx, it)
		if errors.Is(err, catalog.ErrConflict) {
			p.Metrics.Count(metric.Conflicts, 1)
			return nil
		}
		if err != nil {
			if ctx.Err() == nil { // else the time was over, and the next sweep goes on
				p.Metrics.Count(metric.StepErrors, 1)
			}
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
	if kind, _ := kindOf(it.Key); it.Lane == "" && kind == kindSnapshot {
		it.Lane = LaneSnapshots
	} else if it.Lane == "" {
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
