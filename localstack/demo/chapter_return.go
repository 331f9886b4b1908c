package demo

import (
	"time"

	"latchkey/shared/database"
	"latchkey/shared/tenantcontext"
)

// backInTime tells of the customer that comes back within the week.
func (s *story) backInTime() {
	s.chapter("Back inside the window")
	c := s.by["elm"]
	s.at(5, "09:30")
	s.warnedOn(c.key, 1, 3)
	s.enable(c.key)
	s.say(c.id, good, "on the fourth day the customer enables key %s again", shortKey(c.key.arn))
	s.awaitReturn(c, time.Hour)
}

// deletedForGood tells of a key that is deleted, and of data that go in order.
func (s *story) deletedForGood() {
	s.chapter("Deleted: one key for good, one tenant on request")
	c := s.by["hazel"]
	s.at(8, "10:55")
	s.warnedOn(c.key, 1, 3, 6)
	s.hold(lostForGood, !s.deleted(c.key.arn) && s.why(c) == tenantcontext.KeyRevoked, "%s is %s before its key is deleted", c.id, s.why(c))
	s.say(c.id, plain, "five minutes left: CancelKeyDeletion would still bring everything back")
	s.at(8, "11:30")
	c.lost = true
	reason := s.why(c)
	for _, product := range c.products {
		db := s.database(c, product)
		s.hold(lostForGood, db.Phase == database.PhaseUnrecoverable && reason == tenantcontext.KeyLost, "%s is %s, and %s", db.ID, db.Phase, reason)
	}
	s.say(c.id, bad, "refused: %s (HTTP %d): %s", reason, reason.Status(), reason.Sentence())
	s.secondWeek(s.by["fir"])
	s.afterGrace(s.by["oak"])
	s.leaveWithoutKey(c)
}

// secondWeek tells why stopping the instances was a good idea.
func (s *story) secondWeek(c *customer) {
	s.at(8, "12:00")
	db := s.database(c, c.products[0])
	s.hold(markedRight, db.Status == database.StatusRecoverable && db.RecoverableUntil.After(c.key.lockedAt.Add(13*day)), "%s is %s until %s", db.ID, db.Status, db.RecoverableUntil)
	s.say(aws, plain, "RDS starts what has been stopped for 7 days, and meets the key of %s: %s. Only now its own 7 days begin, because we had stopped the instances: a plain start helps until %s",
		c.id, s.statuses(c), shortMoment(db.RecoverableUntil))
}

// afterGrace tells of the end of a destroyed tenant's grace period.
func (s *story) afterGrace(c *customer) {
	s.at(8, "21:00")
	s.hold(twoPhase, s.exists(c), "the data of %s are gone before their time", c.id)
	s.at(9, "08:00")
	db := s.database(c, c.products[0])
	s.hold(twoPhase, db.Phase == database.PhaseDeleted && !s.exists(c), "%s is %s after the grace period", db.ID, db.Phase)
	if db.Final == nil || !db.Final.Taken {
		s.hold(twoPhase, false, "%s was deleted without a final snapshot", db.ID)
		return
	}
	kept, err := s.cell.RDS[c.region].Backups(auditor).Describe(s.ctx, db.Final.SnapshotID)
	s.hold(twoPhase, err == nil && kept.Status == "available", "the final snapshot of %s: %v %s", db.ID, err, kept.Status)
	s.say(c.id, plain, "RDS: the instance is gone, its final snapshot is %s", kept.Status)
}

// exists reports whether any instance of a customer is there.
func (s *story) exists(c *customer) bool {
	for _, in := range s.cell.RDS[c.region].Instances() {
		if in.Tags[database.TagTenant] == c.id {
			return true
		}
	}
	return false
}

// leaveWithoutKey destroys a tenant whose key is gone: it must not wait for it.
func (s *story) leaveWithoutKey(c *customer) {
	s.at(9, "09:00")
	s.destroy(c, 0)
	s.say(commerce, plain, "%s, whose key is deleted, leaves too (Tenant Destroyed, nothing to keep)", c.id)
	_, came := s.passUntil(2*time.Hour, func() bool { return !s.exists(c) })
	s.hold(twoPhase, came, "the instances of %s are still there", c.id)
	s.pass(5 * time.Minute)
	for _, product := range c.products {
		db := s.database(c, product)
		s.hold(twoPhase, db.Final != nil && db.Final.Skipped != "", "%s does not say why it has no final snapshot", db.ID)
	}
}

// pastTheDeadline tells of the customer that comes back after the point of no
// return.
func (s *story) pastTheDeadline() {
	s.chapter("Past the deadline, and still back")
	c := s.by["fir"]
	s.at(15, "09:00")
	s.warnedOn(c.key, 1, 3, 6)
	s.at(15, "12:00")
	for _, product := range c.products {
		db := s.database(c, product)
		s.hold(restoredTrue, db.Phase == database.PhaseTerminal && db.Status == database.StatusTerminal, "%s is %s, RDS: %s", db.ID, db.Phase, db.Status)
	}
	s.at(16, "09:00")
	s.enable(c.key)
	s.say(c.id, good, "the customer enables key %s again; RDS refuses a start by now, so a restore it is", shortKey(c.key.arn))
	took, came := s.passUntil(3*time.Hour, func() bool { return s.serves(c) })
	s.hold(restoredTrue, came, "%s is not served again after 3 hours: %s", c.id, s.why(c))
	there, missing := 0, 0
	for _, product := range c.products {
		n, gone := s.checkRestore(c, product)
		there, missing = there+n, missing+gone
	}
	s.say(c.id, good, "served again after %s: %s there, %s lost, as stated; the lost instances are kept until the tenant leaves", span(took), count(there, "row", "rows"), count(missing, "row", "rows"))
	s.at(16, "12:00")
}

// checkRestore holds a restored database against what was said of it: it has
// every row up to the moment that it was restored to, and what it misses was
// written in the stated window before the lock.
func (s *story) checkRestore(c *customer, product string) (there, missing int) {
	said, ok := s.books.restored[database.ID(c.id, product, 1)]
	if !ok || said.RestoreTo == nil || said.DataLossSeconds == nil {
		s.hold(restoredTrue, false, "%s/%s: no Restore Completed says to when, and what it lost", c.id, product)
		return 0, 0
	}
	survives := func(r row) bool { return !r.at.After(*said.RestoreTo) || r.at.After(c.key.lockedAt) }
	ok, there, lost := s.intact(c, product, survives)
	s.hold(restoredTrue, ok, "%s/%s has %d rows, which are not those until %s and since the return", c.id, product, there, moment(*said.RestoreTo))
	window := c.key.lockedAt.Add(-time.Duration(*said.DataLossSeconds)*time.Second - time.Second)
	for _, r := range lost {
		s.hold(restoredTrue, !r.at.Before(window), "%s/%s lost a row of %s, before the stated window", c.id, product, moment(r.at))
	}
	return there, len(lost)
}
