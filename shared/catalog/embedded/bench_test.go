package embedded_test

import (
	"errors"
	"fmt"
	"math/rand"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"latchkey/shared/catalog"
	"latchkey/shared/catalog/embedded"
)

// benchBody is as long as a tenant's record.
var benchBody = make([]byte, 600)

// benchItem is a record of the usual shape: in three lookups and in the due index.
func benchItem(i int) catalog.Item {
	it := record(i)
	it.Body = benchBody
	it.Lane, it.DueAt = catalog.LaneRecords, epoch.Add(time.Duration(i)*time.Second)
	it.Indexes = catalog.Indexes{Kind: fmt.Sprintf("tenant/%d", i%16), Tenant: fmt.Sprint(i), Host: fmt.Sprintf("%d.example.com", i)}
	return it
}

// load fills a store in large commits, several at once so that a file groups them.
func load(b *testing.B, s catalog.Store, n int) {
	b.Helper()
	const loaders = 16
	var wg sync.WaitGroup
	var next atomic.Int64
	for w := 0; w < loaders; w++ {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for {
				to := int(next.Add(catalog.MaxTxItems))
				var tx catalog.Tx
				for i := to - catalog.MaxTxItems; i < min(to, n); i++ {
					tx.Puts = append(tx.Puts, catalog.Put{Item: benchItem(i)})
				}
				if len(tx.Puts) == 0 {
					return
				}
				if err := s.Commit(ctx, tx); err != nil {
					b.Error(err)
					return
				}
			}
		}()
	}
	wg.Wait()
}

// stepTx is what one event does to record i: a new state, due later, a message
// and the event's id.
func stepTx(i, round int) catalog.Tx {
	it := benchItem(i)
	it.DueAt = it.DueAt.Add(time.Duration(round) * time.Minute)
	tx := put(it, int64(round))
	id := fmt.Sprint(i, "-", round)
	tx.Outbox = []catalog.Message{{ID: id, Group: it.Key.Part, Body: benchBody[:200]}}
	tx.Seen = &catalog.Seen{ID: id, Expires: epoch.Add(time.Hour)}
	return tx
}

