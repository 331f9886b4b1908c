package report

import (
	"cmp"
	"slices"
	"time"
)

// Cut returns the first n rows of a list of rows that count uses.
func Cut[T interface{ uses() uint64 }](l List[T], n int) List[T] {
	for _, row := range l.Rows[min(n, len(l.Rows)):] {
		l.More++
		l.MoreUses += row.uses()
	}
	l.Rows = l.Rows[:min(n, len(l.Rows))]
	return l
}

func (t Tally) uses() uint64 { return t.Uses }

// orEmpty makes JSON write [] for a list without rows.
func (l List[T]) orEmpty() List[T] {
	if l.Rows == nil {
		l.Rows = []T{}
	}
	return l
}

// count is a Tally while it is counted: hours since 1970.
type count struct {
	uses, denied uint64
	first, last  int64
}

func (c *count) add(o count) {
	if c.uses == 0 {
		*c = o
		return
	}
	c.uses, c.denied = c.uses+o.uses, c.denied+o.denied
	c.first, c.last = min(c.first, o.first), max(c.last, o.last)
}

func (c count) tally() Tally {
	return Tally{Uses: c.uses, Denied: c.denied, First: hourTime(c.first), Last: hourTime(c.last)}
}

func hourTime(hour int64) time.Time { return time.Unix(hour*3600, 0).UTC() }

// counts counts by something.
type counts[K comparable] map[K]*count

func (m counts[K]) add(key K, c count) {
	have := m[key]
	if have == nil {
		have = &count{}
		m[key] = have
	}
	have.add(c)
}

// entry is a key of counts with its count.
type entry[K comparable] struct {
	key K
	count
}

// top returns the n keys that have the most uses; less decides between equals.
func top[K comparable](m counts[K], n int, compare func(a, b K) int) List[entry[K]] {
	all := make([]entry[K], 0, len(m))
	for key, c := range m {
		all = append(all, entry[K]{key, *c})
	}
	slices.SortFunc(all, func(a, b entry[K]) int {
		return cmp.Or(cmp.Compare(b.count.uses, a.count.uses), compare(a.key, b.key))
	})
	l := List[entry[K]]{Rows: all[:min(n, len(all))], More: max(0, len(all)-n)}
	for _, e := range all[len(l.Rows):] {
		l.MoreUses += e.count.uses
	}
	return l
}

// convert makes a report's rows of a list's.
func convert[K comparable, T any](l List[entry[K]], row func(entry[K]) T) List[T] {
	out := List[T]{Rows: make([]T, 0, len(l.Rows)), More: l.More, MoreUses: l.MoreUses}
	for _, e := range l.Rows {
		out.Rows = append(out.Rows, row(e))
	}
	return out
}

// shares returns the n names with the most uses.
func shares[K ~string](m counts[K], n int) List[Share] {
	return convert(top(m, n, cmp.Compare[K]), func(e entry[K]) Share { return Share{string(e.key), e.tally()} })
}
