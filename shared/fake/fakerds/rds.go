// Package fakerds is a twin of Amazon RDS for one account and Region: DB
// instances with the noisy status sequences, the grants, the key-loss clock,
// the quotas and the events of the real service, their manual snapshots and
// point-in-time restores, and what is inside the databases.
//
// Fleet, Restorer and Backups are the API as one caller sees it; Inside is the
// SQL side. Nothing runs in the background: a status changes when the clock has
// passed its time and somebody looks (any call, or Tick). NextAt tells when
// that will be, so that a virtual clock can jump from change to change. The
// state of keys is asked of KMS at the moment of the look, so the clock should
// not be moved past NextAt before keys change.
//
// Everything random (durations, which statuses are seen, identifiers) is drawn
// from the seed and the thing it is for, never from the order of calls.
//
// What was answered is in the journal; events and call records are best effort,
// as in AWS: those of the moment of a kill may be missing.
//
// Where the AWS documentation is silent the comments say "inference" and a field
// of Timing makes it a choice.
package fakerds

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"latchkey/shared/clock"
	"latchkey/shared/database"
	"latchkey/shared/fake"
	"latchkey/shared/snapshot"
)

// Config is what a twin is made with. Account, Region and Clock are required.
type Config struct {
	Account string
	Region  string
	Clock   clock.Clock
	Seed    uint64
	KMS     KMS          // nil: every key is usable and no grants are made
	Journal fake.Journal // nil: nothing is kept
	Events  func(Event)  // nil: no events
	Calls   func(Call)   // nil: no call records are made
	Quotas  Quotas       // zero fields: AWS's defaults
	Timing  Timing       // zero fields: defaults
	Reads   bool         // give read-only calls to Calls too
	Managed string       // ARN of the AWS managed key aws/rds; empty: made up from the account and Region
	Page    int          // items in a page of snapshots; 0: 100, RDS's default MaxRecords
	Ended   []string     // versions of the engine that no new instance is made with any more
}

// RDS is the twin. It is safe for concurrent use. KMS is called under its lock
// and must not call back, except to KeyChanged; the sinks are called after the
// lock is released and may call anything.
type RDS struct {
	cfg   Config
	hints hints

	mu        sync.Mutex
	instances map[string]*instance
	resources map[string]bool                 // DbiResourceIds in use
	byKey     map[string]map[string]*instance // key ARN → instance id → instance
	snapshots map[string]*snap
	bySource  map[string][]string // instance id → ids of its snapshots, sorted
	storage   int                 // GiB, of all instances
	queue     queue
	dirty     []timed
	removed   []fake.Change

	outbox     []delivery
	delivering bool
	waiting    atomic.Bool // outbox has something
}

// New returns a twin with the state that its journal holds.
func New(cfg Config) (*RDS, error) {
	if cfg.Account == "" || cfg.Region == "" || cfg.Clock == nil {
		return nil, fmt.Errorf("fakerds: Config needs Account, Region and Clock")
	}
	cfg.Quotas.setDefaults()
	cfg.Timing.setDefaults()
	if cfg.Journal == fake.NoJournal {
		cfg.Journal = nil
	}
	if cfg.Page <= 0 {
		cfg.Page = 100
	}
	if cfg.Managed == "" {
		cfg.Managed = managedKeyARN(cfg.Account, cfg.Region)
	}
	r := &RDS{
		cfg:       cfg,
		instances: map[string]*instance{},
		resources: map[string]bool{},
		byKey:     map[string]map[string]*instance{},
		snapshots: map[string]*snap{},
		bySource:  map[string][]string{},
	}
	if err := r.load(); err != nil {
		return nil, fmt.Errorf("loading the RDS twin of %s: %w", cfg.Region, err)
	}
	return r, nil
}

// Fleet is the instances as the caller (an IAM principal's ARN) reaches them.
func (r *RDS) Fleet(caller string) database.Fleet { return fleet{r, caller} }

// Restorer is the restores as the caller reaches them.
func (r *RDS) Restorer(caller string) database.Restorer { return restorer{r, caller} }

// Backups is the snapshots as the caller reaches them.
func (r *RDS) Backups(caller string) snapshot.Backups { return backups{r, caller} }

// Inside is the SQL side of the instances.
func (r *RDS) Inside() database.Inside { return inside{r} }

// Tick brings everything up to now. It fails only if the journal does.
func (r *RDS) Tick(now time.Time) error {
	return r.locked(context.Background(), func(time.Time) error {
		r.catchUp(now)
		return nil
	})
}

// NextAt returns when the next change is due, and whether there is one.
func (r *RDS) NextAt() (time.Time, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.takeHints()
	return r.queue.next()
}

// Instances returns what DescribeDBInstances says of every instance, in no
// particular order. It is for tests and invariants.
func (r *RDS) Instances() []database.Instance {
	r.mu.Lock()
	defer r.mu.Unlock()
	now := r.cfg.Clock.Now()
	all := make([]database.Instance, 0, len(r.instances))
	for _, i := range r.instances {
		all = append(all, r.describe(i, now))
	}
	return all
}

func (r *RDS) arn(kind, id string) string {
	return "arn:aws:rds:" + r.cfg.Region + ":" + r.cfg.Account + ":" + kind + ":" + id
}
