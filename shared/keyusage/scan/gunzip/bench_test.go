package gunzip_test

import (
	"bytes"
	"io"
	"slices"
	"testing"
	"time"

	"github.com/klauspost/compress/gzip"

	"latchkey/shared/keyusage/scan/gunzip"
	"latchkey/shared/keyusage/trailtest"
)

// BenchmarkReader_Fill reads log files in turns with klauspost/compress, so that
// what else the machine does hits both alike. The results are medians.
func BenchmarkReader_Fill(b *testing.B) {
	for name, records := range map[string]int{"large": 5000, "small": 53} {
		b.Run(name, func(b *testing.B) { turns(b, records) })
	}
}

func turns(b *testing.B, records int) {
	plain := trailtest.New(trailtest.Config{Seed: 1}).File(0, records)
	file := trailtest.Gzip(plain)
	var ours gunzip.Reader
	var theirs gzip.Reader
	window := make([]byte, 256<<10)
	var a, c []float64
	for range b.N {
		start := time.Now()
		if err := fillAll(&ours, window, file); err != nil {
			b.Fatal(err)
		}
		middle := time.Now()
		err := theirs.Reset(bytes.NewReader(file))
		if err == nil {
			_, err = io.Copy(io.Discard, &theirs)
		}
		if err != nil {
			b.Fatal(err)
		}
		a = append(a, middle.Sub(start).Seconds())
		c = append(c, time.Since(middle).Seconds())
	}
	slices.Sort(a)
	slices.Sort(c)
	mb := float64(len(plain)) / 1e6
	b.ReportMetric(mb/a[len(a)/2], "MB/s")
	b.ReportMetric(mb/c[len(c)/2], "klauspost_MB/s")
	b.ReportMetric(c[len(c)/2]/a[len(a)/2], "ratio")
	b.ReportMetric(c[len(c)/10]/a[len(a)/10], "ratio10")
	b.ReportMetric(0, "ns/op")
}

func fillAll(z *gunzip.Reader, window, file []byte) error {
	z.Reset(bytes.NewReader(file))
	for from := 0; ; {
		n, err := z.Fill(window, from)
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		from = copy(window, window[from+n-gunzip.History:from+n])
	}
}
