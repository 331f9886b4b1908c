package settings

import (
	"slices"
	"strings"
	"time"

	"latchkey/events"
	"latchkey/shared/coded"
	"latchkey/shared/deployment"
	"latchkey/shared/function"
)

// Plane is what the control plane of a cell needs.
type Plane struct {
	Account        string // the platform's, 12 digits
	Table          string // the cell's catalog
	CommerceSource string
	PlatformKey    string        // ARN, in the function's Region
	Unreachable    time.Duration // how long a key that KMS does not answer for is served
	ShardCapacity  int           // databases on one shard instance
	Regions        []string      // with a cell; the function's own must be one of them
}

// Bind implements function.Config.
func (p *Plane) Bind(s *function.Set) {
	s.Text(deployment.EnvAccount, &p.Account, account)
	s.Text(deployment.EnvTable, &p.Table, tableName)
	bindSource(s, &p.CommerceSource)
	s.Text(deployment.EnvPlatformKey, &p.PlatformKey, keyARN)
	s.Duration(deployment.EnvUnreachable, &p.Unreachable, deployment.UnreachableMin, deployment.UnreachableMax)
	s.Number(deployment.EnvShardCapacity, &p.ShardCapacity, 1, deployment.ShardCapacityMax)
	s.List(deployment.EnvRegions, &p.Regions, region)
}

// bindSource reads the source of commerce events, which has rules of its own.
func bindSource(s *function.Set, into *string) {
	s.Text(deployment.EnvCommerceSource, into, function.Form{Allowed: "the source of an event, not AWS's and not ours", Pattern: ".+"})
	if err := (events.Config{CommerceSource: *into}).Validate(); err != nil {
		s.Refuse(deployment.EnvCommerceSource, *into, coded.Hint(err))
	}
}

// Fleet is what making and stepping databases needs besides.
type Fleet struct {
	Plane
	Class          string
	StorageGiB     int
	EngineVersion  string
	SubnetGroup    string
	ParameterGroup string
	SecurityGroups []string
	Snapshots      string // ScheduleMonthly or ScheduleDaily
	Fence          string // name of the function that works inside databases
}

// Values of Fleet.Snapshots.
const (
	ScheduleMonthly = "monthly"
	ScheduleDaily   = "daily"
)

// Bind implements function.Config.
func (f *Fleet) Bind(s *function.Set) {
	f.Plane.Bind(s)
	s.Text(deployment.EnvClass, &f.Class, class)
	s.Number(deployment.EnvStorage, &f.StorageGiB, deployment.StorageGiBMin, deployment.StorageGiBMax)
	s.Text(deployment.EnvEngineVersion, &f.EngineVersion, version)
	s.Text(deployment.EnvSubnetGroup, &f.SubnetGroup, rdsName)
	s.Text(deployment.EnvParameterGroup, &f.ParameterGroup, rdsName)
	s.List(deployment.EnvSecurityGroups, &f.SecurityGroups, group)
	s.Text(deployment.EnvSnapshots, &f.Snapshots, schedule)
	s.Text(deployment.EnvFence, &f.Fence, name)
}

// Publish is what publishing the outbox needs.
type Publish struct{ Table, Bus string }

// Bind implements function.Config.
func (p *Publish) Bind(s *function.Set) {
	s.Text(deployment.EnvTable, &p.Table, tableName)
	s.Text(deployment.EnvBus, &p.Bus, busName)
}

// Context is what answering for the access of tenants needs.
type Context struct{ Account, Table, PlatformKey string }

// Bind implements function.Config.
func (c *Context) Bind(s *function.Set) {
	s.Text(deployment.EnvAccount, &c.Account, account)
	s.Text(deployment.EnvTable, &c.Table, tableName)
	s.Text(deployment.EnvPlatformKey, &c.PlatformKey, keyARN)
}

// Audit is what the ledger of key use needs.
type Audit struct {
	Account, Table, PlatformKey string
	TrailBucket, TrailPrefix    string // the prefix may be empty
	LedgerBucket                string
	KnownPrincipals             []string             // may be empty
	AnyPrincipal                bool                 // the rule about unknown principals is off
	Retired                     map[string]time.Time // trails that were ended, and since when they are needed no more
}

// Bind implements function.Config.
func (a *Audit) Bind(s *function.Set) {
	s.Text(deployment.EnvAccount, &a.Account, account)
	s.Text(deployment.EnvTable, &a.Table, tableName)
	s.Text(deployment.EnvPlatformKey, &a.PlatformKey, keyARN)
	s.Text(deployment.EnvTrailBucket, &a.TrailBucket, bucket)
	s.Text(deployment.EnvTrailPrefix, &a.TrailPrefix, prefix)
	s.Text(deployment.EnvLedgerBucket, &a.LedgerBucket, bucket)
	s.List(deployment.EnvKnownPrincipals, &a.KnownPrincipals, principal)
	if slices.Contains(a.KnownPrincipals, deployment.AnyPrincipal) {
		if len(a.KnownPrincipals) > 1 {
			s.Refuse(deployment.EnvKnownPrincipals, strings.Join(a.KnownPrincipals, ","), deployment.AnyPrincipal+" alone, or "+principal.Allowed)
		}
		a.KnownPrincipals, a.AnyPrincipal = nil, true
	}
	var retired []string
	s.List(deployment.EnvRetiredTrails, &retired, retiredTrail)
	a.Retired = make(map[string]time.Time, len(retired))
	for _, text := range retired {
		trail, at, err := deployment.ParseRetiredTrail(text)
		if err != nil || !a.Retired[trail].IsZero() {
			s.Refuse(deployment.EnvRetiredTrails, text, retiredTrail.Allowed)
		}
		a.Retired[trail] = at
	}
}

// Route is what the entry needs.
type Route struct {
	Table          string            // the directory
	Cells          map[string]string // ARN of each cell's bus, by Region
	CommerceSource string
}

// Bind implements function.Config.
func (r *Route) Bind(s *function.Set) {
	s.Text(deployment.EnvTable, &r.Table, tableName)
	s.Pairs(deployment.EnvCells, &r.Cells, region, busARN)
	for at, arn := range r.Cells {
		if !strings.Contains(arn, ":events:"+at+":") {
			s.Refuse(deployment.EnvCells, at+"="+arn, "with each Region a bus of that Region")
		}
	}
	bindSource(s, &r.CommerceSource)
}
