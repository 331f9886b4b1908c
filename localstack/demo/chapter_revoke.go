package demo

import (
	"strings"
	"time"

	"latchkey/events"
	"latchkey/shared/database"
)

// takeKey tells of the customer that disables its key.
func (s *story) takeKey() {
	s.chapter("A customer takes its key away")
	s.at(1, "09:00")
	c := s.by["elm"]
	for _, product := range c.products {
		if s.err == nil {
			s.fail("connecting", s.connects(c, product))
		}
	}
	s.say(c.id, plain, "%s, each with a database of its own and open connections; applications write a row an hour", count(len(c.products), "product", "products"))
	s.disable(c.key)
	s.say(c.id, bad, "the customer disables key %s (DisableKey) in its own account", shortKey(c.key.arn))
	s.awaitLock(c)
	reason := s.why(c)
	s.say(latchkey, bad, "%s/%s is refused: %s (HTTP %d): %s", c.id, c.products[0], reason, reason.Status(), reason.Sentence())
	s.pass(2 * time.Minute)
	answer := s.fence(c)
	s.say(c.id, plain, "connections ended and logins closed; an application that tries: %s", answer)
	s.pass(15 * time.Minute)
	s.say(aws, plain, "RDS: its instances are %s (StopDBInstance, ours); RDS alone would have noticed within half an hour and served on for 2 hours more", s.statuses(c))
	for _, product := range c.products {
		db := s.database(c, product)
		s.hold(markedRight, db.Phase == database.PhaseTerminalRecoverable && db.RecoverableUntil.Equal(c.key.lockedAt.Add(7*day)),
			"%s is %s until %s", db.ID, db.Phase, db.RecoverableUntil)
	}
	if s.flaws.linger {
		s.linger(c.key)
	}
}

// awaitLock lets time pass until a key's lock is recorded.
func (s *story) awaitLock(c *customer) {
	promise := lockProbe
	if c.key.reported {
		promise = lockFast
	}
	_, came := s.passUntil(unreported+time.Minute, func() bool { return c.key.shut })
	s.hold(promise, came, "key %s of %s was not locked", shortKey(c.key.arn), c.id)
}

// statuses returns what RDS says of a customer's instances.
func (s *story) statuses(c *customer) string {
	seen := map[string]bool{}
	var list []string
	for _, product := range c.products {
		in, err := s.cell.RDS[c.region].Fleet(auditor).Describe(s.ctx, s.database(c, product).InstanceID)
		s.fail("describing an instance", err)
		if !seen[in.Status] {
			seen[in.Status] = true
			list = append(list, in.Status)
		}
	}
	return strings.Join(list, " and ")
}

// otherWays tells of the other ways to lose a key, and of one that is a lie.
func (s *story) otherWays() {
	s.chapter("Other ways to lose a key, and a lie")
	s.leave(s.by["fir"])
	s.scheduleDeletion(s.by["hazel"])
	s.withoutForwarding(s.by["larch"])
	s.byPolicy(s.by["juniper"])
	s.giveBack(s.by["larch"], "13:30")
	s.forge(s.by["maple"])
	s.crowdRevokes()
	s.approve(s.by["juniper"])
}

// leave lets a customer disable its key, for long.
func (s *story) leave(c *customer) {
	s.at(1, "09:58")
	s.work(c)
	s.at(1, "10:00")
	s.disable(c.key)
	s.say(c.id, bad, "another customer disables key %s, and will stay away for two weeks", shortKey(c.key.arn))
	s.awaitLock(c)
	s.pass(5 * time.Minute)
	s.fence(c)
}

