package reconcile

import (
	"context"
	"errors"
	"fmt"
	"time"

	"latchkey/events"
	"latchkey/shared/catalog"
	"latchkey/shared/coded"
	"latchkey/shared/customerkey"
	"latchkey/shared/delivery"
	"latchkey/shared/metric"
	"latchkey/shared/tenant"
)

// maxTries bounds how often a lost race is run again within one call.
const maxTries = 6

// Handle takes one event in for one function of the routing table. nil
// acknowledges it: it is applied, was applied before, is stale, or is of no
// kind that matters here (counted). A coded.Invalid or coded.Conflict error is
// about the event and will not change: its place is the dead-letter queue. Any
// other error is worth another delivery. An event that comes again is not counted
// again; see package delivery.
func (p *Plane) Handle(ctx context.Context, function string, env events.Envelope) error {
	delivery.Count(ctx, p.Metrics, metric.EventsIn)
	err := p.handle(ctx, function, env)
	if c := coded.Of(err); c == coded.Invalid || c == coded.Conflict {
		delivery.Count(ctx, p.Metrics, metric.Broken)
	}
	return err
}

// handle is Handle without the counting of what comes in.
func (p *Plane) handle(ctx context.Context, function string, env events.Envelope) error {
	detail, err := p.contract.Parse(env)
	if errors.Is(err, events.ErrUnknown) {
		p.Metrics.Count(metric.Unknown, 1)
		return nil
	}
	if err != nil {
		return fmt.Errorf("event %s (%s): %w", env.ID, env.DetailType, err)
	}
	for range maxTries {
		err = p.apply(ctx, function, env, detail)
		switch {
		case errors.Is(err, catalog.ErrSeen):
			p.Metrics.Count(metric.Duplicates, 1)
			return nil
		case errors.Is(err, catalog.ErrConflict):
			p.Metrics.Count(metric.Conflicts, 1)
			continue
		}
		return err
	}
	return coded.Wrap(coded.Retryable, err, "event %s (%s): lost %d races", env.ID, env.DetailType, maxTries)
}

func (p *Plane) apply(ctx context.Context, function string, env events.Envelope, detail any) error {
	if p.Hooks.AckFirst {
		early := p.change(p.Clock.Now(), env.Region, catalog.Key{Part: env.ID}, 0)
		early.seen(function, env.ID)
		if err := early.commit(ctx); err != nil {
			return err
		}
		function += "/late"
	}
	switch function {
	case events.FunctionProvision, events.FunctionProvision + "/late":
		if e, ok := detail.(tenant.Event); ok {
			return p.commerce(ctx, function, env, e)
		}
	case events.FunctionAdvance, events.FunctionAdvance + "/late":
		if e, ok := detail.(*events.RDSEvent); ok {
			return p.advance(ctx, function, env, e)
		}
	case events.FunctionWatchKeys, events.FunctionWatchKeys + "/late":
		return p.watchKeys(ctx, function, env, detail)
	}
	return coded.New(coded.Internal, "function %s has no way with event %q; the routing table is wrong", function, env.DetailType)
}

// commerce applies a commerce event to its tenant.
func (p *Plane) commerce(ctx context.Context, function string, env events.Envelope, e tenant.Event) error {
	now := p.Clock.Now()
	id := e.About().TenantID
	cur, err := load[tenant.Record](ctx, p.Store, tenantKey(id))
	if err != nil {
		return err
	}
	next, effect, err := p.Config.TenantRules.Apply(cur.Rec, e, now)
	if err != nil {
		if seen, serr := p.wasSeen(ctx, function, env); serr != nil || seen {
			return errors.Join(serr, okIf(seen))
		}
		return fmt.Errorf("event %s (%s): %w", env.ID, env.DetailType, err)
	}
	c := p.change(now, next.Region, tenantKey(id), cur.Version)
	c.seen(function, env.ID)
	if effect == tenant.Stale {
		if err := c.commit(ctx); err != nil {
			return err
		}
		p.Metrics.Count(metric.Stale, 1)
		return nil
	}
	if created, ok := e.(*events.TenantCreated); ok {
		if err := p.admit(ctx, c, created, next.Region); err != nil {
			return fmt.Errorf("event %s (%s): %w", env.ID, env.DetailType, err)
		}
	}
	it, err := tenantItem(next, now)
	c.put(it, err, cur.Version)
	if err := c.commit(ctx); err != nil {
		return err
	}
	p.stepSoon(ctx, tenantKey(id))
	return nil
}

func okIf(seen bool) error {
	if seen {
		return catalog.ErrSeen
	}
	return nil
}

