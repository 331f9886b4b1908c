package keyusage

// Totals counts what a ledger was given.
type Totals struct {
	Files, BrokenFiles     int64
	Records                int64 // of all services
	KMSRecords             int64 // accepted
	BrokenRecords          int64
	Duplicates             int64 // records of KMS that Config.Seen had already, or another account's of the same call
	Network                int64 // records of KMS that tell of no use: of a VPC endpoint that a call went through
	Uses                   int64 // counted: one for a record, two for a ReEncrypt
	Attributed             int64 // of those, with a purpose
	Denied                 int64
	Bytes, CompressedBytes int64
}

// Totals returns what was counted so far.
func (l *Ledger) Totals() Totals {
	t := l.totals
	t.Duplicates += l.records(l.held) - l.records(l.unclaimed())
	l.Each(func(r Rollup) {
		n := int64(r.Count)
		t.Uses += n
		if r.Purpose != ForUnknown {
			t.Attributed += n
		}
		if r.Outcome() == Denied {
			t.Denied += n
		}
	})
	return t
}
