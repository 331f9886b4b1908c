package reconcile

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"latchkey/shared/catalog"
	"latchkey/shared/customerkey"
	"latchkey/shared/database"
	"latchkey/shared/snapshot"
	"latchkey/shared/tenant"
)

// Partition keys: "<kind>#<id>". docs/catalog.md has the whole layout.
const (
	kindTenant   = "tenant"
	kindDatabase = "database"
	kindKey      = "key"
	kindSnapshot = "snapshot"
	kindHost     = "host"
	kindGrant    = "grant"
	kindSecret   = "secret"
	kindStore    = "keystore"
	kindPool     = "pool"
	kindHistory  = "history"
	kindNote     = "note"
	kindMessage  = "message"
)

// LaneParked holds the records that wait for a person. They are tried again now
// and then; the lane is also the list of what is parked.
const LaneParked catalog.Lane = "parked"

// Lanes of snapshots: another function sees to them, so that a quota of
// snapshots holds up no database, and only it may make and delete them.
const (
	LaneSnapshots       catalog.Lane = "snapshots"
	LaneParkedSnapshots catalog.Lane = "parked-snapshots"
)

// only is the sort key of an item that is alone in its partition.
const only = "."

func tenantKey(id string) catalog.Key { return catalog.Key{Part: kindTenant + "#" + id, Sort: only} }
func databaseKey(id string) catalog.Key {
	return catalog.Key{Part: kindDatabase + "#" + id, Sort: only}
}
func keyKey(arn string) catalog.Key   { return catalog.Key{Part: kindKey + "#" + arn, Sort: only} }
func hostKey(host string) catalog.Key { return catalog.Key{Part: kindHost + "#" + host, Sort: only} }
func poolKey(pool string) catalog.Key { return catalog.Key{Part: kindPool + "#" + pool, Sort: only} }
func grantKey(arn, id string) catalog.Key {
	return catalog.Key{Part: kindGrant + "#" + arn, Sort: id}
}
func storeKey(id, arn string) catalog.Key {
	return catalog.Key{Part: kindStore + "#" + id, Sort: arn}
}

// changeKey orders a key's history by the version that the change made of the
// key's record. Notes are apart: strangers can make any number of them.
func changeKey(arn string, c customerkey.Change, version int64, n int) catalog.Key {
	kind := kindNote
	if c.Turn() {
		kind = kindHistory
	}
	return catalog.Key{Part: kind + "#" + arn, Sort: fmt.Sprintf("%015d.%02d", version, n)}
}
func snapshotKey(databaseID, id string) catalog.Key {
	return catalog.Key{Part: kindSnapshot + "#" + databaseID, Sort: id}
}

// kindOf returns the kind and id in a partition key.
func kindOf(k catalog.Key) (kind, id string) {
	kind, id, _ = strings.Cut(k.Part, "#")
	return kind, id
}

// kindIndex returns the value under which a record is listed.
func kindIndex(kind, id string) string {
	return fmt.Sprintf("%s/%02d", kind, catalog.ShardOf(id))
}

// tenantsOf is the value in the key index under which a key's tenants are found.
func tenantsOf(arn string) string { return "tenants/" + arn }

// instanceIndex is the value in the host index under which an instance's record is found.
func instanceIndex(id string) string { return "instance/" + id }

// onShard and openShards are values of the shard index.
func onShard(hostID string) string  { return "on/" + hostID }
func openShards(pool string) string { return "open/" + pool }

// stored is a record with the version it was read at; 0: it does not exist.
type stored[T any] struct {
	Rec     T
	Version int64
}

// load reads a record; a missing one has version 0 and a zero Rec.
func load[T any](ctx context.Context, s catalog.Store, key catalog.Key) (stored[T], error) {
	item, err := s.Get(ctx, key)
	if errors.Is(err, catalog.ErrNotFound) {
		return stored[T]{}, nil
	}
	if err != nil {
		return stored[T]{}, err
	}
	return decode[T](item)
}

func decode[T any](item catalog.Item) (stored[T], error) {
	out := stored[T]{Version: item.Version}
	if err := json.Unmarshal(item.Body, &out.Rec); err != nil {
		return out, fmt.Errorf("reading %s: %w", item.Key.Part, err)
	}
	return out, nil
}

// item builds the stored form of a record.
func item(key catalog.Key, rec any, due time.Time, lane catalog.Lane, x catalog.Indexes) (catalog.Item, error) {
	body, err := json.Marshal(rec)
	if err != nil {
		return catalog.Item{}, fmt.Errorf("writing %s: %w", key.Part, err)
	}
	return catalog.Item{Key: key, Body: body, DueAt: due, Lane: lane, Indexes: x}, nil
}

func tenantItem(rec tenant.Record, due time.Time) (catalog.Item, error) {
	x := catalog.Indexes{Kind: kindIndex(kindTenant, rec.ID), Tenant: rec.ID}
	if arn := rec.Created.Value.Key.ARN; arn != "" && rec.Phase != tenant.PhaseDestroyed {
		x.KeyARN = tenantsOf(arn)
	}
	lane := catalog.LaneRecords
	if rec.Phase == tenant.PhaseParked {
		lane = LaneParked
		if due.IsZero() {
			due = farFuture
		}
	}
	return item(tenantKey(rec.ID), rec, due, lane, x)
}

// farFuture keeps a parked record that needs no try of its own in the list of
// what is parked.
var farFuture = time.Date(9000, 1, 1, 0, 0, 0, 0, time.UTC)

func databaseItem(rec database.Record, due time.Time) (catalog.Item, error) {
	x := catalog.Indexes{
		Kind: kindIndex(kindDatabase, rec.ID), Tenant: rec.TenantID, KeyARN: rec.KeyARN,
	}
	if rec.Phase == database.PhaseDeleted {
		x.KeyARN = ""
	}
	switch {
	case rec.Phase == database.PhaseDeleted:
	case rec.Kind == database.KindShared && rec.HostID != "":
		x.Shard = onShard(rec.HostID)
	case rec.Kind == database.KindShard && rec.Used < rec.Capacity && !rec.Phase.InLock() && rec.Phase != database.PhaseParked:
		x.Shard = openShards(pool(rec.Region, rec.KeyChoice))
	}
	if rec.Kind != database.KindShared && rec.Phase != database.PhaseDeleted {
		x.Resource = rec.ResourceID
		if rec.InstanceID != "" {
			x.Host = instanceIndex(rec.InstanceID)
		}
	}
	lane := catalog.LaneRecords
	if rec.Phase == database.PhaseParked {
		lane = LaneParked
	}
	return item(databaseKey(rec.ID), rec, due, lane, x)
}

func keyItem(rec customerkey.Record, due time.Time) (catalog.Item, error) {
	return item(keyKey(rec.ARN), rec, due, catalog.LaneKeys, catalog.Indexes{Kind: kindIndex(kindKey, rec.ARN)})
}

func snapshotItem(rec snapshot.Record, due time.Time) (catalog.Item, error) {
	x := catalog.Indexes{Kind: kindIndex(kindSnapshot, rec.ID), Tenant: rec.TenantID, Resource: kindSnapshot + "/" + rec.ID}
	lane := LaneSnapshots
	if rec.Phase == snapshot.PhaseParked {
		lane = LaneParkedSnapshots
	}
	return item(snapshotKey(rec.DatabaseID, rec.ID), rec, due, lane, x)
}

// pool names the shards that a shared database may be placed on.
func pool(region, keyChoice string) string { return region + "/" + keyChoice }
