package catalogtest

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"latchkey/shared/catalog"
)

// model is the port in its plainest form: maps, and a look at everything for
// each question.
type model struct {
	items  map[catalog.Key]catalog.Item
	seen   map[string]time.Time
	outbox []catalog.Message
}

func newModel() *model {
	return &model{items: map[catalog.Key]catalog.Item{}, seen: map[string]time.Time{}}
}

func gone(expires, now time.Time) bool { return !expires.IsZero() && !expires.After(now) }

// get returns a live item.
func (m *model) get(k catalog.Key, now time.Time) (catalog.Item, bool) {
	it, ok := m.items[k]
	return it, ok && !gone(it.Expires, now)
}

func (m *model) version(k catalog.Key, now time.Time) int64 {
	it, ok := m.get(k, now)
	if !ok {
		return 0
	}
	return it.Version
}

// commit applies a valid transaction, or says why not.
func (m *model) commit(tx catalog.Tx, now time.Time) error {
	if tx.Seen != nil {
		if expires, ok := m.seen[tx.Seen.ID]; ok && !gone(expires, now) {
			return catalog.ErrSeen
		}
	}
	for _, p := range tx.Puts {
		if m.version(p.Item.Key, now) != p.IfVersion {
			return catalog.ErrConflict
		}
	}
	for _, c := range slices.Concat(tx.Deletes, tx.Checks) {
		if m.version(c.Key, now) != c.IfVersion {
			return catalog.ErrConflict
		}
	}
	for _, p := range tx.Puts {
		it := p.Item
		it.Version = p.IfVersion + 1
		m.items[it.Key] = it
	}
	for _, c := range tx.Deletes {
		delete(m.items, c.Key)
	}
	for _, msg := range tx.Outbox {
		if !slices.ContainsFunc(m.outbox, func(o catalog.Message) bool { return sameMessage(o, msg) }) {
			m.outbox = append(m.outbox, msg)
		}
	}
	if tx.Seen != nil {
		m.seen[tx.Seen.ID] = tx.Seen.Expires
	}
	return nil
}

func sameMessage(a, b catalog.Message) bool { return a.Group == b.Group && a.ID == b.ID }

func (m *model) published(sent []catalog.Message) {
	m.outbox = slices.DeleteFunc(m.outbox, func(o catalog.Message) bool {
		return slices.ContainsFunc(sent, func(s catalog.Message) bool { return sameMessage(o, s) })
	})
}

// pendingIn returns the ids of the first messages of a group.
func (m *model) pendingIn(group string, limit int) []string {
	var ids []string
	for _, o := range m.outbox {
		if o.Group == group && len(ids) < limit {
			ids = append(ids, o.ID)
		}
	}
	return ids
}

// query returns all that an index finds, in order.
func (m *model) query(q catalog.Query, now time.Time) []catalog.Item {
	var found []catalog.Item
	for _, it := range m.items {
		x := it.Indexes
		value := map[catalog.Index]string{
			catalog.IndexPart: it.Key.Part, catalog.IndexKind: x.Kind, catalog.IndexTenant: x.Tenant,
			catalog.IndexKeyARN: x.KeyARN, catalog.IndexResource: x.Resource, catalog.IndexHost: x.Host, catalog.IndexShard: x.Shard,
		}[q.Index]
		if value == q.Value && !gone(it.Expires, now) {
			found = append(found, it)
		}
	}
	slices.SortFunc(found, func(a, b catalog.Item) int {
		if c := strings.Compare(a.Key.Part, b.Key.Part); c != 0 {
			return c
		}
		return strings.Compare(a.Key.Sort, b.Key.Sort)
	})
	if q.Descending {
		slices.Reverse(found)
	}
	return found
}

// due returns the live entries of a shard by key.
func (m *model) due(lane catalog.Lane, shard int, until, now time.Time) map[catalog.Key]time.Time {
	found := map[catalog.Key]time.Time{}
	for _, it := range m.items {
		if it.Lane == lane && catalog.ShardOf(it.Key.Part) == shard && !it.DueAt.IsZero() &&
			!it.DueAt.After(until) && !gone(it.Expires, now) {
			found[it.Key] = it.DueAt
		}
	}
	return found
}

// sameOutcome requires that two commits ended alike.
func sameOutcome(got, want error) error {
	if want == nil && got != nil || want != nil && !errors.Is(got, want) {
		return fmt.Errorf("got %v, want %v", got, want)
	}
	return nil
}
