package reconcile_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"sync"
	"testing"
	"time"

	"latchkey/events"
	"latchkey/shared/catalog"
	"latchkey/shared/catalog/embedded"
	"latchkey/shared/customerkey"
	"latchkey/shared/database"
	"latchkey/shared/fake"
	"latchkey/shared/fake/fakekms"
	"latchkey/shared/fake/fakerds"
	"latchkey/shared/fake/faketrail"
	"latchkey/shared/reconcile"
)

const (
	platform = "111122223333"
	customer = "444455556666"
	stranger = "999988887777"
	region   = "eu-central-1"
	role     = "arn:aws:iam::111122223333:role/latchkey-control-plane"
	admin    = "arn:aws:iam::444455556666:role/KeyAdmin"
	grace    = 30 * 24 * time.Hour // the default
)

var (
	ctx   = context.Background()
	epoch = time.Date(2026, 1, 5, 8, 0, 0, 0, time.UTC)
)

// tap is a catalog that shows every commit and lets a test break some.
type tap struct {
	catalog.Store
	before func(tx catalog.Tx) error // an error is what the commit is answered with; may be nil
	after  func(tx catalog.Tx)       // after a commit that was applied; may be nil
	reads  func(key catalog.Key) error
}

func (s *tap) Commit(ctx context.Context, tx catalog.Tx) error {
	if s.before != nil {
		if err := s.before(tx); err != nil {
			return err
		}
	}
	err := s.Store.Commit(ctx, tx)
	if err == nil && s.after != nil {
		s.after(tx)
	}
	return err
}

func (s *tap) Get(ctx context.Context, key catalog.Key) (catalog.Item, error) {
	if s.reads != nil {
		if err := s.reads(key); err != nil {
			return catalog.Item{}, err
		}
	}
	return s.Store.Get(ctx, key)
}

// counts are metrics in memory.
type counts struct {
	mu sync.Mutex
	n  map[string]int64
	v  map[string]float64
}

func (c *counts) Count(name string, n int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.n[name] += n
}

// Measure keeps the last value.
func (c *counts) Measure(name string, value float64, by string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.v == nil {
		c.v = map[string]float64{}
	}
	if by != "" {
		name += " " + by
	}
	c.v[name] = value
}

func (c *counts) value(name string) float64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.v[name]
}

func (c *counts) of(name string) int64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.n[name]
}

// table is an embedded catalog.
type table interface {
	catalog.Store
	catalog.Outbox
}

// world is a plane on an embedded catalog with twins of KMS and RDS.
type world struct {
	testing.TB
	clock  *fake.Clock
	raw    table
	tap    *tap
	kms    *fakekms.KMS
	rds    *fakerds.RDS
	plane  *reconcile.Plane
	counts *counts
	trail  []events.Envelope // KMS calls of the customer's account, as they would be forwarded
	serial int
	seq    map[string]int64 // last sequence by tenant
}

func newWorld(t testing.TB, adjust func(*reconcile.Config)) *world {
	t.Helper()
	clock := fake.NewClock(epoch)
	return newWorldOn(t, clock, embedded.NewMemory(clock), adjust)
}

func newWorldOn(t testing.TB, clock *fake.Clock, raw table, adjust func(*reconcile.Config)) *world {
	t.Helper()
	w := &world{TB: t, clock: clock, raw: raw, counts: &counts{n: map[string]int64{}}, seq: map[string]int64{}}
	trail := faketrail.New(1)
	trail.Subscribe(customer, func(r faketrail.Record) {
		env, err := events.WrapCloudTrail(r.JSON(), customer)
		w.must(err)
		w.trail = append(w.trail, env)
	})
	var err error
	w.kms, err = fakekms.New(fakekms.Config{Clock: w.clock, Seed: 1, Trail: trail, Changed: func(arn string) { w.rds.KeyChanged(arn) }})
	w.must(err)
	w.rds, err = fakerds.New(fakerds.Config{Account: platform, Region: region, Clock: w.clock, Seed: 1, KMS: w.kms, Quotas: fakerds.Quotas{Instances: 10_000}})
	w.must(err)
	arn, err := w.kms.CreateKey(ctx, role, fakekms.CreateKeyInput{Region: region})
	w.must(err)
	w.tap = &tap{Store: w.raw}
	cfg := reconcile.DefaultConfig(platform, region)
	cfg.PlatformKeys = map[string]string{region: arn}
	if adjust != nil {
		adjust(&cfg)
	}
	w.plane, err = reconcile.New(w.deps(cfg))
	w.must(err)
	w.must(w.plane.RegisterPlatformKeys(ctx))
	return w
}

