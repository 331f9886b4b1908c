package keyusage_test

import (
	"testing"

	"latchkey/shared/keyusage"
	"latchkey/shared/keyusage/trailtest"
)

// BenchmarkLedger_small is the whole job on files of 53 records, as most of a
// quiet account are. It cycles through enough of them that none is remembered.
func BenchmarkLedger_small(b *testing.B) {
	g := trailtest.New(trailtest.Config{Seed: 1})
	var files [200][]byte
	plain := 0
	for n := range files {
		doc := g.File(n, 53)
		plain += len(doc)
		files[n] = trailtest.Gzip(doc)
	}
	l := keyusage.NewLedger(keyusage.Config{Directory: newFleet(g.World)})
	b.SetBytes(int64(plain / len(files)))
	b.ReportAllocs()
	b.ResetTimer()
	for i := range b.N {
		if err := add(l, files[i%len(files)]); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "files/s")
}
