// Package settings is what an installation may choose: the context of cdk.json.
package settings

import (
	"time"

	"latchkey/events"
)

// Settings is the checked context. Every field has the name of its context key.
type Settings struct {
	Regions     []string       // with a cell each
	Realms      []events.Realm // that the Regions have to serve; empty: those that they lie in
	EntryRegion string         // of the entry; default: the first of Regions

	CommerceSource     string   // of commerce events
	CommerceAccounts   []string // AWS accounts beside our own that may put commerce events
	Alarms             string   // address that alarms are mailed to
	RunbookBase        string   // where the repository can be read, for the links in alarms
	LogLevel           string   // debug, info, warn or error
	LogDays            int      // how long functions' logs are kept
	ReserveConcurrency bool     // keep concurrency for the functions that protect tenants; needs an account limit of 1,000

	DatabaseClass      string // of instances, such as db.m7g.large
	DatabaseStorageGiB int
	EngineVersion      string              // of PostgreSQL: 17, of which RDS takes a recent minor version, or 17.N
	ShardCapacity      int                 // databases on one shard instance
	SnapshotSchedule   string              // monthly or daily
	UnreachableLimit   time.Duration       // how long a key that KMS does not answer for is served
	VPCCIDR            string              // address range of the VPC; empty: network.DefaultCIDR; it may not overlap with those that it is peered with
	Zones              int                 // Availability Zones of the VPC, 2 or 3
	ZoneNames          map[string][]string // by Region: names or ids of the zones instead, 2 or 3
	ApplicationGroups  []string            // security groups that may reach the databases
	ApplicationCIDRs   []string            // and address ranges

	Intake         string   // open or listed: how customers' accounts are let in
	IntakeAccounts []string // the customers' accounts, for listed

	Trails          map[string]Trail // by Region: where CloudTrail delivers already; elsewhere the cell makes bucket and trail
	KnownPrincipals []string         // that may use tenants' keys beside our own roles
	RetiredTrails   []string         // that were ended on purpose: deployment.ParseRetiredTrail
	AnyPrincipal    bool             // knownPrincipals is "any": nobody is told of as unknown
}
