package parquet_test

import (
	"bytes"
	"fmt"
	pq "github.com/parquet-go/parquet-go"
	"latchkey/shared/keyusage/parquet"
	"latchkey/shared/keyusage/trailtest"
	"testing"
)

func TestDbg(t *testing.T) {
	g := trailtest.New(trailtest.Config{Seed: 4, Tenants: 2})
	dir := newWorld(g.World)
	first, second := g.File(0, 2000), g.File(1, 300)
	rows, _ := gather(t, dir, first)
	rows2, _ := gather(t, dir, second)
	p := rows.Partitions()[1]
	w := parquet.NewWriter()
	a := write(t, w, rows, p)
	b := write(t, w, rows, p)
	write(t, w, rows2, p)
	c := write(t, w, rows, p)
	for _, x := range [][]byte{a, b, c} {
		f, _ := pq.OpenFile(bytes.NewReader(x), int64(len(x)))
		fmt.Println(len(x))
		for _, c := range f.Metadata().RowGroups[0].Columns {
			fmt.Print(c.MetaData.PathInSchema, c.MetaData.TotalCompressedSize, " ", c.MetaData.TotalUncompressedSize, "; ")
		}
		fmt.Println()
	}
}
