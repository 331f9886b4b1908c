// Package cell is a whole Latchkey cell on one machine: the control plane of
// package reconcile on an embedded catalog, twins of KMS, RDS and CloudTrail
// that behave as AWS does where it hurts, the event bus, the functions' queues
// and the scheduler. It runs on a virtual clock, in one goroutine, and is
// deterministic for a seed, so that the demo, the local stack and the simulation
// run the very same thing.
//
// The twins, the queues and the catalog are durable when they are given a
// journal: like AWS, they do not forget because a process died.
package cell

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"time"

	"latchkey/events"
	"latchkey/shared/catalog"
	"latchkey/shared/clock"
	"latchkey/shared/database"
	"latchkey/shared/fake"
	"latchkey/shared/fake/fakekms"
	"latchkey/shared/fake/fakerds"
	"latchkey/shared/fake/faketrail"
	"latchkey/shared/keyusage/ledger"
	"latchkey/shared/reconcile"
)

// Store is an embedded catalog.
type Store interface {
	catalog.Store
	catalog.Outbox
	NextDue(lane catalog.Lane) (time.Time, bool)
}

// Clock is the cell's clock.
type Clock interface {
	clock.Clock
	// Set moves the clock forward to t; it never goes back.
	Set(t time.Time) time.Time
}

// Config is what a cell is made of.
type Config struct {
	Account string   // the platform's AWS account
	Regions []string // served; the first is the cell's home
	Seed    uint64
	Clock   Clock
	Store   Store
	Journal fake.Journal  // nil: nothing outlives the process
	MaxLag  time.Duration // KMS's eventual consistency
	Delay   Delay
	Faults  fake.Plan // nil: none
	Hooks   reconcile.Hooks
	// Wrap puts something between the plane and its catalog; may be nil.
	Wrap   func(catalog.Store) catalog.Store
	Log    *slog.Logger
	Adjust func(*reconcile.Config) // changes the plane's defaults; may be nil
	Timing fakerds.Timing
	Quotas fakerds.Quotas
	// Ledger makes the cell keep a ledger of key use; nil: it has none, and no
	// file of CloudTrail's is written.
	Ledger *Ledger
	// Sent is told of every event that left through the outbox; may be nil.
	Sent func(events.Envelope)
	// Handling is told of every delivery before it; may be nil.
	Handling func()
	// Handled is told of every delivery to a function, with how long it took
	// in real time; may be nil.
	Handled func(Delivery)
}

// Delay bounds how late events reach the bus. [aws-facts 19: typically within minutes]
type Delay struct {
	Min, Max time.Duration
	Lost     float64 // share of AWS's own, best-effort events that never come
}

// Role is Latchkey's principal in the platform's account.
func Role(account string) string { return "arn:aws:iam::" + account + ":role/latchkey-control-plane" }

// Cell is the running whole. It is not safe for concurrent use, but for Plane's
// reads.
type Cell struct {
	cfg   Config
	Clock Clock
	KMS   *fakekms.KMS
	RDS   map[string]*fakerds.RDS
	Trail *faketrail.Trail
	Plane *reconcile.Plane
	// Audit is the same plane without injected faults, for reads.
	Audit  *reconcile.Plane
	Counts *Counts
	// Ledger is the ledger of key use, or nil; see Config.Ledger.
	Ledger  *ledger.Ledger
	auditor *auditor
	bus     *bus
	random  *fake.Rand
	plan    fake.Plan
}

// New wires a cell, makes the platform's keys where they are missing, and
// registers them.
func New(ctx context.Context, cfg Config) (*Cell, error) {
	if cfg.Faults == nil {
		cfg.Faults = fake.NoFaults
	}
	if cfg.Journal == nil {
		cfg.Journal = fake.NoJournal
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.NewTextHandler(io.Discard, nil))
	}
	c := &Cell{
		cfg: cfg, Clock: cfg.Clock, RDS: map[string]*fakerds.RDS{}, Trail: faketrail.New(cfg.Seed),
		Counts: NewCounts(), random: fake.NewRand(bootSeed(cfg), "cell"), plan: cfg.Faults,
	}
	var err error
	if c.bus, err = newBus(c); err != nil {
		return nil, err
	}
	if err := c.twins(); err != nil {
		return nil, err
	}
	keys, err := c.platformKeys(ctx)
	if err != nil {
		return nil, err
	}
	return c, c.plane(ctx, keys)
}

func (c *Cell) twins() (err error) {
	c.KMS, err = fakekms.New(fakekms.Config{
		Clock: c.Clock, Seed: c.cfg.Seed, MaxLag: c.cfg.MaxLag, Journal: c.cfg.Journal, Trail: c.Trail,
		Events: c.kmsEvent, Changed: c.keyChanged,
	})
	if err != nil {
		return err
	}
	for _, region := range c.cfg.Regions {
		c.RDS[region], err = fakerds.New(fakerds.Config{
			Account: c.cfg.Account, Region: region, Clock: c.Clock, Seed: c.cfg.Seed, KMS: c.KMS,
			Journal: c.regional(region), Events: c.rdsEvent(region), Calls: c.rdsCall,
			Timing: c.cfg.Timing, Quotas: c.cfg.Quotas,
		})
		if err != nil {
			return err
		}
	}
	c.Trail.SubscribeTo(c.cfg.Account, mayMatter, c.trailRecord(c.cfg.Account))
	return nil
}

