package parquet

import (
	"cmp"
	"slices"
	"strings"
)

// Partitions returns the partitions of the uses, in order.
func (r *Rows) Partitions() []Partition {
	list := slices.Clone(r.places)
	slices.SortFunc(list, func(a, b Partition) int {
		return cmp.Or(strings.Compare(a.Tenant, b.Tenant), cmp.Compare(a.Day, b.Day))
	})
	return list
}

// of returns the places in rows of a partition's uses, sorted by time, event
// and operation.
func (r *Rows) of(p Partition) []uint32 {
	n, found := r.placeOf[p]
	if !found {
		return nil
	}
	if len(r.order) != len(r.rows) {
		r.arrange()
	}
	list := r.order[r.starts[n]:r.starts[n+1]]
	slices.SortFunc(list, func(i, j uint32) int {
		a, b := &r.rows[i], &r.rows[j]
		if c := cmp.Compare(a.second, b.second); c != 0 {
			return c
		}
		if c := slices.Compare(a.event[:], b.event[:]); c != 0 {
			return c
		}
		return strings.Compare(r.operation(a), r.operation(b))
	})
	return list
}

// arrange puts the places in rows in order of their partitions.
func (r *Rows) arrange() {
	r.starts = append(r.starts[:0], make([]uint32, len(r.places)+1)...)
	for i := range r.rows {
		r.starts[r.rows[i].place+1]++
	}
	for n := range r.places {
		r.starts[n+1] += r.starts[n]
	}
	next := slices.Clone(r.starts)
	r.order = slices.Grow(r.order[:0], len(r.rows))[:len(r.rows)]
	for i := range r.rows {
		place := r.rows[i].place
		r.order[next[place]] = uint32(i)
		next[place]++
	}
}

func (r *Rows) operation(w *row) string { return r.texts.list[r.results.list[w.result].operation] }
