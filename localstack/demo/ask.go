package demo

import (
	"strings"
	"time"

	"latchkey/shared/database"
	"latchkey/shared/tenantcontext"
)

// ask asks for the context of a product, as an application does with every
// request.
func (s *story) ask(c *customer, product string) (*tenantcontext.Context, tenantcontext.Decision) {
	got, d, err := s.cell.Audit.Context(s.ctx, c.id, product)
	s.fail("asking for a context", err)
	if d.Allow {
		s.served++
		return got, d
	}
	s.refused++
	s.hold(refusedWhy, d.Reason != "" && d.Reason != tenantcontext.OK && d.Reason.Sentence() != "", "%s/%s is refused as %q", c.id, product, d.Reason)
	return got, d
}

// why returns the reason that a customer's first product is given.
func (s *story) why(c *customer) tenantcontext.Reason {
	_, d := s.ask(c, c.products[0])
	return d.Reason
}

// keyLocked is told of a lock at the moment that it is committed.
func (s *story) keyLocked(arn string, wall time.Duration) {
	k := s.keys[arn]
	now := s.clock.Now()
	k.shut, k.lockedAt, k.lockWall, k.cautious = true, now, wall, k.revokedAt.IsZero()
	k.locks++
	switch took := now.Sub(k.revokedAt); {
	case k.cautious:
		s.hold(precaution, s.dark[k.region], "key %s was locked, and its owner did nothing", shortKey(arn))
	case k.reported:
		s.hold(lockFast, took <= delivery.Max+time.Second, "key %s was locked %s after the call", shortKey(arn), span(took))
	default:
		s.hold(lockProbe, took <= unreported, "key %s was locked %s after it was taken away", shortKey(arn), span(took))
	}
	s.refuse(k)
}

// unreported bounds how long a change goes unnoticed that no event tells of:
// the probe's period, once KMS shows the change.
const unreported = 5*time.Minute + kmsLag

// keyUnlocked is told of an unlock at the moment that it is committed.
func (s *story) keyUnlocked(arn string) {
	k := s.keys[arn]
	s.hold(neverServed, k.revokedAt.IsZero(), "key %s was unlocked while its owner holds it back", shortKey(arn))
	k.shut = !k.revokedAt.IsZero()
}

// refuse asks for every context under a locked key: none may be given.
func (s *story) refuse(k *key) {
	for _, c := range k.users {
		for _, product := range c.products {
			_, d := s.ask(c, product)
			s.hold(neverServed, !d.Allow, "%s/%s is served, key %s is locked", c.id, product, shortKey(k.arn))
			if d.Allow {
				s.report.ServedAfterLock++
			}
		}
	}
}

// serveAll asks for every context that must be given, and returns how many are.
func (s *story) serveAll(p promise) (served int) {
	for _, c := range s.cast {
		if k := s.keyOf(c); c.destroyed || c.lost || k != nil && (k.shut || !k.revokedAt.IsZero()) {
			continue
		}
		for _, product := range c.products {
			_, d := s.ask(c, product)
			s.hold(p, d.Allow, "%s/%s is refused: %s", c.id, product, d.Reason)
			if d.Allow {
				served++
			}
		}
	}
	return served
}

// serves reports whether all of a customer's products are served.
func (s *story) serves(c *customer) bool {
	for _, product := range c.products {
		if _, d := s.ask(c, product); !d.Allow {
			return false
		}
	}
	return true
}

// glance is what happens whenever time has passed: applications under locked
// keys are refused, the others go on writing.
func (s *story) glance() {
	if s.err != nil {
		return
	}
	for _, k := range s.ring {
		if k.shut {
			s.refuse(k)
		}
	}
	for _, c := range s.cast {
		if c.writes {
			s.work(c)
		}
	}
}

// database returns the record of a product's database.
func (s *story) database(c *customer, product string) database.Record {
	if s.err != nil {
		return database.Record{}
	}
	rec, err := s.cell.Audit.Database(s.ctx, database.ID(c.id, product, 1))
	s.fail("looking up a database", err)
	return rec
}

// connects tries to log in as a product's role, and returns RDS's refusal.
func (s *story) connects(c *customer, product string) error {
	db := s.database(c, product)
	return s.cell.RDS[c.region].Connect(s.ctx, db.InstanceID, db.Role)
}

// fence tries to log in to every database of a customer, which must fail, and
// returns what the first is answered.
func (s *story) fence(c *customer) (answer string) {
	for _, product := range c.products {
		if s.err != nil {
			return ""
		}
		err := s.connects(c, product)
		s.hold(fenced, err != nil, "the role of %s/%s can log in", c.id, product)
		if err != nil && answer == "" {
			answer = err.Error()
		}
		db := s.database(c, product)
		open := s.cell.RDS[c.region].Backends(db.InstanceID, db.Role)
		s.hold(fenced, open == 0, "%s/%s still has %d connections", c.id, product, open)
	}
	return answer
}

// instanceOf returns the DBInstanceIdentifier in an endpoint.
func instanceOf(endpoint string) string {
	name, _, _ := strings.Cut(endpoint, ".")
	return name
}
