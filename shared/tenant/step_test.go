package tenant_test

import (
	"fmt"
	"math/rand"
	"strings"
	"testing"
	"time"

	"latchkey/events"
	"latchkey/shared/coded"
	"latchkey/shared/customerkey"
	"latchkey/shared/tenant"
)

const (
	hour = time.Hour
	day  = 24 * time.Hour
)

var usable = tenant.KeyView{Exists: true, Phase: "usable"}

// running returns a cell with an active tenant that has products.
func running(t *testing.T, products ...string) *cell {
	t.Helper()
	c := newCell(t)
	c.key = usable
	c.put(created(1))
	for i, p := range products {
		c.put(activated(int64(2+i), p))
	}
	c.settle()
	if c.rec.Phase != tenant.PhaseActive || c.rec.ActiveAt.IsZero() || c.rec.Reason != "" || c.wait != 0 {
		t.Fatalf("not at rest: %s %q, wait %s", c.rec.Phase, c.rec.Reason, c.wait)
	}
	c.sent()
	return c
}

func TestRules_Step_life(t *testing.T) {
	c := newCell(t)
	c.put(created(1))
	c.want(tenant.PhaseProvisioning, "Site Created")
	c.steps("DDDR---")
	if !c.key.Exists {
		t.Fatal("the key was not registered")
	}
	c.put(activated(2, "crm"))
	c.want(tenant.PhaseProvisioning, "")
	c.steps("DDDDDR-")
	if len(c.databases) != 0 {
		t.Fatal("a database was made before the key's preflight")
	}
	c.key.Message = "kms:CreateGrant is denied"
	c.step()
	c.steps("DDDDDF-")
	if !strings.Contains(c.rec.Reason, "kms:CreateGrant") || c.wait == 0 {
		t.Errorf("reason %q, wait %s", c.rec.Reason, c.wait)
	}
	c.key = usable
	c.step()
	c.steps("DDDDDR-")
	c.settle()
	c.want(tenant.PhaseActive, "Product Ready crm, Tenant Active")
	c.steps("DDDDDDD")
	if c.wait != 0 {
		t.Errorf("at rest, but due in %s", c.wait)
	}

	c.put(licensed(3, "crm", 50))
	c.want(tenant.PhaseActive, "Product Changed crm")
	c.put(suspended(4, "crm"))
	c.want(tenant.PhaseActive, "Product Changed crm")
	c.put(suspended(4, "crm"), licensed(3, "crm", 50))
	c.want(tenant.PhaseActive, "")
	c.put(unsuspended(5, "crm"))
	c.want(tenant.PhaseActive, "Product Changed crm")

	before := c.rec.Steps
	c.now = c.now.Add(hour)
	c.put(activated(6, "wiki"))
	c.want(tenant.PhaseActive, "")
	c.steps("DDDDDR-")
	c.settle()
	c.want(tenant.PhaseActive, "Product Ready wiki")
	c.steps("DDDDDDD")
	for _, i := range []int{tenant.StepSite, tenant.StepRegion} {
		if c.rec.Steps[i] != before[i] {
			t.Errorf("step %s was run again", tenant.StepNames[i])
		}
	}
	for _, i := range []int{tenant.StepProducts, tenant.StepDatabases, tenant.StepApps} {
		if !c.rec.Steps[i].At.Equal(c.now) {
			t.Errorf("step %s was not run again", tenant.StepNames[i])
		}
	}

	c.put(destroyed(9))
	c.want(tenant.PhaseDestroying, "Site Closed, Product Removed crm, Product Removed wiki")
	if c.wait != 30*day {
		t.Errorf("due in %s", c.wait)
	}
	c.after(30*day - time.Second)
	c.want(tenant.PhaseDestroying, "")
	if len(c.deleted) != 0 {
		t.Fatal("deleted before the grace period was over")
	}
	c.after(time.Second)
	if len(c.deleted) != 2 {
		t.Fatalf("at the end of the grace period %d databases are deleted", len(c.deleted))
	}
	c.want(tenant.PhaseDestroying, "")
	c.settle()
	c.want(tenant.PhaseDestroyed, "Tenant Removed")
	if c.released != keyARN || c.wait != 0 {
		t.Errorf("released %q, wait %s", c.released, c.wait)
	}
	c.put(activated(99, "chat"), licensed(98, "crm", 1), destroyed(97, 0))
	c.want(tenant.PhaseDestroyed, "")
}

