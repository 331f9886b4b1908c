package fakerds

import (
	"container/heap"
	"context"
	"time"
)

// timed is something with a next change and a record. It embeds an entry.
type timed interface {
	place() *entry
	// fire makes the one change that is due at that moment and returns when the
	// next one is; zero: never.
	fire(ctx context.Context, r *RDS, at time.Time) time.Time
	// record returns where it is kept in the journal.
	record() (kind, id string)
}

// entry is a place in the queue.
type entry struct {
	at    time.Time // zero: not in the queue
	id    string    // breaks ties
	index int       // in the heap, 1-based; 0: not in it
	dirty bool      // to be saved
	gone  bool      // not to be saved any more
}

func (e *entry) place() *entry { return e }

// queue holds what has a next change, the earliest first; ties in order of id.
type queue struct{ items []timed }

// Len implements heap.Interface.
func (q *queue) Len() int { return len(q.items) }

// Less implements heap.Interface.
func (q *queue) Less(a, b int) bool {
	x, y := q.items[a].place(), q.items[b].place()
	if c := x.at.Compare(y.at); c != 0 {
		return c < 0
	}
	return x.id < y.id
}

// Swap implements heap.Interface.
func (q *queue) Swap(a, b int) {
	q.items[a], q.items[b] = q.items[b], q.items[a]
	q.items[a].place().index, q.items[b].place().index = a+1, b+1
}

// Push implements heap.Interface.
func (q *queue) Push(x any) {
	t := x.(timed)
	q.items = append(q.items, t)
	t.place().index = len(q.items)
}

// Pop implements heap.Interface.
func (q *queue) Pop() any {
	last := len(q.items) - 1
	t := q.items[last]
	q.items[last] = nil
	q.items = q.items[:last]
	t.place().index = 0
	return t
}

// set gives t its next time; zero takes it out.
func (q *queue) set(t timed, at time.Time) {
	n := t.place()
	n.at = at
	switch {
	case at.IsZero() && n.index > 0:
		heap.Remove(q, n.index-1)
	case at.IsZero():
	case n.index > 0:
		heap.Fix(q, n.index-1)
	default:
		heap.Push(q, t)
	}
}

// next returns the earliest time, and whether there is one.
func (q *queue) next() (time.Time, bool) {
	if len(q.items) == 0 {
		return time.Time{}, false
	}
	return q.items[0].place().at, true
}
