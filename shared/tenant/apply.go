package tenant

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"latchkey/events"
	"latchkey/shared/coded"
)

// Event is any of the seven commerce events, as package events parses them.
type Event interface{ About() events.Subject }

// Effect is what an event did to a record.
type Effect string

// The effects.
const (
	Applied Effect = "applied"
	Stale   Effect = "stale" // it changed nothing: a duplicate, or overtaken by later events
)

// Apply records what an event says. For the first event of a tenant rec is the
// zero Record. The result depends on the set of events and not on their order;
// a stale event returns rec as it was. Access ends with Apply: a Tenant
// Destroyed moves the phase at once. All else is left to Step.
//
// Errors: coded.Conflict for a second Tenant Created under another sequence;
// coded.Invalid for an event that cannot be placed or breaks a bound;
// coded.Internal for an event of another tenant or kind.
func (r Rules) Apply(rec Record, event Event, now time.Time) (Record, Effect, error) {
	about := event.About()
	switch {
	case about.TenantID == "":
		return rec, "", coded.Field("detail.tenantId", "name the tenant", "is missing")
	case about.Sequence < 1:
		return rec, "", coded.Field("detail.sequence", "number a tenant's events from 1 on, each larger than the one before", "%d is not a sequence number", about.Sequence)
	case rec.ID != "" && rec.ID != about.TenantID:
		return rec, "", coded.New(coded.Internal, "event of tenant %s applied to tenant %s", about.TenantID, rec.ID)
	}
	next := rec.clone()
	changed, err := next.write(event, about.Sequence)
	if err != nil {
		return rec, "", err
	}
	if !changed {
		return rec, Stale, nil
	}
	if next.ID == "" {
		next.ID, next.FirstSeenAt = about.TenantID, now
	}
	next.MaxSequence = max(next.MaxSequence, about.Sequence)
	r.follow(&next, !rec.Created.Written(), now)
	return next, Applied, nil
}

// write sets the registers that the event speaks of and reports whether any changed.
func (rec *Record) write(event Event, seq int64) (bool, error) {
	switch e := event.(type) {
	case *events.TenantCreated:
		return rec.create(e)
	case *events.TenantDestroyed:
		return rec.Destroyed.Set(Grace{Days: e.GraceDays}, seq), nil
	case *events.ProductActivated:
		return rec.product(e.Product, func(p *Product) bool {
			return either(
				p.Active.Set(Flag{On: true}, seq),
				p.Suspended.Set(Flag{}, seq),
				p.License.Set(cloneLicense(e.License), seq),
				p.Configuration.Set(maps.Clone(e.Configuration), seq),
				p.Groups.Set(slices.Clone(e.Groups), seq),
			)
		})
	case *events.ProductDeactivated:
		return rec.product(e.Product, func(p *Product) bool { return p.Active.Set(Flag{Reason: e.Reason}, seq) })
	case *events.ProductSuspended:
		return rec.product(e.Product, func(p *Product) bool { return p.Suspended.Set(Flag{On: true, Reason: e.Reason}, seq) })
	case *events.ProductUnsuspended:
		return rec.product(e.Product, func(p *Product) bool { return p.Suspended.Set(Flag{Reason: e.Reason}, seq) })
	case *events.LicenseUpdated:
		return rec.product(e.Product, func(p *Product) bool { return p.License.Set(cloneLicense(e.License), seq) })
	}
	return false, coded.New(coded.Internal, "%T is not an event of a tenant", event)
}

// create writes what Tenant Created says, once.
func (rec *Record) create(e *events.TenantCreated) (bool, error) {
	if rec.Created.Written() {
		if rec.Created.Seq == e.Sequence {
			return false, nil
		}
		err := coded.New(coded.Conflict, "tenant %s already exists", e.TenantID)
		err.Field = "detail.tenantId"
		err.Hint = fmt.Sprintf("it was created with sequence %d; give a new tenant an id of its own", rec.Created.Seq)
		return false, err
	}
	if len(e.Hosts) > MaxHosts {
		return false, coded.Field("detail.hosts", fmt.Sprintf("give at most %d", MaxHosts), "%d hosts are too many", len(e.Hosts))
	}
	realm, region, err := Place(e)
	if err != nil {
		return false, err
	}
	rec.Realm, rec.Region = realm, region
	facts := Facts{
		Name: e.Name, Hosts: slices.Clone(e.Hosts), Placement: e.Placement, Key: e.Key,
		Return: e.Return, Backups: e.Backups,
	}
	if facts.Return == "" {
		facts.Return = events.ReturnAutomatic
	}
	if facts.Backups == "" {
		facts.Backups = events.Backups30Days
	}
	return rec.Created.Set(facts, e.Sequence), nil
}

// product lets write change one product's registers.
func (rec *Record) product(name string, write func(*Product) bool) (bool, error) {
	p, ok := rec.Products[name]
	if !ok && len(rec.Products) >= MaxProducts {
		return false, coded.Field("detail.product", "remove products that are no longer used", "the tenant has %d products already", MaxProducts)
	}
	if !write(&p) {
		return false, nil
	}
	if rec.Products == nil {
		rec.Products = map[string]Product{}
	}
	rec.Products[name] = p
	return true, nil
}

// follow moves the phase as the registers demand. fresh: Tenant Created had not
// come before this event.
func (r Rules) follow(rec *Record, fresh bool, now time.Time) {
	switch {
	case rec.Phase == PhaseDestroyed:
	case rec.Destroyed.Written():
		if rec.DestroyedAt.IsZero() {
			rec.DestroyedAt = now
		}
		rec.DestroyAt = rec.DestroyedAt.Add(r.grace(rec.Destroyed.Value))
		rec.Phase, rec.Reason = PhaseDestroying, ""
	case rec.Created.Written():
		if fresh {
			rec.Phase, rec.Reason = PhaseProvisioning, ""
		}
	case rec.Phase == "":
		rec.Phase, rec.Reason = PhaseAwaitingCreated, "waiting for Tenant Created"
	}
}

func cloneLicense(l events.License) events.License {
	l.Apps = slices.Clone(l.Apps)
	if l.ExpiresAt != nil {
		at := *l.ExpiresAt
		l.ExpiresAt = &at
	}
	return l
}

// either reports whether one of the registers changed; all of them were written.
func either(changed ...bool) bool { return slices.Contains(changed, true) }
