package tenant

import (
	"maps"
	"slices"
	"time"

	"latchkey/events"
)

// products asks for what each product's registers demand, in order of name, and
// returns when the next one is due. whole is false when products were left to
// the next step.
func (r Rules) products(rec *Record, w World, key keyStanding, a *Actions, now time.Time) (wait time.Duration, whole bool) {
	for _, name := range slices.Sorted(maps.Keys(rec.Products)) {
		if a.size() >= maxActions {
			return Soon, false
		}
		p, view := rec.Products[name], w.Databases[name]
		p.settleDeletion(&view)
		if p.Active.Value.On {
			rec.open(name, &p, view, key, a)
		} else {
			r.shut(rec, name, &p, a, now)
		}
		rec.Products[name] = p
		switch p.Database {
		case DatabaseClosed:
			wait = sooner(wait, until(p.DeleteAt, now))
		case DatabaseDeleted:
			wait = sooner(wait, poll(p.DeleteAt, now))
		}
	}
	return wait, true
}

// settleDeletion notes that the data is gone, so that a new database can be made.
func (p *Product) settleDeletion(view *DatabaseView) {
	if p.Database == DatabaseDeleted && (!view.Exists || view.Phase == "deleted") {
		p.Database, p.DeleteAt = "", time.Time{}
		*view = DatabaseView{}
	}
}

// open asks for the database of an active product and announces the product
// once the database is there, and whenever it changes after that.
func (rec *Record) open(name string, p *Product, view DatabaseView, key keyStanding, a *Actions) {
	switch p.Database {
	case "":
		if !key.usable {
			return
		}
		p.Database = DatabaseOpen
		p.Generation++
		a.on(rec, EnsureDatabase, name, *p, "")
		return
	case DatabaseClosed:
		p.Database, p.DeleteAt = DatabaseOpen, time.Time{}
		a.on(rec, ReopenDatabase, name, *p, "")
		return
	case DatabaseDeleted:
		return
	}
	switch {
	case !view.Exists || view.Phase == "deleted":
		a.on(rec, EnsureDatabase, name, *p, "")
	case p.Announced != AnnouncedReady && view.Phase == "available":
		p.Announced, p.Told = AnnouncedReady, p.Revision()
		a.emit(events.TypeProductReady, rec.productEvent(name, *p, ""))
	case p.Announced == AnnouncedReady && p.Told != p.Revision():
		p.Told = p.Revision()
		a.emit(events.TypeProductChanged, rec.productEvent(name, *p, p.Suspended.Value.Reason))
	}
}

// shut ends access to a product that is no longer the tenant's, and deletes its
// data when the grace period is over.
func (r Rules) shut(rec *Record, name string, p *Product, a *Actions, now time.Time) {
	reason := "product deactivated"
	if p.Active.Value.Reason != "" {
		reason += ": " + p.Active.Value.Reason
	}
	switch {
	case p.Database == DatabaseOpen:
		p.Database, p.DeleteAt = DatabaseClosed, now.Add(r.Grace)
		a.on(rec, CloseDatabase, name, *p, reason)
	case p.Database == DatabaseClosed && !now.Before(p.DeleteAt):
		p.Database = DatabaseDeleted
		a.on(rec, DeleteDatabase, name, *p, reason+"; the grace period is over")
	}
	rec.announceRemoved(name, p, reason, a)
}

// announceRemoved tells once that a product that was announced is no more.
func (rec *Record) announceRemoved(name string, p *Product, reason string, a *Actions) {
	if p.Announced == AnnouncedReady {
		p.Announced, p.Told = AnnouncedRemoved, p.Revision()
		a.emit(events.TypeProductRemoved, rec.productEvent(name, *p, reason))
	}
}

// ready returns the number of active products whose database has been there.
func (rec *Record) ready() int {
	n := 0
	for _, p := range rec.Products {
		if p.Active.Value.On && p.Announced == AnnouncedReady {
			n++
		}
	}
	return n
}
