// Package schema describes the table in plain constants: what its attributes and
// indexes are called, and what is in them. The infrastructure makes the table of
// it, and package dynamodb reads and writes it. It needs no SDK.
//
// Three kinds of items share the table. They are told apart by their partition
// key, of which two beginnings are reserved:
//
//	a record        pk = <Part>           sk = <Sort>
//	a message       pk = outbox#<group>   sk = <id>
//	a seen event    pk = seen#<id>        sk = .
package schema

import "latchkey/shared/catalog"

// Names of attributes.
const (
	PK      = "pk"      // S: partition key
	SK      = "sk"      // S: sort key
	Sorted  = "key"     // S: Part and Sort in one string that sorts like the two; the sort key of every lookup
	Version = "version" // N: 1 for a new record, one more with each put
	Body    = "body"    // B: the record or the message
	Lane    = "lane"    // S: the record's lane
	DuePart = "duePart" // S: "<lane>/<shard>", "outbox#<shard>"; only on what is due
	DueAt   = "dueAt"   // N: microseconds; of a message, its stamp
	Stamp   = "stamp"   // N: microseconds; grows with each put of a record
	Expires = "expires" // N: microseconds; reads hide the item from then on
	TTL     = "ttl"     // N: seconds, Expires rounded up: when DynamoDB may delete it
	Kind    = "kind"    // S: this and the following are the values of the lookups
	Tenant  = "tenant"
	KeyARN  = "keyArn"
	Host    = "host"
	// Resource holds a DbiResourceId, or another name of something at AWS.
	Resource = "resource"
	Shard    = "shard"
)

// Beginnings of partition keys that no record may have.
const (
	OutboxPrefix = catalog.PartOutbox
	SeenPrefix   = catalog.PartSeen
)

// Only is the sort key of an item that is alone in its partition.
const Only = "."

// IndexDue is the index of what is due; every other index is named after its attribute.
const IndexDue = "due"

// StreamView is what the table's stream has to carry. [DynamoDB API reference, StreamSpecification]
const StreamView = "NEW_IMAGE"

// StreamFilter is the pattern of the event source mapping that feeds the
// publisher: new messages, and nothing else. [Lambda guide, Event filtering]
const StreamFilter = `{"eventName":["INSERT"],"dynamodb":{"Keys":{"pk":{"S":[{"prefix":"outbox#"}]}}}}`

// Type is the type of a key attribute.
type Type string

// The types of key attributes.
const (
	String Type = "S"
	Number Type = "N"
)

// Attribute is a key attribute.
type Attribute struct {
	Name string
	Type Type
}

// Index is a global secondary index. It is sparse: an item without both of its
// key attributes is not in it. It holds the keys and the attributes of Include
// only, so that a record which changes otherwise costs the index nothing.
type Index struct {
	Name            string
	Partition, Sort Attribute
	Include         []string // empty: KEYS_ONLY
}

// Definition is what a table is made of. It is billed on demand.
type Definition struct {
	Partition, Sort Attribute
	Indexes         []Index
	TTL             string
	StreamView      string
}

// Lookups are the names of the lookups' indexes and of their attributes.
func Lookups() []string { return []string{Kind, Tenant, KeyARN, Resource, Host, Shard} }

// Table returns the definition of the table.
func Table() Definition {
	d := Definition{
		Partition:  Attribute{PK, String},
		Sort:       Attribute{SK, String},
		TTL:        TTL,
		StreamView: StreamView,
		Indexes: []Index{
			{Name: IndexDue, Partition: Attribute{DuePart, String}, Sort: Attribute{DueAt, Number}, Include: []string{Expires}},
		},
	}
	for _, name := range Lookups() {
		d.Indexes = append(d.Indexes, Index{Name: name, Partition: Attribute{name, String}, Sort: Attribute{Sorted, String}})
	}
	return d
}
