package ledger_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"latchkey/shared/catalog"
	"latchkey/shared/coded"
	"latchkey/shared/keyusage/ledger"
	"latchkey/shared/keyusage/trailtest"
	"latchkey/shared/metric"
)

// hourly is a trail of one log file and one digest an hour.
type hourly struct {
	*world
	first   time.Time // the end of the first digest
	sign    *signer
	deps    ledger.Deps
	keys    []string // of the log files
	digests []string
}

func newHourly(t *testing.T) *hourly { return newHourlyAt(t, 0, time.Hour) }

// newHourlyAt has the log files delivered at so many minutes past the hour, and the
// first digest end so long after the start.
func newHourlyAt(t *testing.T, past, first time.Duration) *hourly {
	w := newWorld(t, trailtest.Config{Seed: 41, Tenants: 1, PerFile: time.Hour, Start: start.Add(past)})
	h := &hourly{world: w, sign: newSigner(w), deps: w.deps(), first: start.Add(first)}
	h.deps.PublicKeys, h.deps.Objects = h.sign, fading{w.objects, w.gone}
	w.clock.now = start
	return h
}

// pass lets an hour pass: CloudTrail delivers its log file and then its digest.
func (h *hourly) pass() (file, digest string) {
	n := len(h.keys)
	doc := h.gen.File(n, 20)
	file = h.deliver(h.gen.Name(n), doc)
	h.clock.now = h.first.Add(time.Duration(n) * time.Hour)
	digest = h.sign.digest(h.clock.now, map[string][]byte{file: doc})
	h.keys, h.digests = append(h.keys, file), append(h.digests, digest)
	h.clock.advance(5 * time.Minute)
	return file, digest
}

// draw draws the first hours: P for proved, - for not.
func (h *hourly) draw(l *ledger.Ledger, hours int) (drawn, why string) {
	h.Helper()
	list, err := l.Proved(ctx, start, start.Add(time.Duration(hours)*time.Hour))
	if err != nil {
		h.Fatal(err)
	}
	for _, hour := range list {
		drawn += map[bool]string{true: "P", false: "-"}[hour.Proved]
		why += hour.Why + "; "
	}
	return drawn, why
}

// late returns how many hours are to be looked at again.
func (h *hourly) late() int {
	h.Helper()
	list, err := h.store.Due(ctx, ledger.LaneLate, catalog.ShardOf("late"), h.clock.Now().Add(365*24*time.Hour), 1000)
	if err != nil {
		h.Fatal(err)
	}
	return len(list)
}

// TestLedger_Settle_late: a log file that is read, or read whole, when no digest has
// its hours looked at any more proves them.
func TestLedger_Settle_late(t *testing.T) {
	for _, c := range []struct {
		name  string
		first func(h *hourly, file string) // what is done with the file of hour 1 in time
		why   string
	}{
		{"never told of", func(*hourly, string) {}, "log-unread"},
		{"could not be read", func(h *hourly, file string) {
			deps := h.deps
			deps.Config.Limits.FileBytes = 1000
			if _, err := h.open(deps).Ingest(ctx, trail, file); !coded.Is(err, coded.Invalid) {
				h.Errorf("%v: the test shows nothing", err)
			}
		}, "log-broken"},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := newHourly(t)
			l := h.open(h.deps)
			for n := range 12 {
				file, digest := h.pass()
				if n == 1 {
					c.first(h, file)
				} else {
					ingest(t, l, file)
				}
				ingest(t, l, digest)
			}
			if got, why := h.draw(l, 11); got != "--PPPPPPPPP" || !strings.Contains(why, c.why+": ") || h.late() != 0 {
				t.Fatalf("%s: %s; %d late", got, why, h.late())
			}
			ingest(t, l, h.keys[1])
			if h.late() != 1 {
				t.Fatalf("%d late", h.late())
			}
			_, digest := h.pass()
			ingest(t, l, h.keys[12], digest)
			if got, why := h.draw(l, 11); got != "PPPPPPPPPPP" || h.late() != 0 {
				t.Errorf("after the file was read: %s: %s; %d late", got, why, h.late())
			}
			if n := h.metrics.n[metric.LedgerUnproved]; (n > 0) != (c.why == "log-broken") {
				t.Errorf("%d hours counted as unproved", n)
			}
		})
	}
}

