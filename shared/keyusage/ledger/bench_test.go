package ledger_test

import (
	"bytes"
	"context"
	"flag"
	"io"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/klauspost/compress/gzip"

	"latchkey/shared/keyusage"
	"latchkey/shared/keyusage/ledger"
	"latchkey/shared/keyusage/trailtest"
	"latchkey/shared/objects"
)

var (
	benchMB     = flag.Int("ledger.mb", 50, "decompressed size of the benchmark's data in MB")
	benchRounds = flag.Int("ledger.rounds", 5, "rounds of which the benchmark takes the median")
)

// counting counts the calls of the bucket.
type counting struct {
	ledger.Objects
	mu          sync.Mutex
	puts, bytes int
}

func (c *counting) Put(ctx context.Context, bucket, key string, body []byte, opt objects.Options) (objects.Info, error) {
	c.mu.Lock()
	c.puts++
	c.bytes += len(body)
	c.mu.Unlock()
	return c.Objects.Put(ctx, bucket, key, body, opt)
}

func gunzip(b *testing.B, file []byte) {
	b.Helper()
	r, err := gzip.NewReader(bytes.NewReader(file))
	if err == nil {
		_, err = io.Copy(io.Discard, r)
	}
	if err != nil {
		b.Fatal(err)
	}
}

// BenchmarkLedger_ingest is the whole path: from a log file in a bucket to
// Parquet files, findings and the catalog's item, with stores in memory, beside
// gunzip alone, in turns file by file, by medians of rounds:
//
//	go test ./shared/keyusage/ledger -run '^$' -bench Ledger_ingest -benchtime 1x -cpu 1 -ledger.mb=500
func BenchmarkLedger_ingest(b *testing.B) {
	for _, c := range []struct {
		name    string
		records int // of a file
		tenants int
	}{{"5000 records, 40 tenants", 5000, 40}, {"5000 records, 4 tenants", 5000, 4}, {"53 records, 40 tenants", 53, 40}, {"53 records, 4 tenants", 53, 4}} {
		b.Run(c.name, func(b *testing.B) {
			for range b.N {
				benchIngest(b, c.records, c.tenants)
			}
		})
	}
}

func benchIngest(b *testing.B, records, tenants int) {
	mb := *benchMB
	if records < 1000 {
		mb = max(1, mb/10)
	}
	results := map[string][]float64{}
	note := func(name string, value float64) { results[name] = append(results[name], value) }
	for range *benchRounds {
		w := newWorld(b, trailtest.Config{Seed: 1, Tenants: tenants, PerFile: time.Minute})
		life, bucket := &process{}, &counting{Objects: w.objects}
		deps := w.deps()
		deps.Objects, deps.Store = bucket, mortalStore{deps.Store, life}
		l := w.open(deps)
		var plain, files int
		var unzip, whole time.Duration
		var uses int64
		for ; plain < mb<<20; files++ {
			doc := w.gen.File(files, records)
			plain += len(doc)
			file := trailtest.Gzip(doc)
			if _, err := w.objects.Put(ctx, trail, w.gen.Name(files), file, objects.Options{}); err != nil {
				b.Fatal(err)
			}
			begun := time.Now()
			gunzip(b, file)
			unzip += time.Since(begun)
			begun = time.Now()
			res, err := l.Ingest(ctx, trail, w.gen.Name(files))
			whole += time.Since(begun)
			if err != nil {
				b.Fatal(err)
			}
			uses += res.Totals.Uses
		}
		note("gunzip_MB/s", float64(plain)/1e6/unzip.Seconds())
		note("ingest_MB/s", float64(plain)/1e6/whole.Seconds())
		note("ingest/gunzip", unzip.Seconds()/whole.Seconds())
		note("files/s", float64(files)/whole.Seconds())
		note("ms_for_10", 1e4*whole.Seconds()/float64(files))
		note("catalog_calls_for_10", 10*float64(life.calls)/float64(files))
		note("PUT_for_10", 10*float64(bucket.puts)/float64(files))
		note("B/use", float64(bucket.bytes)/float64(uses))
	}
	for name, list := range results {
		slices.Sort(list)
		b.ReportMetric(list[len(list)/2], name)
	}
}

// BenchmarkLedger_Usage is the report of a tenant's month: counted for the first
// time, and from what is kept.
func BenchmarkLedger_Usage(b *testing.B) {
	w := newWorld(b, trailtest.Config{Seed: 1, Tenants: 1, PerFile: 5 * time.Minute})
	l := w.open(w.deps())
	const days = 3
	for n := range days * 288 {
		ingest(b, l, w.deliver(w.gen.Name(n), w.gen.File(n, 53)))
	}
	w.clock.advance(30 * 24 * time.Hour)
	id, from := w.gen.World.Tenants[0].ID, start.Truncate(24*time.Hour)
	ask := func() (time.Duration, *keyusage.Totals) {
		begun := time.Now()
		s, err := w.open(w.deps()).Collect(ctx, id, from, from.AddDate(0, 0, days+1))
		if err != nil {
			b.Fatal(err)
		}
		t := s.Totals()
		return time.Since(begun), &t
	}
	for range b.N {
		first, _ := ask()
		again, t := ask()
		b.ReportMetric(float64(first.Milliseconds())/days, "ms/day_first")
		b.ReportMetric(float64(again.Microseconds())/1e3/days, "ms/day_kept")
		b.ReportMetric(float64(t.Uses)/days, "uses/day")
	}
}