func (w *world) deps(cfg reconcile.Config) reconcile.Deps {
	return reconcile.Deps{
		Store: w.tap, Outbox: w.raw, Clock: w.clock, Metrics: w.counts, Config: cfg, Log: slog.New(slog.NewTextHandler(io.Discard, nil)),
		Regions: map[string]reconcile.Ports{region: {Keys: w.kms.As(role), Fleet: w.rds.Fleet(role), Restorer: w.rds.Restorer(role),
			Inside: w.rds.Inside(), Backups: w.rds.Backups(role)}},
	}
}

func (w *world) must(errs ...error) {
	w.Helper()
	if err := errors.Join(errs...); err != nil {
		w.Fatal(err)
	}
}

// run lets time pass: every minute all that is due is stepped.
func (w *world) run(d time.Duration) {
	w.Helper()
	for until := w.clock.Now().Add(d); ; {
		now := w.clock.Now()
		w.must(w.kms.Tick(now), w.rds.Tick(now))
		w.sweep()
		if !now.Before(until) {
			return
		}
		next := now.Truncate(time.Minute).Add(time.Minute)
		if next.After(until) {
			next = until
		}
		w.clock.Set(next)
	}
}

// sweep steps what is due until nothing is.
func (w *world) sweep() {
	w.Helper()
	for _, lane := range reconcile.Lanes() {
		for rounds := 0; ; rounds++ {
			swept, err := w.plane.Sweep(ctx, lane, reconcile.Sweeping{PerShard: 200})
			w.must(err)
			if swept.Stepped == 0 {
				break
			}
			if rounds > 1000 {
				w.Fatalf("lane %s stays due", lane)
			}
		}
	}
}

// envelope makes an event of a commerce system, an operator or RDS.
func (w *world) envelope(id, detailType string, detail any) events.Envelope {
	w.Helper()
	if id == "" {
		w.serial++
		id = fmt.Sprintf("event-%d", w.serial)
	}
	env, err := events.New(detailType, id, w.clock.Now(), region, platform, detail)
	w.must(err)
	return env
}

// stats counts what the catalog in memory holds.
func (w *world) stats() embedded.Stats { return w.raw.(*embedded.Memory).Stats() }

// commerce gives a commerce event to provision, and requires that it is taken.
func (w *world) commerce(detailType string, detail any) {
	w.Helper()
	w.must(w.plane.Handle(ctx, events.FunctionProvision, w.envelope("", detailType, detail)))
}

// subject numbers the next event of a tenant.
func (w *world) subject(tenantID string) events.Subject {
	w.seq[tenantID]++
	return events.Subject{Version: "1", TenantID: tenantID, Sequence: w.seq[tenantID]}
}

func created(s events.Subject, arn string) *events.TenantCreated {
	e := &events.TenantCreated{Subject: s, Name: s.TenantID, Hosts: []string{s.TenantID + ".example.com"}, Region: region,
		Placement: events.PlacementDedicated, Key: events.KeyChoice{Choice: events.KeyAWSOwned}}
	if arn != "" {
		e.Key = events.KeyChoice{Choice: events.KeyCustomer, ARN: arn}
	}
	return e
}

func activated(s events.Subject, product string) *events.ProductActivated {
	return &events.ProductActivated{Subject: s, Product: product, License: events.License{Edition: "premium", Seats: 10}}
}

// tenant signs a tenant up, under its own key unless arn is empty, and
// activates products.
func (w *world) tenant(id, arn string, products ...string) {
	w.Helper()
	w.commerce(events.TypeTenantCreated, created(w.subject(id), arn))
	for _, p := range products {
		w.commerce(events.TypeProductActivated, activated(w.subject(id), p))
	}
}

