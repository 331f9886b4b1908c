package reconcile_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"latchkey/events"
	"latchkey/shared/catalog"
	"latchkey/shared/catalog/embedded"
	"latchkey/shared/customerkey"
	"latchkey/shared/fake"
)

// openFile opens a catalog in a file.
func openFile(b *testing.B, path string, clock *fake.Clock, noSync bool) *embedded.File {
	b.Helper()
	f, err := embedded.Open(ctx, path, clock, embedded.Options{NoSync: noSync})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { f.Close() })
	return f
}

// flush writes to the disk what an unsynced file left to be written.
func flush(b *testing.B, path string) {
	b.Helper()
	file, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		b.Fatal(err)
	}
	if err := errors.Join(file.Sync(), file.Close()); err != nil {
		b.Fatal(err)
	}
}

// sample is how long one thing took, each time.
type sample []time.Duration

// report adds the median to a benchmark's results, in ns; what one slow disk or
// neighbour costs is in the mean and not in it.
func (s sample) report(b *testing.B, what string) {
	if len(s) == 0 {
		return
	}
	slices.Sort(s)
	b.ReportMetric(float64(s[len(s)/2].Nanoseconds()), what+"-p50-ns")
}

// BenchmarkLock is the time from a trusted DisableKey event, given to Handle,
// until Context refuses a tenant of the key: the design promises that it does not
// grow with the number of databases. Told to the databases, fenced and stopped
// is what follows, page by page, and is not in it. Beside it stands the time of
// one bare conditional write of the same record to the same store.
func BenchmarkLock(b *testing.B) {
	stores := map[string]func(*testing.B, *fake.Clock) table{
		"memory": func(_ *testing.B, c *fake.Clock) table { return embedded.NewMemory(c) },
		"file": func(b *testing.B, c *fake.Clock) table {
			return openFile(b, filepath.Join(b.TempDir(), "catalog.db"), c, true)
		},
		"file-synced": func(b *testing.B, c *fake.Clock) table {
			return openFile(b, filepath.Join(b.TempDir(), "catalog.db"), c, false)
		},
	}
	for _, store := range []string{"memory", "file", "file-synced"} {
		for _, n := range []int{1, 100, 10_000, 100_000} {
			b.Run(fmt.Sprintf("store=%s/databases=%d", store, n), func(b *testing.B) {
				if testing.Short() && n > 10_000 {
					b.Skip("takes long to load")
				}
				clock := fake.NewClock(epoch)
				w, arn := served(b, newWorldOn(b, clock, stores[store](b, clock), nil))
				w.crowd("acme/tracker", arn, n-1)
				b.ResetTimer()
				var locks, writes sample
				for range b.N {
					lock, write := w.timeLock(arn)
					locks, writes = append(locks, lock), append(writes, write)
				}
				locks.report(b, "lock")
				writes.report(b, "write")
				b.ReportMetric(0, "ns/op") // of the whole loop: says nothing
			})
		}
	}
}

// timeLock returns how long one lock takes, and how long the bare write that
// makes the key usable again. The process dies right after the lock, as it were:
// what follows is not measured.
func (w *world) timeLock(arn string) (lock, write time.Duration) {
	w.Helper()
	usable, err := w.raw.Get(ctx, catalog.Key{Part: "key#" + arn, Sort: "."})
	w.must(err)
	env := w.kmsCall("DisableKey", customer, arn, nil)
	short, cancel := context.WithCancel(ctx)
	defer cancel()
	start := time.Now()
	w.tap.after = func(catalog.Tx) {
		w.tap.after = nil
		w.served("acme", "tracker", false)
		lock = time.Since(start)
		cancel()
	}
	w.must(w.plane.Handle(short, events.FunctionWatchKeys, env))
	if lock == 0 || w.key(arn).Phase != customerkey.PhaseLocked {
		w.Fatal("the event did not lock")
	}
	w.drain()
	start = time.Now()
	w.must(w.raw.Commit(ctx, catalog.Tx{Puts: []catalog.Put{{Item: usable, IfVersion: usable.Version + 1}}}))
	return lock, time.Since(start)
}

// drain empties the outbox.
func (w *world) drain() {
	w.Helper()
	pending, err := w.raw.Pending(ctx, 1000)
	w.must(err)
	w.must(w.raw.Published(ctx, pending...))
}