// scheduleDeletion shows what dies with a key before it is scheduled to die.
func (s *story) scheduleDeletion(c *customer) {
	s.at(1, "11:00")
	impact, err := s.cell.Audit.Impact(s.ctx, c.key.arn)
	s.fail("asking for the impact", err)
	s.hold(lostForGood, len(impact.Databases) == len(c.products) && impact.Snapshots > 0, "the impact of key %s names %d databases and %d snapshots",
		shortKey(c.key.arn), len(impact.Databases), impact.Snapshots)
	s.say(c.id, plain, "before it acts, the customer asks for the impact of key %s: %s and %s of %s die with it",
		shortKey(c.key.arn), count(len(impact.Databases), "database", "databases"), count(impact.Snapshots, "snapshot", "snapshots"), count(len(impact.Tenants), "tenant", "tenants"))
	if s.err == nil {
		date, err := s.cell.KMS.ScheduleKeyDeletion(s.ctx, c.key.admin(), c.key.arn, 7)
		s.revoke(c.key, "ScheduleKeyDeletion", err)
		c.key.deletion = date
		s.say(c.id, bad, "and schedules its deletion all the same, for %s (ScheduleKeyDeletion, 7 days)", shortMoment(date))
	}
	s.awaitLock(c)
	s.pass(5 * time.Minute)
	s.fence(c)
}

// withoutForwarding tells of a customer whose account forwards nothing.
func (s *story) withoutForwarding(c *customer) {
	s.at(1, "12:00")
	s.disable(c.key)
	s.say(c.id, bad, "the customer disables key %s; its account has no forwarding rule, so no event tells us", shortKey(c.key.arn))
	s.awaitLock(c)
	s.pass(5 * time.Minute)
	s.fence(c)
}

// byPolicy tells of a revocation that RDS can never notice.
func (s *story) byPolicy(c *customer) {
	s.at(1, "13:00")
	s.setPolicy(c.key, false, "")
	s.say(c.id, bad, "the customer takes our account out of the policy of key %s (PutKeyPolicy)", shortKey(c.key.arn))
	s.awaitLock(c)
	s.say(aws, plain, "RDS: the instance is %s: its own grant still works, and it would have gone on serving for ever; the lock is ours", s.statuses(c))
	s.pass(5 * time.Minute)
	s.fence(c)
}

// giveBack lets a customer enable its key again, and waits for the way back.
func (s *story) giveBack(c *customer, hour string) {
	s.at(1, hour)
	s.enable(c.key)
	s.say(c.id, good, "the customer enables key %s again", shortKey(c.key.arn))
	s.awaitReturn(c, time.Hour)
}

// awaitReturn waits until a customer is served again, and counts its rows.
func (s *story) awaitReturn(c *customer, max time.Duration) {
	took, came := s.passUntil(max, func() bool { return s.serves(c) })
	s.hold(backInside, came, "%s is not served again %s after it gave its key back: %s", c.id, span(max), s.why(c))
	rows := 0
	for _, product := range c.products {
		ok, there, _ := s.intact(c, product, all)
		s.hold(backInside, ok, "%s/%s has %d rows of %d", c.id, product, there, len(c.history[product]))
		rows += there
	}
	if came {
		s.say(c.id, good, "served again after %s, with nothing done by hand; all %s are there", span(took), count(rows, "row", "rows"))
	}
}

// forge puts a DisableKey on the bus that does not come from the key's account.
func (s *story) forge(c *customer) {
	s.at(1, "14:00")
	const liar = "999988887777"
	env := s.envelope("forged-1", events.SourceKMS, events.TypeCloudTrailCall, s.cloudTrailCall(c.key, "forged-1", "DisableKey", ""))
	env.Account, env.Region = liar, c.key.region
	s.put(env)
	s.say(aws, plain, "a DisableKey of key %s arrives from account %s, which is not the key's", shortKey(c.key.arn), liar)
	for range 5 {
		s.pass(2 * time.Minute)
		s.hold(forgedIgnored, s.serves(c) && c.key.locks == 0, "%s was locked by a forged event", c.id)
	}
	s.say(latchkey, good, "not trusted: it only makes us look; the key is usable, %s is served on", c.id)
}
