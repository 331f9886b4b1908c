package cell_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"latchkey/events"
	"latchkey/shared/catalog"
	"latchkey/shared/catalog/embedded"
	"latchkey/shared/coded"
	"latchkey/shared/fake"
	"latchkey/shared/function"
	"latchkey/shared/function/cell"
	"latchkey/shared/function/emf"
	"latchkey/shared/function/settings"
	"latchkey/shared/reconcile"
)

const region = "eu-central-1"

var (
	ctx   = context.Background()
	epoch = time.Date(2026, 3, 2, 9, 15, 0, 0, time.UTC)
)

// world is a plane on an embedded catalog.
type world struct {
	*testing.T
	clock *fake.Clock
	store *embedded.Memory
	host  function.Host
	plane *reconcile.Plane
	out   bytes.Buffer // metrics
}

// newWorld returns a world whose catalog is seen through wrap, which may be nil.
func newWorld(t *testing.T, wrap func(catalog.Store) catalog.Store) *world {
	t.Helper()
	w := &world{T: t, clock: fake.NewClock(epoch)}
	w.store = embedded.NewMemory(w.clock)
	w.host = function.Host{Name: "sweep", Region: region, Clock: w.clock, Log: slog.New(slog.NewTextHandler(io.Discard, nil)), Metrics: emf.New(&w.out, w.clock, "sweep")}
	var store catalog.Store = w.store
	if wrap != nil {
		store = wrap(store)
	}
	var err error
	w.plane, err = reconcile.New(reconcile.Deps{
		Store: store, Outbox: w.store, Clock: w.clock, Metrics: w.host.Metrics, Log: w.host.Log,
		Config: reconcile.DefaultConfig("111122223333", region), Regions: map[string]reconcile.Ports{region: {}},
	})
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// tenant signs a tenant up, and leaves it due.
func (w *world) tenant(id string) catalog.Key {
	w.Helper()
	env, err := events.New(events.TypeTenantCreated, "event-of-"+id, w.clock.Now(), region, "111122223333", &events.TenantCreated{
		Subject: events.Subject{Version: "1", TenantID: id, Sequence: 1}, Name: id, Region: region, Hosts: []string{},
		Placement: events.PlacementShared, Key: events.KeyChoice{Choice: events.KeyAWSOwned},
	})
	if err != nil {
		w.Fatal(err)
	}
	idle, err := reconcile.New(reconcile.Deps{
		Store: w.store, Outbox: w.store, Clock: w.clock, Metrics: w.host.Metrics, Log: w.host.Log, AtOnce: []reconcile.Kind{reconcile.Keys},
		Config: w.plane.Config, Regions: w.plane.Regions,
	})
	if err != nil {
		w.Fatal(err)
	}
	if err := idle.Handle(ctx, events.FunctionProvision, env); err != nil {
		w.Fatal(err)
	}
	return catalog.Key{Part: "tenant#" + id, Sort: "."}
}

// version is how often a record was written.
func (w *world) version(key catalog.Key) int64 {
	w.Helper()
	it, err := w.store.Get(ctx, key)
	if err != nil {
		w.Fatal(err)
	}
	return it.Version
}

// invoke gives a handler an event and returns its answer as JSON.
func (w *world) invoke(handler function.Handler, payload string) (string, error) {
	w.Helper()
	answer, err := handler(ctx, json.RawMessage(payload))
	b, merr := json.Marshal(answer)
	return string(b), errors.Join(err, merr, w.host.Metrics.Flush())
}

// broken is a catalog that fails while err is set.
type broken struct {
	catalog.Store
	err error
}

func (b *broken) wrap(s catalog.Store) catalog.Store { b.Store = s; return b }

func (b *broken) Get(ctx context.Context, key catalog.Key) (catalog.Item, error) {
	if b.err != nil {
		return catalog.Item{}, b.err
	}
	return b.Store.Get(ctx, key)
}

func (b *broken) Due(ctx context.Context, lane catalog.Lane, shard int, until time.Time, limit int) ([]catalog.Due, error) {
	if b.err != nil {
		return nil, b.err
	}
	return b.Store.Due(ctx, lane, shard, until, limit)
}

func TestNew_Region(t *testing.T) {
	w := newWorld(t, nil)
	s := settings.Plane{Account: "111122223333", Table: "t", Regions: []string{"us-east-1"}, ShardCapacity: 50, Unreachable: time.Hour}
	if _, err := cell.New(w.host, s, reconcile.Ports{}); !coded.Is(err, coded.Invalid) || !strings.Contains(err.Error(), "LATCHKEY_REGIONS") {
		t.Errorf("a Region that is not listed: %v", err)
	}
	s.Regions = append(s.Regions, region)
	p, err := cell.New(w.host, s, reconcile.Ports{}, reconcile.Tenants)
	if err != nil || p.Config.KeyTiming.Unreachable != time.Hour || p.Config.ShardCapacity != 50 || !slices.Equal(p.AtOnce, []reconcile.Kind{reconcile.Tenants}) {
		t.Errorf("plane %+v, %v", p, err)
	}
}
