package ledger

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"latchkey/shared/catalog"
	"latchkey/shared/coded"
	"latchkey/shared/customerkey"
	"latchkey/shared/database"
	"latchkey/shared/keyusage"
	"latchkey/shared/tenant"
)

// directory is a keyusage.Directory for one file. A question that could not be
// answered makes err, with which nothing that it said may be used.
type directory struct {
	l   *Ledger
	ctx context.Context
	now time.Time
	err error
	// missed are the things that it did not know, by kind and id.
	missed map[string]bool
}

var _ keyusage.Directory = (*directory)(nil)

func (l *Ledger) directory(ctx context.Context) *directory {
	return &directory{l: l, ctx: ctx, now: l.Clock.Now(), missed: map[string]bool{}}
}

// Tenant implements keyusage.Directory.
func (d *directory) Tenant(id string) bool {
	if len(id) > maxTenantID {
		return false
	}
	_, known := ask(d, &d.l.known.tenants, "tenant", id, keepOwner, func() (bool, bool, error) {
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
	return ask(d, &d.l.known.owners, "resource", resourceID, keepOwner, func() (keyusage.Owner, bool, error) {
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

// Resource implements keyusage.Directory. Of secrets, those with an instance's
// master password are on record. Whose any other secret, a parameter, a bucket or
// a bare volume is, only the key says.
func (d *directory) Resource(id string) (keyusage.Owner, bool) {
	if len(id) > maxARN || !strings.Contains(id, ":secretsmanager:") {
		return keyusage.Owner{}, false
	}
	return ask(d, &d.l.known.owners, "resource", id, keepOwner, func() (keyusage.Owner, bool, error) {
		tenant, database, err := d.l.Records.SecretOwner(d.ctx, id)
		return found(keyusage.Owner{Tenant: tenant, Database: database}, err)
	})
}

// Key implements keyusage.Directory.
func (d *directory) Key(arn string) (keyusage.Key, bool) {
	if arn == "" || len(arn) > maxARN {
		return keyusage.Key{}, false
	}
	if arn == d.l.Config.PlatformKey {
		return keyusage.Key{ARN: arn}, true
	}
	return ask(d, &d.l.known.keys, "key", arn, keepKey, func() (keyusage.Key, bool, error) { return d.key(arn) })
}

const maxARN = 512

func (d *directory) key(arn string) (keyusage.Key, bool, error) {
	if isAlias(arn) {
		meant, version, err := d.l.alias(d.ctx, arn)
		if err != nil || version == 0 {
			return keyusage.Key{}, false, err
		}
		key, known := d.Key(meant.KeyARN)
		return key, known, d.err
	}
	rec, known, err := found(d.l.Records.Key(d.ctx, arn))
	if own := inRegion(arn, d.l.Config.Region); err == nil && !known && own != arn {
		rec, known, err = found(d.l.Records.Key(d.ctx, own)) // a replica of a key of this cell
	}
	if err != nil || !known {
		return keyusage.Key{}, false, err
	}
	key := keyusage.Key{ARN: rec.ARN, Tenant: rec.TenantID, Regions: []string{rec.Region}, Ours: d.l.Config.Ours}
	if rec.Account == d.l.Config.Account && rec.TenantID == "" {
		key.Regions = nil
	}
	key.Others, _ = ask(d, &d.l.known.others, "", rec.ARN, keepOwner, func() ([]string, bool, error) {
		ids, err := d.others(rec)
		return ids, err == nil, err
	})
	if d.err != nil {
		return key, false, d.err
	}
	if rec.LastRevokedAt.IsZero() {
		return key, true, nil
	}
	key.Revoked, _, err = d.l.revocations(d.ctx, rec)
	return key, err == nil, err
}

// reads reports whether the ledger reads an account's own log of a Region: the
// platform's account's of the cell's, for that is what it is for, and those of
// which there are digests.
func (d *directory) reads(account, region string) bool {
	c := &d.l.Config
	if account == c.Account && region == c.Region {
		return true
	}
	_, read := ask(d, &d.l.known.logs, "", account+"/"+region, keepOwner, func() (bool, bool, error) {
		trails, err := d.l.seenTrails(d.ctx)
		read := slices.ContainsFunc(trails, func(s seenTrail) bool {
			return s.Trail.AccountID == account && s.Trail.Region == region && d.l.needed(&s, d.now)
		})
		return read, read, err
	})
	return read
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
