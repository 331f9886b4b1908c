package reconcile

import (
	"context"
	"time"

	"latchkey/shared/catalog"
	"latchkey/shared/database"
)

// secretRecord is the item of a secret that RDS keeps an instance's master
// password in. It outlives the instance: the ledger reads of uses later.
type secretRecord struct {
	DatabaseID string `json:"databaseId"`
	TenantID   string `json:"tenantId,omitempty"` // none: the instance is a shard
}

func secretKey(arn string) catalog.Key { return catalog.Key{Part: kindSecret + "#" + arn, Sort: only} }

// noteSecret records whose an instance's secret is, when it is first seen.
func (p *Plane) noteSecret(ctx context.Context, c *change, before, rec database.Record) error {
	arn := rec.MasterSecretARN
	if arn == "" || arn == before.MasterSecretARN || rec.Kind == database.KindShared {
		return nil
	}
	held, err := load[secretRecord](ctx, p.Store, secretKey(arn))
	if err != nil || held.Version > 0 {
		return err
	}
	it, err := item(secretKey(arn), secretRecord{DatabaseID: rec.ID, TenantID: rec.TenantID}, time.Time{}, "", catalog.Indexes{})
	c.put(it, err, 0)
	return nil
}

// SecretOwner returns the database, and its tenant, whose instance's master
// password is or was in a secret, or a coded.NotFound error. A shard has no tenant.
func (p *Plane) SecretOwner(ctx context.Context, arn string) (tenantID, databaseID string, err error) {
	rec, err := one[secretRecord](ctx, p.Store, secretKey(arn), "secret", arn)
	return rec.TenantID, rec.DatabaseID, err
}
