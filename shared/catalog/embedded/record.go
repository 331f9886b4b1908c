package embedded

import (
	"math"
	"time"

	"latchkey/shared/catalog"
)

// never is the time of an item that is not due or does not expire.
const never = math.MinInt64

// record is a stored item. It is never changed once stored: a put makes a new
// one, so that a reader may use it after the lock is released.
type record struct {
	key     catalog.Key
	version int64
	body    []byte
	lane    catalog.Lane
	due     int64 // microseconds since 1970, or never
	expires int64 // microseconds since 1970, or never
	indexes catalog.Indexes
	cell    *cell // in memory: its place; nil in a file
}

// newRecord copies an item as it is stored.
func newRecord(it *catalog.Item, version int64) *record {
	return &record{
		key:     it.Key,
		version: version,
		body:    append([]byte(nil), it.Body...),
		lane:    it.Lane,
		due:     micros(it.DueAt),
		expires: micros(it.Expires),
		indexes: it.Indexes,
	}
}

// item returns the caller's own copy.
func (r *record) item() catalog.Item {
	return catalog.Item{
		Key:     r.key,
		Version: r.version,
		Body:    append([]byte(nil), r.body...),
		Lane:    r.lane,
		DueAt:   instant(r.due),
		Expires: instant(r.expires),
		Indexes: r.indexes,
	}
}

// expired reports whether a read at now (microseconds) must not return the record.
func (r *record) expired(now int64) bool { return r.expires != never && r.expires <= now }

// lookups are the indexes of a record, in the order of indexValues.
var lookups = [...]catalog.Index{
	catalog.IndexPart, catalog.IndexKind, catalog.IndexTenant, catalog.IndexKeyARN,
	catalog.IndexResource, catalog.IndexHost, catalog.IndexShard,
}

// indexValues returns the record's value in each of lookups; empty: not in it.
// A nil record is in none.
func (r *record) indexValues() [len(lookups)]string {
	if r == nil {
		return [len(lookups)]string{}
	}
	x := &r.indexes
	return [...]string{r.key.Part, x.Kind, x.Tenant, x.KeyARN, x.Resource, x.Host, x.Shard}
}

// lookup returns the position of an index in lookups, or -1.
func lookup(name catalog.Index) int {
	for i, l := range lookups {
		if l == name {
			return i
		}
	}
	return -1
}

// dueIn returns the due index that the record is in; false for a nil record.
func (r *record) dueIn() (at int64, ok bool) {
	if r == nil || r.due == never {
		return 0, false
	}
	return r.due, true
}

// micros turns a time into microseconds since 1970; the zero time is never.
func micros(t time.Time) int64 {
	if t.IsZero() {
		return never
	}
	us := t.UnixMicro()
	if us == never {
		us++
	}
	return us
}

// instant is the inverse of micros, in UTC.
func instant(us int64) time.Time {
	if us == never {
		return time.Time{}
	}
	return time.UnixMicro(us).UTC()
}