func TestRules_Step_awaitingCreated(t *testing.T) {
	c := newCell(t)
	c.put(activated(2, "crm"))
	c.want(tenant.PhaseAwaitingCreated, "")
	if c.wait != day {
		t.Errorf("due in %s", c.wait)
	}
	c.after(day)
	c.want(tenant.PhaseParked, "Tenant Parked")
	c.put(licensed(3, "crm", 2))
	c.want(tenant.PhaseParked, "")
	c.key = usable
	c.put(created(1))
	c.settle()
	c.want(tenant.PhaseActive, "Site Created, Product Ready crm, Tenant Active")
}

func TestRules_Step_deactivated(t *testing.T) {
	c := running(t, "crm", "wiki")
	c.put(deactivated(10, "crm"))
	c.want(tenant.PhaseActive, "Product Removed crm")
	if !c.databases["crm.1"].closed || c.databases["wiki.1"].closed || c.wait != 30*day {
		t.Fatalf("crm closed %v, due in %s", c.databases["crm.1"].closed, c.wait)
	}
	c.after(29 * day)
	c.put(activated(11, "crm"))
	if c.databases["crm.1"].closed {
		t.Fatal("not open again")
	}
	c.want(tenant.PhaseActive, "Product Ready crm")
	c.after(5 * day)
	if len(c.deleted) != 0 {
		t.Fatal("deleted although it was activated again")
	}

	c.put(deactivated(12, "crm"))
	c.after(30 * day)
	if c.deleted["crm.1"].IsZero() || len(c.deleted) != 1 {
		t.Fatalf("deleted: %v", c.deleted)
	}
	c.put(activated(13, "crm"))
	if c.databases["crm.2"] != nil {
		t.Fatal("a new database was made before the earlier one was deleted")
	}
	c.steps("DDDDDR-")
	c.settle()
	if b := c.databases["crm.2"]; b == nil || b.phase != "available" {
		t.Fatalf("no database of a second generation: %v", c.databases)
	}
	c.want(tenant.PhaseActive, "Product Removed crm, Product Ready crm")
}

func TestRules_Step_destroyKeepsEarlierDeadlines(t *testing.T) {
	c := running(t, "crm", "wiki")
	c.put(deactivated(10, "crm"))
	c.after(20 * day)
	c.put(destroyed(11))
	if c.wait != 10*day {
		t.Errorf("due in %s, want crm's own deadline", c.wait)
	}
	c.after(10 * day)
	if c.deleted["crm.1"].IsZero() || len(c.deleted) != 1 {
		t.Fatalf("deleted: %v", c.deleted)
	}
	c.after(20 * day)
	c.settle()
	if c.rec.Phase != tenant.PhaseDestroyed {
		t.Errorf("phase %s", c.rec.Phase)
	}
}

func TestRules_Step_destroyBeforeEarlierDeadlines(t *testing.T) {
	c := running(t, "crm")
	c.put(deactivated(10, "crm"))
	c.put(destroyed(11, 1))
	c.after(day)
	c.settle()
	if c.rec.Phase != tenant.PhaseDestroyed {
		t.Errorf("phase %s, due in %s", c.rec.Phase, c.wait)
	}
}

// TestRules_Step_noGraceIsDue: a closed database whose deadline is now must not
// be left behind as not due.
func TestRules_Step_noGraceIsDue(t *testing.T) {
	c := running(t, "crm")
	for name, e := range map[string]tenant.Event{"destroyed": destroyed(10, 0), "deactivated": deactivated(10, "crm")} {
		t.Run(name, func(t *testing.T) {
			r := tenant.Rules{AwaitCreated: day}
			rec, _, err := r.Apply(c.rec, e, c.now)
			if err != nil {
				t.Fatal(err)
			}
			_, actions, wait, err := r.Step(rec, c.world(), c.now)
			if err != nil || len(actions.Databases) != 1 || actions.Databases[0].Op != tenant.CloseDatabase || wait != tenant.Soon {
				t.Errorf("%+v, wait %s, %v", actions.Databases, wait, err)
			}
		})
	}
}

func TestRules_Step_destroyNeverWaitsForTheKey(t *testing.T) {
	for _, phase := range append(customerkey.Transitions.States(), "") {
		t.Run(string(phase), func(t *testing.T) {
			c := running(t, "crm")
			c.key = tenant.KeyView{Exists: phase != "", Phase: string(phase)}
			c.put(destroyed(10, 1))
			if !c.databases["crm.1"].closed {
				t.Fatal("access has not ended")
			}
			c.after(day)
			c.settle()
			if c.rec.Phase != tenant.PhaseDestroyed {
				t.Errorf("phase %s", c.rec.Phase)
			}
		})
	}
}

