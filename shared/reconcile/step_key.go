package reconcile

import (
	"context"
	"time"

	"latchkey/shared/catalog"
	"latchkey/shared/customerkey"
	"latchkey/shared/metric"
	"latchkey/shared/tenant"
)

// fanoutPage is how many databases of a key one step tells of a change.
const fanoutPage = 90

// stepKey tells one page of the key's databases of a change, or looks at the
// real key. A long fan-out does not keep the key from being looked at.
func (p *Plane) stepKey(ctx context.Context, it catalog.Item) error {
	cur, err := decode[customerkey.Record](it)
	if err != nil {
		return err
	}
	now := p.Clock.Now()
	c := p.change(now, cur.Rec.Region, it.Key, cur.Version)
	over := cur.Rec.Phase == customerkey.PhaseLost || cur.Rec.Phase == customerkey.PhaseRetired
	looked := over || !cur.Rec.LastProbeAt.IsZero() && now.Sub(cur.Rec.LastProbeAt) < p.Config.KeyTiming.Dense
	if cur.Rec.Fanout.Active && looked {
		rec, err := p.fanout(ctx, cur.Rec)
		if err != nil {
			return err
		}
		return p.storeKey(ctx, c, customerkey.Result{Record: rec}, cur.Version)
	}
	ports, err := p.ports(cur.Rec.Region)
	if err != nil {
		return err
	}
	region := cur.Rec.Region
	if cur.Rec.Phase == customerkey.PhasePending {
		if region, err = p.databaseRegion(ctx, cur.Rec); err != nil {
			return err
		}
	}
	if p.Hooks.UnlockAtOnce {
		cur.Rec.LastRevokedAt, cur.Rec.UsableSince = time.Time{}, time.Unix(0, 0)
	}
	out := p.keys.Step(ctx, ports.Keys, cur.Rec, region, now)
	if err := ctx.Err(); err != nil {
		return err // a verdict reached by running out of time is none
	}
	p.Metrics.Count(metric.Probes, 1)
	if !out.Record.UnreachableSince.IsZero() {
		p.Metrics.Count(metric.ProbeFailures, 1)
	}
	if id := out.Record.StoreID; id != "" && id != cur.Rec.StoreID {
		if err := p.noteStore(ctx, c, id, out.Record.ARN); err != nil {
			return err
		}
	}
	return p.storeKey(ctx, c, out, cur.Version)
}

// storeKey commits a key's record with what happened to it and what is to be
// told of that.
func (p *Plane) storeKey(ctx context.Context, c *change, out customerkey.Result, version int64) error {
	p.putKey(c, out.Record, p.keyDue(out.Record, c.now), version)
	c.tell(out.Events)
	if err := c.commit(ctx); err != nil {
		return err
	}
	if out.Locked {
		p.locked(out.Record)
	}
	return nil
}

// locked measures how long after its signal a key was locked. What a probe
// finds happened after the last usable verdict, so that is the most it can be.
func (p *Plane) locked(rec customerkey.Record) {
	p.Metrics.Count(metric.Locks, 1)
	since := rec.SignalAt
	if rec.LockSource == customerkey.SourceProbe {
		since = rec.LastUsableAt
	}
	if rec.Phase == customerkey.PhasePrecaution || since.IsZero() {
		return
	}
	p.Metrics.Measure(metric.LockLatency, float64(rec.LockedAt.Sub(since).Milliseconds()), rec.LockSource)
}

// putKey adds a key's record and its history since it was read.
func (p *Plane) putKey(c *change, rec customerkey.Record, due time.Time, version int64) {
	it, err := keyItem(rec, due)
	c.put(it, err, version)
	for n, h := range rec.Changes {
		it, err := item(changeKey(rec.ARN, h, version+1, n), h, time.Time{}, "", catalog.Indexes{})
		c.put(it, err, 0)
	}
}

// keyDue returns when a key's record is due: now while it has databases to
// tell or was asked to look, else at its next probe.
func (p *Plane) keyDue(rec customerkey.Record, now time.Time) time.Time {
	if rec.Fanout.Active || rec.LookNow {
		return now
	}
	return rec.NextProbe(p.Config.KeyTiming, now)
}

// databaseRegion returns the Region of the databases that a key is meant for.
func (p *Plane) databaseRegion(ctx context.Context, rec customerkey.Record) (string, error) {
	t, err := load[tenant.Record](ctx, p.Store, tenantKey(rec.TenantID))
	if err != nil {
		return "", err
	}
	if t.Rec.Region == "" {
		return rec.Region, nil // the platform's own key
	}
	return t.Rec.Region, nil
}

// fanout makes one page of a key's databases due, then its tenants.
func (p *Plane) fanout(ctx context.Context, rec customerkey.Record) (customerkey.Record, error) {
	page, err := p.Store.Query(ctx, catalog.Query{Index: catalog.IndexKeyARN, Value: rec.ARN, Limit: fanoutPage, After: rec.Fanout.Cursor})
	if err != nil {
		return rec, err
	}
	for _, it := range page.Items {
		if err := p.poke(ctx, it.Key); err != nil {
			return rec, err
		}
	}
	rec.Fanout.Poked += int64(len(page.Items))
	rec.Fanout.Cursor = page.Next
	if page.Next != "" {
		return rec, nil
	}
	tenants, err := p.Store.Query(ctx, catalog.Query{Index: catalog.IndexKeyARN, Value: tenantsOf(rec.ARN), Limit: fanoutPage})
	if err != nil {
		return rec, err
	}
	for _, it := range tenants.Items {
		if err := p.poke(ctx, it.Key); err != nil {
			return rec, err
		}
	}
	rec.Fanout = customerkey.Fanout{Poked: rec.Fanout.Poked}
	return rec, nil
}

// noteStore remembers which keys are in a custom key store.
func (p *Plane) noteStore(ctx context.Context, c *change, storeID, arn string) error {
	held, err := load[struct{}](ctx, p.Store, storeKey(storeID, arn))
	if err != nil {
		return err
	}
	it, err := item(storeKey(storeID, arn), struct{}{}, time.Time{}, "", catalog.Indexes{})
	c.put(it, err, held.Version)
	return nil
}
