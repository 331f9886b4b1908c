package catalogtest_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"latchkey/shared/catalog"
	"latchkey/shared/catalog/catalogtest"
	"latchkey/shared/catalog/embedded"
	"latchkey/shared/clock"
)

// TestOptions_IndexLag runs the suite on a store whose lookups lag behind, as
// DynamoDB's may: the suite must wait for them and not for anything else.
func TestOptions_IndexLag(t *testing.T) {
	o := catalogtest.Options{IndexLag: 5 * time.Second, Seeds: 1}
	o.Run(t, func(t *testing.T, c clock.Clock) (catalog.Store, catalog.Outbox) {
		m := embedded.NewMemory(c)
		l := &lagging{Memory: m, answers: map[string]*answer{}}
		return l, l
	})
}

// lagging answers each question about an index, the first time after a commit,
// as it did before.
type lagging struct {
	*embedded.Memory
	mu      sync.Mutex
	answers map[string]*answer
}

type answer struct {
	value any
	stale bool
}

// Commit implements catalog.Store.
func (l *lagging) Commit(ctx context.Context, tx catalog.Tx) error {
	err := l.Memory.Commit(ctx, tx)
	l.grow(err == nil)
	return err
}

// Published implements catalog.Outbox.
func (l *lagging) Published(ctx context.Context, sent ...catalog.Message) error {
	err := l.Memory.Published(ctx, sent...)
	l.grow(err == nil)
	return err
}

// grow makes every answer known so far a stale one.
func (l *lagging) grow(changed bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, a := range l.answers {
		a.stale = a.stale || changed
	}
}

// late returns the old answer to a question once, if it is stale.
func late[T any](l *lagging, ctx context.Context, question string, ask func() (T, error)) (T, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	a := l.answers[question]
	if a != nil && a.stale && ctx.Err() == nil {
		a.stale = false
		return a.value.(T), nil
	}
	value, err := ask()
	if err == nil {
		l.answers[question] = &answer{value: value}
	}
	return value, err
}

// Query implements catalog.Store.
func (l *lagging) Query(ctx context.Context, q catalog.Query) (catalog.Page, error) {
	if q.Index == catalog.IndexPart {
		return l.Memory.Query(ctx, q)
	}
	return late(l, ctx, fmt.Sprint(q), func() (catalog.Page, error) { return l.Memory.Query(ctx, q) })
}

// Due implements catalog.Store.
func (l *lagging) Due(ctx context.Context, lane catalog.Lane, shard int, until time.Time, limit int) ([]catalog.Due, error) {
	return late(l, ctx, fmt.Sprint(lane, shard, until, limit), func() ([]catalog.Due, error) {
		return l.Memory.Due(ctx, lane, shard, until, limit)
	})
}

// Pending implements catalog.Outbox.
func (l *lagging) Pending(ctx context.Context, limit int) ([]catalog.Message, error) {
	return late(l, ctx, fmt.Sprint(limit), func() ([]catalog.Message, error) { return l.Memory.Pending(ctx, limit) })
}