// BenchmarkEvent is the time that one commerce event takes, with the step that it
// brings about and the event that leaves for it, by the number of records there
// are. sync=on waits for the disk with each of its commits. Beside it stands the
// time of one bare conditional write of a tenant's record to the same store.
func BenchmarkEvent(b *testing.B) {
	for _, n := range []int{1_000, 100_000, 1_000_000} {
		if testing.Short() && n > 100_000 {
			continue
		}
		path, clock := filepath.Join(b.TempDir(), "catalog.db"), fake.NewClock(epoch)
		load := sync.OnceFunc(func() {
			f := openFile(b, path, clock, true)
			w := newWorldOn(b, clock, f, nil)
			w.tenant(benchTenant(0), "", "tracker")
			w.run(2 * time.Hour)
			w.served(benchTenant(0), "tracker", true)
			w.multiply(n / 2)
			w.must(f.Close())
			flush(b, path)
		})
		next := make([]int64, n/2) // by tenant, the sequence of its last event
		for _, sync := range []string{"off", "on"} {
			b.Run(fmt.Sprintf("sync=%s/records=%d", sync, n), func(b *testing.B) {
				load()
				f := openFile(b, path, clock, sync == "off")
				w := newWorldOn(b, clock, f, nil)
				rng := rand.New(rand.NewPCG(1, 4))
				b.ResetTimer()
				var all, writes sample
				for i := range b.N {
					start := time.Now()
					w.licence(rng.IntN(len(next)), next)
					if i%16 == 15 {
						_, err := w.plane.Publish(ctx, &bus{})
						w.must(err)
					}
					all = append(all, time.Since(start))
					if i%4 == 0 {
						b.StopTimer()
						writes = append(writes, w.timeWrite(benchTenant(rng.IntN(len(next)))))
						b.StartTimer()
					}
				}
				b.StopTimer()
				all.report(b, "event")
				writes.report(b, "write")
				w.must(f.Close())
			})
		}
	}
}

// timeWrite returns how long it takes to write a tenant's record as it is.
func (w *world) timeWrite(tenantID string) time.Duration {
	w.Helper()
	it, err := w.raw.Get(ctx, catalog.Key{Part: "tenant#" + tenantID, Sort: "."})
	w.must(err)
	start := time.Now()
	w.must(w.raw.Commit(ctx, catalog.Tx{Puts: []catalog.Put{{Item: it, IfVersion: it.Version}}}))
	return time.Since(start)
}

func benchTenant(i int) string { return fmt.Sprintf("t%07d", i) }

// licence gives one event of a tenant to provision.
func (w *world) licence(i int, next []int64) {
	w.Helper()
	next[i]++
	w.serial++
	id := benchTenant(i)
	w.must(w.plane.Handle(ctx, events.FunctionProvision, events.Envelope{
		Version: "0", ID: fmt.Sprintf("%s-%d", id, next[i]), DetailType: events.TypeLicenseUpdated, Source: events.SourceCommerce,
		Account: platform, Time: w.clock.Now(), Region: region,
		Detail: fmt.Appendf(nil, `{"version":"1","tenantId":%q,"sequence":%d,"product":"tracker","license":{"edition":"premium","seats":%d}}`, id, 100+next[i], next[i]),
	}))
}

// multiply makes n tenants, each with a database, out of the first, several
// commits at once so that a file groups them.
func (w *world) multiply(n int) {
	w.Helper()
	tenant, err := w.raw.Get(ctx, catalog.Key{Part: "tenant#" + benchTenant(0), Sort: "."})
	w.must(err)
	db, err := w.raw.Get(ctx, catalog.Key{Part: "database#" + benchTenant(0) + "/tracker", Sort: "."})
	w.must(err)
	const perTx, loaders = catalog.MaxTxItems / 2, 16
	var from atomic.Int64
	var wg sync.WaitGroup
	for range loaders {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for {
				to := int(from.Add(perTx))
				var tx catalog.Tx
				for i := max(1, to-perTx); i < min(to, n); i++ {
					id := benchTenant(i)
					tx.Puts = append(tx.Puts, catalog.Put{Item: renamed(tenant, "tenant", id, id)}, catalog.Put{Item: renamed(db, "database", id+"/tracker", id)})
				}
				if len(tx.Puts) == 0 && to >= n {
					return
				}
				if err := w.raw.Commit(ctx, tx); err != nil {
					w.Error(err)
					return
				}
			}
		}()
	}
	wg.Wait()
}

// renamed returns a record of the first tenant as another tenant's.
func renamed(it catalog.Item, kind, id, tenantID string) catalog.Item {
	as := func(s string) string { return strings.ReplaceAll(s, benchTenant(0), tenantID) }
	it.Key.Part, it.Body, it.Version = as(it.Key.Part), []byte(as(string(it.Body))), 0
	x := &it.Indexes
	x.Kind = fmt.Sprintf("%s/%02d", kind, catalog.ShardOf(id))
	x.Tenant, x.Host = tenantID, as(x.Host)
	if x.Resource != "" {
		x.Resource += tenantID
	}
	return it
}
