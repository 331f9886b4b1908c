package reconcile

import (
	"context"
	"fmt"
	"time"

	"latchkey/events"
	"latchkey/shared/catalog"
	"latchkey/shared/customerkey"
	"latchkey/shared/database"
	"latchkey/shared/tenant"
)

// openPage bounds how many shards with room one placement looks at.
const openPage = 50

// place gives a shared database a place on a shard, and asks for another shard
// in time. Database, shard and pool change in one transaction, so that no
// shard is ever promised more than it holds.
func (p *Plane) place(ctx context.Context, cur stored[database.Record], now time.Time) error {
	rec := cur.Rec
	poolName := pool(rec.Region, rec.KeyChoice)
	page, err := p.Store.Query(ctx, catalog.Query{Index: catalog.IndexShard, Value: openShards(poolName), Limit: openPage})
	if err != nil {
		return err
	}
	shards := make(map[string]stored[database.Record], len(page.Items))
	var choices []tenant.Shard
	for _, it := range page.Items {
		s, err := load[database.Record](ctx, p.Store, it.Key) // the index may lag
		if err != nil {
			return err
		}
		shards[s.Rec.ID] = s
		choices = append(choices, tenant.Shard{ID: s.Rec.ID, Capacity: s.Rec.Capacity, Used: s.Rec.Used, Creating: s.Rec.Phase != database.PhaseAvailable})
	}
	id, ok, needNew := tenant.ChooseShard(choices)
	c := p.change(now, rec.Region, databaseKey(rec.ID), cur.Version)
	wait := p.Config.DatabaseTiming.Poll
	if ok {
		host := shards[id]
		rec.HostID, rec.Reason, wait = id, "", 0
		host.Rec.Used++
		if err := p.keepDue(ctx, c, host); err != nil {
			return err
		}
	} else {
		rec.Reason = "waiting for a new shard"
	}
	var made catalog.Key
	if needNew {
		if made, err = p.newShard(ctx, c, rec, poolName); err != nil {
			return err
		}
	}
	it, err := databaseItem(rec, now.Add(wait))
	c.put(it, err, cur.Version)
	if err := c.commit(ctx); err != nil {
		return err
	}
	if needNew {
		p.stepSoon(ctx, made)
	}
	return nil
}

// keepDue stores a changed shard without moving when it is next due.
func (p *Plane) keepDue(ctx context.Context, c *change, host stored[database.Record]) error {
	cur, err := p.Store.Get(ctx, databaseKey(host.Rec.ID))
	if err != nil {
		return err
	}
	if cur.Version != host.Version {
		return catalog.ErrConflict
	}
	it, err := databaseItem(host.Rec, cur.DueAt)
	c.put(it, err, host.Version)
	return nil
}

// leaveShard gives a dropped database's place back.
func (p *Plane) leaveShard(ctx context.Context, c *change, hostID string) error {
	host, err := load[database.Record](ctx, p.Store, databaseKey(hostID))
	if err != nil || host.Version == 0 || host.Rec.Used == 0 {
		return err
	}
	host.Rec.Used--
	return p.keepDue(ctx, c, host)
}

// poolRecord counts the shards that a pool was ever given.
type poolRecord struct {
	Shards int `json:"shards"`
}

func (p *Plane) newShard(ctx context.Context, c *change, forRec database.Record, poolName string) (catalog.Key, error) {
	count, err := load[poolRecord](ctx, p.Store, poolKey(poolName))
	if err != nil {
		return catalog.Key{}, err
	}
	count.Rec.Shards++
	id := fmt.Sprintf("shard/%s/%d", poolName, count.Rec.Shards)
	rec := database.Record{
		ID: id, Kind: database.KindShard, Region: forRec.Region, KeyChoice: forRec.KeyChoice, Backups: events.Backups30Days,
		Want: database.WantOpen, Phase: database.PhaseRequested, Capacity: p.Config.ShardCapacity, RequestedAt: c.now, PhaseAt: c.now,
	}
	if forRec.KeyChoice == events.KeyPlatform {
		rec.KeyARN = p.Config.PlatformKeys[forRec.Region]
	}
	it, err := item(poolKey(poolName), count.Rec, time.Time{}, "", catalog.Indexes{})
	c.put(it, err, count.Version)
	it, err = databaseItem(rec, c.now)
	c.put(it, err, 0)
	return databaseKey(id), nil
}

// RegisterPlatformKeys makes sure that the platform's own keys are watched like
// any other. It is called when a cell starts, and may be called again.
func (p *Plane) RegisterPlatformKeys(ctx context.Context) error {
	now := p.Clock.Now()
	for region, arn := range p.Config.PlatformKeys {
		if _, err := p.ports(region); err != nil {
			return err
		}
		held, err := load[customerkey.Record](ctx, p.Store, keyKey(arn))
		if err != nil {
			return err
		}
		if held.Version > 0 {
			continue
		}
		rec, err := customerkey.New(arn, platformTenant, customerkey.ReturnAutomatic, now)
		if err != nil {
			return fmt.Errorf("platform key of %s: %w", region, err)
		}
		c := p.change(now, region, keyKey(arn), 0)
		p.putKey(c, rec, now, 0)
		if err := c.commit(ctx); err != nil {
			return err
		}
		p.stepSoon(ctx, keyKey(arn))
	}
	return nil
}

// platformTenant stands in the encryption context of probes of the platform's keys.
const platformTenant = "platform"
