package dynamodb

import (
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"latchkey/shared/catalog"
	"latchkey/shared/catalog/dynamodb/schema"
	"latchkey/shared/coded"
)

// row is an item as DynamoDB has it.
type row map[string]types.AttributeValue

func text(s string) types.AttributeValue { return &types.AttributeValueMemberS{Value: s} }

func number(n int64) types.AttributeValue {
	return &types.AttributeValueMemberN{Value: strconv.FormatInt(n, 10)}
}

// primary is the primary key of a record.
func primary(k catalog.Key) row {
	return row{schema.PK: text(k.Part), schema.SK: text(k.Sort)}
}

// lookups pairs each lookup's attribute with its value in Indexes.
func lookups(x *catalog.Indexes) []struct {
	attribute string
	value     *string
} {
	return []struct {
		attribute string
		value     *string
	}{
		{schema.Kind, &x.Kind}, {schema.Tenant, &x.Tenant}, {schema.KeyARN, &x.KeyARN},
		{schema.Resource, &x.Resource}, {schema.Host, &x.Host}, {schema.Shard, &x.Shard},
	}
}

// encode returns the row of a record. Empty fields have no attribute, which is
// what makes the indexes sparse.
func encode(it *catalog.Item, version, stamp int64) row {
	r := primary(it.Key)
	r[schema.Version], r[schema.Stamp] = number(version), number(stamp)
	if len(it.Body) > 0 {
		r[schema.Body] = &types.AttributeValueMemberB{Value: it.Body}
	}
	if it.Lane != "" {
		r[schema.Lane] = text(string(it.Lane))
	}
	if !it.DueAt.IsZero() {
		r[schema.DuePart], r[schema.DueAt] = text(duePart(it.Lane, catalog.ShardOf(it.Key.Part))), number(it.DueAt.UnixMicro())
	}
	r.expire(it.Expires)
	for _, l := range lookups(&it.Indexes) {
		if *l.value != "" {
			r[l.attribute], r[schema.Sorted] = text(*l.value), text(sorted(it.Key))
		}
	}
	return r
}

// expire sets when the row is no longer read, and when DynamoDB may delete it;
// the zero time means never.
func (r row) expire(at time.Time) {
	if at.IsZero() {
		return
	}
	seconds := at.Unix()
	if at.Nanosecond() > 0 {
		seconds++
	}
	r[schema.Expires], r[schema.TTL] = number(at.UnixMicro()), number(seconds)
}

// item returns the record of a row.
func (r row) item() (catalog.Item, error) {
	it := catalog.Item{
		Key:     r.key(),
		Version: r.number(schema.Version),
		Lane:    catalog.Lane(r.text(schema.Lane)),
		DueAt:   r.time(schema.DueAt),
		Expires: r.time(schema.Expires),
	}
	if body, ok := r[schema.Body].(*types.AttributeValueMemberB); ok {
		it.Body = body.Value
	}
	for _, l := range lookups(&it.Indexes) {
		*l.value = r.text(l.attribute)
	}
	if it.Version < 1 {
		return it, coded.New(coded.Internal, "%s is no record: it has no version", it.Key)
	}
	return it, nil
}

func (r row) key() catalog.Key {
	return catalog.Key{Part: r.text(schema.PK), Sort: r.text(schema.SK)}
}

// expired reports whether reads hide the row at that microsecond.
func (r row) expired(now int64) bool {
	_, ok := r[schema.Expires]
	return ok && r.number(schema.Expires) <= now
}

// text returns a string attribute, or "".
func (r row) text(attribute string) string {
	if v, ok := r[attribute].(*types.AttributeValueMemberS); ok {
		return v.Value
	}
	return ""
}

// number returns a whole number, or 0.
func (r row) number(attribute string) int64 {
	if v, ok := r[attribute].(*types.AttributeValueMemberN); ok {
		if n, err := strconv.ParseInt(v.Value, 10, 64); err == nil {
			return n
		}
	}
	return 0
}

// time returns a time kept in microseconds, or the zero time.
func (r row) time(attribute string) time.Time {
	if _, ok := r[attribute]; !ok {
		return time.Time{}
	}
	return time.UnixMicro(r.number(attribute)).UTC()
}

// duePart is the partition of the due index for a shard of a lane.
func duePart(lane catalog.Lane, shard int) string { return string(lane) + "/" + twoDigits(shard) }

// outboxPart is the partition of the due index for a shard of the outbox. It
// ends unlike every duePart.
func outboxPart(shard int) string { return schema.OutboxPrefix + twoDigits(shard) }

func twoDigits(n int) string { return string([]byte{'0' + byte(n/10), '0' + byte(n%10)}) }

// escape keeps \x01 out of a Part without changing how Parts sort.
var escape = strings.NewReplacer("\x01", "\x02\x01", "\x02", "\x02\x02")

// sorted joins a key's Part and Sort to one string that sorts as the two do:
// \x01 ends the Part, and is below every byte that may follow in a longer one.
func sorted(k catalog.Key) string { return escape.Replace(k.Part) + "\x01" + k.Sort }
