package ledger_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"latchkey/shared/catalog"
	"latchkey/shared/coded"
	"latchkey/shared/keyusage/ledger"
	"latchkey/shared/keyusage/trailtest"
	"latchkey/shared/metric"
)

// without is a control plane without some of the tenants.
func (w *world) without(tenants ...int) ledger.Deps {
	d := w.deps()
	for _, i := range tenants {
		next := w.before(d, i)
		d.Records, d.Store = next.Records, blind{w.store}
	}
	return d
}

// unknown counts the uses of no tenant.
func (w *world) unknown() (n int) {
	w.Helper()
	s, err := w.open(w.deps()).Collect(ctx, "", start.Add(-24*time.Hour), start.Add(72*time.Hour))
	if err != nil {
		w.Fatal(err)
	}
	return int(s.Totals().Uses)
}

// uses is a log file of uses of the tenants' keys, one of each.
func (w *world) uses(n int, tenants ...int) string {
	w.Helper()
	var calls []call
	for k, i := range tenants {
		calls = append(calls, call{n: 1000*(n+1) + k, at: start, who: service("rds.amazonaws.com"), operation: "Decrypt", key: w.gen.World.Tenants[i].KeyARN})
	}
	return w.deliver(w.gen.Name(n), document(calls...))
}

// TestLedger_Settle_metTogether: of what was met at different times and is looked at
// at once, each has the files of its own days read again, in whatever order.
func TestLedger_Settle_metTogether(t *testing.T) {
	for seed := range uint64(8) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			w := newWorld(t, trailtest.Config{Seed: 60 + seed, Tenants: 3})
			first := w.uses(0, 1)
			ingest(t, w.open(w.without(1, 2)), first, w.uses(1, 2))
			deps := w.without(2)
			deps.Objects = refusing{w.objects, first}
			w.clock.advance(48 * time.Hour)
			ingest(t, w.open(deps), w.uses(2, 1)) // the older thing is met, and the file cannot be read again
			w.clock.advance(60 * time.Hour)
			deps = w.deps()
			deps.Objects = refusing{w.objects, first}
			ingest(t, w.open(deps), w.uses(3, 2)) // the newer one, days later
			w.clock.advance(time.Hour)
			l := w.open(w.deps())
			for range 3 {
				if _, err := l.Settle(ctx); err != nil {
					t.Fatal(err)
				}
				w.clock.advance(2 * time.Minute)
			}
			if f, err := l.File(ctx, trail, first); err != nil || len(f.Missed) > 0 || w.due() != 0 {
				t.Errorf("%+v, %v; %d due", f, err, w.due())
			}
			if n := w.unknown(); n != 1 { // the other file is older than three days
				t.Errorf("%d uses are of no tenant, want 1", n)
			}
		})
	}
}

// TestLedger_Settle_metLate: what was read up to three days before is read again.
func TestLedger_Settle_metLate(t *testing.T) {
	for hours, want := range map[time.Duration]int{1: 0, 25: 0, 60: 0, 71: 0, 100: 1} {
		w := newWorld(t, trailtest.Config{Seed: 61, Tenants: 2})
		ingest(t, w.open(w.without(1)), w.uses(0, 1))
		w.clock.advance(hours * time.Hour)
		l := w.open(w.deps())
		ingest(t, l, w.uses(1, 1))
		w.clock.advance(time.Hour)
		if _, err := l.Settle(ctx); err != nil {
			t.Fatal(err)
		}
		if n := w.unknown(); n != want {
			t.Errorf("%d hours after: %d uses are of no tenant, want %d", hours, n, want)
		}
	}
}

// TestLedger_Settle_metVery: of very many files ten are read again at a time, until
// all were. That there are many is no failure, after which some are left.
func TestLedger_Settle_metVery(t *testing.T) {
	const files = 1030
	w := newWorld(t, trailtest.Config{Seed: 62, Tenants: 2, PerFile: time.Second})
	missing := w.open(w.without(1))
	for n := range files {
		ingest(t, missing, w.uses(n, 1))
	}
	l := w.open(w.deps())
	ingest(t, l, w.uses(files, 1))
	w.clock.advance(time.Hour)
	read := func() int64 { return w.metrics.n[metric.LedgerFiles] }
	passes, begun := 0, read()
	for ; w.due() > 0 && passes < 200; passes++ {
		before := read()
		if _, err := l.Settle(ctx); err != nil {
			t.Fatal(err)
		}
		if n := read() - before; n > 10 {
			t.Fatalf("%d files were read again in one look", n)
		}
		w.clock.advance(time.Minute)
	}
	if n := read() - begun; n != files || w.due() != 0 {
		t.Errorf("%d of %d files were read again in %d looks; %d due", n, files, passes, w.due())
	}
	if n := w.unknown(); n != 0 {
		t.Errorf("%d uses are of no tenant", n)
	}
}

