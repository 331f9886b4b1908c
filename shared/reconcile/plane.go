package reconcile

import (
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"

	"latchkey/events"
	"latchkey/shared/catalog"
	"latchkey/shared/clock"
	"latchkey/shared/customerkey"
	"latchkey/shared/database"
	"latchkey/shared/metric"
	"latchkey/shared/snapshot"
	"latchkey/shared/tenant"
)

// Ports are the services of one Region, called as Latchkey's own principals.
type Ports struct {
	Keys     customerkey.Keys
	Fleet    database.Fleet
	Restorer database.Restorer
	Inside   database.Inside
	Backups  snapshot.Backups
}

// Config is what an installation chooses.
type Config struct {
	Account        string            // the platform's AWS account
	Home           string            // Region that outgoing events carry when they are about none
	CommerceSource string            // source of commerce events; empty: events.SourceCommerce
	PlatformKeys   map[string]string // key ARN by Region, for tenants with the platform's key
	ShardCapacity  int               // databases on one shard
	SeenFor        time.Duration     // how long event ids are remembered; at least as long as an event can be redelivered
	Settings       database.Settings
	Schedule       snapshot.Schedule
	KeyTiming      customerkey.Timing
	DatabaseTiming database.Timing
	TenantRules    tenant.Rules
}

// Metrics takes what is counted and measured under the names of package metric.
// Safe for concurrent use.
type Metrics interface {
	Count(name string, n int64)
	// Measure notes one value, in the unit that the name ends in. by is the value
	// of the dimension metric.BySource; empty: none.
	Measure(name string, value float64, by string)
}

// Kind is a kind of record that has steps.
type Kind string

// The kinds.
const (
	Tenants   Kind = kindTenant
	Databases Kind = kindDatabase
	Keys      Kind = kindKey
	Snapshots Kind = kindSnapshot
)

// Deps are the collaborators of a Plane.
type Deps struct {
	Store   catalog.Store
	Outbox  catalog.Outbox
	Clock   clock.Clock
	Regions map[string]Ports // the Regions that this cell serves
	Metrics Metrics
	Log     *slog.Logger
	Config  Config
	Hooks   Hooks
	// AtOnce are the kinds of records that are stepped as soon as a change makes
	// them due; empty: all. A function leaves out those whose steps need what it
	// has no permission for: they wait for their sweep, within a minute.
	AtOnce []Kind
}

// Plane is the control plane of one cell. Safe for concurrent use.
type Plane struct {
	Deps
	keys     customerkey.Rules
	contract *events.Contract
}

// New returns a plane, or an error that names what is missing.
func New(d Deps) (*Plane, error) {
	var missing []string
	for name, absent := range map[string]bool{
		"Store": d.Store == nil, "Outbox": d.Outbox == nil, "Clock": d.Clock == nil, "Metrics": d.Metrics == nil,
		"Log": d.Log == nil, "Regions": len(d.Regions) == 0, "Config.Account": d.Config.Account == "",
		"Config.Home": d.Config.Home == "", "Config.ShardCapacity": d.Config.ShardCapacity < 1,
		"Config.SeenFor": d.Config.SeenFor < time.Hour,
	} {
		if absent {
			missing = append(missing, name)
		}
	}
	if len(missing) > 0 {
		slices.Sort(missing)
		return nil, fmt.Errorf("reconcile: set %s", strings.Join(missing, ", "))
	}
	return &Plane{
		Deps:     d,
		keys:     customerkey.Rules{Timing: d.Config.KeyTiming, PlatformAccount: d.Config.Account, OwnKeys: d.Config.PlatformKeys},
		contract: events.NewContract(events.Config{CommerceSource: d.Config.CommerceSource}),
	}, nil
}

// DefaultConfig returns the design's numbers for an account; the caller adds
// the platform's keys.
func DefaultConfig(account, home string) Config {
	return Config{
		Account: account, Home: home, ShardCapacity: 50, SeenFor: 14 * 24 * time.Hour,
		Settings: database.Settings{Class: "db.m7g.large", StorageGiB: 100, EngineVersion: "17",
			SubnetGroup: "latchkey", ParameterGroup: "latchkey-postgres17"},
		Schedule:  snapshot.Monthly,
		KeyTiming: customerkey.DefaultTiming(), DatabaseTiming: database.DefaultTiming(),
		TenantRules: tenant.DefaultRules(),
	}
}

// databases returns the database rules of a Region.
func (p *Plane) databases(region string) (database.Rules, error) {
	ports, err := p.ports(region)
	if err != nil {
		return database.Rules{}, err
	}
	settings := p.Config.Settings
	settings.MasterSecretKeyARN = p.Config.PlatformKeys[region]
	return database.Rules{
		Fleet: ports.Fleet, Restorer: ports.Restorer, Inside: ports.Inside,
		Timing: p.Config.DatabaseTiming, Settings: settings, NextSnapshot: p.Config.Schedule.Next,
		UnknownStatus: func(string) { p.Metrics.Count(metric.UnknownStatus, 1) },
	}, nil
}

func (p *Plane) ports(region string) (Ports, error) {
	ports, ok := p.Regions[region]
	if !ok {
		return Ports{}, fmt.Errorf("reconcile: this cell does not serve Region %q", region)
	}
	return ports, nil
}

// Hooks break the plane on purpose, so that the simulation can show that it
// would notice. Production code leaves them nil or false.
type Hooks struct {
	SkipVersions  bool // commit without the version conditions
	SkipSeen      bool // forget which events were applied
	AckFirst      bool // acknowledge an event before it is committed
	TrustAnyone   bool // believe signals from every account
	UnlockAtOnce  bool // one usable verdict undoes a lock
	ServeLocked   bool // leave the key out of the access decision
	MarkUntimely  bool // mark databases before the revocation is confirmed
	DropOutbox    bool // commit state without its outgoing events
	ForgetHolds   bool // delete backups of locked databases when their time is up
	IgnoreDestroy bool // delete data at once instead of after the grace period
}