// customerKey makes a key that tenants of these ids may bring.
func (w *world) customerKey(in fakekms.CreateKeyInput, tenants ...string) string {
	w.Helper()
	statements := fmt.Sprintf(`{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::%s:root"},"Action":"kms:*","Resource":"*"}`, customer)
	for _, id := range tenants {
		list := customerkey.Statement(customerkey.Want{TenantID: id, Region: region, PlatformAccount: platform})
		statements += "," + list[1:len(list)-1]
	}
	in.Region, in.Policy = region, `{"Version":"2012-10-17","Statement":[`+statements+`]}`
	arn, err := w.kms.CreateKey(ctx, admin, in)
	w.must(err)
	return arn
}

// disable disables a key and returns the event that a forwarding rule would bring.
func (w *world) disable(arn string) events.Envelope {
	w.Helper()
	w.must(w.kms.DisableKey(ctx, admin, arn))
	return w.trail[len(w.trail)-1]
}

func (w *world) watch(env events.Envelope) {
	w.Helper()
	w.must(w.plane.Handle(ctx, events.FunctionWatchKeys, env))
}

// kmsCall makes the event of a KMS call on a key.
func (w *world) kmsCall(name, account, arn string, change func(map[string]any)) events.Envelope {
	w.Helper()
	w.serial++
	record := map[string]any{
		"eventVersion": "1.11", "eventTime": w.clock.Now().Format(time.RFC3339), "eventSource": "kms.amazonaws.com", "eventName": name,
		"awsRegion": region, "eventID": fmt.Sprintf("call-%d", w.serial), "eventType": "AwsApiCall", "recipientAccountId": account,
		"userIdentity":      map[string]any{"type": "IAMUser", "accountId": customer, "arn": admin, "principalId": "AIDAEXAMPLE"},
		"requestParameters": map[string]any{"keyId": arn}, "responseElements": nil,
	}
	if arn != "" {
		record["resources"] = []any{map[string]any{"accountId": customer, "type": "AWS::KMS::Key", "ARN": arn}}
	}
	if change != nil {
		change(record)
	}
	body, err := json.Marshal(record)
	w.must(err)
	env, err := events.WrapCloudTrail(body, account)
	w.must(err)
	return env
}

func (w *world) key(arn string) customerkey.Record {
	w.Helper()
	rec, err := w.plane.Key(ctx, arn)
	w.must(err)
	return rec
}

func (w *world) database(id string) database.Record {
	w.Helper()
	rec, err := w.plane.Database(ctx, id)
	w.must(err)
	return rec
}

// served requires the access decision for a tenant's product.
func (w *world) served(tenantOrHost, product string, want bool) {
	w.Helper()
	c, d, err := w.plane.Context(ctx, tenantOrHost, product)
	w.must(err)
	if d.Allow != want || (c != nil) != want {
		w.Fatalf("%s: %s/%s: %+v (context %v), want served: %v", w.clock.Now(), tenantOrHost, product, d, c != nil, want)
	}
}

// outbox returns the detail-types of what waits to be published about a subject.
func (w *world) outbox(subject string) []string {
	w.Helper()
	pending, err := w.raw.Pending(ctx, 1000)
	w.must(err)
	out := []string{}
	for _, m := range pending {
		if m.Group == subject {
			env, err := events.ParseEnvelope(m.Body)
			w.must(err)
			out = append(out, env.DetailType)
		}
	}
	return out
}

// puts returns how many puts of a transaction are on a key of this kind.
func puts(tx catalog.Tx, kind string) (n int) {
	for _, p := range tx.Puts {
		if len(p.Item.Key.Part) > len(kind) && p.Item.Key.Part[:len(kind)+1] == kind+"#" {
			n++
		}
	}
	return n
}

// contextThatEnds returns a context that ends when it is told to.
func contextThatEnds() (context.Context, context.CancelFunc) { return context.WithCancel(ctx) }
