package parquet

import (
	"latchkey/shared/keyusage"
	"latchkey/shared/keyusage/scan"
)

// Rows gathers uses of one log file until they are written. It takes about 90
// bytes for each use, and one copy of each distinct text. It is not safe for
// concurrent use. Add takes uses of one ledger only.
type Rows struct {
	rows  []row
	texts texts

	subjects  []subject // by Counted.AttributionNumber
	people    []person  // by Counted.PrincipalNumber
	results   numbered[result]
	places    []Partition
	placeOf   map[Partition]uint32
	lastPlace Partition
	last      uint32
	scratch   []byte

	order  []uint32 // places in rows, by partition; as long as rows, or out of date
	starts []uint32 // where each partition begins in order
}

// row is a use; numbers are of the texts and tables beside it.
type row struct {
	second           int64
	event, shared    keyusage.UUID
	hasShared        bool
	place            uint32
	subject, person  uint32
	result           uint32
	region, account  uint32
	ip, session, ctx uint32
}

// subject is an attribution, in numbers of texts.
type subject struct {
	seen                                      bool
	known, bare, wrongRegion                  bool
	key, material, database, purpose, foreign uint32
}

// person is a principal.
type person struct {
	seen              bool
	id, via, provider uint32
}

// result is what was done and how it ended.
type result struct{ operation, class, outcome, errorCode uint32 }

// NewRows returns an empty set.
func NewRows() *Rows { return &Rows{placeOf: make(map[Partition]uint32)} }

// Len returns the number of uses.
func (r *Rows) Len() int { return len(r.rows) }

// Add adds a use, which belongs to the tenant of its attribution.
func (r *Rows) Add(u *keyusage.Counted) {
	rec := u.Record
	added := row{
		second: u.At.Unix(), event: u.ID, subject: u.AttributionNumber, person: u.PrincipalNumber,
		place: r.placeNumber(PartitionOf(u.Attribution.Tenant, u.At)), result: r.result(u.Operation, u.ErrorCode),
		region: r.texts.numberAt(placeRegion, rec.Region), account: r.texts.numberAt(placeAccount, rec.Recipient), ip: r.texts.numberAt(placeSource, rec.SourceIP),
		session: r.texts.numberAt(placeSession, session(&rec.Identity)), ctx: r.contextNames(u.Context),
	}
	added.shared, added.hasShared = keyusage.ParseUUID(rec.SharedEvent)
	r.addSubject(u.AttributionNumber, u.Attribution)
	r.addPerson(u.PrincipalNumber, u.Principal)
	r.rows = append(r.rows, added)
}

func (r *Rows) placeNumber(p Partition) uint32 {
	if p == r.lastPlace && len(r.places) > 0 {
		return r.last
	}
	n, found := r.placeOf[p]
	if !found {
		n = uint32(len(r.places))
		r.places = append(r.places, p)
		r.placeOf[p] = n
	}
	r.lastPlace, r.last = p, n
	return n
}

func (r *Rows) result(operation, errorCode string) uint32 {
	return r.results.number(result{
		operation: r.texts.numberOf(operation), class: r.texts.numberOf(string(keyusage.ClassOf(operation))),
		outcome: r.texts.numberOf(string(keyusage.OutcomeOf(errorCode))), errorCode: r.texts.numberOf(errorCode),
	})
}

func (r *Rows) addSubject(n uint32, a *keyusage.Attribution) {
	for int(n) >= len(r.subjects) {
		r.subjects = append(r.subjects, subject{})
	}
	if r.subjects[n].seen {
		return
	}
	r.subjects[n] = subject{
		seen: true, known: a.Known, bare: a.Bare, wrongRegion: a.WrongRegion != "",
		key: r.texts.numberOf(a.KeyARN), material: r.texts.numberOf(a.Material), database: r.texts.numberOf(a.Database),
		purpose: r.texts.numberOf(string(a.Purpose)), foreign: r.texts.numberOf(a.Foreign),
	}
}

func (r *Rows) addPerson(n uint32, p *keyusage.Principal) {
	for int(n) >= len(r.people) {
		r.people = append(r.people, person{})
	}
	if !r.people[n].seen {
		r.people[n] = person{seen: true, id: r.texts.numberOf(p.ID), via: r.texts.numberOf(p.Via), provider: r.texts.numberOf(p.Provider)}
	}
}

// session is the name of an assumed role's session: the last part of its ARN.
func session(id *scan.Identity) []byte {
	if string(id.Type) != "AssumedRole" {
		return nil
	}
	for i := len(id.ARN) - 1; i >= 0; i-- {
		if id.ARN[i] == '/' {
			return id.ARN[i+1:]
		}
	}
	return nil
}

func (r *Rows) contextNames(pairs []scan.Pair) uint32 {
	r.scratch = r.scratch[:0]
	for i, p := range pairs {
		if i > 0 {
			r.scratch = append(r.scratch, ',')
		}
		r.scratch = append(r.scratch, p.Name...)
	}
	if len(pairs) < 2 {
		return r.texts.number(r.scratch)
	}
	return r.texts.sorted(r.scratch)
}

// Reset forgets all, and keeps the memory.
func (r *Rows) Reset() {
	r.Cut()
	r.subjects, r.people = r.subjects[:0], r.people[:0]
	r.texts.reset()
	r.results.reset()
}

// Cut forgets the uses, after they were written; more uses of the same ledger
// can follow.
func (r *Rows) Cut() {
	r.rows, r.places, r.order = r.rows[:0], r.places[:0], r.order[:0]
	clear(r.placeOf)
}
