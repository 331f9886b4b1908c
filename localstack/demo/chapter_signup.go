package demo

import (
	"time"

	"latchkey/events"
	"latchkey/shared/database"
)

// signUp lets everybody sign up and buy, one of them with a key that cannot be
// used yet.
func (s *story) signUp() {
	s.gather()
	s.out.write("Latchkey on an embedded cell: %d customers, seed %d. Time is virtual, day 0 is %s; KMS, RDS,\n"+
		"CloudTrail and EventBridge are twins that behave as AWS documents them.\n", len(s.cast), s.Seed, epoch.Format(time.DateOnly))
	s.chapter("Sign-up: from an event to a Multi-AZ database")
	own := 0
	for _, c := range s.cast {
		if c.key != nil {
			own++
		}
	}
	s.say(commerce, plain, "%d customers sign up in %d Regions of as many realms; %d bring a KMS key of their own; the others use the platform's or AWS's", len(s.cast), len(regions), own)
	const over = 20
	for i, c := range s.cast {
		if !c.named {
			s.until(epoch.Add(time.Duration(i*over/len(s.cast)+1) * time.Minute))
		}
		s.enrol(c, i)
	}
	s.at(0, "08:45")
	s.say(latchkey, good, "the other keys passed their preflight at once: %s", count(s.watch.kinds[events.TypeKeyRegistered]-len(regions), "key", "keys"))
	s.pendingKey(s.by["cedar"])
	s.at(0, "10:00")
	s.say(commerce, plain, "EventBridge delivers at least once: %s came twice, and changed nothing the second time", count(s.watch.seen, "event", "events"))
	databases, instances := s.checkInstances()
	s.say(aws, good, "RDS says of all %d instances: Multi-AZ with a standby, encrypted under the right key, in the right Region; they hold %d databases", instances, databases)
	s.say(latchkey, good, "every customer is served: %s", count(s.serveAll(allServed), "product", "products"))
}

// enrol sends what a new customer starts with. Some events come twice, and
// those of one customer in the wrong order.
func (s *story) enrol(c *customer, i int) {
	created := s.created(c)
	var products []events.Envelope
	for _, p := range c.products {
		products = append(products, s.activated(c, p))
	}
	if c.early {
		s.put(products[0])
		s.pass(time.Minute)
		s.say(c.id, plain, "its Product Activated came a minute before its Tenant Created: the record waits for it")
		s.put(created)
		return
	}
	s.put(created)
	for _, p := range products {
		s.put(p)
	}
	if i%7 == 0 {
		s.again(created)
		s.again(products[0])
	}
}

// pendingKey tells of the customer whose key policy misses kms:CreateGrant.
func (s *story) pendingKey(c *customer) {
	_, err := s.cell.Audit.Database(s.ctx, database.ID(c.id, c.products[0], 1))
	s.hold(preflightNames, err != nil, "a database was made under a key that did not pass")
	reason := s.why(c)
	parked, err := s.cell.Audit.ParkedRecords(s.ctx)
	s.fail("listing what is parked", err)
	if len(parked) != 1 || parked[0].ID != c.key.arn {
		s.hold(preflightNames, false, "the list of what waits for a person has %d entries", len(parked))
		return
	}
	s.say(latchkey, plain, "%s is refused meanwhile (%s: %s) and listed as waiting for a person: %s", c.id, reason, reason.Sentence(), parked[0].Reason)
	s.at(0, "09:00")
	s.setPolicy(c.key, true, "")
	s.say(c.id, plain, "the customer adds the statement to the policy of key %s (PutKeyPolicy); nobody at the platform does anything", shortKey(c.key.arn))
	_, came := s.passUntil(45*time.Minute, func() bool { return s.serves(c) })
	s.hold(preflightNames, came, "%s is not served 45 minutes after it mended its key: %s", c.id, s.why(c))
}

// firstNight lets the first snapshots be taken.
func (s *story) firstNight() {
	s.chapter("Every night, a snapshot of every instance")
	s.at(1, "01:00")
	before := s.report.Snapshots
	s.at(1, "06:00")
	instances, kept := 0, 0
	for _, region := range regions {
		for _, in := range s.cell.RDS[region].Instances() {
			n := s.snapshotsOf(region, in.InstanceID)
			s.hold(nightly, n >= 1, "instance %s has no snapshot after the first night", in.InstanceID)
			instances, kept = instances+1, kept+n
		}
	}
	s.say(latchkey, good, "%s taken, one of each of %d instances, spread from 01:00 to 05:00; kept for 30 or 7 days, as bought",
		count(s.report.Snapshots-before, "snapshot", "snapshots"), instances)
}

// snapshotsOf counts the manual snapshots of an instance, as RDS lists them.
func (s *story) snapshotsOf(region, instanceID string) int {
	n, marker := 0, ""
	for s.err == nil {
		page, next, err := s.cell.RDS[region].Backups(auditor).List(s.ctx, instanceID, marker)
		s.fail("listing snapshots", err)
		n += len(page)
		if next == "" {
			break
		}
		marker = next
	}
	return n
}

// auditor is the principal that the checks ask AWS as.
const auditor = "arn:aws:iam::" + platform + ":role/auditor"
