package simulation

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"latchkey/events"
	"latchkey/localstack/cell"
	"latchkey/shared/catalog"
	"latchkey/shared/catalog/embedded"
	"latchkey/shared/fake"
	"latchkey/shared/fake/fakekms"
	"latchkey/shared/fake/fakerds"
	"latchkey/shared/fake/faketrail"
	"latchkey/shared/metric"
	"latchkey/shared/objects"
	"latchkey/shared/reconcile"
	"latchkey/shared/snapshot"
)

const (
	platform = "111122223333"
	day      = 24 * time.Hour
	grace    = 12 * time.Hour

	longestOutage = 2 * time.Hour
)

var (
	regions = []string{"eu-central-1", "us-east-1"}
	epoch   = time.Date(2026, 1, 5, 8, 0, 0, 0, time.UTC)
)

// Options choose a history.
type Options struct {
	Seed  uint64
	Hooks reconcile.Hooks // bugs planted on purpose
	Log   func(format string, args ...any)
	// Ledger has the cell keep a ledger of key use, held against the calls in the end.
	Ledger bool

	objects func(objects.Store) objects.Store // a fault planted around the ledger's buckets
}

// Report is what a history came to.
type Report struct {
	Steps, Events, Faults, Locks int64
	Uses                         int64 // of customers' keys, with Options.Ledger
	Days                         float64
	// Broken is the first promise that was broken, or nil.
	Broken error
}

// run is one history under way.
type run struct {
	Options
	ctx    context.Context
	rng    *fake.Rand
	plan   *fake.Random
	clock  *fake.Clock
	cell   *cell.Cell
	watch  *watch
	uses   *useTruth // nil: there is no ledger
	truth  truth
	serial int // of the events that were made
	asked  int // how often contexts were asked for
	broken *violation
}

// Run plays the history of a seed.
func Run(ctx context.Context, o Options) (Report, error) {
	r := &run{Options: o, ctx: ctx, rng: fake.NewRand(o.Seed, "simulation"), clock: fake.NewClock(epoch)}
	if r.Log == nil {
		r.Log = func(string, ...any) {}
	}
	if err := r.start(); err != nil {
		return Report{}, err
	}
	err := r.play()
	if err == nil && r.broken == nil {
		err = r.rest()
	}
	rep := Report{
		Steps: r.cell.Counts.Get(metric.Steps), Events: r.cell.Counts.Get(metric.EventsIn),
		Locks: r.cell.Counts.Get(metric.Locks), Days: r.clock.Now().Sub(epoch).Hours() / 24,
	}
	for f := fake.Error; f <= fake.Reorder; f++ {
		rep.Faults += int64(r.plan.Injected(f))
	}
	if r.broken != nil {
		rep.Broken = r.broken
	}
	if r.uses != nil {
		for _, n := range r.uses.made {
			rep.Uses += int64(n)
		}
	}
	return rep, err
}

func (r *run) start() error {
	r.plan = fake.NewRandom(r.Seed, fake.Rates{
		Error: 0.01, Throttle: 0.01, Timeout: 0.015, Crash: 0.01, Delay: 0.05, Duplicate: 0.1, Reorder: 0.2,
	})
	store := embedded.NewMemory(r.clock)
	r.watch = &watch{run: r, applied: map[string]int{}, out: map[string]events.Envelope{}, latest: map[string]time.Time{}}
	lag := fakekms.DefaultMaxLag
	if r.rng.Float64() < 0.3 {
		lag = time.Duration(r.rng.Int64N(int64(lag)))
	}
	var keeps *cell.Ledger
	if r.Ledger {
		r.uses = newUseTruth()
		keeps = r.uses.ledger()
		if r.objects != nil {
			keeps.Objects = r.objects(keeps.Objects)
		}
	}
	var err error
	r.cell, err = cell.New(r.ctx, cell.Config{
		Ledger:  keeps,
		Account: platform, Regions: regions, Seed: r.Seed, Clock: r.clock, Store: store, MaxLag: lag,
		Delay: cell.Delay{Min: time.Second, Max: 3 * time.Minute, Lost: 0.2}, Faults: r.plan, Hooks: r.Hooks,
		Quotas: fakerds.Quotas{Instances: 1000, ManualSnapshots: 10_000, StorageGiB: 1_000_000},
		Wrap:   func(inner catalog.Store) catalog.Store { return &racer{Store: inner, run: r} },
		Sent:   r.watch.sent, Handling: func() { r.watch.calls = 0 }, Handled: r.watch.handled, Log: slog.New(logTo{r.Log}),
		Adjust: func(c *reconcile.Config) {
			c.TenantRules.Grace = grace
			c.KeyTiming.Probe = 3 * c.KeyTiming.Probe // healthy keys are most of the work and none of the news
			c.ShardCapacity = 3
			c.Schedule = snapshot.Daily
		},
	})
	if r.uses != nil && err == nil {
		r.cell.Trail.SubscribeTo(platform, r.uses.count, func(faketrail.Record) {})
	}
	return err
}

// play lets things happen at random moments, and checks after each.
func (r *run) play() error {
	r.people()
	actions := 15 + int(r.rng.Int64N(20))
	for range actions {
		r.act()
		if err := r.pass(r.pause()); err != nil || r.broken != nil {
			return err
		}
	}
	return nil
}

// pause draws how long nothing is done: mostly minutes, sometimes days.
func (r *run) pause() time.Duration {
	switch x := r.rng.Float64(); {
	case x < 0.5:
		return time.Duration(r.rng.Int64N(int64(10 * time.Minute)))
	case x < 0.92:
		return time.Duration(r.rng.Int64N(int64(2 * time.Hour)))
	case x < 0.98:
		return time.Duration(r.rng.Int64N(int64(12 * time.Hour)))
	}
	return time.Duration(r.rng.Int64N(int64(8 * day)))
}

// pass lets time pass in pieces, with a check after each.
func (r *run) pass(d time.Duration) error {
	end := r.clock.Now().Add(d)
	for {
		piece := max(end.Sub(r.clock.Now())/8, 2*time.Minute)
		to := r.clock.Now().Add(piece)
		if to.After(end) {
			to = end
		}
		if err := r.cell.Advance(r.ctx, to); err != nil {
			return fmt.Errorf("seed %d: %w", r.Seed, err)
		}
		if from := r.truth.outageFrom; !from.IsZero() && r.clock.Now().Sub(from) > longestOutage {
			r.endOutage()
		}
		if r.check(); r.broken != nil || !to.Before(end) {
			return nil
		}
	}
}

// rest ends the faults and the outages, and checks that everything comes to
// where it must.
func (r *run) rest() error {
	r.plan.Stop()
	r.endOutage()
	for range 3 {
		if err := r.cell.Redrive(); err != nil {
			return err
		}
		if err := r.pass(grace/2 + 4*time.Hour); err != nil || r.broken != nil {
			return err
		}
	}
	r.checkRest()
	r.checkUses()
	return nil
}

// breaks takes note of the first broken promise.
func (r *run) breaks(promise, format string, args ...any) {
	if r.broken == nil {
		r.broken = &violation{promise: promise, detail: fmt.Sprintf(format, args...), at: r.clock.Now()}
	}
}

// logTo gives the plane's log to a test's.
type logTo struct {
	f func(format string, args ...any)
}

func (logTo) Enabled(context.Context, slog.Level) bool { return true }
func (l logTo) Handle(_ context.Context, rec slog.Record) error {
	l.f("%s", rec.Message)
	return nil
}
func (l logTo) WithAttrs([]slog.Attr) slog.Handler { return l }
func (l logTo) WithGroup(string) slog.Handler      { return l }
