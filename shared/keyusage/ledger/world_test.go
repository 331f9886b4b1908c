package ledger_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"time"

	"latchkey/events"
	"latchkey/shared/catalog"
	catalogembedded "latchkey/shared/catalog/embedded"
	"latchkey/shared/coded"
	"latchkey/shared/customerkey"
	"latchkey/shared/database"
	"latchkey/shared/keyusage"
	"latchkey/shared/keyusage/ledger"
	"latchkey/shared/keyusage/trailtest"
	"latchkey/shared/objects"
	objectsembedded "latchkey/shared/objects/embedded"
	"latchkey/shared/reconcile"
	"latchkey/shared/tenant"
)

const (
	account = "111122223333"
	region  = "us-east-1"
	trail   = "trail"
	bucket  = "ledger"
)

var (
	ctx   = context.Background()
	start = time.Date(2025, 3, 1, 22, 0, 0, 0, time.UTC)
)

// clock stands still until a test moves it.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

type counts struct {
	mu sync.Mutex
	n  map[string]int64
}

func (c *counts) Count(name string, n int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.n == nil {
		c.n = map[string]int64{}
	}
	c.n[name] += n
}

func (c *counts) Measure(string, float64, string) {}

// world is a cell's catalog and buckets, with the records of a generated world.
type world struct {
	testing.TB
	gen     *trailtest.Generator
	clock   *clock
	store   *catalogembedded.Memory
	objects *objectsembedded.Memory
	metrics *counts
	config  ledger.Config
	truth   map[trailtest.Use]int
	gone    map[string]bool // objects that fading does not show
}

func newWorld(t testing.TB, cfg trailtest.Config) *world {
	t.Helper()
	if cfg.Start.IsZero() {
		cfg.Start = start
	}
	c := &clock{now: cfg.Start.Add(48 * time.Hour)}
	w := &world{
		TB: t, gen: trailtest.New(cfg), clock: c, store: catalogembedded.NewMemory(c), objects: objectsembedded.NewMemory(),
		metrics: &counts{}, truth: map[trailtest.Use]int{}, gone: map[string]bool{},
		config: ledger.Config{Account: account, Region: region, LedgerBucket: bucket, TrailBucket: trail, AnyPrincipal: true},
	}
	w.gen.Seen = func(u trailtest.Use) {
		w.truth[u]++
	}
	for i := range w.gen.World.Tenants {
		w.register(i)
	}
	return w
}

// put writes an item as the control plane does.
func (w *world) put(part, sort string, rec any, x catalog.Indexes) {
	w.Helper()
	body, err := json.Marshal(rec)
	if err != nil {
		w.Fatal(err)
	}
	key := catalog.Key{Part: part, Sort: sort}
	have, _ := w.store.Get(ctx, key)
	tx := catalog.Tx{Puts: []catalog.Put{{Item: catalog.Item{Key: key, Body: body, Indexes: x}, IfVersion: have.Version}}}
	if err := w.store.Commit(ctx, tx); err != nil {
		w.Fatal(err)
	}
}

func (w *world) register(i int) {
	t := w.gen.World.Tenants[i]
	w.put("tenant#"+t.ID, ".", tenant.Record{ID: t.ID}, catalog.Indexes{Tenant: t.ID, KeyARN: "tenants/" + t.KeyARN})
	w.put("key#"+t.KeyARN, ".", w.key(i), catalog.Indexes{})
	for _, d := range t.Databases {
		rec := database.Record{ID: d.ID, TenantID: t.ID, ResourceID: d.ResourceID}
		w.put("database#"+d.ID, ".", rec, catalog.Indexes{Tenant: t.ID, Resource: d.ResourceID})
		w.put("secret#"+d.SecretARN, ".", map[string]string{"databaseId": d.ID, "tenantId": t.ID}, catalog.Indexes{})
	}
}

