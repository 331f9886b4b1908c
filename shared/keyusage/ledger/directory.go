package ledger

import (
	"context"
	"encoding/json"
	"strings"
	"sync"
	"time"

	"latchkey/shared/catalog"
	"latchkey/shared/coded"
	"latchkey/shared/customerkey"
	"latchkey/shared/database"
	"latchkey/shared/keyusage"
	"latchkey/shared/tenant"
)

// How long an answer is kept. A key's must be younger than CloudTrail is slow
// plus keyusage.Rules.Grace, so that a revocation that is on record is seen by
// the time its uses are read.
const (
	keepKey   = time.Minute
	keepOwner = 10 * time.Minute
	keepNone  = time.Minute
	maxKept   = 50_000 // answers of a kind; then all are forgotten
)

// known is what the directories of a ledger share.
type known struct {
	mu      sync.Mutex
	tenants map[string]answer[bool]
	owners  map[string]answer[keyusage.Owner]
	others  map[string]answer[[]string]
	keys    map[string]answer[keyusage.Key]
}

type answer[T any] struct {
	value T
	found bool
	until time.Time
}

// directory is a keyusage.Directory for one file. A question that could not be
// answered makes err, with which nothing that it said may be used.
type directory struct {
	l   *Ledger
	ctx context.Context
	now time.Time
	err error
}

var _ keyusage.Directory = (*directory)(nil)

func (l *Ledger) directory(ctx context.Context) *directory {
	return &directory{l: l, ctx: ctx, now: l.Clock.Now()}
}

// ask returns a kept answer, or asks anew.
func ask[T any](d *directory, kept *map[string]answer[T], id string, keep time.Duration, fetch func() (T, bool, error)) (T, bool) {
	mu := &d.l.known.mu
	mu.Lock()
	have, ok := (*kept)[id]
	mu.Unlock()
	if ok && d.now.Before(have.until) {
		return have.value, have.found
	}
	if d.err != nil {
		return have.value, false
	}
	value, found, err := fetch()
	if err != nil {
		d.err = err
		return value, false
	}
	if !found {
		keep = keepNone
	}
	mu.Lock()
	if *kept == nil || len(*kept) >= maxKept {
		*kept = make(map[string]answer[T])
	}
	(*kept)[id] = answer[T]{value: value, found: found, until: d.now.Add(keep)}
	mu.Unlock()
	return value, found
}

// found turns an error of code notfound into an answer.
func found[T any](value T, err error) (T, bool, error) {
	if coded.Is(err, coded.NotFound) {
		return value, false, nil
	}
	return value, err == nil, err
}

// Tenant implements keyusage.Directory.
func (d *directory) Tenant(id string) bool {
	if len(id) > maxTenantID {
		return false
	}
	_, known := ask(d, &d.l.known.tenants, id, keepOwner, func() (bool, bool, error) {
		_, found, err := found(d.l.Records.Tenant(d.ctx, id))
		return found, found, err
	})
	return known
}

const maxTenantID = 128 // what the catalog can look up, whatever a context says

// Database implements keyusage.Directory.
func (d *directory) Database(resourceID string) (keyusage.Owner, bool) {
	if resourceID == "" || len(resourceID) > maxTenantID {
		return keyusage.Owner{}, false
	}
	return ask(d, &d.l.known.owners, resourceID, keepOwner, func() (keyusage.Owner, bool, error) {
		page, err := d.l.Store.Query(d.ctx, catalog.Query{Index: catalog.IndexResource, Value: resourceID, Limit: 2})
		if err != nil {
			return keyusage.Owner{}, false, err
		}
		for _, it := range page.Items {
			if !strings.HasPrefix(it.Key.Part, "database#") {
				continue
			}
			var rec database.Record
			if err := json.Unmarshal(it.Body, &rec); err != nil {
				return keyusage.Owner{}, false, coded.Wrap(coded.Internal, err, "reading %s", it.Key)
			}
			return keyusage.Owner{Tenant: rec.TenantID, Database: rec.ID}, true, nil
		}
		return keyusage.Owner{}, false, nil
	})
}

// Resource implements keyusage.Directory. Nothing records yet whose a secret, a
// parameter, a bucket or a bare volume is: the key says.
func (d *directory) Resource(string) (keyusage.Owner, bool) { return keyusage.Owner{}, false }

// Key implements keyusage.Directory.
func (d *directory) Key(arn string) (keyusage.Key, bool) {
	if arn == "" || len(arn) > maxARN {
		return keyusage.Key{}, false
	}
	if arn == d.l.Config.PlatformKey {
		return keyusage.Key{ARN: arn}, true
	}
	return ask(d, &d.l.known.keys, arn, keepKey, func() (keyusage.Key, bool, error) { return d.key(arn) })
}

const maxARN = 512

func (d *directory) key(arn string) (keyusage.Key, bool, error) {
	rec, known, err := found(d.l.Records.Key(d.ctx, arn))
	if own := inRegion(arn, d.l.Config.Region); err == nil && !known && own != arn {
		rec, known, err = found(d.l.Records.Key(d.ctx, own)) // a replica of a key of this cell
	}
	if err != nil || !known {
		return keyusage.Key{}, false, err
	}
	key := keyusage.Key{ARN: rec.ARN, Tenant: rec.TenantID, Regions: []string{rec.Region}}
	if rec.Account == d.l.Config.Account && rec.TenantID == "" {
		key.Regions = nil
	}
	key.Others, _ = ask(d, &d.l.known.others, rec.ARN, keepOwner, func() ([]string, bool, error) {
		ids, err := d.others(rec)
		return ids, err == nil, err
	})
	if d.err != nil {
		return key, false, d.err
	}
	if rec.LastRevokedAt.IsZero() {
		return key, true, nil
	}
	detail, err := d.l.Records.KeyDetail(d.ctx, rec.ARN)
	if err != nil {
		return key, false, err
	}
	key.Revoked = Revocations(detail.History, d.l.Config.Return)
	return key, true, nil
}

// maxOthers bounds the tenants of one key that uses can be told apart by.
const maxOthers = 1000

// others returns the key's further tenants.
func (d *directory) others(rec customerkey.Record) ([]string, error) {
	page, err := d.l.Store.Query(d.ctx, catalog.Query{Index: catalog.IndexKeyARN, Value: "tenants/" + rec.ARN, Limit: maxOthers})
	if err != nil {
		return nil, err
	}
	var ids []string
	for _, it := range page.Items {
		var t tenant.Record
		if err := json.Unmarshal(it.Body, &t); err != nil {
			return nil, coded.Wrap(coded.Internal, err, "reading %s", it.Key)
		}
		if t.ID != rec.TenantID {
			ids = append(ids, t.ID)
		}
	}
	return ids, nil
}
