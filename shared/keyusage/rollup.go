package keyusage

import (
	"math/bits"
	"slices"
	"time"
)

// Rollup is the number of uses that have everything but the second in common.
type Rollup struct {
	Attribution
	Operation string
	Principal Principal
	ErrorCode string // empty: success
	Hour      time.Time
	Count     uint64
}

// Outcome returns the outcome that the error code means.
func (r *Rollup) Outcome() Outcome { return OutcomeOf(r.ErrorCode) }

// Groups returns the number of rollups, which Config.MaxGroups bounds.
func (l *Ledger) Groups() int { return l.table.used }

// Rollups returns all rollups in a fixed order: by hour, tenant, key, operation,
// principal, and the rest.
func (l *Ledger) Rollups() []Rollup {
	out := make([]Rollup, 0, l.table.used)
	l.Each(func(r Rollup) { out = append(out, r) })
	slices.SortFunc(out, compareRollups)
	return out
}

// Each calls f with all rollups in no order.
func (l *Ledger) Each(f func(Rollup)) {
	l.eachGroup(func(g group, count uint64) { f(l.rollup(g, count)) })
}

func (l *Ledger) rollup(g group, count uint64) Rollup {
	return Rollup{
		Attribution: l.attributions.list[g.attribution()],
		Operation:   l.operations.list[g.operation()],
		Principal:   l.principals.list[g.principal()],
		ErrorCode:   l.errorCodes.list[g.errorCode()],
		Hour:        time.Unix(g.hour()*3600, 0).UTC(),
		Count:       count,
	}
}

// group is a rollup by interned ids, in 16 bytes.
type group struct {
	who  uint64 // attribution 32 bits, principal 32 bits
	what uint64 // hour since 1970 24 bits, operation 20 bits, error code 20 bits
}

const (
	shortIDs = 1 << 20 // operations, and error codes
	maxHour  = 1 << 24
)

func newGroup(attribution, principal, operation, errorCode uint32, hour int64) group {
	return group{
		who:  uint64(attribution)<<32 | uint64(principal),
		what: uint64(hour)<<40 | uint64(operation)<<20 | uint64(errorCode),
	}
}

func (g group) attribution() uint32 { return uint32(g.who >> 32) }
func (g group) principal() uint32   { return uint32(g.who) }
func (g group) hour() int64         { return int64(g.what >> 40) }
func (g group) operation() uint32   { return uint32(g.what>>20) & (shortIDs - 1) }
func (g group) errorCode() uint32   { return uint32(g.what) & (shortIDs - 1) }

func (g group) hash() uint64 {
	hi, lo := bits.Mul64(g.who^0x9e3779b97f4a7c15, g.what^0xd1b54a32d192ed03)
	return hi ^ lo
}

// cell is one entry of the table: 24 bytes.
type cell struct {
	group
	n uint64 // count in the low 48 bits, flags above; 0: empty
}

const (
	countBits = 48
	countMask = 1<<countBits - 1
)

// table is an open-addressing hash table of groups.
type table struct {
	cells []cell
	used  int
}

const firstCells = 1 << 10

// at returns the cell of a group, with n = 0 if it is new. It is valid until
// the next call.
func (t *table) at(g group) *cell {
	if len(t.cells) == 0 {
		t.cells = make([]cell, firstCells)
	}
	mask := uint64(len(t.cells) - 1)
	for i := g.hash() & mask; ; i = (i + 1) & mask {
		c := &t.cells[i]
		if c.n == 0 {
			return t.insert(c, g)
		}
		if c.group == g {
			return c
		}
	}
}

// has reports whether a group is in the table.
func (t *table) has(g group) bool {
	if len(t.cells) == 0 {
		return false
	}
	mask := uint64(len(t.cells) - 1)
	for i := g.hash() & mask; t.cells[i].n != 0; i = (i + 1) & mask {
		if t.cells[i].group == g {
			return true
		}
	}
	return false
}

// insert takes an empty cell for g; the caller makes its count positive. The
// table is kept at most 3/4 full.
func (t *table) insert(c *cell, g group) *cell {
	if t.used++; t.used*4 > len(t.cells)*3 {
		t.grow()
		mask := uint64(len(t.cells) - 1)
		i := g.hash() & mask
		for t.cells[i].n != 0 {
			i = (i + 1) & mask
		}
		c = &t.cells[i]
	}
	c.group = g
	return c
}

func (t *table) grow() {
	old := t.cells
	t.cells = make([]cell, 2*len(old))
	mask := uint64(len(t.cells) - 1)
	for _, c := range old {
		if c.n == 0 {
			continue
		}
		i := c.hash() & mask
		for t.cells[i].n != 0 {
			i = (i + 1) & mask
		}
		t.cells[i] = c
	}
}
