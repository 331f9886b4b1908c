package tenant

import (
	"maps"
	"time"

	"latchkey/events"
)

// Phase is where a tenant stands. Only Active lets anyone in.
type Phase string

// The phases of a tenant.
const (
	PhaseAwaitingCreated Phase = "awaiting-created" // events of it came before its Tenant Created
	PhaseProvisioning    Phase = "provisioning"     // no product is ready yet
	PhaseActive          Phase = "active"           // at least one product has been ready
	PhaseDestroying      Phase = "destroying"       // access has ended, the data waits for the end of the grace period
	PhaseDestroyed       Phase = "destroyed"        // nothing is left but this record
	PhaseParked          Phase = "parked"           // cannot go on without a person; Reason says why
)

// Bounds of a record, so that it fits one item and one transaction of the catalog.
const (
	MaxProducts = 40
	MaxHosts    = 10
)

// Record is what is known of a tenant.
type Record struct {
	ID     string `json:"id"`
	Phase  Phase  `json:"phase"`
	Reason string `json:"reason,omitempty"` // what it waits for, or why it is parked; may be shown to the tenant

	Created     Reg[Facts]         `json:"created,omitzero"`
	Destroyed   Reg[Grace]         `json:"destroyed,omitzero"`
	Realm       events.Realm       `json:"realm,omitempty"`  // where Place put it
	Region      string             `json:"region,omitempty"` // the cell's AWS Region
	Products    map[string]Product `json:"products,omitempty"`
	MaxSequence int64              `json:"maxSequence"` // the largest seen, applied or stale
	Steps       [7]Progress        `json:"steps"`

	FirstSeenAt time.Time `json:"firstSeenAt"`
	ActiveAt    time.Time `json:"activeAt,omitzero"`    // all seven steps were done for the first time: Tenant Active was announced
	DestroyedAt time.Time `json:"destroyedAt,omitzero"` // Tenant Destroyed was first seen: access ended
	DestroyAt   time.Time `json:"destroyAt,omitzero"`   // end of the grace period
	Site        SiteState `json:"site,omitempty"`       // what was announced of the site
}

// Facts are what Tenant Created says, once for all.
type Facts struct {
	Name      string           `json:"name"`
	Hosts     []string         `json:"hosts,omitempty"`
	Placement string           `json:"placement"` // events.PlacementShared or PlacementDedicated
	Key       events.KeyChoice `json:"key"`
	Return    string           `json:"return"`  // events.ReturnAutomatic or ReturnApproval
	Backups   string           `json:"backups"` // events.Backups30Days or Backups7Days
}

// Grace is what Tenant Destroyed says: for how many days the data is kept. nil:
// the platform's default.
type Grace struct {
	Days *int `json:"days,omitempty"`
}

// SiteState is what consumers were told of a tenant's site.
type SiteState string

// The states of a site; empty: not yet announced.
const (
	SiteOpen   SiteState = "open"
	SiteClosed SiteState = "closed"
)

// Product is one product of a tenant: five registers, and what was done about
// them. An event writes only the registers that it speaks of: that is what makes
// the order of arrival irrelevant.
type Product struct {
	Active        Reg[Flag]              `json:"active,omitzero"`
	Suspended     Reg[Flag]              `json:"suspended,omitzero"`
	License       Reg[events.License]    `json:"license,omitzero"`
	Configuration Reg[map[string]string] `json:"configuration,omitzero"`
	Groups        Reg[[]string]          `json:"groups,omitzero"`

	Database   DatabaseState `json:"database,omitempty"`   // what was asked for last
	Generation int           `json:"generation,omitempty"` // of the database: 1, and one more each time the data was deleted
	DeleteAt   time.Time     `json:"deleteAt,omitzero"`    // of a closed database: end of the product's grace period
	Announced  Announced     `json:"announced,omitempty"`
	Told       int64         `json:"told,omitempty"` // Revision at the last announcement
}

// Flag is a switch, with the reason that commerce gave.
type Flag struct {
	On     bool   `json:"on"`
	Reason string `json:"reason,omitempty"`
}

// DatabaseState is what was last asked for a product's database. What is really
// so is in the database's own record.
type DatabaseState string

// The states of asking; empty: there is no database and none was asked for.
const (
	DatabaseOpen    DatabaseState = "open"
	DatabaseClosed  DatabaseState = "closed"  // access ended, the data is kept for the grace period
	DatabaseDeleted DatabaseState = "deleted" // deletion asked for; it may still go on
)

// Announced is the last event that told consumers of a product.
type Announced string

// What was announced; empty: nothing yet.
const (
	AnnouncedReady   Announced = "ready" // Product Ready, and Product Changed since
	AnnouncedRemoved Announced = "removed"
)

// Revision grows with every change of the product's registers and of nothing
// else: the sum of their sequences.
func (p Product) Revision() int64 {
	return p.Active.Seq + p.Suspended.Seq + p.License.Seq + p.Configuration.Seq + p.Groups.Seq
}

// clone returns a copy of rec that shares no map with it. The slices and maps
// inside registers are only ever replaced whole, so they may be shared.
func (rec Record) clone() Record {
	rec.Products = maps.Clone(rec.Products)
	return rec
}
