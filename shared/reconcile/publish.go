package reconcile

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"latchkey/events"
	"latchkey/shared/catalog"
	"latchkey/shared/coded"
)

// Bus takes outgoing events. failed holds, for each entry, why it was not
// taken, or nil; err is for the whole call. The code of an entry's error says
// what becomes of it: coded.Invalid can never be taken and is put aside; any
// other holds back its group, and coded.Internal is reported as well.
// [EventBridge API reference, PutEvents]
type Bus interface {
	PutEvents(ctx context.Context, batch []events.Envelope) (failed []error, err error)
}

// BusBatch is the most entries that PutEvents takes.
const BusBatch = 10

// Publish puts the outbox's next messages on the bus, at least once and in
// order within each group: no call holds two messages of one group, and a
// message that fails holds back the later ones of its group, and no other. A
// message that can never be taken is put aside: see ParkedRecords. It returns how
// many were published. An error is that of a whole call, or, after all others
// were published, that of messages which we may not publish.
func (p *Plane) Publish(ctx context.Context, bus Bus) (int, error) {
	pending, err := p.Outbox.Pending(ctx, 10*BusBatch)
	if err != nil {
		return 0, err
	}
	s := &sending{plane: p, bus: bus, blocked: map[string]error{}}
	for len(pending) > 0 {
		batch, rest := nextBatch(pending, s.blocked)
		if len(batch) == 0 {
			break
		}
		if err := s.send(ctx, batch); err != nil {
			return s.published, err
		}
		pending = rest
	}
	return s.published, s.defects()
}

// nextBatch takes the next messages that may go out in one call: the first of
// each group, unless the group is blocked.
func nextBatch(pending []catalog.Message, blocked map[string]error) (batch, rest []catalog.Message) {
	taken := map[string]bool{}
	for _, m := range pending {
		switch {
		case blocked[m.Group] != nil:
		case len(batch) == BusBatch || taken[m.Group]:
			rest = append(rest, m)
			taken[m.Group] = true
		default:
			batch = append(batch, m)
			taken[m.Group] = true
		}
	}
	return batch, rest
}

// sending is one run of the publisher.
type sending struct {
	plane     *Plane
	bus       Bus
	blocked   map[string]error // the groups that are held back, and why
	published int
}

// send puts one batch on the bus. Those that were taken or put aside leave the
// outbox; the groups of the others are blocked. An error is for the whole batch.
func (s *sending) send(ctx context.Context, batch []catalog.Message) error {
	why, err := s.put(ctx, batch)
	if err != nil {
		return err
	}
	var done []catalog.Message
	for i, m := range batch {
		switch {
		case why[i] == nil:
			s.published++
		case !coded.Is(why[i], coded.Invalid):
			s.blocked[m.Group] = why[i]
			continue
		default:
			if err := s.plane.putAside(ctx, m, why[i]); err != nil {
				s.blocked[m.Group] = err
				continue
			}
		}
		done = append(done, m)
	}
	if len(done) == 0 {
		return nil
	}
	return s.plane.Outbox.Published(ctx, done...)
}

// put makes the call, and returns for each message why it was not taken.
func (s *sending) put(ctx context.Context, batch []catalog.Message) (why []error, err error) {
	why = make([]error, len(batch))
	var envs []events.Envelope
	var places []int // of envs in batch
	for i, m := range batch {
		env, err := events.ParseEnvelope(m.Body)
		if err != nil {
			why[i] = err
			continue
		}
		envs, places = append(envs, env), append(places, i)
	}
	if len(envs) == 0 {
		return why, nil
	}
	failed, err := s.bus.PutEvents(ctx, envs)
	if err != nil {
		return nil, err
	}
	for n, i := range places {
		if n < len(failed) {
			why[i] = failed[n]
		}
	}
	return why, nil
}

// defects returns the errors that do not go away by themselves.
func (s *sending) defects() error {
	var errs []error
	for _, group := range slices.Sorted(maps.Keys(s.blocked)) {
		if err := s.blocked[group]; coded.Is(err, coded.Internal) {
			errs = append(errs, fmt.Errorf("publishing of %s: %w", group, err))
		}
	}
	return errors.Join(errs...)
}
