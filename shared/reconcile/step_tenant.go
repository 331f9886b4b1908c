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

func (p *Plane) stepTenant(ctx context.Context, it catalog.Item) error {
	cur, err := decode[tenant.Record](it)
	if err != nil {
		return err
	}
	now := p.Clock.Now()
	world, err := p.tenantWorld(ctx, cur.Rec)
	if err != nil {
		return err
	}
	next, actions, wait, err := p.Config.TenantRules.Step(cur.Rec, world, now)
	if err != nil {
		return err
	}
	if actions.RegisterKey == nil {
		actions.RegisterKey = stricter(next)
	}
	c := p.change(now, next.Region, it.Key, cur.Version)
	due := now.Add(wait)
	if wait == 0 {
		due = time.Time{}
	}
	row, err := tenantItem(next, due)
	c.put(row, err, cur.Version)
	c.tell(actions.Events)
	var touched []catalog.Key
	for _, a := range actions.Databases {
		key, err := p.databaseAction(ctx, c, next, a)
		if err != nil {
			return err
		}
		touched = append(touched, key)
	}
	if actions.RegisterKey != nil {
		if err := p.registerKey(ctx, c, next.ID, *actions.RegisterKey); err != nil {
			return err
		}
		touched = append(touched, keyKey(actions.RegisterKey.ARN))
	}
	if actions.ReleaseKey != "" {
		if err := p.releaseKey(ctx, c, next.ID, actions.ReleaseKey); err != nil {
			return err
		}
	}
	if next.Phase == tenant.PhaseDestroyed && cur.Rec.Phase != tenant.PhaseDestroyed {
		if err := p.freeHosts(ctx, c, next); err != nil {
			return err
		}
	}
	if err := c.commit(ctx); err != nil {
		return err
	}
	for _, key := range touched {
		p.stepSoon(ctx, key)
	}
	return nil
}

// tenantWorld reads what a tenant's rules need to know of its key and databases.
func (p *Plane) tenantWorld(ctx context.Context, rec tenant.Record) (tenant.World, error) {
	w := tenant.World{Databases: make(map[string]tenant.DatabaseView, len(rec.Products))}
	if arn := rec.Created.Value.Key.ARN; arn != "" {
		k, err := load[customerkey.Record](ctx, p.Store, keyKey(arn))
		if err != nil {
			return w, err
		}
		w.Key = tenant.KeyView{Exists: k.Version > 0, Phase: string(k.Rec.Phase)}
		if k.Rec.Phase == customerkey.PhasePending {
			w.Key.Message = k.Rec.Reason
		}
	}
	for name, product := range rec.Products {
		if product.Generation == 0 {
			continue
		}
		db, err := load[database.Record](ctx, p.Store, databaseKey(database.ID(rec.ID, name, product.Generation)))
		if err != nil {
			return w, err
		}
		w.Databases[name] = tenant.DatabaseView{Exists: db.Version > 0, Phase: string(db.Rec.Phase), Reason: db.Rec.Reason}
	}
	return w, nil
}

// databaseAction does what a tenant's rules want done about a database's record.
func (p *Plane) databaseAction(ctx context.Context, c *change, t tenant.Record, a tenant.DatabaseAction) (catalog.Key, error) {
	id := database.ID(t.ID, a.Product, a.Generation)
	key := databaseKey(id)
	cur, err := load[database.Record](ctx, p.Store, key)
	if err != nil {
		return key, err
	}
	rec := cur.Rec
	if cur.Version == 0 {
		if a.Op == tenant.DeleteDatabase {
			return key, nil
		}
		rec = newDatabase(id, t.ID, a, c.now)
		if a.Key.Choice == events.KeyPlatform {
			rec.KeyARN = p.Config.PlatformKeys[a.Region]
		}
	}
	if p.Hooks.IgnoreDestroy && a.Op == tenant.CloseDatabase {
		a.Op = tenant.DeleteDatabase
	}
	switch a.Op {
	case tenant.EnsureDatabase, tenant.ReopenDatabase:
		rec.Want = database.WantOpen
	case tenant.CloseDatabase:
		rec.Want = database.WantClosed
	case tenant.DeleteDatabase:
		rec.Want = database.WantAbsent
	default:
		return key, fmt.Errorf("tenant %s: unknown operation %q on a database", t.ID, a.Op)
	}
	if cur.Version > 0 && rec.Want == cur.Rec.Want {
		return key, nil
	}
	it, err := databaseItem(rec, c.now)
	c.put(it, err, cur.Version)
	return key, nil
}