// TestLedger_Settle_metBusy: that another look reads a file again at the moment is no
// failure.
func TestLedger_Settle_metBusy(t *testing.T) {
	w := newWorld(t, trailtest.Config{Seed: 66, Tenants: 2})
	ingest(t, w.open(w.without(1)), w.uses(0, 1))
	other := w.open(w.deps())
	ingest(t, other, w.uses(1, 1))
	w.clock.advance(time.Hour)
	deps := w.deps()
	looked := false
	deps.Objects = &interrupted{Objects: w.objects, at: 1, then: func() {
		looked = true
		if _, err := other.Settle(ctx); err != nil {
			t.Error(err)
		}
	}}
	if _, err := w.open(deps).Settle(ctx); err != nil {
		t.Fatal(err)
	}
	w.clock.advance(time.Hour)
	if _, err := other.Settle(ctx); err != nil {
		t.Fatal(err)
	}
	if n := w.unknown(); n != 0 || !looked || w.due() != 0 {
		t.Errorf("%d uses are of no tenant, %d things are due", n, w.due())
	}
}

// TestLedger_Settle_metGone: files that are gone keep none of the others from being
// read again.
func TestLedger_Settle_metGone(t *testing.T) {
	w := newWorld(t, trailtest.Config{Seed: 64, Tenants: 2, PerFile: time.Second})
	missing := w.open(w.without(1))
	for n := range 60 {
		key := w.uses(n, 1)
		ingest(t, missing, key)
		w.gone[key] = n%3 == 0
	}
	deps := w.deps()
	deps.Objects = fading{w.objects, w.gone}
	l := w.open(deps)
	ingest(t, l, w.uses(60, 1))
	w.clock.advance(time.Hour)
	for range 9 {
		if _, err := l.Settle(ctx); err != nil {
			t.Fatal(err)
		}
		w.clock.advance(2 * time.Minute)
	}
	if n := w.unknown(); n != 20 || w.due() != 0 {
		t.Errorf("%d uses are of no tenant, want 20; %d due", n, w.due())
	}
}

// leaves gives pages of two.
type leaves struct{ catalog.Store }

func (s leaves) Query(ctx context.Context, q catalog.Query) (catalog.Page, error) {
	if q.Index == catalog.IndexKind {
		q.Limit = min(q.Limit, 2)
	}
	return s.Store.Query(ctx, q)
}

// TestLedger_Settle_metAmongOthers: files are found behind any number of others that
// missed something else, and where one of them cannot be read.
func TestLedger_Settle_metAmongOthers(t *testing.T) {
	for _, refuse := range []bool{false, true} {
		w := newWorld(t, trailtest.Config{Seed: 63, Tenants: 3, PerFile: time.Second})
		missing := w.open(w.without(1, 2))
		var refused string
		for n := range 90 { // 80 of them miss the other alone
			tenants := []int{2}
			if n%9 == 0 {
				tenants = []int{1, 2}
			}
			key := w.uses(n, tenants...)
			ingest(t, missing, key)
			if n == 45 {
				refused = key
			}
		}
		before := w.unknown()
		deps := w.without(2)
		deps.Store = leaves{deps.Store}
		if refuse {
			deps.Objects = refusing{w.objects, refused}
		}
		l := w.open(deps)
		ingest(t, l, w.uses(90, 1))
		w.clock.advance(time.Hour)
		for range 9 {
			if _, err := l.Settle(ctx); err != nil && !(refuse && coded.Is(err, coded.Internal)) {
				t.Fatal(err)
			}
			w.clock.advance(2 * time.Minute)
		}
		want := 10
		if refuse {
			want = 9
		}
		if n := before - w.unknown(); n != want || (w.due() == 0) == refuse {
			t.Errorf("refuse %v: %d uses have found their tenant, want %d; %d due", refuse, n, want, w.due())
		}
		w.clock.advance(time.Hour)
		deps.Objects = w.objects
		l = w.open(deps)
		for range 9 {
			if _, err := l.Settle(ctx); err != nil {
				t.Fatal(err)
			}
			w.clock.advance(2 * time.Minute)
		}
		if n := before - w.unknown(); n != 10 || w.due() != 0 {
			t.Errorf("refuse %v, in the end: %d uses have found their tenant, want 10; %d due", refuse, n, w.due())
		}
	}
}
