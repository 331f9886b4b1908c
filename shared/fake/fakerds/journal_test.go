package fakerds

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"latchkey/shared/coded"
	"latchkey/shared/fake"
)

// A twin that is killed at any change, and one that is not, live the same life.
func TestNew_continues(t *testing.T) {
	life := func(killed bool) string {
		w := newWorld(t, func(c *Config) { c.Journal = memory{} })
		kill := func() {
			if killed {
				w.restart()
			}
		}
		var statuses []string
		follow := func(until time.Duration) {
			end := w.clock.Now().Add(until)
			for at, ok := w.NextAt(); ok && !at.After(end); at, ok = w.NextAt() {
				kill()
				w.clock.Set(at)
				w.must(w.Tick(at))
				if s := w.get("orders").Status; len(statuses) == 0 || s != statuses[len(statuses)-1] {
					statuses = append(statuses, s)
				}
			}
			w.clock.Set(end)
			kill()
		}
		w.must(w.Fleet(testCaller).Create(ctx, testSpec("orders", testKey)))
		follow(time.Hour)
		w.must(w.Inside().Prepare(ctx, w.login("orders")))
		w.must(w.Write(ctx, "orders", "app", "mark", w.clock.Now()))
		w.must(w.Inside().Fence(ctx, w.login("orders")))
		kill()
		w.must(w.Backups(testCaller).Create(ctx, "orders", "s", nil))
		kill()
		follow(time.Hour)
		if err := w.Connect(ctx, "orders", "app_user"); !coded.Is(err, coded.Conflict) {
			t.Fatalf("killed=%v: fenced role: %v", killed, err)
		}
		w.must(w.Fleet(testCaller).Stop(ctx, "orders"))
		kill()
		follow(8 * day)
		s, err := w.Backups(testCaller).Describe(ctx, "s")
		w.must(err)
		return fmt.Sprint(statuses, w.get("orders"), s, w.values("orders"), w.eventIDs("orders"))
	}
	if whole, killed := life(false), life(true); whole != killed {
		t.Fatalf("without and with being killed:\n%s\n%s", whole, killed)
	}
}

func TestNew_forgetsTheDeleted(t *testing.T) {
	journal := memory{}
	w := newWorld(t, func(c *Config) { c.Journal = journal })
	w.ready("orders", testKey)
	w.must(w.Backups(testCaller).Create(ctx, "orders", "s", nil))
	w.advance(time.Hour)
	w.must(w.Backups(testCaller).Delete(ctx, "s"))
	w.must(w.Fleet(testCaller).Delete(ctx, "orders"))
	w.advance(time.Hour)
	for kind, objects := range journal {
		if len(objects) != 0 {
			t.Errorf("%s still holds %d objects", kind, len(objects))
		}
	}
	w.restart()
	if len(w.Instances()) != 0 {
		t.Fatalf("%v came back", w.Instances())
	}
}

// A change of a key that falls into the time when the twin was down is noticed afterwards.
func TestNew_looksAtKeys(t *testing.T) {
	w := newWorld(t, func(c *Config) { c.Journal = memory{} })
	w.ready("orders", testKey)
	w.kms.refuse[testKey] = kmsError("DisabledException")
	w.restart()
	w.advance(3 * time.Hour)
	w.wantStatus("orders", "inaccessible-encryption-credentials-recoverable")
}

func TestRDS_save_bolt(t *testing.T) {
	path := t.TempDir() + "/cell.db"
	j, err := fake.OpenJournal(path)
	if err != nil {
		t.Fatal(err)
	}
	defer j.Close()
	w := newWorld(t, func(c *Config) { c.Journal = j })
	w.ready("orders", testKey)
	before := w.get("orders")
	w.restart()
	if after := w.get("orders"); fmt.Sprint(after) != fmt.Sprint(before) {
		t.Fatalf("%v, want %v", after, before)
	}
}

// broken is a journal that does not write while it is broken.
type broken struct {
	memory
	broken bool
}

func (b *broken) Save(kind, id string, v []byte) error {
	if b.broken {
		return errors.New("disk full")
	}
	return b.memory.Save(kind, id, v)
}

func TestRDS_save_fails(t *testing.T) {
	j := &broken{memory: memory{}, broken: true}
	w := newWorld(t, func(c *Config) { c.Journal = j })
	if err := w.Fleet(testCaller).Create(ctx, testSpec("orders", testKey)); !coded.Is(err, coded.Internal) {
		t.Fatalf("answered %v without having saved", err)
	}
	j.broken = false
	w.get("orders")
	w.restart()
	w.wantStatus("orders", "creating")
}

// A sink may call the twin.
func TestRDS_deliver_reentrant(t *testing.T) {
	var w *world
	var order []string
	w = newWorld(t, func(c *Config) {
		c.Events = func(e Event) {
			order = append(order, e.EventID)
			if e.EventID == eventCreated {
				w.must(w.Fleet(testCaller).Unprotect(ctx, e.SourceID))
			}
		}
		c.Calls = func(c Call) { order = append(order, c.Operation) }
	})
	w.must(w.Fleet(testCaller).Create(ctx, testSpec("orders", testKey)))
	w.advance(time.Hour)
	if !slices.Contains(order, "ModifyDBInstance") || order[0] != "CreateDBInstance" {
		t.Fatalf("%v", order)
	}
}
