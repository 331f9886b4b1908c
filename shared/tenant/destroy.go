package tenant

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"latchkey/events"
)

const destroyedReason = "tenant destroyed"

// destroy ends a tenant in two phases: site and databases are closed at once,
// the data is deleted at the end of the grace period. It never looks at the
// key: a lost one must not keep a tenant alive.
func (r Rules) destroy(rec *Record, w World, a *Actions, now time.Time) time.Duration {
	if rec.Site == SiteOpen {
		rec.Site = SiteClosed
		a.emit(events.TypeSiteClosed, rec.siteEvent(destroyedReason))
	}
	var wait time.Duration
	left, stuck := 0, ""
	for _, name := range slices.Sorted(maps.Keys(rec.Products)) {
		if a.size() >= maxActions {
			return Soon
		}
		p, view := rec.Products[name], w.Databases[name]
		p.settleDeletion(&view)
		rec.end(name, &p, a, now)
		rec.Products[name] = p
		if p.Database == "" {
			continue
		}
		left++
		if p.Database == DatabaseClosed {
			wait = sooner(wait, until(rec.deadline(p), now))
			continue
		}
		wait = sooner(wait, poll(rec.deadline(p), now))
		if view.Phase == "parked" {
			stuck = fmt.Sprintf("; database of %s is parked: %s", name, view.Reason)
		}
	}
	if left == 0 {
		rec.finish(a)
		return 0
	}
	rec.Reason = fmt.Sprintf("%d of its databases are not deleted yet%s", left, stuck)
	return wait
}

// end closes a product's database, and deletes it once its deadline has passed.
func (rec *Record) end(name string, p *Product, a *Actions, now time.Time) {
	switch {
	case p.Database == DatabaseOpen:
		p.Database = DatabaseClosed
		a.on(rec, CloseDatabase, name, *p, destroyedReason)
	case p.Database == DatabaseClosed && !now.Before(rec.deadline(*p)):
		p.Database = DatabaseDeleted
		a.on(rec, DeleteDatabase, name, *p, destroyedReason+"; the grace period is over")
	}
	rec.announceRemoved(name, p, destroyedReason, a)
}

// deadline returns when a closed product's data is deleted: with the tenant, or
// before if the product had been deactivated.
func (rec *Record) deadline(p Product) time.Time {
	if p.DeleteAt.IsZero() || p.DeleteAt.After(rec.DestroyAt) {
		return rec.DestroyAt
	}
	return p.DeleteAt
}

// finish ends the record's life: no data is left.
func (rec *Record) finish(a *Actions) {
	rec.Phase, rec.Reason = PhaseDestroyed, ""
	if !rec.Created.Written() {
		return
	}
	if facts := rec.Created.Value; facts.Key.Choice == events.KeyCustomer {
		a.ReleaseKey = facts.Key.ARN
	}
	a.emit(events.TypeTenantRemoved, rec.tenantEvent(destroyedReason))
}
