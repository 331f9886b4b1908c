package ledger_test

import (
	"context"
	"errors"
	"maps"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"latchkey/shared/catalog"
	"latchkey/shared/coded"
	"latchkey/shared/keyusage/ledger"
	"latchkey/shared/keyusage/trailtest"
	"latchkey/shared/metric"
	"latchkey/shared/objects"
)

// process is a process that dies at its nth call of the catalog or the bucket:
// before the call has an effect, or after. All calls after it fail too.
type process struct {
	mu    sync.Mutex
	calls int
	dies  int // at this call, from 1 on; 0: never
	late  bool
	pause func() // before each call; nil: none
}

// turn is longer than an attempt has a file to itself.
const turn = 6 * time.Minute

var errDead = errors.New("the process has died")

// call runs a call of a living process.
func (p *process) call(do func() error) error {
	p.mu.Lock()
	p.calls++
	n := p.calls
	if p.pause != nil {
		p.pause()
	}
	p.mu.Unlock()
	if p.dies > 0 && (n > p.dies || n == p.dies && !p.late) {
		return coded.Wrap(coded.Retryable, errDead, "call %d", n)
	}
	err := do()
	if p.dies == n {
		return coded.Wrap(coded.Retryable, errDead, "call %d", n)
	}
	return err
}

type mortalStore struct {
	catalog.Store
	p *process
}

func (s mortalStore) Get(ctx context.Context, key catalog.Key) (it catalog.Item, err error) {
	err = s.p.call(func() error { var e error; it, e = s.Store.Get(ctx, key); return e })
	return it, err
}

func (s mortalStore) Commit(ctx context.Context, tx catalog.Tx) error {
	return s.p.call(func() error { return s.Store.Commit(ctx, tx) })
}

func (s mortalStore) Query(ctx context.Context, q catalog.Query) (page catalog.Page, err error) {
	err = s.p.call(func() error { var e error; page, e = s.Store.Query(ctx, q); return e })
	return page, err
}

func (s mortalStore) Due(ctx context.Context, lane catalog.Lane, shard int, until time.Time, limit int) (due []catalog.Due, err error) {
	err = s.p.call(func() error { var e error; due, e = s.Store.Due(ctx, lane, shard, until, limit); return e })
	return due, err
}

type mortalObjects struct {
	ledger.Objects
	p *process
}

func (o mortalObjects) Open(ctx context.Context, bucket, key string) (obj *objects.Object, err error) {
	err = o.p.call(func() error { var e error; obj, e = o.Objects.Open(ctx, bucket, key); return e })
	return obj, err
}

func (o mortalObjects) Put(ctx context.Context, bucket, key string, body []byte, opt objects.Options) (info objects.Info, err error) {
	err = o.p.call(func() error { var e error; info, e = o.Objects.Put(ctx, bucket, key, body, opt); return e })
	return info, err
}

// mortal returns a ledger in a process that dies.
func (w *world) mortal(d ledger.Deps, p *process) *ledger.Ledger {
	d.Store, d.Objects = mortalStore{d.Store, p}, mortalObjects{d.Objects, p}
	return w.open(d)
}

// faultWorld has findings of every way to be told, duplicates in a file and
// across files, two days, and files of several parts.
func faultWorld(t *testing.T) (*world, []string) {
	w := newFaultWorld(t)
	return w, w.files(2, 60)
}

func newFaultWorld(t *testing.T) *world {
	w := newWorld(t, trailtest.Config{Seed: 31, Tenants: 3, Databases: 1, PerFile: 50 * time.Minute, Start: start.Add(time.Hour + 20*time.Minute)})
	w.config.MaxRows = 40
	w.revoke(1, start, time.Time{})
	w.clock.now = start.Add(3 * time.Hour)
	return w
}

// TestLedger_Ingest_crash kills a process at each of its calls, delivers all
// anew to another one, and compares with a run in which nothing went wrong.
func TestLedger_Ingest_crash(t *testing.T) {
	good, keys := faultWorld(t)
	life := &process{}
	l := good.mortal(good.deps(), life)
	ingest(t, l, keys...)
	good.clock.advance(time.Hour)
	if _, err := l.Settle(ctx); err != nil {
		t.Fatal(err)
	}
	wantTable, wantTold := good.table(), kinds(good.told())
	if d := difference(good.usage(good.open(good.deps())), good.truth); d != "" || wantTold["use-after-revocation"] == 0 || wantTold["denied"] == 0 {
		t.Fatalf("%s, told %v", d, wantTold)
	}
	t.Logf("%d calls, %d objects, told %v", life.calls, len(wantTable), wantTold)
	for n := 1; n <= life.calls; n++ {
		if testing.Short() && n%7 != 0 {
			continue
		}
		for _, late := range []bool{false, true} {
			w, keys := faultWorld(t)
			dying := w.mortal(w.deps(), &process{dies: n, late: late})
			for _, key := range keys {
				if _, err := dying.Ingest(ctx, trail, key); err != nil && !coded.Is(err, coded.Retryable) {
					t.Fatalf("call %d: %v is not tried again", n, err)
				}
			}
			w.clock.advance(turn)
			ingest(t, w.open(w.deps()), keys...)
			w.clock.advance(time.Hour - turn)
			l := w.open(w.deps())
			ingest(t, l, keys...)
			if _, err := l.Settle(ctx); err != nil {
				t.Fatal(err)
			}
			if !maps.Equal(w.table(), wantTable) { // of which every count is made
				t.Errorf("death at call %d (late %v): another table; %s", n, late, difference(w.usage(l), w.truth))
			}
			if told := kinds(w.told()); !maps.Equal(told, wantTold) {
				t.Errorf("death at call %d (late %v): told %v, want %v", n, late, told, wantTold)
			}
		}
	}
}