func TestRules_Step_destroyAtOnce(t *testing.T) {
	cases := map[string][]tenant.Event{
		"no grace":        {destroyed(10, 0)},
		"grace shortened": {destroyed(10), destroyed(11, 0)},
	}
	for name, list := range cases {
		t.Run(name, func(t *testing.T) {
			c := running(t, "crm")
			c.put(list...)
			c.after(c.wait)
			c.settle()
			c.want(tenant.PhaseDestroyed, "Site Closed, Product Removed crm, Tenant Removed")
		})
	}
	t.Run("nothing was made", func(t *testing.T) {
		c := newCell(t)
		c.put(activated(2, "crm"))
		c.put(destroyed(3))
		c.want(tenant.PhaseDestroyed, "")
		c.put(created(1))
		c.want(tenant.PhaseDestroyed, "")
	})
}

func TestRules_Step_destroyWaitsForParkedDatabases(t *testing.T) {
	c := running(t, "crm")
	c.put(destroyed(10, 0))
	c.after(c.wait)
	b := c.databases["crm.1"]
	b.phase, b.reason, b.doomed = "parked", "not ours", false
	c.step()
	if c.rec.Phase != tenant.PhaseDestroying || !strings.Contains(c.rec.Reason, "not ours") || c.wait == 0 {
		t.Errorf("%s %q, wait %s", c.rec.Phase, c.rec.Reason, c.wait)
	}
}

func TestRules_Step_parked(t *testing.T) {
	c := newCell(t)
	c.key = usable
	c.put(created(1))
	c.put(activated(2, "crm"))
	b := c.databases["crm.1"]
	b.phase, b.reason = "parked", "quota of instances exceeded"
	c.step()
	c.want(tenant.PhaseParked, "Site Created, Tenant Parked")
	c.steps("DDDDDF-")
	if !strings.Contains(c.rec.Reason, "quota") {
		t.Errorf("reason %q", c.rec.Reason)
	}
	c.after(hour)
	c.want(tenant.PhaseParked, "")
	b.phase = "creating"
	c.step()
	c.want(tenant.PhaseProvisioning, "")
	b.phase = "available"
	c.step()
	c.want(tenant.PhaseActive, "Product Ready crm, Tenant Active")

	c.put(activated(3, "wiki"))
	c.databases["wiki.1"].phase = "parked"
	c.step()
	c.want(tenant.PhaseActive, "")
	c.steps("DDDDDF-")
}

func TestRules_Step_key(t *testing.T) {
	cases := []struct {
		view  tenant.KeyView
		phase tenant.Phase
		steps string
	}{
		{tenant.KeyView{Exists: true, Phase: "pending"}, tenant.PhaseProvisioning, "DDDDDR-"},
		{tenant.KeyView{Exists: true, Phase: "pending", Message: "wrong region"}, tenant.PhaseProvisioning, "DDDDDF-"},
		{tenant.KeyView{Exists: true, Phase: "unreachable"}, tenant.PhaseProvisioning, "DDDDDR-"},
		{tenant.KeyView{Exists: true, Phase: "locked"}, tenant.PhaseProvisioning, "DDDDDR-"},
		{tenant.KeyView{Exists: true, Phase: "revoked"}, tenant.PhaseProvisioning, "DDDDDR-"},
		{tenant.KeyView{Exists: true, Phase: "lost"}, tenant.PhaseParked, "DDDDDF-"},
	}
	for _, c := range cases {
		t.Run(c.view.Phase+c.view.Message, func(t *testing.T) {
			cell := newCell(t)
			cell.key = c.view
			cell.put(created(1))
			cell.put(activated(2, "crm"))
			if cell.rec.Phase != c.phase || len(cell.databases) != 0 {
				t.Fatalf("%s with %d databases", cell.rec.Phase, len(cell.databases))
			}
			cell.steps(c.steps)
			cell.after(20 * hour)
			if cell.wait < time.Minute || cell.wait > hour {
				t.Errorf("looks again in %s", cell.wait)
			}
		})
	}
	t.Run("retired is registered again", func(t *testing.T) {
		cell := newCell(t)
		cell.key = tenant.KeyView{Exists: true, Phase: "retired"}
		cell.put(created(1))
		if cell.key.Phase != "pending" {
			t.Errorf("key is %s", cell.key.Phase)
		}
	})
	t.Run("no key of its own", func(t *testing.T) {
		cell := newCell(t)
		e := created(1)
		e.Key, e.Placement = events.KeyChoice{Choice: events.KeyAWSOwned}, events.PlacementShared
		cell.put(e)
		cell.put(activated(2, "crm"))
		cell.settle()
		if cell.rec.Phase != tenant.PhaseActive || cell.key.Exists {
			t.Errorf("%s, key registered: %v", cell.rec.Phase, cell.key.Exists)
		}
		cell.put(destroyed(3, 0))
		cell.after(cell.wait)
		cell.settle()
		if cell.rec.Phase != tenant.PhaseDestroyed || cell.released != "" {
			t.Errorf("%s, released %q", cell.rec.Phase, cell.released)
		}
	})
}

