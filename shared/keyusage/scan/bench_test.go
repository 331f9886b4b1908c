package scan_test

import (
	"bytes"
	"context"
	"io"
	"testing"

	"github.com/klauspost/compress/gzip"

	"latchkey/shared/keyusage/scan"
	"latchkey/shared/keyusage/trailtest"
)

func BenchmarkScan(b *testing.B) {
	g := trailtest.New(trailtest.Config{Seed: 1})
	plain := g.File(0, 5000)
	packed := trailtest.Gzip(plain)
	b.Logf("%d bytes plain, %d packed, ratio %.1f", len(plain), len(packed), float64(len(plain))/float64(len(packed)))
	s := scan.New(scan.Limits{})
	visit := func(*scan.Record) error { return nil }
	run := func(name string, f func() error) {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(plain)))
			b.ReportAllocs()
			for range b.N {
				if err := f(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	run("gunzip", func() error {
		zr, err := gzip.NewReader(bytes.NewReader(packed))
		if err == nil {
			_, err = io.Copy(io.Discard, zr)
		}
		return err
	})
	run("plain", func() error {
		_, err := s.File(context.Background(), "f", bytes.NewReader(plain), visit)
		return err
	})
	run("packed", func() error {
		_, err := s.File(context.Background(), "f", bytes.NewReader(packed), visit)
		return err
	})
}
