package demo

import (
	"strings"
	"time"

	"latchkey/events"
	"latchkey/shared/customerkey"
	"latchkey/shared/tenantcontext"
)

// keyServiceFails tells of two outages of KMS: one that nobody notices, and
// one that lasts too long.
func (s *story) keyServiceFails() {
	s.chapter("The key service fails")
	s.at(2, "09:30")
	s.crowdReturns()
	s.shortOutage()
	s.longOutage("ap-southeast-2", s.by["juniper"])
}

// shortOutage keeps KMS from answering for 25 minutes, everywhere.
func (s *story) shortOutage() {
	s.at(3, "10:00")
	before := s.watch.kinds[events.TypeKeyUnreachable]
	s.setOutage("", customerkey.CodeKMSInternal)
	s.say(aws, bad, "KMS answers every call in every Region with %s", customerkey.CodeKMSInternal)
	served := 0
	for range 5 {
		s.pass(5 * time.Minute)
		served += s.serveAll(outageServed)
	}
	s.setOutage("", "")
	s.say(aws, good, "KMS answers again, after 25 minutes")
	s.say(latchkey, good, "%d keys were unreachable, which says nothing of anybody's will: %d requests served, none refused, nothing locked", s.watch.kinds[events.TypeKeyUnreachable]-before, served)
	s.pass(10 * time.Minute)
	s.serveAll(outageServed)
}

// setOutage begins an outage of KMS in a Region, "" for all, or ends it.
func (s *story) setOutage(region, code string) {
	s.cell.KMS.SetOutage(region, code)
	for _, r := range regions {
		if region == "" || r == region {
			s.dark[r] = code != ""
		}
	}
}

// longOutage keeps KMS from answering for 40 minutes in one Region.
func (s *story) longOutage(region string, c *customer) {
	s.at(3, "14:00")
	s.setOutage(region, customerkey.CodeDependencyTimeout)
	s.say(aws, bad, "KMS in %s answers with %s, and goes on doing so", region, customerkey.CodeDependencyTimeout)
	s.pass(29 * time.Minute)
	s.serveAll(outageServed)
	s.pass(9 * time.Minute)
	for _, k := range s.ring {
		if k.region == region && k.revokedAt.IsZero() {
			s.hold(precaution, k.shut, "key %s is not locked after 38 minutes without an answer", shortKey(k.arn))
		}
	}
	reason := s.why(c)
	s.hold(precaution, reason == tenantcontext.KeyUnreachable, "%s: %s", c.id, reason)
	answer := s.fence(c)
	s.hold(fenced, strings.Contains(answer, "not permitted to log in"), "the role of %s is not fenced: %s", c.id, answer)
	s.say(c.id, bad, "refused: %s (HTTP %d); its instance runs on, not marked terminal, and answers a login: %s", reason, reason.Status(), answer)
	s.say(latchkey, plain, "the other Regions do not notice: %s served", count(s.serveAll(outageServed), "product", "products"))
	s.pass(2 * time.Minute)
	s.setOutage(region, "")
	s.say(aws, good, "KMS in %s answers again, after 40 minutes", region)
	took, came := s.passUntil(45*time.Minute, func() bool { return s.lit(region) })
	s.hold(precaution, came, "not everybody in %s is served 45 minutes after KMS answered", region)
	s.say(latchkey, good, "everybody in %s is served again %s after KMS answered, by itself", region, span(took))
}

// lit reports whether everybody in a Region whose key is usable is served.
func (s *story) lit(region string) bool {
	for _, c := range s.cast {
		if k := s.keyOf(c); c.region != region || c.destroyed || k == nil || !k.revokedAt.IsZero() {
			continue
		}
		if !s.serves(c) {
			return false
		}
	}
	return true
}
