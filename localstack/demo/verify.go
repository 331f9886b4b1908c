package demo

import (
	"slices"

	"latchkey/events"
	"latchkey/shared/database"
)

// verify holds the end of the story against what was promised.
func (s *story) verify() {
	s.crowdLine()
	for _, c := range s.cast {
		s.checkCommerce(c)
	}
	s.checkInstances()
	s.serveAll(allServed)
	s.checkNights()
	s.checkBooks()
	s.checkParked()
	s.fill()
}

// checkInstances asks RDS of every instance, and returns how many databases of
// tenants they hold.
func (s *story) checkInstances() (databases, instances int) {
	good := map[string]bool{}
	for _, region := range regions {
		for _, in := range s.cell.RDS[region].Instances() {
			instances++
			right := s.rightKey(in, region)
			ok := in.MultiAZ && in.SecondaryAZ != "" && in.StorageEncrypted && right
			s.hold(multiAZ, ok, "instance %s in %s: Multi-AZ %v with standby %q, encrypted %v, under the right key %v",
				in.InstanceID, region, in.MultiAZ, in.SecondaryAZ, in.StorageEncrypted, right)
			good[in.InstanceID] = ok
		}
	}
	for _, c := range s.cast {
		if c.destroyed {
			continue
		}
		for _, product := range c.products {
			db := s.database(c, product)
			s.hold(multiAZ, good[db.InstanceID] && db.Region == c.region, "database %s of %s is on %q in %s", db.ID, c.region, db.InstanceID, db.Region)
			databases++
			if good[db.InstanceID] {
				s.books.multiAZ[db.ID] = true
			}
		}
	}
	return databases, instances
}

// rightKey reports whether an instance is under the key that the customer
// chose, or that its shard is for, and in the right Region.
func (s *story) rightKey(in database.Instance, region string) bool {
	if c := s.by[in.Tags[database.TagTenant]]; c != nil {
		k := s.keyOf(c)
		return c.region == region && (k == nil || in.KMSKeyARN == k.arn)
	}
	shard, err := s.cell.Audit.Database(s.ctx, in.Tags[database.TagDatabase])
	if err != nil || shard.Region != region {
		return false
	}
	platformKey := s.cell.Audit.Config.PlatformKeys[region]
	return (in.KMSKeyARN == platformKey) == (shard.KeyChoice == events.KeyPlatform)
}

// wanted is what a product must be.
type wanted struct {
	on, suspended bool
	edition       string
}

// fold applies what commerce said of a customer in the order of its sequence.
func (c *customer) fold() map[string]wanted {
	want := map[string]wanted{}
	inOrder := slices.SortedStableFunc(slices.Values(c.sent), func(a, b sent) int { return int(a.sequence - b.sequence) })
	for _, e := range inOrder {
		w := want[e.product]
		switch d := e.detail.(type) {
		case *events.ProductActivated:
			w = wanted{on: true, edition: d.License.Edition}
		case *events.ProductSuspended:
			w.suspended = true
		case *events.ProductUnsuspended:
			w.suspended = false
		case *events.LicenseUpdated:
			w.edition = d.License.Edition
		default:
			continue
		}
		want[e.product] = w
	}
	return want
}

// checkCommerce compares a customer's record with what commerce said.
func (s *story) checkCommerce(c *customer) {
	rec, err := s.cell.Audit.Tenant(s.ctx, c.id)
	if err != nil {
		s.hold(commerceExact, false, "tenant %s: %v", c.id, err)
		return
	}
	want := c.fold()
	s.hold(commerceExact, rec.MaxSequence == c.sequence, "tenant %s is at sequence %d of %d", c.id, rec.MaxSequence, c.sequence)
	s.hold(commerceExact, rec.Destroyed.Written() == c.destroyed && len(rec.Products) == len(want), "tenant %s has %d products", c.id, len(rec.Products))
	for _, product := range c.products {
		p, w := rec.Products[product], want[product]
		s.hold(commerceExact, p.Active.Value.On == w.on && p.Suspended.Value.On == w.suspended && p.License.Value.Edition == w.edition,
			"product %s/%s is not what commerce said", c.id, product)
	}
}

// checkNights counts the snapshots of an instance that could always be read:
// one for each night.
func (s *story) checkNights() {
	nights := int(s.clock.Now().Sub(epoch.Truncate(day)) / day)
	for _, c := range s.cast {
		if k := s.keyOf(c); c.placement != events.PlacementDedicated || c.destroyed || k == nil || k.locks > 0 {
			continue
		}
		kept := nights
		if c.backups == events.Backups7Days {
			kept = min(nights, 7)
		}
		for _, product := range c.products {
			n := s.snapshotsOf(c.region, s.database(c, product).InstanceID)
			s.hold(nightly, n >= kept && n <= kept+1, "%s/%s has %d snapshots after %d nights, of which %d are kept", c.id, product, n, nights, kept)
		}
	}
}
