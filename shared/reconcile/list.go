package reconcile

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"latchkey/shared/catalog"
	"latchkey/shared/coded"
	"latchkey/shared/customerkey"
	"latchkey/shared/database"
	"latchkey/shared/snapshot"
	"latchkey/shared/tenant"
)

// Listing is one page of a list for people. Next is empty on the last page.
type Listing[T any] struct {
	Items []T    `json:"items"`
	Next  string `json:"next,omitempty"`
}

// Tenants returns one page of the tenants, in no particular order that means
// anything but one that holds from page to page.
func (p *Plane) Tenants(ctx context.Context, after string, limit int) (Listing[tenant.Record], error) {
	return list[tenant.Record](ctx, p.Store, kindTenant, after, limit)
}

// Databases returns one page of the databases and shards.
func (p *Plane) Databases(ctx context.Context, after string, limit int) (Listing[database.Record], error) {
	return list[database.Record](ctx, p.Store, kindDatabase, after, limit)
}

// Keys returns one page of the keys.
func (p *Plane) Keys(ctx context.Context, after string, limit int) (Listing[customerkey.Record], error) {
	return list[customerkey.Record](ctx, p.Store, kindKey, after, limit)
}

// Snapshots returns one page of the snapshots.
func (p *Plane) Snapshots(ctx context.Context, after string, limit int) (Listing[snapshot.Record], error) {
	return list[snapshot.Record](ctx, p.Store, kindSnapshot, after, limit)
}

// list reads the shards of a kind's index one after the other; after is
// "<shard>:<cursor>".
func list[T any](ctx context.Context, s catalog.Store, kind, after string, limit int) (Listing[T], error) {
	out := Listing[T]{Items: []T{}}
	if limit < 1 || limit > catalog.MaxPage {
		return out, coded.Field("limit", fmt.Sprintf("give 1 … %d", catalog.MaxPage), "%d is out of range", limit)
	}
	first, cursor, err := splitCursor(after)
	if err != nil {
		return out, err
	}
	for shard := first; shard < catalog.DueShards; shard++ {
		page, err := s.Query(ctx, catalog.Query{
			Index: catalog.IndexKind, Value: fmt.Sprintf("%s/%02d", kind, shard), Limit: limit - len(out.Items), After: cursor,
		})
		if err != nil {
			return out, err
		}
		for _, it := range page.Items {
			rec, err := decode[T](it)
			if err != nil {
				return out, err
			}
			out.Items = append(out.Items, rec.Rec)
		}
		cursor = page.Next
		if cursor != "" {
			out.Next = fmt.Sprintf("%d:%s", shard, cursor)
			return out, nil
		}
		if len(out.Items) == limit && shard+1 < catalog.DueShards {
			out.Next = fmt.Sprintf("%d:", shard+1)
			return out, nil
		}
	}
	return out, nil
}

func splitCursor(after string) (shard int, cursor string, err error) {
	if after == "" {
		return 0, "", nil
	}
	head, cursor, _ := strings.Cut(after, ":")
	shard, err = strconv.Atoi(head)
	if err != nil || shard < 0 || shard >= catalog.DueShards {
		return 0, "", coded.Field("after", "give the next of the page before, unchanged", "not a cursor of ours")
	}
	return shard, cursor, nil
}

// Tenant, Database and Key return one record, or a coded.NotFound error.
func (p *Plane) Tenant(ctx context.Context, id string) (tenant.Record, error) {
	return one[tenant.Record](ctx, p.Store, tenantKey(id), "tenant", id)
}

// Database returns one record, or a coded.NotFound error.
func (p *Plane) Database(ctx context.Context, id string) (database.Record, error) {
	return one[database.Record](ctx, p.Store, databaseKey(id), "database", id)
}

// Key returns one record, or a coded.NotFound error.
func (p *Plane) Key(ctx context.Context, arn string) (customerkey.Record, error) {
	return one[customerkey.Record](ctx, p.Store, keyKey(arn), "key", arn)
}

func one[T any](ctx context.Context, s catalog.Store, key catalog.Key, what, id string) (T, error) {
	got, err := load[T](ctx, s, key)
	if err == nil && got.Version == 0 {
		e := coded.New(coded.NotFound, "no %s %q", what, id)
		e.Hint = fmt.Sprintf("see `%s list`", what)
		err = e
	}
	return got.Rec, err
}