func newDatabase(id, tenantID string, a tenant.DatabaseAction, now time.Time) database.Record {
	kind := database.KindDedicated
	if a.Placement == events.PlacementShared {
		kind = database.KindShared
	}
	return database.Record{
		ID: id, Kind: kind, TenantID: tenantID, Product: a.Product, Region: a.Region,
		KeyChoice: a.Key.Choice, KeyARN: a.Key.ARN, Backups: a.Backups,
		Phase: database.PhaseRequested, RequestedAt: now, PhaseAt: now,
	}
}

// stricter returns the request of a tenant that approves returns itself, or
// nil. Its rules ask for a key that nobody watches; one that another tenant
// registered may be set to come back automatically.
func stricter(rec tenant.Record) *tenant.KeyRequest {
	facts := rec.Created.Value
	over := rec.Phase == tenant.PhaseDestroying || rec.Phase == tenant.PhaseDestroyed
	if over || facts.Key.ARN == "" || facts.Return != events.ReturnApproval {
		return nil
	}
	return &tenant.KeyRequest{ARN: facts.Key.ARN, Region: rec.Region, Return: facts.Return}
}

// registerKey makes sure that a record watches a key. Of several tenants'
// choices about the way back, the stricter one holds.
func (p *Plane) registerKey(ctx context.Context, c *change, tenantID string, want tenant.KeyRequest) error {
	cur, err := load[customerkey.Record](ctx, p.Store, keyKey(want.ARN))
	if err != nil {
		return err
	}
	rec := cur.Rec
	if cur.Version == 0 || rec.Phase == customerkey.PhaseRetired {
		if rec, err = customerkey.New(want.ARN, tenantID, want.Return, c.now); err != nil {
			return err
		}
	} else if want.Return != customerkey.ReturnApproval || rec.Return == customerkey.ReturnApproval {
		return nil
	} else {
		rec.Return = want.Return
	}
	p.putKey(c, rec, c.now, cur.Version)
	return nil
}

// releaseKey ends the watch over a key when its last tenant is gone, and else
// has another tenant's encryption context used for it. The index
// may lag, so that a key is watched for longer than needed, never for less:
// the tenant that is released here is left out of the count.
func (p *Plane) releaseKey(ctx context.Context, c *change, tenantID, arn string) error {
	page, err := p.Store.Query(ctx, catalog.Query{Index: catalog.IndexKeyARN, Value: tenantsOf(arn), Limit: 2})
	if err != nil {
		return err
	}
	heir := ""
	for _, it := range page.Items {
		if _, id := kindOf(it.Key); id != tenantID {
			heir = id
		}
	}
	cur, err := load[customerkey.Record](ctx, p.Store, keyKey(arn))
	if err != nil || cur.Version == 0 || cur.Rec.Phase == customerkey.PhaseRetired {
		return err
	}
	if heir != "" {
		if cur.Rec.TenantID == tenantID {
			p.putKey(c, p.keys.Inherit(cur.Rec, heir, c.now), c.now, cur.Version)
		}
		return nil
	}
	p.putKey(c, p.keys.Retire(cur.Rec, c.now), time.Time{}, cur.Version)
	return nil
}

// freeHosts gives the host names of a destroyed tenant free.
func (p *Plane) freeHosts(ctx context.Context, c *change, rec tenant.Record) error {
	for _, host := range rec.Created.Value.Hosts {
		held, err := load[hostRecord](ctx, p.Store, hostKey(host))
		if err != nil {
			return err
		}
		if held.Version > 0 && held.Rec.TenantID == rec.ID {
			c.tx.Deletes = append(c.tx.Deletes, catalog.Check{Key: hostKey(host), IfVersion: held.Version})
		}
	}
	return nil
}
