package keyusage

import (
	"cmp"
	"slices"
)

// Merge adds all that o counted. Merging in any order and any grouping gives
// the same rollups and findings. Both ledgers must have the same configuration;
// o is left as it is. It returns ErrFull, and has merged nothing, if the result
// might not fit.
func (l *Ledger) Merge(o *Ledger) error {
	if l.table.used+o.table.used > l.cfg.MaxGroups && l.missing(o)+l.table.used > l.cfg.MaxGroups {
		return ErrFull
	}
	ids := l.adopt(o)
	for i := range o.table.cells {
		c := &o.table.cells[i]
		if c.n == 0 {
			continue
		}
		entry := l.table.at(ids.translate(c.group))
		if entry.n == 0 {
			entry.n = c.n
		} else {
			entry.n += c.n & countMask
		}
	}
	for _, h := range o.held {
		h.group = ids.translate(h.group)
		l.held = append(l.held, h)
	}
	if len(l.held) >= maxHeld {
		l.release()
	}
	for _, f := range o.findings.all {
		l.findings.add(*f, l.cfg.Rules)
	}
	l.findings.dropped += o.findings.dropped
	l.totals.add(o.totals)
	return nil
}

// missing counts the groups of o that l has not.
func (l *Ledger) missing(o *Ledger) (n int) {
	ids := l.adopt(o)
	for i := range o.table.cells {
		if c := &o.table.cells[i]; c.n != 0 && !l.table.has(ids.translate(c.group)) {
			n++
		}
	}
	return n
}

// translation maps another ledger's ids to one's own.
type translation struct {
	attributions, principals, operations, errorCodes []uint32
}

// adopt numbers o's values in l.
func (l *Ledger) adopt(o *Ledger) (t translation) {
	t.attributions = translate(&l.attributions, &o.attributions)
	t.principals = translate(&l.principals, &o.principals)
	t.operations = translate(&l.operations.values, &o.operations.values)
	t.errorCodes = translate(&l.errorCodes.values, &o.errorCodes.values)
	return t
}

func translate[T comparable](to, from *values[T]) []uint32 {
	ids := make([]uint32, len(from.list))
	for i, value := range from.list {
		ids[i] = to.id(value)
	}
	return ids
}

func (t *translation) translate(g group) group {
	return newGroup(t.attributions[g.attribution()], t.principals[g.principal()],
		t.operations[g.operation()], t.errorCodes[g.errorCode()], g.hour())
}

func (t *Totals) add(o Totals) {
	t.Files += o.Files
	t.BrokenFiles += o.BrokenFiles
	t.Records += o.Records
	t.KMSRecords += o.KMSRecords
	t.BrokenRecords += o.BrokenRecords
	t.Duplicates += o.Duplicates
	t.Network += o.Network
	t.Bytes += o.Bytes
	t.CompressedBytes += o.CompressedBytes
}

func compareRollups(a, b Rollup) int {
	return cmp.Or(
		a.Hour.Compare(b.Hour),
		cmp.Compare(a.Tenant, b.Tenant),
		cmp.Compare(a.KeyARN, b.KeyARN),
		cmp.Compare(a.Operation, b.Operation),
		comparePrincipals(a.Principal, b.Principal),
		cmp.Compare(a.ErrorCode, b.ErrorCode),
		cmp.Compare(a.Database, b.Database),
		cmp.Compare(a.Purpose, b.Purpose),
		cmp.Compare(a.Material, b.Material),
		cmp.Compare(a.Foreign, b.Foreign),
		cmp.Compare(a.WrongRegion, b.WrongRegion),
		compareBools(a.Known, b.Known),
		compareBools(a.Bare, b.Bare),
	)
}

func comparePrincipals(a, b Principal) int {
	return slices.Compare([]string{a.ID, a.Via, a.Provider}, []string{b.ID, b.Via, b.Provider})
}

func compareBools(a, b bool) int {
	switch {
	case a == b:
		return 0
	case b:
		return -1
	default:
		return 1
	}
}
