package reconcile

import (
	"context"
	"fmt"

	"latchkey/events"
	"latchkey/shared/catalog"
)

// Bus takes outgoing events. failed holds, for each entry, why it was not
// taken, or nil; err is for the whole call. [EventBridge API reference, PutEvents]
type Bus interface {
	PutEvents(ctx context.Context, batch []events.Envelope) (failed []error, err error)
}

// BusBatch is the most entries that PutEvents takes.
const BusBatch = 10

// Publish puts the outbox's next messages on the bus, at least once and in
// order within each group: no call holds two messages of one group, and a
// message that fails holds back the later ones of its group, and no other. It
// returns how many were published.
func (p *Plane) Publish(ctx context.Context, bus Bus) (int, error) {
	pending, err := p.Outbox.Pending(ctx, 10*BusBatch)
	if err != nil {
		return 0, err
	}
	published := 0
	blocked := map[string]bool{}
	for len(pending) > 0 {
		batch, rest := nextBatch(pending, blocked)
		if len(batch) == 0 {
			break
		}
		n, err := p.publishBatch(ctx, bus, batch, blocked)
		published += n
		if err != nil {
			return published, err
		}
		pending = rest
	}
	return published, nil
}

// nextBatch takes the next messages that may go out in one call: the first of
// each group, unless the group is blocked.
func nextBatch(pending []catalog.Message, blocked map[string]bool) (batch, rest []catalog.Message) {
	taken := map[string]bool{}
	for _, m := range pending {
		switch {
		case blocked[m.Group]:
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

func (p *Plane) publishBatch(ctx context.Context, bus Bus, batch []catalog.Message, blocked map[string]bool) (int, error) {
	envs := make([]events.Envelope, len(batch))
	for i, m := range batch {
		env, err := events.ParseEnvelope(m.Body)
		if err != nil {
			return 0, fmt.Errorf("outbox message %s: %w", m.ID, err)
		}
		envs[i] = env
	}
	failed, err := bus.PutEvents(ctx, envs)
	if err != nil {
		return 0, err
	}
	var done []string
	for i, m := range batch {
		if i < len(failed) && failed[i] != nil {
			blocked[m.Group] = true
			continue
		}
		done = append(done, m.ID)
	}
	if len(done) == 0 {
		return 0, nil
	}
	return len(done), p.Outbox.Published(ctx, done...)
}
