package tenant

import (
	"maps"
	"slices"
	"strings"

	"latchkey/events"
)

// World is what Step must know of other records.
type World struct {
	Key KeyView // of a tenant that brought its own key
	// Databases holds, by product, the database of the product's current
	// Generation; a missing entry is a database that does not exist.
	Databases map[string]DatabaseView
}

// KeyView is what a tenant sees of its key's record.
type KeyView struct {
	Exists  bool
	Phase   string // customerkey.Phase
	Message string // what the preflight found wanting; may be shown to the tenant
}

// DatabaseView is what a tenant sees of a database's record.
type DatabaseView struct {
	Exists bool
	Phase  string // database.Phase
	Reason string // may be shown to the tenant
}

// Actions are what the caller has to do in the transaction that stores the
// record, all or none. Each may be asked for again after a lost race, so each
// is done under a name that depends on tenant, product and generation alone.
type Actions struct {
	RegisterKey *KeyRequest // make the key's record, if there is none or it is retired
	ReleaseKey  string      // ARN of a key that this tenant no longer uses
	Databases   []DatabaseAction
	Events      []events.Draft
}

// size is what the actions add to a transaction.
func (a *Actions) size() int { return len(a.Databases) + len(a.Events) }

// maxActions is the size from which on Step leaves the other products to the
// next step, so that a transaction of the catalog holds all of one step.
const maxActions = 20

// KeyRequest asks for the registration, and with it the preflight, of a key.
type KeyRequest struct {
	ARN    string
	Region string // where the tenant's databases are to be
	Return string // events.ReturnAutomatic or ReturnApproval
}

// DatabaseOp is what is to be done about a database.
type DatabaseOp string

// The operations on a database's record.
const (
	EnsureDatabase DatabaseOp = "ensure" // make the record, if there is none or an earlier generation is deleted
	CloseDatabase  DatabaseOp = "close"  // end access, keep the data
	ReopenDatabase DatabaseOp = "reopen" // take a close back
	DeleteDatabase DatabaseOp = "delete" // delete the data, after a final snapshot unless the key is gone
)

// DatabaseAction is one operation on a product's database.
type DatabaseAction struct {
	Op         DatabaseOp
	Product    string
	Generation int
	Reason     string // for close and delete
	// What to make it with, for every operation.
	Placement string // events.PlacementShared or PlacementDedicated
	Region    string
	Key       events.KeyChoice
	Backups   string // events.Backups30Days or Backups7Days
}

// on adds an operation on a product's database.
func (a *Actions) on(rec *Record, op DatabaseOp, product string, p Product, reason string) {
	facts := rec.Created.Value
	a.Databases = append(a.Databases, DatabaseAction{
		Op: op, Product: product, Generation: p.Generation, Reason: reason,
		Placement: facts.Placement, Region: rec.Region, Key: facts.Key, Backups: facts.Backups,
	})
}

// emit adds an outgoing event.
func (a *Actions) emit(detailType string, detail events.Outgoing) {
	a.Events = append(a.Events, events.Draft{DetailType: detailType, Detail: detail})
}

func (rec *Record) siteEvent(reason string) *events.SiteEvent {
	return &events.SiteEvent{TenantID: rec.ID, Hosts: slices.Clone(rec.Created.Value.Hosts), Region: rec.Region, Reason: cut(reason)}
}

func (rec *Record) tenantEvent(reason string) *events.TenantEvent {
	return &events.TenantEvent{TenantID: rec.ID, Region: rec.Region, Realm: rec.Realm, Reason: cut(reason)}
}

func (rec *Record) productEvent(name string, p Product, reason string) *events.ProductEvent {
	e := &events.ProductEvent{
		TenantID: rec.ID, Product: name,
		Active: p.Active.Value.On && !rec.Destroyed.Written(), Suspended: p.Suspended.Value.On,
		Configuration: maps.Clone(p.Configuration.Value), Groups: slices.Clone(p.Groups.Value), Reason: cut(reason),
	}
	if p.License.Written() {
		license := cloneLicense(p.License.Value)
		e.License = &license
	}
	return e
}

// maxReason bounds a reason, in bytes, well below what the events' schemas allow.
const maxReason = 500

// cut shortens a reason that is too long, at the border of a character.
func cut(reason string) string {
	if len(reason) <= maxReason {
		return reason
	}
	return strings.ToValidUTF8(reason[:maxReason], "") + "…"
}
