// Package deployedtest makes a cell in which much has happened, and puts it on
// an emulator of AWS as a deployed one would be there.
package deployedtest

import (
	"context"
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"latchkey/events"
	"latchkey/localstack/api"
	"latchkey/localstack/cell"
	"latchkey/shared/aws/mototest"
	"latchkey/shared/catalog"
	catalogembedded "latchkey/shared/catalog/embedded"
	"latchkey/shared/customerkey"
	"latchkey/shared/customerkey/keypolicy"
	"latchkey/shared/fake"
	"latchkey/shared/fake/fakekms"
	"latchkey/shared/fake/fakerds"
	"latchkey/shared/keyusage/ledger"
	"latchkey/shared/objects/embedded"
	"latchkey/shared/reconcile"
)

// Names of the world.
const (
	Account  = mototest.Account
	Region   = "eu-central-1"
	Customer = "444455556666"
	admin    = "arn:aws:iam::" + Customer + ":role/KeyAdmin"
)

// World is a cell on the embedded catalog and the twins. Acme is served; the key
// of birch is locked; the one of cedar waits for an approval; the preflight of
// dogwood fails; the database of elm is parked for a quota.
type World struct {
	*testing.T
	Cell    *cell.Cell
	Clock   *fake.Clock
	Objects *embedded.Memory
	Keys    map[string]string // ARN by tenant
	table   *table
}

// table is a catalog that knows what was put into it last.
type table struct {
	catalog.Store
	mu    sync.Mutex
	items map[catalog.Key]catalog.Item
}

// Commit implements catalog.Store.
func (s *table) Commit(ctx context.Context, tx catalog.Tx) error {
	if err := s.Store.Commit(ctx, tx); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, p := range tx.Puts {
		p.Item.Body = slices.Clone(p.Item.Body)
		s.items[p.Item.Key] = p.Item
	}
	for _, d := range tx.Deletes {
		delete(s.items, d.Key)
	}
	return nil
}

// New lets it all happen, within the last three days.
func New(t *testing.T) *World {
	t.Helper()
	w := &World{T: t, Clock: fake.NewClock(time.Now().UTC().Truncate(time.Hour).Add(-72 * time.Hour)), Objects: embedded.NewMemory(), Keys: map[string]string{}}
	var err error
	w.Cell, err = cell.New(context.Background(), cell.Config{
		Account: Account, Regions: []string{Region}, Seed: 1, Clock: w.Clock, Store: catalogembedded.NewMemory(w.Clock),
		Ledger: &cell.Ledger{Objects: w.Objects}, Quotas: fakerds.Quotas{Instances: 3},
		Wrap: func(s catalog.Store) catalog.Store {
			w.table = &table{Store: s, items: map[catalog.Key]catalog.Item{}}
			return w.table
		},
	})
	w.must(err)
	w.Cell.Forward(Customer)
	w.signUp("acme", "", "")
	w.signUp("birch", w.key("birch", false), "")
	w.signUp("cedar", w.key("cedar", false), events.ReturnApproval)
	w.signUp("dogwood", w.key("dogwood", true), "")
	w.pass(3 * time.Hour)
	w.signUp("elm", w.key("elm", false), "")
	w.pass(3 * time.Hour)
	for _, tenant := range []string{"birch", "cedar"} {
		w.must(w.Cell.KMS.DisableKey(context.Background(), admin, w.Keys[tenant]))
	}
	w.pass(time.Hour)
	w.must(w.Cell.KMS.EnableKey(context.Background(), admin, w.Keys["cedar"]))
	w.pass(2 * time.Hour)
	return w
}

func (w *World) must(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}

func (w *World) pass(d time.Duration) {
	w.Helper()
	w.must(w.Cell.Advance(context.Background(), w.Clock.Now().Add(d)))
}

// key makes a customer's key for a tenant; broken is without what RDS needs.
func (w *World) key(tenant string, broken bool) string {
	w.Helper()
	var statements []map[string]any
	w.must(json.Unmarshal([]byte(customerkey.Statement(customerkey.Want{TenantID: tenant, Region: Region, PlatformAccount: Account})), &statements))
	if broken {
		statements = slices.DeleteFunc(statements, func(s map[string]any) bool { return s["Sid"] == keypolicy.GrantForRDS })
	}
	own := map[string]any{"Effect": "Allow", "Principal": map[string]string{"AWS": "arn:aws:iam::" + Customer + ":root"}, "Action": "kms:*", "Resource": "*"}
	policy, err := json.Marshal(map[string]any{"Version": "2012-10-17", "Statement": append(statements, own)})
	w.must(err)
	w.Keys[tenant], err = w.Cell.KMS.CreateKey(context.Background(), admin, fakekms.CreateKeyInput{Region: Region, Policy: string(policy)})
	w.must(err)
	return w.Keys[tenant]
}

// signUp has commerce sign a tenant up with one product; without a key it gets
// the platform's.
func (w *World) signUp(tenant, key, way string) {
	w.Helper()
	created := events.TenantCreated{
		Subject: events.Subject{Version: events.DetailVersion, TenantID: tenant, Sequence: 1}, Name: tenant, Hosts: []string{tenant + ".example.com"},
		Realm: events.RealmEU, Placement: events.PlacementShared, Key: events.KeyChoice{Choice: events.KeyPlatform}, Return: way,
	}
	if key != "" {
		created.Placement, created.Key = events.PlacementDedicated, events.KeyChoice{Choice: events.KeyCustomer, ARN: key}
	}
	for _, detail := range []any{created, events.ProductActivated{
		Subject: events.Subject{Version: events.DetailVersion, TenantID: tenant, Sequence: 2}, Product: "tracker",
		License: events.License{Edition: "premium", Seats: 3},
	}} {
		kind := events.TypeTenantCreated
		if _, ok := detail.(events.ProductActivated); ok {
			kind = events.TypeProductActivated
		}
		env, err := events.New(kind, kind+" "+tenant, w.Clock.Now(), Region, Account, detail)
		w.must(err)
		_, err = w.Cell.Put(env)
		w.must(err)
	}
}

// Items returns the records of the cell's table, in order of their keys.
func (w *World) Items() []catalog.Item {
	w.table.mu.Lock()
	defer w.table.mu.Unlock()
	return slices.SortedFunc(maps.Values(w.table.items), func(a, b catalog.Item) int {
		return strings.Compare(a.Key.Part+"\x00"+a.Key.Sort, b.Key.Part+"\x00"+b.Key.Sort)
	})
}

// Twin answers for the world as a local stack does.
type Twin struct{ World *World }

// Health implements server.Cell.
func (t Twin) Health() api.Health {
	return api.Health{OK: true, Account: Account, Regions: []string{Region}, Now: t.World.Clock.Now()}
}

// Plane implements server.Cell.
func (t Twin) Plane() *reconcile.Plane { return t.World.Cell.Plane }

// Ledger implements server.Cell.
func (t Twin) Ledger() *ledger.Ledger { return t.World.Cell.Ledger }

// Put implements server.Cell: nothing more happens in the world.
func (t Twin) Put(context.Context, []events.Envelope, bool) ([]api.Entry, error) { return nil, nil }

// DeadLetters implements server.Cell.
func (t Twin) DeadLetters(context.Context) ([]api.Letter, error) { return []api.Letter{}, nil }

// Redrive implements server.Cell.
func (t Twin) Redrive(context.Context) (api.Redriven, error) { return api.Redriven{}, nil }
