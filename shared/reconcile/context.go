package reconcile

import (
	"context"
	"slices"

	"latchkey/shared/customerkey"
	"latchkey/shared/database"
	"latchkey/shared/tenant"
	"latchkey/shared/tenantcontext"
)

// Context answers whether a tenant may be served a product, and with what. It
// is given a tenant id or a host name. The key is read last, so that a lock
// that was committed before the call began refuses it.
func (p *Plane) Context(ctx context.Context, tenantOrHost, product string) (*tenantcontext.Context, tenantcontext.Decision, error) {
	t, err := load[tenant.Record](ctx, p.Store, tenantKey(tenantOrHost))
	if err == nil && t.Version == 0 {
		t, err = p.tenantOfHost(ctx, tenantOrHost)
	}
	if err != nil {
		return nil, tenantcontext.Decision{}, err
	}
	if t.Version == 0 {
		return nil, tenantcontext.Decide(tenantcontext.Input{}), nil
	}
	entry, err := p.entry(ctx, t.Rec, product)
	if err != nil {
		return nil, tenantcontext.Decision{}, err
	}
	phase := ""
	if entry.KeyARN != "" {
		k, err := load[customerkey.Record](ctx, p.Store, keyKey(entry.KeyARN))
		if err != nil {
			return nil, tenantcontext.Decision{}, err
		}
		phase = string(k.Rec.Phase)
	}
	if p.Hooks.ServeLocked {
		phase = string(customerkey.PhaseUsable)
	}
	c, d := entry.Decide(product, phase, p.Clock.Now())
	return c, d, nil
}

func (p *Plane) tenantOfHost(ctx context.Context, host string) (stored[tenant.Record], error) {
	h, err := load[hostRecord](ctx, p.Store, hostKey(host))
	if err != nil || h.Version == 0 {
		return stored[tenant.Record]{}, err
	}
	return load[tenant.Record](ctx, p.Store, tenantKey(h.Rec.TenantID))
}

// entry joins what is known of a tenant for one product; product "" takes all.
func (p *Plane) entry(ctx context.Context, rec tenant.Record, product string) (tenantcontext.Entry, error) {
	e := tenantcontext.Entry{
		TenantID: rec.ID, Hosts: rec.Created.Value.Hosts, Phase: string(rec.Phase), Region: rec.Region,
		KeyARN: rec.Created.Value.Key.ARN,
	}
	for name, pr := range rec.Products {
		if product != "" && name != product {
			continue
		}
		out := tenantcontext.Product{
			Name: name, Active: pr.Active.Value.On, Suspended: pr.Suspended.Value.On,
			License: pr.License.Value, Configuration: pr.Configuration.Value, Groups: pr.Groups.Value,
		}
		db, err := load[database.Record](ctx, p.Store, databaseKey(database.ID(rec.ID, name, max(pr.Generation, 1))))
		if err != nil {
			return e, err
		}
		if db.Version > 0 {
			out.DatabasePhase, out.Endpoint = string(db.Rec.Phase), db.Rec.Endpoint
			out.Database, out.Role = db.Rec.Database, db.Rec.Role
			if e.KeyARN == "" {
				e.KeyARN = db.Rec.KeyARN
			}
		}
		e.Products = append(e.Products, out)
	}
	slices.SortFunc(e.Products, func(a, b tenantcontext.Product) int {
		if a.Name < b.Name {
			return -1
		}
		return 1
	})
	return e, nil
}