// TestLedger_Settle_lateBetween: a digest names files of two hours.
func TestLedger_Settle_lateBetween(t *testing.T) {
	h := newHourlyAt(t, 30*time.Minute, 2*time.Hour+29*time.Minute)
	l := h.open(h.deps)
	for n := range 10 {
		file, digest := h.pass()
		if n != 1 {
			ingest(t, l, file)
		}
		ingest(t, l, digest)
	}
	if got, why := h.draw(l, 10); got != "----PPPPPP" || !strings.HasPrefix(why, strings.Repeat("no trail had digests then; ", 2)+"log-unread: ") {
		t.Fatalf("%s: %s", got, why)
	}
	ingest(t, l, h.keys[1])
	h.clock.advance(30 * time.Minute)
	if _, err := l.Settle(ctx); err != nil {
		t.Fatal(err)
	}
	if got, why := h.draw(l, 10); got != "--PPPPPPPP" {
		t.Errorf("%s: %s", got, why)
	}
}

// eager is a catalog whose due index has items that are due no longer.
type eager struct{ catalog.Store }

func (s eager) Due(ctx context.Context, lane catalog.Lane, shard int, until time.Time, limit int) ([]catalog.Due, error) {
	return s.Store.Due(ctx, lane, shard, until.Add(time.Hour), limit)
}

// TestLedger_Settle_lateAmongOthers: an hour is looked at when the last of its late
// files was read; one that cannot be looked at now holds up no other.
func TestLedger_Settle_lateAmongOthers(t *testing.T) {
	h := newHourly(t)
	l := h.open(h.deps)
	for range 16 { // an outage: nothing is read
		h.pass()
	}
	h.clock.advance(time.Hour)
	ingest(t, l, h.digests...)
	if got, why := h.draw(l, 15); strings.Contains(got, "P") {
		t.Fatalf("%s: %s", got, why)
	}
	look := func(l *ledger.Ledger, want int) {
		t.Helper()
		if _, err := l.Settle(ctx); err != nil {
			t.Fatal(err)
		}
		if n := h.late(); n != want {
			t.Errorf("%d late, want %d", n, want)
		}
	}
	ingest(t, l, h.keys[:3]...)
	h.clock.advance(14 * time.Minute)
	ingest(t, l, h.deliver(strings.Replace(h.keys[0], ".json.gz", "2.json.gz", 1), document())) // of hour 0, whose look it puts off
	h.clock.advance(7 * time.Minute)
	look(l, 1)
	if got, why := h.draw(l, 3); got != "PP-" { // looked at with its neighbours; hour 2 needs the file of hour 3
		t.Errorf("%s: %s", got, why)
	}
	ingest(t, l, h.keys[3:8]...)
	h.clock.advance(10 * time.Minute)
	deps := h.deps
	deps.Store = eager{deps.Store}
	look(h.open(deps), 6) // what the index says is due is not
	h.clock.advance(11 * time.Minute)
	look(l, 1) // five at a time
	look(l, 0)
	if got, why := h.draw(l, 8); got != "PPPPPPP-" {
		t.Errorf("%s: %s", got, why)
	}

	ingest(t, l, h.keys[8], h.keys[14])
	deps = h.deps
	deps.Objects = refusing{h.deps.Objects, h.digests[8]}
	l = h.open(deps)
	h.clock.advance(30 * time.Minute)
	if _, err := l.Settle(ctx); !coded.Is(err, coded.Internal) || h.late() != 1 {
		t.Errorf("%v, %d late", err, h.late())
	}
}

// TestLedger_Settle_lateCrash kills a process at each of its calls while a late file
// is read and its hours are proved: they are proved in the end.
func TestLedger_Settle_lateCrash(t *testing.T) {
	read := func(dies int, late bool) (calls int) {
		h := newHourly(t)
		l := h.open(h.deps)
		for n := range 7 {
			file, digest := h.pass()
			if n != 1 {
				ingest(t, l, file)
			}
			ingest(t, l, digest)
		}
		life := &process{dies: dies, late: late}
		dying := h.mortal(h.deps, life)
		_, _ = dying.Ingest(ctx, trail, h.keys[1])
		h.clock.advance(turn)
		if life.calls < dies || dies == 0 {
			_, _ = dying.Ingest(ctx, trail, h.keys[1])
			h.clock.advance(30 * time.Minute)
			_, _ = dying.Settle(ctx)
		}
		ingest(t, h.open(h.deps), h.keys[1]) // its message comes again
		h.clock.advance(30 * time.Minute)
		if _, err := h.open(h.deps).Settle(ctx); err != nil {
			t.Fatal(err)
		}
		if got, why := h.draw(l, 6); got != "PPPPPP" || h.late() != 0 {
			t.Errorf("death at call %d (late %v): %s: %s; %d late", dies, late, got, why, h.late())
		}
		return life.calls
	}
	calls := read(0, false)
	for n := 1; n <= calls; n++ {
		if testing.Short() && n%7 != 0 {
			continue
		}
		read(n, false)
		read(n, true)
	}
}

