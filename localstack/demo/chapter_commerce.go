package demo

import (
	"fmt"
	"strings"
	"time"

	"latchkey/events"
	"latchkey/shared/coded"
	"latchkey/shared/tenantcontext"
)

// commerceGoesOn tells of licences, suspensions, a farewell, and of events that
// are wrong.
func (s *story) commerceGoesOn() {
	s.chapter("Commerce goes on")
	s.at(1, "19:00")
	s.relicense(s.by["alder"])
	s.suspend(s.by["birch"])
	s.farewell(s.by["oak"])
	s.wrongEvents(s.by["alder"])
}

// relicense sends two licences in the wrong order.
func (s *story) relicense(c *customer) {
	product := c.products[0]
	first, second := s.license(c, product, "premium", 40), s.license(c, product, "enterprise", 80)
	s.put(second)
	s.pass(10 * time.Second)
	s.put(first)
	s.pass(10 * time.Second)
	got, d := s.ask(c, product)
	if s.err != nil {
		return
	}
	s.hold(commerceExact, d.Allow && got.License.Edition == "enterprise" && got.License.Seats == 80, "%s/%s has the wrong licence", c.id, product)
	s.say(commerce, plain, "%s/%s: License Updated #%d (enterprise) came before #%d (premium): the older one is stale and changes nothing", c.id, product, c.sequence, c.sequence-1)
}

// suspend suspends a product and lets it back in.
func (s *story) suspend(c *customer) {
	s.at(1, "19:10")
	product := c.products[0]
	off := &events.ProductSuspended{Subject: c.subject(), Product: product, Reason: "invoice overdue"}
	s.put(s.event(c, events.TypeProductSuspended, product, off.Sequence, off))
	s.pass(time.Second)
	reason := s.why(c)
	s.hold(suspension, reason == tenantcontext.ProductSuspended, "%s/%s: %s", c.id, product, reason)
	s.say(c.id, bad, "%s is refused at once: %s (HTTP %d)", product, reason, reason.Status())
	s.at(1, "21:00")
	on := &events.ProductUnsuspended{Subject: c.subject(), Product: product}
	s.put(s.event(c, events.TypeProductUnsuspended, product, on.Sequence, on))
	s.pass(time.Second)
	s.hold(suspension, s.serves(c), "%s/%s is not served: %s", c.id, product, s.why(c))
	s.say(c.id, good, "unsuspended: %s is served again", product)
}

const farewellDays = 7

// farewell destroys a tenant, whose data are kept for a while.
func (s *story) farewell(c *customer) {
	s.at(1, "21:30")
	s.destroy(c, farewellDays)
	s.say(commerce, plain, "%s leaves (Tenant Destroyed, its data are kept for %d days)", c.id, farewellDays)
	s.pass(time.Second)
	reason := s.why(c)
	s.hold(twoPhase, reason == tenantcontext.TenantDestroyed, "%s is %s", c.id, reason)
	s.pass(2 * time.Minute)
	s.say(c.id, bad, "refused at once: %s (HTTP %d); an application that tries to log in: %s", reason, reason.Status(), s.fence(c))
	s.hold(twoPhase, s.exists(c), "the data of %s are gone before their time", c.id)
}

// wrongEvents puts events that cannot be applied.
func (s *story) wrongEvents(c *customer) {
	s.at(1, "22:00")
	twin := &events.TenantCreated{Subject: events.Subject{Version: events.DetailVersion, TenantID: c.id, Sequence: 1000}, Name: "another", Region: c.region,
		Placement: events.PlacementShared, Key: events.KeyChoice{Choice: events.KeyPlatform}}
	lost := *twin
	lost.TenantID, lost.Region = "sycamore", "eu-north-1"
	s.put(s.envelope("wrong-1", events.SourceCommerce, events.TypeTenantCreated, twin))
	s.put(s.envelope("wrong-2", events.SourceCommerce, events.TypeTenantCreated, &lost))
	s.hold(refusalsClear, s.put(s.envelope("unknown-1", events.SourceCommerce, "Tenant Renamed", map[string]string{"tenantId": c.id})) == 0,
		"an event of no kind was routed")
	env := s.envelope("unknown-2", events.SourceKMS, events.TypeCloudTrailCall, s.cloudTrailCall(s.by["maple"].key, "unknown-2", "TeleportKey", "AccessDenied"))
	env.Account, env.Region = s.by["maple"].key.account, s.by["maple"].region
	s.put(env)
	s.pass(time.Minute)
	for _, m := range s.cell.DeadLetters() {
		clear := (m.Code == coded.Conflict || m.Code == coded.Invalid) && strings.HasPrefix(m.Event.ID, "wrong-") && strings.Contains(m.Error, "detail.")
		s.hold(refusalsClear, clear, "dead letter %s: %s", m.Event.ID, m.Error)
		s.say(commerce, bad, "dead letter (%s): %s", m.Code, strings.TrimPrefix(m.Error, fmt.Sprintf("event %s (%s): ", m.Event.ID, m.Event.DetailType)))
	}
	s.hold(refusalsClear, len(s.cell.DeadLetters()) == 2, "%d dead letters", len(s.cell.DeadLetters()))
	s.hold(refusalsClear, s.watch.unknown == 1, "%d events were taken for unknown", s.watch.unknown)
	s.say(commerce, plain, "an event and a KMS call of kinds that nobody knows: counted, and acknowledged")
}