// wasSeen reports whether an event that cannot be applied now was applied
// before: a second delivery of a good event must not end as a broken one.
func (p *Plane) wasSeen(ctx context.Context, function string, env events.Envelope) (bool, error) {
	c := p.change(p.Clock.Now(), "", catalog.Key{}, 0)
	c.seen(function, env.ID)
	if c.tx.Seen == nil {
		return false, nil
	}
	// A check that cannot hold keeps the probe from recording anything: an id
	// that was seen wins over the conflict.
	c.tx.Checks = []catalog.Check{{Key: catalog.Key{Part: "none#" + env.ID, Sort: only}, IfVersion: 1}}
	err := c.commit(ctx)
	switch {
	case errors.Is(err, catalog.ErrSeen):
		return true, nil
	case errors.Is(err, catalog.ErrConflict):
		return false, nil
	}
	return false, err
}

// admit reserves a new tenant's host names and checks that this cell serves its Region.
func (p *Plane) admit(ctx context.Context, c *change, e *events.TenantCreated, region string) error {
	if _, err := p.ports(region); err != nil {
		return coded.Field("detail.region", "send the event to the entry, which knows every cell", "this cell does not serve %s", region)
	}
	for _, host := range e.Hosts {
		held, err := load[hostRecord](ctx, p.Store, hostKey(host))
		if err != nil {
			return err
		}
		if held.Version > 0 && held.Rec.TenantID == e.TenantID {
			continue
		}
		if held.Version > 0 {
			return &coded.Error{Code: coded.Conflict, Field: "detail.hosts", Message: "host " + host + " belongs to another tenant",
				Hint: "give the tenant a host of its own, or destroy the other tenant first"}
		}
		it, err := item(hostKey(host), hostRecord{TenantID: e.TenantID}, time.Time{}, "", catalog.Indexes{Host: "site/" + host, Tenant: e.TenantID})
		c.put(it, err, 0)
	}
	return nil
}

// hostRecord says which tenant a host name belongs to.
type hostRecord struct {
	TenantID string `json:"tenantId"`
}

// advance pokes the record that an RDS event is about.
func (p *Plane) advance(ctx context.Context, function string, env events.Envelope, e *events.RDSEvent) error {
	key, found, err := p.findSource(ctx, e)
	if err != nil {
		return err
	}
	c := p.change(p.Clock.Now(), env.Region, key, 0)
	c.seen(function, env.ID)
	if !found {
		return c.commit(ctx) // an instance that is not ours, or not ours any more
	}
	cur, err := p.Store.Get(ctx, key)
	if err != nil {
		return err
	}
	c.tx.Puts = []catalog.Put{{Item: dueNow(cur, p.Clock.Now()), IfVersion: cur.Version}}
	if err := c.commit(ctx); err != nil {
		return err
	}
	p.stepSoon(ctx, key)
	return nil
}

// findSource finds the record of an instance or a snapshot by its name.
func (p *Plane) findSource(ctx context.Context, e *events.RDSEvent) (catalog.Key, bool, error) {
	q := catalog.Query{Index: catalog.IndexHost, Value: instanceIndex(e.Identifier()), Limit: 1}
	if e.SourceType == "SNAPSHOT" {
		q.Index, q.Value = catalog.IndexResource, kindSnapshot+"/"+e.Identifier()
	}
	page, err := p.Store.Query(ctx, q)
	if err != nil || len(page.Items) == 0 {
		return catalog.Key{}, false, err
	}
	return page.Items[0].Key, true, nil
}

// approve lets the databases of a key come back; see customerkey.Rules.Approve.
func (p *Plane) approve(ctx context.Context, function string, env events.Envelope, e *events.KeyReturnApproved) error {
	now := p.Clock.Now()
	cur, err := load[customerkey.Record](ctx, p.Store, keyKey(e.KeyARN))
	if err != nil {
		return err
	}
	if cur.Version == 0 {
		return coded.Field("detail.keyArn", "give the ARN of a key that a tenant uses; see `key list`", "no such key: %s", e.KeyARN)
	}
	out, err := p.keys.Approve(cur.Rec, e.ApprovedBy, env.ID, env.Time, now)
	if err != nil {
		if seen, serr := p.wasSeen(ctx, function, env); serr != nil || seen {
			return errors.Join(serr, okIf(seen))
		}
		return err
	}
	c := p.change(now, cur.Rec.Region, keyKey(e.KeyARN), cur.Version)
	c.seen(function, env.ID)
	return p.commitKey(ctx, c, out, cur.Version)
}
