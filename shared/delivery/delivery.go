// Package delivery carries with an event's context how often its message was
// delivered, so that what is counted of an event is counted once. A message that
// fails comes again up to deployment.MaxReceives times; counted each time, one
// bad event would look like a stream of them for hours.
package delivery

import (
	"context"
	"sync"
)

// Counter counts under the names of package metric.
type Counter interface {
	Count(name string, n int64)
}

type key struct{}

// message is what is known of one delivery. Safe for concurrent use.
type message struct {
	first   bool
	mu      sync.Mutex
	counted map[string]bool
}

// With returns a context for the handling of one delivered message, which may be
// tried more than once under it. receives is how often the queue has delivered
// the message, this time included; 1 is the first.
func With(ctx context.Context, receives int) context.Context {
	return context.WithValue(ctx, key{}, &message{first: receives <= 1, counted: map[string]bool{}})
}

// Count counts 1 under a name, once for each message: at its first delivery, and
// there at the first try that has something to count. What becomes known of a
// message only later is not counted: it is in the dead letters in the end, and
// they have their own alarm. Without a delivery in ctx each call counts.
func Count(ctx context.Context, c Counter, name string) {
	m, ok := ctx.Value(key{}).(*message)
	if !ok {
		c.Count(name, 1)
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if !m.first || m.counted[name] {
		return
	}
	m.counted[name] = true
	c.Count(name, 1)
}
