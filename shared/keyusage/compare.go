package keyusage

// Compare orders rollups as Ledger.Rollups does; their counts do not matter.
func (r *Rollup) Compare(o *Rollup) int { return compareRollups(*r, *o) }
