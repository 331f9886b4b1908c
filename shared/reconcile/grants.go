package reconcile

import (
	"context"
	"time"

	"latchkey/shared/catalog"
	"latchkey/shared/database"
)

// noteGrant finds the grant that RDS made for a new instance under a
// customer's key, so that the news of its loss can be told from that of
// others. Where the key's policy does not let us list grants, RDS's own events
// and status have to tell.
func (p *Plane) noteGrant(ctx context.Context, c *change, before database.Record, rec *database.Record) error {
	if rec.KeyARN == "" || rec.ResourceID == "" || rec.ResourceID == before.ResourceID || rec.Kind == database.KindShared {
		return nil
	}
	ports, err := p.ports(rec.Region)
	if err != nil {
		return err
	}
	marker := ""
	for range maxGrantPages {
		grants, next, err := ports.Keys.Grants(ctx, rec.KeyARN, marker)
		if err != nil {
			p.Log.Info("grant of a new instance not found", "database", rec.ID, "error", err)
			return nil
		}
		for _, g := range grants {
			if g.EncryptionContext["aws:rds:db-id"] == rec.ResourceID {
				rec.GrantID = g.ID
				return p.putGrant(ctx, c, rec.KeyARN, g.ID, rec.ID)
			}
		}
		if next == "" {
			return nil
		}
		marker = next
	}
	return nil
}

func (p *Plane) putGrant(ctx context.Context, c *change, arn, grantID, databaseID string) error {
	held, err := load[grantRecord](ctx, p.Store, grantKey(arn, grantID))
	if err != nil || held.Version > 0 {
		return err
	}
	it, err := item(grantKey(arn, grantID), grantRecord{DatabaseID: databaseID}, time.Time{}, "", catalog.Indexes{})
	c.put(it, err, 0)
	return nil
}
