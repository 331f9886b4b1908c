package reconcile

import (
	"context"

	"latchkey/shared/catalog"
	"latchkey/shared/database"
	"latchkey/shared/snapshot"
)

// newestBackup returns the newest snapshot that a database can be restored from.
func (p *Plane) newestBackup(ctx context.Context, databaseID string) (database.Backup, bool, error) {
	q := catalog.Query{Index: catalog.IndexPart, Value: kindSnapshot + "#" + databaseID, Limit: 25}
	var best database.Backup
	for {
		page, err := p.Store.Query(ctx, q)
		if err != nil {
			return best, false, err
		}
		for _, it := range page.Items {
			s, err := decode[snapshot.Record](it)
			if err != nil {
				return best, false, err
			}
			if s.Rec.Usable() && s.Rec.TakenAt.After(best.TakenAt) {
				best = database.Backup{SnapshotID: s.Rec.ID, TakenAt: s.Rec.TakenAt}
			}
		}
		if page.Next == "" {
			return best, best.SnapshotID != "", nil
		}
		q.After = page.Next
	}
}

func (p *Plane) snapshotPhase(ctx context.Context, databaseID, id string) (phase, reason string, err error) {
	s, err := load[snapshot.Record](ctx, p.Store, snapshotKey(databaseID, id))
	if err != nil {
		return "", "", err
	}
	if s.Version == 0 {
		return string(snapshot.PhaseFailed), "its record is gone", nil
	}
	return string(s.Rec.Phase), s.Rec.Reason, nil
}

func (p *Plane) stepSnapshot(ctx context.Context, it catalog.Item) error {
	cur, err := decode[snapshot.Record](it)
	if err != nil {
		return err
	}
	db, err := load[database.Record](ctx, p.Store, databaseKey(cur.Rec.DatabaseID))
	if err != nil {
		return err
	}
	newest, _, err := p.newestBackup(ctx, cur.Rec.DatabaseID)
	if err != nil {
		return err
	}
	region := db.Rec.Region
	ports, err := p.ports(region)
	if err != nil {
		return err
	}
	protect := snapshot.Protect{DatabasePhase: db.Rec.Phase, NewestUsable: newest.SnapshotID == cur.Rec.ID}
	if p.Hooks.ForgetHolds {
		protect = snapshot.Protect{}
	}
	now := p.Clock.Now()
	next, wait, drafts, err := snapshot.Step(ctx, cur.Rec, ports.Backups, protect, now)
	if err != nil {
		return err
	}
	if wait == 0 {
		wait = never
	}
	c := p.change(now, region, it.Key, cur.Version)
	row, err := snapshotItem(next, dueIn(now, wait))
	c.put(row, err, cur.Version)
	c.tell(drafts)
	if err := c.commit(ctx); err != nil {
		return err
	}
	if next.Purpose == snapshot.PurposeFinal && next.Phase != cur.Rec.Phase {
		return p.poke(ctx, databaseKey(next.DatabaseID))
	}
	return nil
}