func (w *world) key(i int) customerkey.Record {
	t := w.gen.World.Tenants[i]
	return customerkey.Record{ARN: t.KeyARN, TenantID: t.ID, Region: region, Phase: customerkey.PhaseUsable}
}

// revoke writes a key's history: locked at a time, and usable again at another.
func (w *world) revoke(i int, at, back time.Time) {
	rec := w.key(i)
	rec.LastRevokedAt = at
	w.put("key#"+rec.ARN, ".", rec, catalog.Indexes{})
	w.put("history#"+rec.ARN, "000000000000002.00", customerkey.Change{At: at, From: "usable", To: "locked", Cause: customerkey.CauseDisabled, Event: "e-1"}, catalog.Indexes{})
	if !back.IsZero() {
		w.put("history#"+rec.ARN, "000000000000003.00", customerkey.Change{At: back, From: "locked", To: "usable"}, catalog.Indexes{})
	}
}

// deps are those of a ledger in a process of its own.
func (w *world) deps() ledger.Deps {
	w.Helper()
	cfg := reconcile.DefaultConfig(account, region)
	plane, err := reconcile.New(reconcile.Deps{
		Store: w.store, Outbox: w.store, Clock: w.clock, Metrics: w.metrics, Config: cfg,
		Regions: map[string]reconcile.Ports{region: {}}, Log: slog.New(slog.NewTextHandler(io.Discard, nil)),
	})
	if err != nil {
		w.Fatal(err)
	}
	return ledger.Deps{Store: w.store, Objects: w.objects, Records: plane, Clock: w.clock, Metrics: w.metrics, Config: w.config}
}

func (w *world) open(d ledger.Deps) *ledger.Ledger {
	w.Helper()
	l, err := ledger.New(d)
	if err != nil {
		w.Fatal(err)
	}
	return l
}

// deliver puts a log file into the trail's bucket and returns its key.
func (w *world) deliver(key string, doc []byte) string {
	w.Helper()
	if _, err := w.objects.Put(ctx, trail, key, trailtest.Gzip(doc), objects.Options{}); err != nil {
		w.Fatal(err)
	}
	return key
}

// files delivers so many files, and for each other one another file with the
// second half of its records once more.
func (w *world) files(n, records int) []string {
	w.Helper()
	var keys []string
	for i := range n {
		doc := w.gen.File(i, records)
		keys = append(keys, w.deliver(w.gen.Name(i), doc))
		if i%2 == 1 {
			continue
		}
		var parsed struct{ Records []json.RawMessage }
		if err := json.Unmarshal(doc, &parsed); err != nil {
			w.Fatal(err)
		}
		parsed.Records = parsed.Records[len(parsed.Records)/2:]
		again, err := json.Marshal(parsed)
		if err != nil {
			w.Fatal(err)
		}
		keys = append(keys, w.deliver(w.gen.Name(1000+i), again))
	}
	return keys
}

func ingest(t testing.TB, l *ledger.Ledger, keys ...string) {
	t.Helper()
	for _, key := range keys {
		if _, err := l.Ingest(ctx, trail, key); err != nil {
			t.Fatalf("%s: %v", key, err)
		}
	}
}

// usage is all that the ledger counts, of all tenants and of none.
func (w *world) usage(l *ledger.Ledger) map[trailtest.Use]int {
	w.Helper()
	got := map[trailtest.Use]int{}
	tenants := []string{""}
	for _, t := range w.gen.World.Tenants {
		tenants = append(tenants, t.ID)
	}
	for _, id := range tenants {
		s, err := l.Collect(ctx, id, start.Add(-24*time.Hour), start.Add(72*time.Hour))
		if err != nil {
			w.Fatal(err)
		}
		s.Each(func(r keyusage.Rollup) {
			got[trailtest.Use{Tenant: r.Tenant, Database: r.Database, KeyARN: r.KeyARN, Operation: r.Operation, Principal: r.Principal.ID,
				ErrorCode: r.ErrorCode, Hour: r.Hour.Unix() / 3600}] += int(r.Count)
		})
	}
	return got
}

