package reconcile

import (
	"context"
	"time"

	"latchkey/shared/catalog"
	"latchkey/shared/customerkey"
	"latchkey/shared/database"
	"latchkey/shared/metric"
	"latchkey/shared/snapshot"
)

func (p *Plane) stepDatabase(ctx context.Context, it catalog.Item) error {
	cur, err := decode[database.Record](it)
	if err != nil {
		return err
	}
	now := p.Clock.Now()
	if cur.Rec.Kind == database.KindShared && cur.Rec.HostID == "" && cur.Rec.Want != database.WantAbsent {
		return p.place(ctx, cur, now)
	}
	world, err := p.databaseWorld(ctx, cur.Rec)
	if err != nil {
		return err
	}
	rules, err := p.databases(cur.Rec.Region)
	if err != nil {
		return err
	}
	if p.Hooks.MarkUntimely && world.Key.Phase == customerkey.PhaseLocked {
		world.Key.Phase = customerkey.PhaseRevoked
	}
	out, err := rules.Step(ctx, cur.Rec, world, now)
	if err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	c := p.change(now, cur.Rec.Region, it.Key, cur.Version)
	if err := p.follow(ctx, c, cur.Rec, &out); err != nil {
		return err
	}
	row, err := databaseItem(out.Record, dueIn(now, out.Wait))
	c.put(row, err, cur.Version)
	c.tell(out.Events)
	if err := c.commit(ctx); err != nil {
		return err
	}
	if world.Key.Phase.Locked() && out.Record.Unfenced() {
		p.Metrics.Count(metric.DatabasesUnfenced, 1)
	}
	return p.after(ctx, cur.Rec, out.Record)
}

// databaseWorld reads what a database's rules need to know beside its record.
// The key is read last: a lock that was committed before the step began is seen.
func (p *Plane) databaseWorld(ctx context.Context, rec database.Record) (database.World, error) {
	w := database.World{
		Newest:        func() (database.Backup, bool, error) { return p.newestBackup(ctx, rec.ID) },
		FinalSnapshot: func(id string) (string, string, error) { return p.snapshotPhase(ctx, rec.ID, id) },
	}
	arn := rec.KeyARN
	if rec.HostID != "" {
		host, err := load[database.Record](ctx, p.Store, databaseKey(rec.HostID))
		if err != nil {
			return w, err
		}
		if host.Version > 0 {
			w.Host, arn = &host.Rec, host.Rec.KeyARN
		}
	}
	if arn == "" {
		return w, nil
	}
	k, err := load[customerkey.Record](ctx, p.Store, keyKey(arn))
	if err != nil {
		return w, err
	}
	w.Key = database.KeyView{ARN: arn, Phase: k.Rec.Phase, Reason: k.Rec.Reason, LockedAt: k.Rec.LockedAt}
	return w, nil
}

// follow adds to a database's change what other records need of it.
func (p *Plane) follow(ctx context.Context, c *change, before database.Record, out *database.Result) error {
	rec := &out.Record
	if out.Snapshot != nil {
		purpose := snapshot.Purpose(out.Snapshot.Purpose)
		s := snapshot.Record{
			ID: snapshot.ID(rec.ID, purpose, c.now), DatabaseID: rec.ID, TenantID: rec.TenantID,
			InstanceID: rec.InstanceID, KeyARN: rec.KeyARN, Purpose: purpose, Class: snapshot.Class(rec.Backups),
			Phase: snapshot.PhaseRequested, RequestedAt: c.now,
		}
		if purpose == snapshot.PurposeFinal {
			rec.Final = &database.Final{SnapshotID: s.ID}
		}
		it, err := snapshotItem(s, c.now)
		c.put(it, err, 0)
	}
	if rec.Kind == database.KindShared && rec.Phase == database.PhaseDeleted && rec.HostID != "" {
		if err := p.leaveShard(ctx, c, rec.HostID); err != nil {
			return err
		}
	}
	if err := p.noteSecret(ctx, c, before, *rec); err != nil {
		return err
	}
	return p.noteGrant(ctx, c, before, rec)
}

// maxGrantPages bounds the search for a grant: 100 grants a page.
const maxGrantPages = 50

// after tells those who wait for a database that it has moved on.
func (p *Plane) after(ctx context.Context, before, rec database.Record) error {
	if before.Phase == rec.Phase {
		return nil
	}
	if rec.TenantID != "" {
		if err := p.poke(ctx, tenantKey(rec.TenantID)); err != nil {
			return err
		}
		p.stepSoon(ctx, tenantKey(rec.TenantID))
	}
	if rec.Kind != database.KindShard {
		return nil
	}
	page, err := p.Store.Query(ctx, catalog.Query{Index: catalog.IndexShard, Value: onShard(rec.ID), Limit: catalog.MaxPage})
	if err != nil {
		return err
	}
	for _, it := range page.Items {
		if err := p.poke(ctx, it.Key); err != nil {
			return err
		}
	}
	return nil
}

const never = time.Duration(-1)