// platformKeys finds or makes the platform's key of each Region.
func (c *Cell) platformKeys(ctx context.Context) (map[string]string, error) {
	keys := map[string]string{}
	err := c.cfg.Journal.Load(kindPlatformKey, func(region string, arn []byte) error {
		keys[region] = string(arn)
		return nil
	})
	if err != nil {
		return nil, err
	}
	for _, region := range c.cfg.Regions {
		if keys[region] != "" {
			continue
		}
		arn, err := c.KMS.CreateKey(ctx, Role(c.cfg.Account), fakekms.CreateKeyInput{Region: region, Description: "latchkey platform"})
		if err != nil {
			return nil, fmt.Errorf("creating the platform's key of %s: %w", region, err)
		}
		if err := c.cfg.Journal.Save(kindPlatformKey, region, []byte(arn)); err != nil {
			return nil, err
		}
		keys[region] = arn
	}
	return keys, nil
}

func (c *Cell) plane(ctx context.Context, platformKeys map[string]string) (err error) {
	cfg := reconcile.DefaultConfig(c.cfg.Account, c.cfg.Regions[0])
	cfg.PlatformKeys = platformKeys
	if c.cfg.Adjust != nil {
		c.cfg.Adjust(&cfg)
	}
	role := Role(c.cfg.Account)
	regions := map[string]reconcile.Ports{}
	for name, rds := range c.RDS {
		regions[name] = reconcile.Ports{
			Keys: fake.Keys(c.KMS.As(role), c.plan), Fleet: fake.Fleet(rds.Fleet(role), c.plan),
			Restorer: fake.Restorer(rds.Restorer(role), c.plan), Inside: fake.Inside(rds.Inside(), c.plan),
			Backups: fake.Backups(rds.Backups(role), c.plan),
		}
	}
	deps := reconcile.Deps{
		Store: c.cfg.Store, Outbox: c.cfg.Store, Clock: c.Clock,
		Regions: regions, Metrics: c.Counts, Log: c.cfg.Log, Config: cfg, Hooks: c.cfg.Hooks,
	}
	if c.Audit, err = reconcile.New(deps); err != nil {
		return err
	}
	deps.Store, deps.Outbox = fake.Store(c.cfg.Store, c.plan), fake.Outbox(c.cfg.Store, c.plan)
	if c.cfg.Wrap != nil {
		deps.Store = c.cfg.Wrap(deps.Store)
	}
	if c.Plane, err = reconcile.New(deps); err != nil {
		return err
	}
	if err := c.audit(deps.Store); err != nil {
		return err
	}
	return c.untilDone(ctx, "registering the platform's keys", c.Plane.RegisterPlatformKeys)
}

// untilDone repeats what injected faults may break.
func (c *Cell) untilDone(ctx context.Context, what string, do func(context.Context) error) (err error) {
	for range 100 {
		if crash := fake.Survive(func() { err = do(ctx) }); crash == nil && err == nil {
			return nil
		}
	}
	return fmt.Errorf("%s: %w", what, err)
}

// keyChanged tells the twins of RDS that a key may have become usable or unusable.
func (c *Cell) keyChanged(arn string) {
	for _, region := range c.cfg.Regions {
		if rds := c.RDS[region]; rds != nil {
			rds.KeyChanged(arn)
		}
	}
}

// Forward deploys a customer's forwarding rule: key events of its account reach
// our bus from now on.
func (c *Cell) Forward(account string) {
	if account == c.cfg.Account {
		return
	}
	c.Trail.SubscribeTo(account, mayMatter, c.trailRecord(account))
	c.bus.forwards[account] = true
}

// Instances returns the instances of all Regions, for reports and invariants.
func (c *Cell) Instances() []database.Instance {
	var out []database.Instance
	for _, region := range c.cfg.Regions {
		out = append(out, c.RDS[region].Instances()...)
	}
	slices.SortFunc(out, func(a, b database.Instance) int {
		if a.InstanceID < b.InstanceID {
			return -1
		}
		return 1
	})
	return out
}

const kindPlatformKey = "cell-platform-key"

// regional returns the journal of one Region's twin.
func (c *Cell) regional(region string) fake.Journal {
	if c.cfg.Journal == fake.NoJournal {
		return fake.NoJournal
	}
	return regional{c.cfg.Journal, region}
}

// regional keeps the objects of one Region's twin apart from another's.
type regional struct {
	fake.Journal
	region string
}

func (r regional) Save(kind, id string, v []byte) error {
	return r.Journal.Save(r.region+"/"+kind, id, v)
}
func (r regional) Delete(kind, id string) error { return r.Journal.Delete(r.region+"/"+kind, id) }
func (r regional) Load(kind string, each func(string, []byte) error) error {
	return r.Journal.Load(r.region+"/"+kind, each)
}

// Apply writes a batch of the twin's changes.
func (r regional) Apply(changes []fake.Change) error {
	moved := make([]fake.Change, len(changes))
	for i, ch := range changes {
		moved[i] = fake.Change{Kind: r.region + "/" + ch.Kind, ID: ch.ID, V: ch.V}
	}
	return fake.Apply(r.Journal, moved)
}
