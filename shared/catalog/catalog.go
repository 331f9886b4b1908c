// Package catalog is the port to Latchkey's one table: records with optimistic
// versions, an outbox of events to publish, the ids of events already applied,
// a sparse index of what is due, and a few lookups.
//
// It offers only what DynamoDB can do (single-item conditions, at most 100
// items in a transaction, keyed queries in pages), so that every
// implementation can pass the suite in catalogtest. Nothing here scans.
package catalog

import (
	"context"
	"errors"
	"time"
)

// Limits that DynamoDB sets. [DynamoDB guide, Quotas]
const (
	MaxTxItems   = 100       // items in one Commit: puts + deletes + checks + outbox + seen id
	MaxItemBytes = 390 << 10 // body and attributes of one item; DynamoDB's limit is 400 KB
	MaxPage      = 1000      // items in one page
)

// MaxMessageBytes bounds a message of the outbox: with a note about it, it still
// fits into one item.
const MaxMessageBytes = MaxItemBytes - 10<<10

// DueShards is the number of partitions of the due index in each lane.
const DueShards = 16

// Errors that an implementation returns, wrapped or bare.
var (
	ErrNotFound = errors.New("catalog: no such item")
	ErrConflict = errors.New("catalog: item changed since it was read")
	ErrSeen     = errors.New("catalog: event id already applied")
	ErrTooLarge = errors.New("catalog: transaction or item too large")
)

// Key is an item's primary key. Items with one Part are read together, in
// order of Sort, with Query on IndexPart.
type Key struct {
	Part string // partition key, "<kind>#<id>"
	Sort string // sort key; "." for the only item of its partition
}

// Index names a lookup. Every index but IndexPart is sparse: an item without a
// value for it is not in it.
type Index string

// The lookups. Within one value, items come in order of Key (Part, then Sort).
const (
	IndexPart     Index = "part"     // all items of a partition
	IndexKind     Index = "kind"     // lists for people: "<kind>/<shard>", 16 shards
	IndexTenant   Index = "tenant"   // tenant id
	IndexKeyARN   Index = "keyArn"   // KMS key ARN
	IndexResource Index = "resource" // DbiResourceId
	IndexHost     Index = "host"     // site host name of a tenant
	IndexShard    Index = "shard"    // shard instance → the shared databases on it; "open/<pool>" → shards with room
)

// Lane separates the records that one function steps from those of another.
type Lane string

// The lanes of the due index.
const (
	LaneRecords Lane = "records" // tenants, databases, snapshots: the sweep
	LaneKeys    Lane = "keys"    // customer keys: the prober
)

// Indexes holds an item's value in each sparse index; empty = not in it.
type Indexes struct {
	Kind, Tenant, KeyARN, Resource, Host, Shard string
}

// Item is one stored record.
type Item struct {
	Key     Key
	Version int64     // set by the store: 1 for a new item, one more with each put
	Body    []byte    // the record, as JSON; the store does not look inside and never keeps the caller's slice
	Lane    Lane      // lane of DueAt
	DueAt   time.Time // when the record next needs a step; zero: not in the due index. Kept to the microsecond, UTC.
	Expires time.Time // after this the store may drop the item (DynamoDB TTL; a read must not return it); zero: never
	Indexes Indexes
}

// Put writes an item if its stored version is still IfVersion (0: if there is none).
// Item.Version is ignored on the way in.
type Put struct {
	Item      Item
	IfVersion int64
}

// Check requires that an item's version is IfVersion (0: that there is none).
type Check struct {
	Key       Key
	IfVersion int64
}

// Message is one outgoing event in the outbox. Group and ID together are its
// identity: one that is pending already keeps its place and its body.
type Message struct {
	ID    string // the event's id: deterministic, so that consumers can drop a second copy
	Group string // messages of one group are published in the order of their commits
	Body  []byte // the EventBridge entry, as JSON
}

// Seen is the id of an incoming event that a transaction applies.
type Seen struct {
	ID      string
	Expires time.Time
}

// Tx is one all-or-nothing change: at most MaxTxItems items, no key twice.
type Tx struct {
	Puts    []Put
	Deletes []Check // delete if the version matches
	Checks  []Check
	Outbox  []Message
	Seen    *Seen
}

// Size returns the number of items in the transaction.
func (tx *Tx) Size() int {
	n := len(tx.Puts) + len(tx.Deletes) + len(tx.Checks) + len(tx.Outbox)
	if tx.Seen != nil {
		n++
	}
	return n
}

// Query asks for one page of an index.
type Query struct {
	Index Index
	Value string // the exact value
	Limit int    // 1 … MaxPage
	After string // Page.Next of the page before; empty: from the start
	// Descending returns the items from the last to the first.
	Descending bool
}

// Page is one page of a query. Items of lookups other than IndexPart may lag
// behind in DynamoDB (global secondary indexes are eventually consistent), so
// a caller re-reads with Get before it acts on one.
type Page struct {
	Items []Item
	Next  string // empty: this was the last page
}

// Due is an entry of the due index.
type Due struct {
	Key   Key
	DueAt time.Time
}

// Store is the table. All methods are safe for concurrent use, and return an
// error of code retryable (package coded) when the caller may try again, or
// ctx's error when it ended. Returned items are the caller's own.
type Store interface {
	// Get returns one item, read consistently, or ErrNotFound.
	Get(ctx context.Context, key Key) (Item, error)
	// Commit applies tx or nothing: ErrSeen if tx.Seen was applied before (this
	// wins over ErrConflict), ErrConflict if a condition failed, ErrTooLarge.
	Commit(ctx context.Context, tx Tx) error
	// Query returns one page of an index.
	Query(ctx context.Context, q Query) (Page, error)
	// Due returns up to limit entries of one shard of a lane that are due at or
	// before until, the earliest first.
	Due(ctx context.Context, lane Lane, shard int, until time.Time, limit int) ([]Due, error)
}

// Outbox is the publisher's side of the table.
//
// All methods are safe for concurrent use, and fail as those of Store do.
type Outbox interface {
	// Pending returns up to limit unpublished messages, 1 … MaxPage, in order of
	// commit. In DynamoDB that order is kept within each group, and a group whose
	// first message was committed just now may be missing.
	Pending(ctx context.Context, limit int) ([]Message, error)
	// PendingIn returns the first unpublished messages of one group, up to limit
	// (1 … MaxPage), in order of commit. The read is consistent: whatever was
	// committed before is there.
	PendingIn(ctx context.Context, group string, limit int) ([]Message, error)
	// Published removes messages by group and id; bodies are not looked at. One
	// that is not there is no error.
	Published(ctx context.Context, sent ...Message) error
}

// ShardOf returns the shard, 0 … DueShards-1, that a partition key falls in
// (FNV-1a, so that it is the same in every process).
func ShardOf(part string) int {
	h := uint32(2166136261)
	for i := 0; i < len(part); i++ {
		h ^= uint32(part[i])
		h *= 16777619
	}
	return int(h % DueShards)
}
