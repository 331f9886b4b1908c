package tenant

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"latchkey/events"
	"latchkey/shared/coded"
)

// Soon is the wait of a step that has more to do right away.
const Soon = time.Second

// Step moves a tenant on: it compares what commerce wants with the world and
// says what to do about the difference. It is called after every Apply, when the
// key or a database of the tenant changed, and when wait is over; 0 means that
// nothing is due until then. Calling it more often changes nothing.
//
// The error is coded.Internal, for a record that Apply never made.
func (r Rules) Step(rec Record, w World, now time.Time) (Record, Actions, time.Duration, error) {
	next := rec.clone()
	var a Actions
	var wait time.Duration
	switch {
	case rec.Phase == PhaseDestroyed:
	case rec.Phase == PhaseDestroying:
		wait = r.destroy(&next, w, &a, now)
	case rec.Phase == PhaseAwaitingCreated:
		wait = r.await(&next, &a, now)
	case rec.Phase == PhaseParked && !rec.Created.Written():
	case rec.Phase == PhaseProvisioning, rec.Phase == PhaseActive, rec.Phase == PhaseParked:
		wait = r.provision(&next, w, &a, now)
	default:
		return rec, Actions{}, 0, coded.New(coded.Internal, "tenant %q is in phase %q", rec.ID, rec.Phase)
	}
	return next, a, wait, nil
}

// await parks a tenant whose Tenant Created does not come.
func (r Rules) await(rec *Record, a *Actions, now time.Time) time.Duration {
	deadline := rec.FirstSeenAt.Add(r.AwaitCreated)
	if now.Before(deadline) {
		return deadline.Sub(now)
	}
	rec.park("no Tenant Created has come; send it again from commerce", a)
	return 0
}

func (rec *Record) park(reason string, a *Actions) {
	rec.Phase, rec.Reason = PhaseParked, reason
	a.emit(events.TypeTenantParked, rec.tenantEvent(reason))
}

// provision drives the seven steps and what changes of products ask for.
func (r Rules) provision(rec *Record, w World, a *Actions, now time.Time) time.Duration {
	if rec.Site == "" {
		rec.Site = SiteOpen
		a.emit(events.TypeSiteCreated, rec.siteEvent(""))
	}
	key := rec.keyStanding(w.Key)
	if key.register {
		facts := rec.Created.Value
		a.RegisterKey = &KeyRequest{ARN: facts.Key.ARN, Region: rec.Region, Return: facts.Return}
	}
	wait, whole := r.products(rec, w, key, a, now)
	rec.record(w, key, now)
	rec.settle(rec.stuck(w, key), a, now)
	if !whole {
		return Soon
	}
	if s := rec.Steps[StepDatabases]; s.Outcome == Running || s.Outcome == Failed {
		wait = sooner(wait, poll(s.At, now))
	}
	return wait
}

// settle moves the phase after the steps; stuck is what only a person can mend,
// or "". A tenant that has been active stays so: what is wrong with one product
// must not keep it from the others.
func (rec *Record) settle(stuck string, a *Actions, now time.Time) {
	ready := rec.ready() > 0
	switch {
	case rec.Phase == PhaseProvisioning && ready, rec.Phase == PhaseParked && ready:
		rec.Phase = PhaseActive
	case rec.Phase == PhaseProvisioning && stuck != "":
		rec.park(stuck, a)
	case rec.Phase == PhaseParked && stuck == "":
		rec.Phase = PhaseProvisioning
	}
	rec.Reason = rec.waitingFor()
	if rec.Phase == PhaseParked {
		rec.Reason = stuck
	}
	if rec.Phase == PhaseActive && rec.ActiveAt.IsZero() && rec.Steps[StepApps].Outcome == Done {
		rec.ActiveAt = now
		a.emit(events.TypeTenantActive, rec.tenantEvent(""))
	}
}

// stuck returns what only a person can mend before a first product is ready, or "".
func (rec *Record) stuck(w World, key keyStanding) string {
	if key.lost {
		return key.detail
	}
	for _, name := range slices.Sorted(maps.Keys(rec.Products)) {
		p, view := rec.Products[name], w.Databases[name]
		if p.Active.Value.On && p.Announced != AnnouncedReady && view.needsPerson() {
			return fmt.Sprintf("%s: database %s: %s", name, view.Phase, view.Reason)
		}
	}
	return ""
}

// keyStanding is what the tenant's key means for making databases.
type keyStanding struct {
	usable   bool
	register bool   // no record of the key watches it
	lost     bool   // no database can ever be made under it
	missing  bool   // somebody has to change something about the key
	detail   string // why it is not usable
}

func (rec *Record) keyStanding(view KeyView) keyStanding {
	if rec.Created.Value.Key.Choice != events.KeyCustomer {
		return keyStanding{usable: true}
	}
	switch {
	case !view.Exists || view.Phase == "retired":
		return keyStanding{register: true, detail: "key: registering it"}
	case view.Phase == "usable":
		return keyStanding{usable: true}
	case view.Phase == "lost":
		return keyStanding{lost: true, missing: true, detail: "key: it is deleted for good; destroy the tenant and create it under another id, with another key"}
	case view.Phase == "pending" && view.Message != "":
		return keyStanding{missing: true, detail: "key preflight: " + view.Message}
	case view.Phase == "pending":
		return keyStanding{detail: "key preflight: waiting for its result"}
	}
	return keyStanding{detail: "key: it is " + view.Phase + " now"}
}

// until returns how long to wait for a moment; at least Soon, as 0 is no wait.
func until(t, now time.Time) time.Duration { return max(t.Sub(now), Soon) }

// sooner returns the shorter of two waits, of which 0 is none.
func sooner(a, b time.Duration) time.Duration {
	if a == 0 || b != 0 && b < a {
		return b
	}
	return a
}
