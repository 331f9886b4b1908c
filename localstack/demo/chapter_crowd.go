package demo

import (
	"time"

	"latchkey/events"
)

// crowdRevokes lets every third key of those without a part be disabled.
func (s *story) crowdRevokes() {
	s.at(1, "15:00")
	var gone []*customer
	n := 0
	for _, c := range s.cast {
		if c.named || c.key == nil {
			continue
		}
		if n++; n%3 == 1 {
			s.disable(c.key)
			gone = append(gone, c)
			s.pass(20 * time.Second)
		}
	}
	s.pass(unreported + 2*time.Minute)
	for _, c := range gone {
		s.hold(lockProbe, c.key.shut, "key %s of %s was not locked", shortKey(c.key.arn), c.id)
		s.fence(c)
	}
	if len(gone) > 0 {
		s.say("others", bad, "%s away within minutes: all locked, all refused", count(len(gone), "more customer takes its key", "more customers take their keys"))
	}
}

// crowdReturns gives those keys back, and waits for everybody.
func (s *story) crowdReturns() {
	var back []*customer
	for _, c := range s.cast {
		if !c.named && c.key != nil && !c.key.revokedAt.IsZero() {
			s.enable(c.key)
			back = append(back, c)
		}
	}
	if len(back) == 0 {
		return
	}
	took, came := s.passUntil(2*time.Hour, func() bool {
		for _, c := range back {
			if !s.serves(c) {
				return false
			}
		}
		return true
	})
	s.hold(backInside, came, "not all of the crowd are served again after 2 hours")
	s.say("others", good, "%s enabled again: everybody is served within %s", count(len(back), "key", "keys"), span(took))
}

// approve tells of a way back that a person has to let happen.
func (s *story) approve(c *customer) {
	s.at(1, "17:00")
	s.setPolicy(c.key, true, "")
	s.say(c.id, good, "the customer puts the policy of key %s back", shortKey(c.key.arn))
	asked := s.watch.kinds[events.TypeKeyApprovalNeeded]
	_, came := s.passUntil(30*time.Minute, func() bool { return s.watch.kinds[events.TypeKeyApprovalNeeded] > asked })
	s.hold(backInside, came, "nobody was asked to approve the return of %s", c.id)
	s.pass(20 * time.Minute)
	s.hold(backInside, !s.serves(c), "%s came back before it was approved", c.id)
	s.put(s.envelope("approval-1", events.SourceOperator, events.TypeKeyReturnApproved,
		&events.KeyReturnApproved{Version: events.DetailVersion, KeyARN: c.key.arn, ApprovedBy: "security officer"}))
	s.say(c.id, good, "its security officer approves (Key Return Approved)")
	s.awaitReturn(c, time.Hour)
}