// TestLedger_Ingest_unread: a log file that waits to be read is no sign of
// tampering; one that is gone is, read or not.
func TestLedger_Ingest_unread(t *testing.T) {
	for _, c := range []struct {
		gone, read       bool
		unread, unproved bool
		why              string
	}{
		{false, false, true, false, "log-unread: NAME"},
		{true, false, false, true, "log-missing: NAME is gone, and was not read"},
		{true, true, false, true, "log-missing: NAME is gone since it was read"},
		{false, true, false, false, ""},
	} {
		t.Run(fmt.Sprintf("%+v", c), func(t *testing.T) {
			h := newHourly(t)
			l := h.open(h.deps)
			for n := range 3 {
				file, digest := h.pass()
				if c.read || n != 1 {
					ingest(t, l, file)
				}
				h.gone[file] = c.gone && n == 1
				ingest(t, l, digest)
			}
			_, why := h.draw(l, 2)
			want := strings.Repeat(strings.ReplaceAll(c.why, "NAME", h.keys[1])+"; ", 2)
			if n := h.metrics.n; (n[metric.LedgerUnread] > 0) != c.unread || (n[metric.LedgerUnproved] > 0) != c.unproved || why != want {
				t.Errorf("%d unread, %d unproved; %s", n[metric.LedgerUnread], n[metric.LedgerUnproved], why)
			}
		})
	}
}

// TestLedger_Ingest_earlierTrail: of a trail that was there before the ledger, no hour is
// missed of which the ledger was not told; one of which it is told later is needed from then on.
func TestLedger_Ingest_earlierTrail(t *testing.T) {
	h := newHourly(t)
	l := h.open(h.deps)
	for range 5 {
		h.pass()
	}
	for range 5 {
		file, digest := h.pass()
		ingest(t, l, file, digest)
	}
	if n := h.metrics.n; n[metric.LedgerUnproved]+n[metric.LedgerUnread] != 0 {
		t.Errorf("%d unproved, %d unread", n[metric.LedgerUnproved], n[metric.LedgerUnread])
	}
	if got, why := h.draw(l, 9); got != "-----PPPP" || why != strings.Repeat("no trail had digests then; ", 5)+"; ; ; ; " {
		t.Errorf("%s: %s", got, why)
	}
	h.sign.late = true
	ingest(t, h.open(h.deps), h.sign.digest(start.Add(2*time.Hour), nil))
	h.sign.late = false
	if got, why := h.draw(l, 9); got != "-----PPPP" || !strings.HasPrefix(why, strings.Repeat("no trail had digests then; ", 5)) {
		t.Errorf("with late files of before: %s: %s", got, why)
	}
	ingest(t, h.open(h.deps), h.keys[3], h.keys[4], h.digests[4], h.digests[3]) // the older one last
	if got, why := h.draw(l, 9); got != "---PPPPPP" {
		t.Errorf("with two more: %s: %s", got, why)
	}
	ingest(t, h.open(h.deps), h.digests[0])
	if got, why := h.draw(l, 9); got != "---PPPPPP" || !strings.HasPrefix(why, "log-unread: "+h.keys[0]) {
		t.Errorf("with an unread one: %s: %s", got, why)
	}
	if n := h.metrics.n; n[metric.LedgerUnproved] != 0 || n[metric.LedgerUnread] == 0 {
		t.Errorf("%d unproved, %d unread", n[metric.LedgerUnproved], n[metric.LedgerUnread])
	}
}

// TestLedger_Proved_readAgain: a proved hour whose file is being read again was not
// tampered with, and is proved again.
func TestLedger_Proved_readAgain(t *testing.T) {
	h := newHourly(t)
	l := h.open(h.deps)
	for range 8 {
		file, digest := h.pass()
		ingest(t, l, file, digest)
	}
	h.forget(h.keys[2])
	if _, err := l.Prove(ctx, h.sign.trail, start, start.Add(4*time.Hour)); err != nil {
		t.Fatal(err)
	}
	if got, why := h.draw(l, 7); got != "P--PPPP" || strings.Contains(why, "before") || !strings.Contains(why, "log-unread") {
		t.Errorf("%s: %s", got, why)
	}
	ingest(t, l, h.keys[2])
	h.clock.advance(30 * time.Minute)
	if _, err := l.Settle(ctx); err != nil {
		t.Fatal(err)
	}
	if got, why := h.draw(l, 7); got != "PPPPPPP" {
		t.Errorf("%s: %s", got, why)
	}
}