// TestLedger_Ingest_crashThenRegistered: a tenant is registered between a crash
// and the retry, so that the retry puts its uses elsewhere. None may be lost,
// and none counted twice.
func TestLedger_Ingest_crashThenRegistered(t *testing.T) {
	probe, keys := faultWorld(t)
	life := &process{}
	ingest(t, probe.mortal(probe.before(probe.deps(), 0), life), keys...)
	emptied := 0
	for n := 1; n <= life.calls; n++ {
		w, keys := faultWorld(t)
		dying := w.mortal(w.before(w.deps(), 0), &process{dies: n, late: n%2 == 0})
		for _, key := range keys {
			_, _ = dying.Ingest(ctx, trail, key)
		}
		w.clock.advance(turn)
		l := w.open(w.deps())
		ingest(t, l, keys...)
		emptied += len(w.table()) - len(probe.table())
		ingest(t, l, w.deliver(w.gen.Name(9), w.gen.File(9, 100))) // the tenant's key goes on being used
		w.catchUp(l)
		if d := difference(w.usage(w.open(w.deps())), w.truth); d != "" {
			t.Errorf("death at call %d: %s", n, d)
		}
	}
	if emptied <= 0 {
		t.Error("no retry wrote elsewhere: the test shows nothing")
	}
}

// catchUp has the files read again that missed something.
func (w *world) catchUp(l *ledger.Ledger) {
	w.Helper()
	for range 2 { // what is read again may meet what was not known either
		w.clock.advance(time.Hour)
		if _, err := l.Settle(ctx); err != nil {
			w.Fatal(err)
		}
	}
}

// TestLedger_Ingest_concurrent: several processes read the same files at once,
// some of which die, none leaves a file to another, and in one case some do not
// know all tenants yet. Whatever they leave behind, one more delivery ends it.
func TestLedger_Ingest_concurrent(t *testing.T) {
	t.Run("duplicates", func(t *testing.T) { concurrent(t, false) })
	t.Run("two directories", func(t *testing.T) { concurrent(t, true) })
}

func concurrent(t *testing.T, unlike bool) {
	rounds := 10
	if testing.Short() {
		rounds = 3
	}
	for round := range rounds {
		w, keys := faultWorld(t)
		w.config.Turn = time.Nanosecond
		rng := rand.New(rand.NewPCG(uint64(round), 1))
		first, lag := rng.IntN(4), 10*rng.IntN(3) // who comes first, and how long before the next: milliseconds
		var wg sync.WaitGroup
		for place := range 4 {
			worker := (first + place) % 4
			deps := w.deps()
			if unlike && worker%2 == 1 {
				deps = w.before(deps, 0)
			}
			order := rng.Perm(len(keys))
			dies := rng.IntN(60)
			pause := pauses(rng.Uint64())
			wg.Go(func() {
				l := w.mortal(deps, &process{dies: dies, late: dies%2 == 0, pause: pause})
				time.Sleep(time.Duration(place*lag) * time.Millisecond)
				for _, i := range order {
					w.deliverAgain(l, deps, keys[i])
				}
			})
		}
		wg.Wait()
		w.clock.advance(time.Second)
		l := w.open(w.deps())
		ingest(t, l, keys...)
		// Those who do not know the tenant may have read every file first: it is
		// met when its key is used again.
		ingest(t, l, w.deliver(w.gen.Name(9), w.gen.File(9, 100)))
		w.catchUp(l)
		if d := difference(w.usage(w.open(w.deps())), w.truth); d != "" {
			t.Fatalf("round %d: %s", round, d)
		}
		w.told()
	}
}

// pauses makes a process slow for a while now and then, so that who comes first
// does not depend on the machine.
func pauses(seed uint64) func() {
	rng := rand.New(rand.NewPCG(seed, 2))
	return func() {
		if rng.IntN(4) == 0 {
			time.Sleep(time.Duration(rng.IntN(500)) * time.Microsecond)
		}
	}
}

// deliverAgain delivers a message as its queue does: again after each failure,
// so many times, to a living process once one has died.
func (w *world) deliverAgain(l *ledger.Ledger, deps ledger.Deps, key string) {
	for range 8 {
		_, err := l.Ingest(ctx, trail, key)
		if err == nil {
			return
		}
		if !coded.Is(err, coded.Retryable) {
			w.Errorf("%s: %v", key, err)
			return
		}
		w.clock.advance(time.Microsecond)
		if errors.Is(err, errDead) {
			l = w.open(deps)
		}
	}
}

// TestLedger_Ingest_turns: of several processes that are given the same files at
// once, one reads each file, and none spoils another's work.
func TestLedger_Ingest_turns(t *testing.T) {
	w, keys := faultWorld(t)
	var wg sync.WaitGroup
	for range 4 {
		l := w.open(w.deps())
		wg.Go(func() {
			for _, key := range keys {
				w.untilDone(l, key)
			}
		})
	}
	wg.Wait()
	if read := w.metrics.n[metric.LedgerFiles]; read != int64(len(keys)) {
		t.Errorf("%d files were read to their end, want %d", read, len(keys))
	}
	if d := difference(w.usage(w.open(w.deps())), w.truth); d != "" {
		t.Error(d)
	}
}

// untilDone delivers a message until another process or this one is done with it.
func (w *world) untilDone(l *ledger.Ledger, key string) {
	patience, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	for patience.Err() == nil {
		_, err := l.Ingest(ctx, trail, key)
		if err == nil {
			return
		}
		if !coded.Is(err, coded.Retryable) {
			w.Errorf("%s: %v", key, err)
			return
		}
		time.Sleep(time.Millisecond)
	}
	w.Errorf("%s is never done", key)
}