// measure runs every operation on a store that holds n records, each on records
// picked at random.
func measure(b *testing.B, s store, rnd *rand.Rand, versions []int) {
	n := len(versions)
	load(b, s, n)
	keys := make([]catalog.Key, 1<<12)
	for i := range keys {
		keys[i] = record(rnd.Intn(n)).Key
	}
	b.Run("Get", func(b *testing.B) {
		b.ReportAllocs()
		for i := 0; i < b.N; i++ {
			if _, err := s.Get(ctx, keys[i%len(keys)]); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("Due", func(b *testing.B) {
		b.ReportAllocs()
		for i := 0; i < b.N; i++ {
			if _, err := s.Due(ctx, catalog.LaneRecords, i%catalog.DueShards, epoch.Add(time.Hour), 10); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("Query20", func(b *testing.B) {
		b.ReportAllocs()
		for i := 0; i < b.N; i++ {
			q := catalog.Query{Index: catalog.IndexKind, Value: fmt.Sprintf("tenant/%d", i%16), Limit: 20}
			if p, err := s.Query(ctx, q); err != nil || len(p.Items) != 20 {
				b.Fatal(len(p.Items), err)
			}
		}
	})
	b.Run("Event", func(b *testing.B) { events(b, s, rnd, versions) })
}

// events steps random records; versions counts the steps of each so far.
func events(b *testing.B, s store, rnd *rand.Rand, versions []int) {
	b.Helper()
	b.ReportAllocs()
	for i := 0; i < b.N; i++ {
		r := rnd.Intn(len(versions))
		versions[r]++
		tx := stepTx(r, versions[r])
		commit(b, s, tx)
		if err := s.Published(ctx, tx.Outbox[0]); err != nil {
			b.Fatal(err)
		}
	}
}

// sizes are the numbers of records that work per operation must not depend on.
func sizes() []int {
	if testing.Short() {
		return []int{1_000, 100_000}
	}
	return []int{1_000, 100_000, 1_000_000}
}

func BenchmarkMemory_Size(b *testing.B) {
	for _, n := range sizes() {
		b.Run(fmt.Sprintf("records=%d", n), func(b *testing.B) {
			measure(b, embedded.NewMemory(&fixed{now: epoch}), rand.New(rand.NewSource(1)), make([]int, n))
		})
	}
}

// BenchmarkFile_Size leaves the disk's own time out, but for EventSynced.
func BenchmarkFile_Size(b *testing.B) {
	for _, n := range sizes() {
		b.Run(fmt.Sprintf("records=%d", n), func(b *testing.B) {
			path, rnd, versions := filepath.Join(b.TempDir(), "catalog.db"), rand.New(rand.NewSource(1)), make([]int, n)
			f := openFile(b, path, &fixed{now: epoch})
			measure(b, f, rnd, versions)
			if err := f.Close(); err != nil {
				b.Fatal(err)
			}
			flush(b, path)
			synced, err := embedded.Open(ctx, path, &fixed{now: epoch}, embedded.Options{})
			if err != nil {
				b.Fatal(err)
			}
			defer synced.Close()
			b.Run("EventSynced", func(b *testing.B) { events(b, synced, rnd, versions) })
		})
	}
}

// flush writes to the disk what the load of an unsynced file left to be written.
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

// BenchmarkMemory_Commit puts records that are new, in three lookups and due, and
// the same records again, due later.
func BenchmarkMemory_Commit(b *testing.B) {
	b.Run("new", func(b *testing.B) {
		b.ReportAllocs()
		commitNew(b, embedded.NewMemory(&fixed{now: epoch}))
	})
	b.Run("again", func(b *testing.B) {
		m := embedded.NewMemory(&fixed{now: epoch})
		const n = 1_000
		load(b, m, n)
		txs := make([]catalog.Tx, n)
		for i := range txs {
			txs[i] = put(benchItem(i), 0)
		}
		b.ReportAllocs()
		b.ResetTimer()
		for i := 0; i < b.N; i++ {
			p := &txs[i%n].Puts[0]
			p.IfVersion++
			p.Item.DueAt = p.Item.DueAt.Add(time.Minute)
			commit(b, m, txs[i%n])
		}
	})
}

func BenchmarkMemory_DueEmpty(b *testing.B) {
	m := embedded.NewMemory(&fixed{now: epoch})
	for i := 0; i < b.N; i++ {
		if d, err := m.Due(ctx, catalog.LaneKeys, 3, epoch, 100); err != nil || len(d) > 0 {
			b.Fatal(d, err)
		}
	}
}

func BenchmarkMemory_GetParallel(b *testing.B) {
	m := embedded.NewMemory(&fixed{now: epoch})
	load(b, m, 1_000)
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		for i := 0; pb.Next(); i++ {
			if _, err := m.Get(ctx, catalog.Key{Part: "tenant#7", Sort: "."}); err != nil {
				b.Error(err)
			}
		}
	})
}

func BenchmarkFile_Commit(b *testing.B) {
	open := func(b *testing.B, noSync bool) *embedded.File {
		f, err := embedded.Open(ctx, filepath.Join(b.TempDir(), "catalog.db"), &fixed{now: epoch}, embedded.Options{NoSync: noSync})
		if err != nil {
			b.Fatal(err)
		}
		b.Cleanup(func() { f.Close() })
		return f
	}
	b.Run("nosync", func(b *testing.B) { commitNew(b, open(b, true)) })
	b.Run("sync", func(b *testing.B) { commitNew(b, open(b, false)) })
	b.Run("sync, 32 at once", func(b *testing.B) {
		f := open(b, false)
		b.SetParallelism(16)
		next := make(chan int, 64)
		go func() {
			for i := 0; i < b.N; i++ {
				next <- i
			}
			close(next)
		}()
		b.ResetTimer()
		b.RunParallel(func(pb *testing.PB) {
			for pb.Next() {
				if err := f.Commit(ctx, put(benchItem(<-next), 0)); err != nil {
					b.Error(err)
				}
			}
		})
	})
}

func commitNew(b *testing.B, s catalog.Store) {
	b.Helper()
	txs := make([]catalog.Tx, 1_000)
	for i := 0; i < b.N; i++ {
		if i%len(txs) == 0 {
			b.StopTimer()
			for j := range txs {
				txs[j] = put(benchItem(i+j), 0)
			}
			b.StartTimer()
		}
		commit(b, s, txs[i%len(txs)])
	}
}
