package parquet_test

import (
	"testing"

	pq "github.com/parquet-go/parquet-go"

	"latchkey/shared/keyusage/parquet"
	"latchkey/shared/keyusage/table"
)

// TestSchema_Table: the files have the columns that the table declares.
func TestSchema_Table(t *testing.T) {
	fields := pq.SchemaOf(parquet.Row{}).Fields()
	columns := table.Columns()
	if len(fields) != len(columns) {
		t.Fatalf("%d columns in the files, %d in the table", len(fields), len(columns))
	}
	types := map[pq.Kind]string{pq.Int64: table.Instant, pq.FixedLenByteArray: table.UUID, pq.ByteArray: table.Text, pq.Boolean: table.Bool}
	for i, f := range fields {
		if c := columns[i]; f.Name() != c.Name || types[f.Type().Kind()] != c.Type || c.Comment == "" {
			t.Errorf("column %d is %s %s in the files, %+v in the table", i, f.Name(), f.Type(), c)
		}
	}
}
