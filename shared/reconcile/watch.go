package reconcile

import (
	"context"

	"latchkey/events"
	"latchkey/shared/catalog"
	"latchkey/shared/coded"
	"latchkey/shared/customerkey"
	"latchkey/shared/database"
	"latchkey/shared/metric"
)

// watchKeys takes a signal about keys in, of whatever source.
func (p *Plane) watchKeys(ctx context.Context, function string, env events.Envelope, detail any) error {
	switch e := detail.(type) {
	case *events.KeyReturnApproved:
		return p.approve(ctx, function, env, e)
	case *events.KMSCall:
		sig, ok := customerkey.FromKMSCall(env, e)
		if !ok {
			return p.justSeen(ctx, function, env)
		}
		if id := e.CustomKeyStoreID(); id != "" {
			return p.observeStore(ctx, function, env, id, sig)
		}
		arn, ok := e.KeyARN(env.Account)
		if !ok {
			p.Metrics.Count(metric.ForeignKeys, 1)
			return p.justSeen(ctx, function, env)
		}
		return p.observe(ctx, function, env, arn, sig)
	case *events.KMSKeyEvent:
		sig, ok := customerkey.FromKMSEvent(env)
		arn, named := e.KeyARN(env)
		if !ok || !named {
			return p.justSeen(ctx, function, env)
		}
		return p.observe(ctx, function, env, arn, sig)
	case *events.RDSEvent:
		return p.observeInstance(ctx, function, env, e)
	}
	return coded.New(coded.Internal, "watch-keys has no way with event %q; the routing table is wrong", env.DetailType)
}

func (p *Plane) justSeen(ctx context.Context, function string, env events.Envelope) error {
	c := p.change(p.Clock.Now(), env.Region, catalog.Key{}, 0)
	c.seen(function, env.ID)
	return c.commit(ctx)
}

// observe gives a signal to one key's record, and to no other. When the signal
// locks, this one commit is the lock: from then on every tenant of the key is
// refused, however many databases it has.
func (p *Plane) observe(ctx context.Context, function string, env events.Envelope, arn string, sig customerkey.Signal) error {
	cur, err := load[customerkey.Record](ctx, p.Store, keyKey(arn))
	if err != nil {
		return err
	}
	if cur.Version == 0 {
		p.Metrics.Count(metric.ForeignKeys, 1)
		return p.justSeen(ctx, function, env)
	}
	if sig, err = p.grantSignal(ctx, arn, sig); err != nil {
		return err
	}
	if p.Hooks.TrustAnyone {
		sig.Account = cur.Rec.Account
	}
	if sig.Effect == customerkey.EffectRevoke && sig.Account != cur.Rec.Account {
		p.Metrics.Count(metric.Untrusted, 1)
	}
	now := p.Clock.Now()
	out := p.keys.Observe(cur.Rec, sig, now)
	c := p.change(now, cur.Rec.Region, keyKey(arn), cur.Version)
	c.seen(function, env.ID)
	return p.commitKey(ctx, c, out, cur.Version)
}

// grantSignal finds out whether a revoked or retired grant is one that RDS
// uses for a database of ours.
func (p *Plane) grantSignal(ctx context.Context, arn string, sig customerkey.Signal) (customerkey.Signal, error) {
	if sig.GrantID == "" || sig.Effect != customerkey.EffectLook || sig.Source != customerkey.SourceCloudTrail {
		return sig, nil
	}
	known, err := load[grantRecord](ctx, p.Store, grantKey(arn, sig.GrantID))
	if err != nil || known.Version == 0 {
		return sig, err
	}
	db, err := load[database.Record](ctx, p.Store, databaseKey(known.Rec.DatabaseID))
	if err != nil {
		return sig, err
	}
	// RDS retires its grant itself when it deletes an instance, and a restore
	// leaves the grant of the former instance behind.
	if db.Version == 0 || db.Rec.GrantID != sig.GrantID || db.Rec.Want == database.WantAbsent {
		return sig, nil
	}
	return customerkey.GrantSignal(sig), nil
}

// grantRecord says which database a grant of RDS's is for.
type grantRecord struct {
	DatabaseID string `json:"databaseId"`
}

// maxStoreKeys bounds the keys of one custom key store that a signal about the
// store reaches at once; the others are found by their probes.
const maxStoreKeys = 90

// observeStore gives a signal about a custom key store to the keys in it. Only
// the last of them records the event's id, so that a crash in between is made
// good by the next delivery: Observe does no harm twice.
func (p *Plane) observeStore(ctx context.Context, function string, env events.Envelope, storeID string, sig customerkey.Signal) error {
	page, err := p.Store.Query(ctx, catalog.Query{Index: catalog.IndexPart, Value: kindStore + "#" + storeID, Limit: maxStoreKeys})
	if err != nil {
		return err
	}
	for _, it := range page.Items {
		arn := it.Key.Sort
		cur, err := load[customerkey.Record](ctx, p.Store, keyKey(arn))
		if err != nil {
			return err
		}
		now := p.Clock.Now()
		out := p.keys.Observe(cur.Rec, sig, now)
		c := p.change(now, cur.Rec.Region, keyKey(arn), cur.Version)
		if err := p.commitKey(ctx, c, out, cur.Version); err != nil {
			return err
		}
	}
	return p.justSeen(ctx, function, env)
}

// observeInstance gives RDS's news about an instance's key to that key, and
// makes the database's record look as well.
func (p *Plane) observeInstance(ctx context.Context, function string, env events.Envelope, e *events.RDSEvent) error {
	key, found, err := p.findSource(ctx, e)
	if err != nil {
		return err
	}
	if !found {
		return p.justSeen(ctx, function, env)
	}
	db, err := load[database.Record](ctx, p.Store, key)
	if err != nil {
		return err
	}
	sig, ok := customerkey.FromRDSEvent(env, e.EventID, db.Rec.GrantID)
	if !ok || db.Rec.KeyARN == "" {
		return p.justSeen(ctx, function, env)
	}
	return p.observe(ctx, function, env, db.Rec.KeyARN, sig)
}

// commitKey stores what the key rules want done and, once that is in force,
// takes the next steps of the key.
func (p *Plane) commitKey(ctx context.Context, c *change, out customerkey.Result, version int64) error {
	due := p.keyDue(out.Record, c.now)
	if err := p.storeKey(ctx, c, out, version); err != nil {
		return err
	}
	if !due.After(c.now) {
		p.stepSoon(ctx, keyKey(out.Record.ARN))
	}
	return nil
}
