package simulation

import (
	"time"

	"latchkey/events"
	"latchkey/shared/coded"
	"latchkey/shared/customerkey"
	"latchkey/shared/database"
	"latchkey/shared/tenant"
)

// checkRest holds everything against what must have come of it, once the
// faults have stopped and time has passed.
func (r *run) checkRest() {
	for _, m := range r.cell.Waiting() {
		if r.clock.Now().Sub(m.Event.Time) > 2*time.Hour {
			r.breaks("everything converges", "message %s of %s is still on its way: %s", m.ID, m.Event.Time, m.Error)
		}
	}
	for _, m := range r.cell.DeadLetters() {
		if m.Code != coded.Conflict && m.Code != coded.Invalid {
			r.breaks("no event lost", "dead letter %s: %s", m.ID, m.Error)
		}
		if m.Event.Source == events.SourceCommerce {
			r.breaks("no event lost", "good event %s ended as a dead letter: %s", m.ID, m.Error)
		}
	}
	for _, k := range r.truth.keys {
		r.restKey(k)
	}
	for _, t := range r.truth.tenants {
		r.restTenant(t)
	}
	parked, err := r.cell.Audit.ParkedRecords(r.ctx)
	if err != nil {
		r.breaks("the simulation itself", "parked: %v", err)
	}
	for _, p := range parked {
		r.restParked(p.Kind, p.ID, p.Reason)
	}
}

func (r *run) restKey(k *keyTruth) {
	rec, err := r.cell.Audit.Key(r.ctx, k.arn)
	if err != nil || rec.Phase == customerkey.PhasePending || rec.Phase == customerkey.PhaseRetired {
		return
	}
	want := customerkey.PhaseUsable
	switch {
	case k.gone:
		want = customerkey.PhaseLost
	case !k.usable():
		want = customerkey.PhaseRevoked
	}
	waits := rec.Phase == customerkey.PhaseAwaitingApproval && k.approval && want == customerkey.PhaseUsable ||
		rec.Phase == customerkey.PhaseRevoked && rec.Cause == customerkey.CauseGrantGone && k.grantTaken
	if rec.Phase != want && !waits {
		r.breaks("everything converges", "key %s is %s, and must be %s", k.arn, rec.Phase, want)
	}
	if !rec.LockedAt.IsZero() && !r.told(events.TypeKeyLocked, k.arn) {
		r.breaks("no event lost", "key %s was locked and nobody was told", k.arn)
	}
}

// told reports whether an event about a subject left.
func (r *run) told(detailType, about string) bool {
	for _, env := range r.watch.out {
		if env.DetailType != detailType {
			continue
		}
		detail, err := events.Parse(env)
		if err != nil {
			continue
		}
		switch d := detail.(type) {
		case *events.KeyEvent:
			if d.KeyARN == about {
				return true
			}
		case *events.TenantEvent:
			if d.TenantID == about {
				return true
			}
		case *events.DatabaseEvent:
			if d.DatabaseID == about {
				return true
			}
		}
	}
	return false
}

func (r *run) restTenant(t *tenantTruth) {
	rec, err := r.cell.Audit.Tenant(r.ctx, t.id)
	if err != nil {
		r.breaks("no event lost", "tenant %s: %v", t.id, err)
		return
	}
	want, destroyed := t.fold()
	if destroyed {
		r.restDestroyed(t, rec)
		return
	}
	for _, name := range sortedKeys(want) {
		w, p := want[name], rec.Products[name]
		if p.Active.Value.On != w.active || p.Suspended.Value.On != w.suspended || p.License.Value.Edition != w.edition {
			r.breaks("no event lost, applied twice or out of order with effect", "%s/%s is %s, and must be %+v", t.id, name, compact(p), w)
		}
		r.restProduct(t, rec, name, w)
	}
	if !rec.ActiveAt.IsZero() && !r.told(events.TypeTenantActive, t.id) {
		r.breaks("no event lost", "tenant %s is active and nobody was told", t.id)
	}
}

// restProduct holds the access decision against what it must be.
func (r *run) restProduct(t *tenantTruth, rec tenant.Record, name string, w wanted) {
	serve := t.created() && w.active && !w.suspended && (t.key == nil || t.key.usable())
	_, d, err := r.cell.Audit.Context(r.ctx, t.id, name)
	if err != nil {
		r.breaks("the simulation itself", "context: %v", err)
	}
	if d.Allow == serve {
		return
	}
	if t.key != nil && !d.Allow && (t.key.approval || t.key.grantTaken) {
		return // it waits for a person
	}
	db, _ := r.cell.Audit.Database(r.ctx, database.ID(t.id, name, max(rec.Products[name].Generation, 1)))
	if db.Phase == database.PhaseUnrecoverable && !d.Allow {
		return
	}
	r.breaks("everything converges", "%s/%s: served %v (%s), must be %v; tenant %s (%s), database %s (%s, RDS %s)",
		t.id, name, d.Allow, d.Reason, serve, rec.Phase, rec.Reason, db.Phase, db.Reason, db.Status)
}

func (r *run) restDestroyed(t *tenantTruth, rec tenant.Record) {
	if _, d, _ := r.cell.Audit.Context(r.ctx, t.id, products[0]); d.Allow {
		r.breaks("access ends at once", "destroyed tenant %s is served", t.id)
	}
	due := r.clock.Now().After(rec.DestroyAt.Add(grace))
	if due && rec.Phase != tenant.PhaseDestroyed {
		r.breaks("everything converges", "tenant %s is %s (%s), %s after its grace period", t.id, rec.Phase, rec.Reason, r.clock.Now().Sub(rec.DestroyAt))
	}
}

// restParked allows what only a person can mend.
func (r *run) restParked(kind, id, reason string) {
	switch kind {
	case "key":
		if k := r.truth.byARN(id); k != nil && !k.usable() {
			return
		}
	case "tenant":
		for _, t := range r.truth.tenants {
			if t.id == id && (!t.created() || t.key != nil && !t.key.usable()) {
				return
			}
		}
	}
	r.breaks("everything converges", "%s %s is parked: %s", kind, id, reason)
}
