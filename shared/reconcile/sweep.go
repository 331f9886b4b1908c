package reconcile

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"sync"
	"time"

	"latchkey/shared/catalog"
	"latchkey/shared/coded"
	"latchkey/shared/metric"
)

// SweepLanes returns the lanes of tenants and databases.
func SweepLanes() []catalog.Lane { return []catalog.Lane{catalog.LaneRecords, LaneParked} }

// SnapshotLanes returns the lanes of snapshots.
func SnapshotLanes() []catalog.Lane { return []catalog.Lane{LaneSnapshots, LaneParkedSnapshots} }

// KeyLanes returns the lane of keys: they are probed on their own, so that
// nothing else can delay a lock.
func KeyLanes() []catalog.Lane { return []catalog.Lane{catalog.LaneKeys} }

// Lanes returns all lanes.
func Lanes() []catalog.Lane {
	return append(append(SweepLanes(), SnapshotLanes()...), KeyLanes()...)
}

// Sweeping bounds one sweep.
type Sweeping struct {
	PerShard int // records taken of each shard
	// AtOnce is how many records are stepped at the same time, each guarded against
	// panics; 1 or less: one after the other, in order, and a panic is the caller's.
	AtOnce int
}

// Swept is what a sweep did.
type Swept struct {
	Stepped int           // records tried
	Failed  int           // of these, those that stay due because of an error
	Lag     time.Duration // how late the most overdue of them was
}

// Sweep steps the records that are due in one lane. It tries each, whatever
// becomes of the others, and returns all errors, so that one bad record cannot
// hold up the rest. When ctx ends it begins no more and returns ctx's error.
func (p *Plane) Sweep(ctx context.Context, lane catalog.Lane, s Sweeping) (Swept, error) {
	now := p.Clock.Now()
	var out Swept
	var errs []error
	var mu sync.Mutex
	note := func(err error) {
		mu.Lock()
		defer mu.Unlock()
		out.Failed++
		errs = append(errs, err)
	}
	var wg sync.WaitGroup
	places := make(chan struct{}, max(s.AtOnce, 1))
	for shard := range catalog.DueShards {
		due, err := p.Store.Due(ctx, lane, shard, now, s.PerShard)
		if err != nil {
			note(fmt.Errorf("due records of %s/%d: %w", lane, shard, err))
			continue
		}
		for _, d := range due {
			if ctx.Err() != nil {
				break
			}
			out.Stepped++
			out.Lag = max(out.Lag, now.Sub(d.DueAt))
			if s.AtOnce <= 1 {
				if err := p.stepOrPostpone(ctx, d.Key, p.Step); err != nil {
					note(err)
				}
				continue
			}
			places <- struct{}{}
			wg.Add(1)
			go func() {
				defer func() { <-places; wg.Done() }()
				if err := p.stepOrPostpone(ctx, d.Key, p.stepGuarded); err != nil {
					note(err)
				}
			}()
		}
	}
	wg.Wait()
	if lane != LaneParked && lane != LaneParkedSnapshots {
		p.Metrics.Measure(metric.DueLag, out.Lag.Seconds(), "")
	}
	if err := ctx.Err(); err != nil {
		return out, err
	}
	return out, errors.Join(errs...)
}

// postponement is how much later a record is due whose step failed.
const postponement = time.Minute

// stepOrPostpone steps a record. One whose step fails is due again a little
// later, and so behind the others: a few that fail for ever cannot take up
// every place of their shard. That this may fail too does no harm.
func (p *Plane) stepOrPostpone(ctx context.Context, key catalog.Key, step func(context.Context, catalog.Key) error) error {
	err := step(ctx, key)
	if err == nil || ctx.Err() != nil {
		return err
	}
	it, getErr := p.Store.Get(ctx, key)
	if getErr != nil || it.DueAt.IsZero() || it.DueAt.After(p.Clock.Now()) {
		return err
	}
	it.DueAt = p.Clock.Now().Add(postponement)
	if putErr := p.Store.Commit(ctx, catalog.Tx{Puts: []catalog.Put{{Item: it, IfVersion: it.Version}}}); putErr != nil {
		p.Log.Debug("a failing record stays first in its shard", "record", key.Part, "error", putErr)
	}
	return err
}

// stepGuarded is Step in a goroutine of its own: a defect that one record brings
// to light must end neither the process nor the steps of the others.
func (p *Plane) stepGuarded(ctx context.Context, key catalog.Key) (err error) {
	defer func() {
		if r := recover(); r != nil {
			p.Metrics.Count(metric.StepErrors, 1)
			err = coded.New(coded.Internal, "step of %s: panic: %v\n%s", key.Part, r, debug.Stack())
		}
	}()
	return p.Step(ctx, key)
}

// StepDue steps one record if it is due and of one of the kinds. It is for
// those who hear that a record was written, from the table's stream: what is
// lost on that way stays due for the sweep.
func (p *Plane) StepDue(ctx context.Context, key catalog.Key) error {
	if !p.stepsAtOnce(key) {
		return nil
	}
	return p.Step(ctx, key)
}
