package simulation

import (
	"time"

	"latchkey/shared/customerkey"
	"latchkey/shared/database"
	"latchkey/shared/fake/fakekms"
)

// Bounds of what is promised about time, with room for faults.
const (
	noticeWithin  = 60 * time.Minute // a revoked key is locked, by probes alone, with calls failing
	unlockWithin  = 90 * time.Minute // a key that is usable again is unlocked
	outageUnlocks = 30 * time.Minute // what an outage may have held up
)

// check looks at everything that must hold at every moment.
func (r *run) check() {
	r.findGone()
	for _, k := range r.truth.keys {
		r.checkKey(k)
	}
	for _, t := range r.truth.tenants {
		for _, product := range products {
			r.checkDatabase(t, product)
		}
	}
}

// findGone takes note of keys that KMS has deleted.
func (r *run) findGone() {
	now := r.clock.Now()
	for _, k := range r.truth.keys {
		if !k.deletion.IsZero() && !now.Before(k.deletion) && !k.gone {
			k.gone = true
			k.changed(now)
		}
	}
}

func (r *run) checkKey(k *keyTruth) {
	rec, err := r.cell.Audit.Key(r.ctx, k.arn)
	if err != nil || rec.Phase == customerkey.PhasePending || rec.Phase == customerkey.PhaseRetired {
		return // nobody uses it yet, or any more
	}
	now := r.clock.Now()
	locked := rec.Phase.Locked()
	if locked {
		r.checkRefused(k, rec)
	}
	switch {
	case locked && rec.Phase != customerkey.PhasePrecaution && !k.ever:
		r.breaks("a lock has a cause", "key %s is %s (%s) and was never revoked", k.arn, rec.Phase, rec.Cause)
	case rec.Phase == customerkey.PhasePrecaution && !r.truth.outages:
		r.breaks("a lock has a cause", "key %s is locked as a precaution and there was no outage", k.arn)
	case rec.Phase == customerkey.PhaseLost && !k.gone:
		r.breaks("a lock has a cause", "key %s is taken for lost and is there", k.arn)
	}
	if k.unusableSince.IsZero() {
		calm := !k.approval && !k.grantTaken && r.truth.quiet(unlockWithin+outageUnlocks, now) && now.Sub(k.usableSince) > unlockWithin
		if calm && locked {
			r.breaks("the way back", "key %s is usable for %s and its record is %s (%s)", k.arn, now.Sub(k.usableSince), rec.Phase, rec.Reason)
		}
		return
	}
	// A lock counts against this revocation once its own evidence is in; before
	// that it may be the tail of the one before.
	seen := now.Sub(k.unusableSince) > fakekms.DefaultMaxLag || k.isEvidence(rec.LastRevokedAt)
	if locked && seen && rec.Phase != customerkey.PhasePrecaution {
		k.sawLocked = true
	}
	switch revokedFor := now.Sub(k.unusableSince); {
	case k.sawLocked && !locked:
		r.breaks("only a usable key undoes a lock", "key %s was locked, is revoked still, and its record is %s", k.arn, rec.Phase)
	case !locked && revokedFor > noticeWithin && r.truth.quiet(noticeWithin, now):
		r.breaks("a revoked key is locked", "key %s is revoked for %s and its record is %s", k.arn, revokedFor, rec.Phase)
	}
}

// checkRefused asks for the context of every tenant of a locked key, for one
// product after the other.
func (r *run) checkRefused(k *keyTruth, rec customerkey.Record) {
	r.asked++
	product := products[r.asked%len(products)]
	for _, t := range r.truth.tenants {
		if t.key != k {
			continue
		}
		_, d, err := r.cell.Audit.Context(r.ctx, t.id, product)
		if err != nil {
			r.breaks("the simulation itself", "context: %v", err)
		}
		if d.Allow {
			r.breaks("no tenant is served once its key's revocation was recorded", "%s/%s is served; key %s is %s", t.id, product, k.arn, rec.Phase)
		}
	}
}

func (r *run) checkDatabase(t *tenantTruth, product string) {
	now := r.clock.Now()
	for generation := 1; generation <= 8; generation++ {
		db, err := r.cell.Audit.Database(r.ctx, database.ID(t.id, product, generation))
		if err != nil {
			return
		}
		gone := db.Want == database.WantAbsent || db.Phase == database.PhaseDeleting || db.Phase == database.PhaseDeleted
		if gone && !t.mayLose(product, grace, now) {
			r.breaks("nothing destroyed while it should live", "database %s is %s, and nothing ended it a grace period ago: %s", db.ID, db.Phase, compact(t.story()))
		}
		if db.Kind == database.KindDedicated && !gone {
			r.checkInstance(t, db)
		}
		if t.key != nil && !gone {
			r.checkMarked(t.key, db)
		}
	}
}

// checkInstance looks for the instance that a record relies on.
func (r *run) checkInstance(t *tenantTruth, db database.Record) {
	switch db.Phase {
	case database.PhaseAvailable, database.PhaseLocked, database.PhaseTerminalRecoverable:
	default:
		return
	}
	if !db.Prepared {
		return
	}
	in, err := r.cell.RDS[db.Region].Fleet("arn:aws:iam::"+platform+":role/auditor").Describe(r.ctx, db.InstanceID)
	if err != nil || in.Status == "deleting" {
		r.breaks("nothing destroyed while it should live", "instance %s of %s: %v %s", db.InstanceID, db.ID, err, in.Status)
		return
	}
	if !in.StorageEncrypted || !in.MultiAZ || !in.DeletionProtection || t.key != nil && in.KMSKeyARN != t.key.arn {
		r.breaks("instances are as designed", "%+v", in)
	}
}

// checkMarked holds a database's phase against the rules of the clock.
func (r *run) checkMarked(k *keyTruth, db database.Record) {
	key, err := r.cell.Audit.Key(r.ctx, k.arn)
	if err != nil {
		return
	}
	now := r.clock.Now()
	switch db.Phase {
	case database.PhaseTerminalRecoverable:
		if !k.ever || key.Phase == customerkey.PhaseLocked && !db.MarkedAt.Before(key.LockedAt) || db.MarkedAt.Before(db.LockedAt) {
			r.breaks("no database marked terminal against the rules", "%s is marked (%s) while its key is %s (locked %s, confirmed %s)",
				db.ID, db.MarkedAt, key.Phase, key.LockedAt, key.Confirmed)
		}
	case database.PhaseTerminal:
		if db.Status != database.StatusTerminal && db.TerminalAt.Before(db.RecoverableUntil) {
			r.breaks("no database marked terminal against the rules", "%s is terminal at %s, RDS says %q and the window is open until %s",
				db.ID, db.TerminalAt, db.Status, db.RecoverableUntil)
		}
		if now.Sub(k.firstRevoked()) < 7*24*time.Hour {
			r.breaks("no database marked terminal against the rules", "%s is terminal within 7 days", db.ID)
		}
	case database.PhaseUnrecoverable:
		if !k.gone {
			r.breaks("no database marked terminal against the rules", "%s is unrecoverable and its key is there", db.ID)
		}
	}
}
