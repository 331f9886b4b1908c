package reconcile

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"latchkey/shared/catalog"
	"latchkey/shared/coded"
)

// Bounds of one PublishGroups.
const (
	// groupRead is the most messages of a group that are read at once, and
	// groupReads is how often it is read.
	groupRead  = 100
	groupReads = 10
	// publishReserve is the time that has to be left for another call: the bus
	// bounds each of its own to less.
	publishReserve = 6 * time.Second
)

// LeftError says that messages were left in the outbox.
type LeftError struct {
	Groups []string // that have some, each once, in the order asked for
	// Err names the groups and the reasons: coded.Retryable if all of them may go
	// away by themselves, else coded.Internal.
	Err error
}

// Error returns Err's text.
func (e *LeftError) Error() string { return e.Err.Error() }

// Unwrap returns Err.
func (e *LeftError) Unwrap() error { return e.Err }

// PublishGroups puts all messages of some groups on the bus, as Publish does,
// for a publisher that hears from the table's stream which groups have new ones.
// The reads are consistent: whatever was committed before is published, up to
// 1,000 of one group. It goes on past a group that fails; when a whole call
// fails, or ctx's deadline is less than six seconds away, it begins no other.
// It returns how many were published, and a *LeftError if any are left.
func (p *Plane) PublishGroups(ctx context.Context, bus Bus, groups []string) (published int, err error) {
	s := &sending{plane: p, bus: bus, blocked: map[string]error{}}
	q := &groupQueue{reads: map[string]int{}}
	for _, g := range groups {
		if _, known := q.reads[g]; !known {
			q.reads[g] = 0
			q.waiting = append(q.waiting, g)
		}
	}
	asked := slices.Clone(q.waiting)
	for err == nil {
		if err = q.fill(ctx, s); err != nil {
			break
		}
		batch, rest := nextBatch(q.held, s.blocked)
		if len(batch) == 0 {
			break
		}
		if err = s.send(ctx, batch); err == nil {
			q.held = rest
		}
	}
	return s.published, q.left(asked, s.blocked, err)
}

// groupQueue is what PublishGroups still has to do.
type groupQueue struct {
	waiting []string          // groups to read
	held    []catalog.Message // read, and not yet sent
	reads   map[string]int    // of each group
}

// fill reads groups until there is one for each place in a batch, or no more.
func (q *groupQueue) fill(ctx context.Context, s *sending) error {
	q.held = slices.DeleteFunc(q.held, func(m catalog.Message) bool { return s.blocked[m.Group] != nil })
	held := map[string]bool{}
	for _, m := range q.held {
		held[m.Group] = true
	}
	for n := len(q.waiting); n > 0 && len(held) < BusBatch; n-- {
		if err := almostOver(ctx); err != nil {
			return err
		}
		group := q.waiting[0]
		q.waiting = q.waiting[1:]
		switch {
		case held[group]:
			q.waiting = append(q.waiting, group)
			continue
		case s.blocked[group] != nil:
			continue
		case q.reads[group] == groupReads:
			s.blocked[group] = coded.New(coded.Retryable, "there are more than %d messages", groupRead*groupReads)
			continue
		}
		q.reads[group]++
		found, err := s.plane.Outbox.PendingIn(ctx, group, groupRead)
		if err != nil {
			s.blocked[group] = err
			continue
		}
		if len(found) > 0 {
			held[group] = true
		}
		if len(found) == groupRead {
			q.waiting = append(q.waiting, group)
		}
		q.held = append(q.held, found...)
	}
	return almostOver(ctx)
}

// almostOver returns an error when ctx leaves no time for another call.
func almostOver(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if end, ok := ctx.Deadline(); ok && time.Until(end) < publishReserve {
		return coded.New(coded.Retryable, "no time is left for another call")
	}
	return nil
}

// left returns what was not done, or nil. stopped is why it ended early, if it did.
func (q *groupQueue) left(asked []string, blocked map[string]error, stopped error) error {
	undone := map[string]bool{}
	for _, g := range q.waiting {
		undone[g] = true
	}
	for _, m := range q.held {
		undone[m.Group] = true
	}
	var groups []string
	var causes []error
	if stopped != nil {
		causes = append(causes, stopped)
	}
	for _, g := range asked {
		if blocked[g] != nil {
			groups, causes = append(groups, g), append(causes, fmt.Errorf("%s: %w", g, blocked[g]))
		} else if stopped != nil && undone[g] {
			groups = append(groups, g)
		}
	}
	if len(groups) == 0 {
		return nil
	}
	code := coded.Retryable
	if slices.ContainsFunc(causes, lasts) {
		code = coded.Internal
	}
	cause := errors.Join(causes[:min(len(causes), maxNamed)]...)
	return &LeftError{Groups: groups, Err: coded.Wrap(code, cause, "messages are left in %s", naming(groups))}
}

// maxNamed bounds what an error's text names.
const maxNamed = 10

func naming(groups []string) string {
	text := fmt.Sprintf("%q", groups[:min(len(groups), maxNamed)])
	if more := len(groups) - maxNamed; more > 0 {
		text += fmt.Sprintf(" and %d more groups", more)
	}
	return text
}

// lasts reports whether a cause does not go away by itself.
func lasts(cause error) bool {
	ended := errors.Is(cause, context.DeadlineExceeded) || errors.Is(cause, context.Canceled)
	return !ended && !coded.Is(cause, coded.Retryable) && !coded.Is(cause, coded.Pending)
}