func difference(got, want map[trailtest.Use]int) string {
	for u, n := range want {
		if got[u] != n {
			return fmt.Sprintf("%+v: %d, want %d", u, got[u], n)
		}
	}
	for u, n := range got {
		if want[u] != n {
			return fmt.Sprintf("%+v: %d, want %d", u, n, want[u])
		}
	}
	return ""
}

// told returns the outgoing events, and fails if one is there twice.
func (w *world) told() []*events.FindingEvent {
	w.Helper()
	pending, err := w.store.Pending(ctx, 1000)
	if err != nil {
		w.Fatal(err)
	}
	seen := map[string]bool{}
	var out []*events.FindingEvent
	for _, m := range pending {
		env, err := events.ParseEnvelope(m.Body)
		if err != nil {
			w.Fatal(err)
		}
		d, err := events.Parse(env)
		if err != nil {
			w.Fatal(err)
		}
		f := d.(*events.FindingEvent)
		if seen[f.ID] || f.ID != m.ID {
			w.Errorf("finding %s was told twice, or as %s", f.ID, m.ID)
		}
		seen[f.ID] = true
		out = append(out, f)
	}
	slices.SortFunc(out, func(a, b *events.FindingEvent) int { return bytes.Compare([]byte(a.ID), []byte(b.ID)) })
	return out
}

// table returns the objects of the Parquet table.
func (w *world) table() map[string]string {
	w.Helper()
	list, err := w.objects.List(ctx, bucket, ledger.TablePrefix, "")
	if err != nil {
		w.Fatal(err)
	}
	out := map[string]string{}
	for _, info := range list {
		out[info.Key] = info.ETag // of the content
	}
	return out
}

// hiding is the control plane before some records were made.
type hiding struct {
	ledger.Records
	hidden map[string]bool // tenants and keys
}

func (h hiding) Tenant(ctx context.Context, id string) (tenant.Record, error) {
	if h.hidden[id] {
		return tenant.Record{}, coded.New(coded.NotFound, "no tenant %s", id)
	}
	return h.Records.Tenant(ctx, id)
}

func (h hiding) Key(ctx context.Context, arn string) (customerkey.Record, error) {
	if h.hidden[arn] {
		return customerkey.Record{}, coded.New(coded.NotFound, "no key %s", arn)
	}
	return h.Records.Key(ctx, arn)
}

func (h hiding) SecretOwner(ctx context.Context, arn string) (string, string, error) {
	tenant, database, err := h.Records.SecretOwner(ctx, arn)
	if h.hidden[tenant] {
		return "", "", coded.New(coded.NotFound, "no secret %s", arn)
	}
	return tenant, database, err
}

// before hides a tenant, its key and its databases.
func (w *world) before(d ledger.Deps, i int) ledger.Deps {
	t := w.gen.World.Tenants[i]
	d.Records = hiding{d.Records, map[string]bool{t.ID: true, t.KeyARN: true}}
	d.Store = blind{d.Store}
	return d
}

// blind finds no database by its resource id.
type blind struct{ catalog.Store }

func (b blind) Query(ctx context.Context, q catalog.Query) (catalog.Page, error) {
	if q.Index == catalog.IndexResource {
		return catalog.Page{}, nil
	}
	return b.Store.Query(ctx, q)
}

// fading is a bucket from which objects were removed.
type fading struct {
	ledger.Objects
	gone map[string]bool
}

func (f fading) List(ctx context.Context, bucket, prefix, after string) ([]objects.Info, error) {
	list, err := f.Objects.List(ctx, bucket, prefix, after)
	return slices.DeleteFunc(list, func(i objects.Info) bool { return f.gone[i.Key] }), err
}

func (f fading) Open(ctx context.Context, bucket, key string) (*objects.Object, error) {
	if f.gone[key] {
		return nil, objects.NotFound(bucket, key)
	}
	return f.Objects.Open(ctx, bucket, key)
}