func TestRules_Step_lostDatabaseRecordIsMadeAgain(t *testing.T) {
	c := running(t, "crm")
	delete(c.databases, "crm.1")
	c.step()
	if c.databases["crm.1"] == nil {
		t.Error("not made again")
	}
}

func TestRules_Step_manyProducts(t *testing.T) {
	c := newCell(t)
	c.key = usable
	list := []tenant.Event{created(1)}
	for i := range tenant.MaxProducts {
		list = append(list, activated(int64(2+i), fmt.Sprintf("p%02d", i)))
	}
	c.put(list...)
	c.settle()
	if len(c.databases) != tenant.MaxProducts || strings.Count(c.sent(), "Product Ready") != tenant.MaxProducts {
		t.Fatalf("%d databases", len(c.databases))
	}
	c.put(destroyed(99, 0))
	c.after(c.wait)
	c.settle()
	if c.rec.Phase != tenant.PhaseDestroyed || len(c.deleted) != tenant.MaxProducts {
		t.Errorf("%s, %d deleted", c.rec.Phase, len(c.deleted))
	}
}

func TestRules_Step_unknownRecord(t *testing.T) {
	if _, _, _, err := rules.Step(tenant.Record{}, tenant.World{}, t0); !coded.Is(err, coded.Internal) {
		t.Errorf("err = %v, want internal", err)
	}
}

// TestRules_Step_random lets random events, key and database phases and time
// pass over a tenant; the cell checks every step. In the end the world is made
// well and must be what the registers say.
func TestRules_Step_random(t *testing.T) {
	keys := []string{"usable", "usable", "usable", "pending", "locked", "revoked", "unreachable"}
	troubles := []string{"available", "busy", "locked", "parked", "terminal", "creating"}
	for seed := range int64(300) {
		rng := rand.New(rand.NewSource(seed))
		c := newCell(t)
		list := stream(rng)
		rng.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
		for _, e := range list {
			c.put(e)
			c.key = tenant.KeyView{Exists: true, Phase: keys[rng.Intn(len(keys))]}
			for _, b := range c.databases {
				if !b.doomed {
					b.phase = troubles[rng.Intn(len(troubles))]
				}
			}
			c.after(time.Duration(rng.Int63n(int64(20 * day))))
			if rng.Intn(2) == 0 {
				c.settle()
			}
		}
		c.converge(seed)
	}
}

// converge makes the world well and checks that everything is as commerce wants it.
func (c *cell) converge(seed int64) {
	c.t.Helper()
	for range 200 {
		c.key = usable
		for _, b := range c.databases {
			if !b.doomed {
				b.phase = "available"
			}
		}
		c.settle()
		if c.wait == 0 {
			break
		}
		c.after(c.wait)
	}
	destroyed := c.rec.Destroyed.Written()
	if c.wait != 0 || destroyed != (c.rec.Phase == tenant.PhaseDestroyed) {
		c.t.Fatalf("seed %d: does not converge: %s %q, wait %s", seed, c.rec.Phase, c.rec.Reason, c.wait)
	}
	for product, p := range c.rec.Products {
		b := c.databases[name(product, p.Generation)]
		open := b != nil && !b.closed && !b.doomed
		if want := p.Active.Value.On && !destroyed; open != want || (p.Announced == tenant.AnnouncedReady) != want {
			c.t.Fatalf("seed %d: %s open %v, announced %q, want %v", seed, product, open, p.Announced, want)
		}
	}
}

func TestTransitions(t *testing.T) {
	if lost := tenant.Transitions.Unreachable(); lost != nil {
		t.Errorf("unreachable: %v", lost)
	}
	if !tenant.Transitions.Final(tenant.PhaseDestroyed) {
		t.Error("destroyed is not final")
	}
	if !strings.HasPrefix(tenant.Diagram(), "stateDiagram-v2\n") {
		t.Error("Diagram is no state diagram")
	}
}

func BenchmarkRules_Step(b *testing.B) {
	rec, _, err := rules.Apply(tenant.Record{}, created(1), t0)
	if err != nil {
		b.Fatal(err)
	}
	rec, _, _ = rules.Apply(rec, activated(2, "crm"), t0)
	w := tenant.World{Key: usable, Databases: map[string]tenant.DatabaseView{"crm": {Exists: true, Phase: "available"}}}
	b.ReportAllocs()
	for range b.N {
		if _, _, _, err := rules.Step(rec, w, t0); err != nil {
			b.Fatal(err)
		}
	}
}
