package embedded

import "latchkey/shared/catalog"

// memoryLayer is the storage of Memory. Its user holds Memory's lock.
type memoryLayer struct {
	items   map[catalog.Key]*record
	indexes [len(lookups)]map[string]posting
	due     map[catalog.Lane]*[catalog.DueShards]*tree[dueEntry]
	expiry  *tree[expiryEntry]
	seenIDs map[string]int64
	outbox  *tree[*pendingMessage] // by order
	groups  *tree[*pendingMessage] // by group, then order
	queued  map[messageName]*pendingMessage
	commits uint64 // messages ever queued
}

// cell is the place of an item for as long as it exists; the index trees point
// to it, so that a put that leaves the indexes alone touches none of them.
type cell struct {
	key catalog.Key
	rec *record // nil once removed
}

// posting is the items of one index value: most values have one item only, for
// which no tree is made. Not both fields are set.
type posting struct {
	only *cell
	all  *tree[*cell]
}

type dueEntry struct {
	at   int64
	cell *cell
}

// expiryEntry is an item (cell) or, where cell is nil, a seen id.
type expiryEntry struct {
	at   int64
	cell *cell
	id   string
}

type pendingMessage struct {
	order uint64
	catalog.Message
}

// messageName is the identity of a message.
type messageName struct{ group, id string }

func newMemoryLayer() *memoryLayer {
	l := &memoryLayer{
		items:   map[catalog.Key]*record{},
		due:     map[catalog.Lane]*[catalog.DueShards]*tree[dueEntry]{},
		expiry:  newTree(compareExpiry),
		seenIDs: map[string]int64{},
		outbox:  newTree(compareOrder),
		groups:  newTree(compareInGroup),
		queued:  map[messageName]*pendingMessage{},
	}
	for i := range l.indexes {
		l.indexes[i] = map[string]posting{}
	}
	return l
}

func (l *memoryLayer) find(k catalog.Key) (*record, error) { return l.items[k], nil }

func (l *memoryLayer) replace(old, next *record) error {
	var c *cell
	if old != nil {
		c = old.cell
	} else {
		c = &cell{key: next.key}
	}
	l.reindex(c, old, next)
	l.reschedule(c, old, next)
	c.rec = next
	if next == nil {
		delete(l.items, c.key)
		return nil
	}
	next.cell = c
	l.items[c.key] = next
	return nil
}

// reindex moves the index entries that differ between old and next.
func (l *memoryLayer) reindex(c *cell, old, next *record) {
	was, is := old.indexValues(), next.indexValues()
	for i, index := range l.indexes {
		if was[i] == is[i] {
			continue
		}
		if v := was[i]; v != "" {
			if p := index[v]; p.only != nil || p.all.size == 1 {
				delete(index, v)
			} else {
				p.all.remove(c)
			}
		}
		if v := is[i]; v != "" {
			switch p := index[v]; {
			case p.all != nil:
				p.all.insert(c)
			case p.only != nil:
				p.all = newTree(compareCells)
				p.all.insert(p.only)
				p.all.insert(c)
				index[v] = posting{all: p.all}
			default:
				index[v] = posting{only: c}
			}
		}
	}
}

// reschedule moves the entries of the due index and of the expiry queue.
func (l *memoryLayer) reschedule(c *cell, old, next *record) {
	shard := catalog.ShardOf(c.key.Part)
	was, wasDue := old.dueIn()
	is, isDue := next.dueIn()
	if wasDue && !(isDue && was == is && old.lane == next.lane) {
		l.dueTree(old.lane, shard).remove(dueEntry{was, c})
	}
	if isDue && !(wasDue && was == is && old.lane == next.lane) {
		l.openDueTree(next.lane, shard).insert(dueEntry{is, c})
	}
	if old != nil && old.expires != never {
		l.expiry.remove(expiryEntry{at: old.expires, cell: c})
	}
	if next != nil && next.expires != never {
		l.expiry.insert(expiryEntry{at: next.expires, cell: c})
	}
}

// dueTree returns nil for a shard that was never used.
func (l *memoryLayer) dueTree(lane catalog.Lane, shard int) *tree[dueEntry] {
	if shards := l.due[lane]; shards != nil {
		return shards[shard]
	}
	return nil
}

func (l *memoryLayer) openDueTree(lane catalog.Lane, shard int) *tree[dueEntry] {
	shards := l.due[lane]
	if shards == nil {
		shards = new([catalog.DueShards]*tree[dueEntry])
		l.due[lane] = shards
	}
	if shards[shard] == nil {
		shards[shard] = newTree(compareDue)
	}
	return shards[shard]
}

// walk calls visit with the records of one index value, in order of key, after
// the given key (perhaps with it), until visit returns false.
func (l *memoryLayer) walk(index int, value string, from *catalog.Key, descending bool, visit func(*record) bool) {
	p := l.indexes[index][value]
	if p.only != nil {
		c := 0
		if from != nil {
			c = compareKeys(p.only.key, *from)
		}
		if c == 0 || (c < 0) == descending {
			visit(p.only.rec)
		}
		return
	}
	if p.all == nil {
		return
	}
	var pivot **cell
	if from != nil {
		c := &cell{key: *from}
		pivot = &c
	}
	each := func(c *cell) bool { return visit(c.rec) }
	if descending {
		p.all.descend(pivot, each)
	} else {
		p.all.ascend(pivot, each)
	}
}

func (l *memoryLayer) dropExpired(now int64, max int) error {
	for ; max > 0 && l.expiry.size > 0; max-- {
		first, due := expiryEntry{}, false
		l.expiry.ascend(nil, func(e expiryEntry) bool {
			first, due = e, e.at <= now
			return false
		})
		if !due {
			return nil
		}
		if first.cell != nil {
			l.replace(first.cell.rec, nil)
			continue
		}
		l.expiry.remove(first)
		delete(l.seenIDs, first.id)
	}
	return nil
}
