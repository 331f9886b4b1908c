package tenant_test

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"latchkey/events"
	"latchkey/shared/tenant"
)

// cell does what Step asks for, as the engine does, with databases that become
// what they are told to be when settle is called. It checks what must hold for
// every step.
type cell struct {
	t    *testing.T
	now  time.Time
	rec  tenant.Record
	wait time.Duration
	key  tenant.KeyView

	databases map[string]*base // by product and generation
	out       []string         // detail-types sent, "Product Ready crm"
	deleted   map[string]time.Time
	released  string
}

type base struct {
	phase, reason string
	closed        bool
	closedAt      time.Time
	doomed        bool
}

func newCell(t *testing.T) *cell {
	return &cell{t: t, now: t0, databases: map[string]*base{}, deleted: map[string]time.Time{}}
}

func name(product string, generation int) string { return fmt.Sprintf("%s.%d", product, generation) }

func (c *cell) world() tenant.World {
	w := tenant.World{Key: c.key, Databases: map[string]tenant.DatabaseView{}}
	for product, p := range c.rec.Products {
		if b := c.databases[name(product, p.Generation)]; b != nil {
			w.Databases[product] = tenant.DatabaseView{Exists: true, Phase: b.phase, Reason: b.reason}
		}
	}
	return w
}

// put applies an event and steps until the tenant is at rest.
func (c *cell) put(list ...tenant.Event) {
	c.t.Helper()
	for _, e := range list {
		next, _, err := rules.Apply(c.rec, e, c.now)
		if err != nil {
			c.t.Fatalf("Apply(%T): %v", e, err)
		}
		c.move(next)
	}
	c.step()
}

func (c *cell) move(next tenant.Record) {
	c.t.Helper()
	if next.Phase != c.rec.Phase {
		if err := tenant.Transitions.Check(c.rec.Phase, next.Phase); err != nil {
			c.t.Fatal(err)
		}
	}
	c.rec = next
}

// step steps until no more is to be done at this moment.
func (c *cell) step() {
	c.t.Helper()
	for range 20 {
		before := c.rec
		next, actions, wait, err := rules.Step(c.rec, c.world(), c.now)
		if err != nil {
			c.t.Fatalf("Step: %v", err)
		}
		again, _, _, _ := rules.Step(c.rec, c.world(), c.now)
		if !reflect.DeepEqual(next, again) {
			c.t.Fatal("Step changed what it was given, or is not deterministic")
		}
		if wait < 0 {
			c.t.Fatalf("wait is %s", wait)
		}
		c.move(next)
		c.wait = wait
		c.do(actions)
		if reflect.DeepEqual(before, c.rec) && len(actions.Databases)+len(actions.Events) == 0 {
			return
		}
	}
	c.t.Fatalf("the tenant does not come to rest: %+v", c.rec)
}

// do carries out the actions, which must make sense.
func (c *cell) do(a tenant.Actions) {
	c.t.Helper()
	if n := len(a.Databases) + len(a.Events); n > 25 {
		c.t.Fatalf("%d actions in one step", n)
	}
	if a.RegisterKey != nil {
		if a.RegisterKey.ARN != keyARN || a.RegisterKey.Region != c.rec.Region {
			c.t.Fatalf("RegisterKey %+v", a.RegisterKey)
		}
		c.key = tenant.KeyView{Exists: true, Phase: "pending"}
	}
	if a.ReleaseKey != "" {
		c.released = a.ReleaseKey
	}
	for _, d := range a.Databases {
		c.operate(d)
	}
	for _, d := range a.Events {
		d.Detail.Stamp("e-1", c.now)
		if _, err := events.New(d.DetailType, "id-1", c.now, "eu-central-1", "111122223333", d.Detail); err != nil {
			c.t.Fatalf("%s: %v", d.DetailType, err)
		}
		text := d.DetailType
		if p, ok := d.Detail.(*events.ProductEvent); ok {
			text += " " + p.Product
		}
		c.out = append(c.out, text)
	}
}

func (c *cell) operate(d tenant.DatabaseAction) {
	c.t.Helper()
	id := name(d.Product, d.Generation)
	b := c.databases[id]
	if d.Op == tenant.EnsureDatabase {
		if b == nil {
			c.databases[id] = &base{phase: "requested"}
		}
		return
	}
	switch {
	case b == nil:
		c.t.Fatalf("%s of %s, which does not exist", d.Op, id)
	case b.doomed:
		c.t.Fatalf("%s of %s, which is being deleted", d.Op, id)
	case d.Op == tenant.CloseDatabase:
		b.closed, b.closedAt = true, c.now
	case d.Op == tenant.ReopenDatabase:
		b.closed = false
	case d.Op == tenant.DeleteDatabase:
		if !b.closed {
			c.t.Fatalf("%s is deleted while it is open", id)
		}
		ownGrace := !c.now.Before(b.closedAt.Add(rules.Grace))
		if tenantGrace := c.rec.Phase == tenant.PhaseDestroying && !c.now.Before(c.rec.DestroyAt); !ownGrace && !tenantGrace {
			c.t.Fatalf("%s, closed at %s, is deleted at %s", id, b.closedAt, c.now)
		}
		b.doomed, b.phase = true, "deleting"
		c.deleted[id] = c.now
	}
}

// settle lets every database become what it was told to be.
func (c *cell) settle() {
	c.t.Helper()
	for range 3 {
		for _, b := range c.databases {
			switch {
			case b.doomed:
				b.phase = "deleted"
			case b.phase == "requested":
				b.phase = "available"
			}
		}
		c.step()
	}
}

func (c *cell) after(d time.Duration) {
	c.t.Helper()
	c.now = c.now.Add(d)
	c.step()
}

// sent returns what was sent since the last call.
func (c *cell) sent() string {
	s := strings.Join(c.out, ", ")
	c.out = nil
	return s
}

func (c *cell) want(phase tenant.Phase, sent string) {
	c.t.Helper()
	if got := c.sent(); c.rec.Phase != phase || got != sent {
		c.t.Fatalf("phase %s (%s), sent %q; want %s, %q", c.rec.Phase, c.rec.Reason, got, phase, sent)
	}
}

func (c *cell) outcomes() string {
	letters := map[tenant.Outcome]string{tenant.Done: "D", tenant.Running: "R", tenant.Pending: "-", tenant.Failed: "F", "": "."}
	s := ""
	for i, p := range c.rec.Steps {
		if p.Outcome != "" && p.Name != tenant.StepNames[i] {
			c.t.Errorf("step %d is called %q", i, p.Name)
		}
		s += letters[p.Outcome]
	}
	return s
}

func (c *cell) steps(want string) {
	c.t.Helper()
	if got := c.outcomes(); got != want {
		c.t.Fatalf("steps %s, want %s: %+v", got, want, c.rec.Steps)
	}
}
