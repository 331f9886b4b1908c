package cell

import (
	"context"
	"errors"
	"slices"
	"strings"

	"latchkey/shared/catalog"
	"latchkey/shared/function"
	"latchkey/shared/metric"
	"latchkey/shared/reconcile"
)

// Publish puts the messages of the groups that got new ones on the bus. A change
// fails as long as messages of its group are left: the stream brings it again.
func Publish(h function.Host, p *reconcile.Plane, bus reconcile.Bus) function.Handler {
	return function.Stream(h, func(ctx context.Context, changes []function.Change) []error {
		published, err := p.PublishGroups(ctx, bus, groups(changes))
		h.Metrics.Count(metric.EventsOut, int64(published))
		if err == nil {
			return nil
		}
		var left *reconcile.LeftError
		all := !errors.As(err, &left)
		errs := make([]error, len(changes))
		for i, c := range changes {
			if group, ok := groupOf(c); ok && (all || slices.Contains(left.Groups, group)) {
				errs[i] = err
			}
		}
		return errs
	})
}

// maxPublishing bounds the rounds over the whole outbox in one invocation.
const maxPublishing = 100

// PublishAll empties the outbox. The stream brings messages sooner; this is for
// those that it gave up, because the bus refused them for longer than it keeps
// records.
func PublishAll(h function.Host, p *reconcile.Plane, bus reconcile.Bus) function.Handler {
	return function.Schedule(h, func(ctx context.Context) error {
		return h.Rounds(ctx, maxPublishing, func(ctx context.Context) (bool, error) {
			published, err := p.Publish(ctx, bus)
			h.Metrics.Count(metric.EventsOut, int64(published))
			return published > 0, err
		})
	})
}

// groups returns the groups of the changes, in the stream's order.
func groups(changes []function.Change) []string {
	var all []string
	for _, c := range changes {
		if group, ok := groupOf(c); ok && !slices.Contains(all, group) {
			all = append(all, group)
		}
	}
	return all
}

// groupOf returns the group whose message a change is; false for another item.
func groupOf(c function.Change) (string, bool) {
	return strings.CutPrefix(c.Key.Part, catalog.PartOutbox)
}
