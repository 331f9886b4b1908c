package main

import (
	"reflect"
	"regexp"
	"strings"
	"testing"

	"latchkey/infra/cell"
	"latchkey/infra/network/synthtest"
	"latchkey/shared/keyusage/ledger"
	"latchkey/shared/keyusage/parquet"
)

// glueType is how Athena reads a type of the Parquet schema. [Athena guide, Data types]
func glueType(f reflect.StructField) string {
	tag := f.Tag.Get("parquet")
	switch {
	case strings.Contains(tag, "timestamp("):
		return "timestamp"
	case f.Type.Kind() == reflect.Bool:
		return "boolean"
	case strings.Contains(tag, ",uuid"):
		return "binary"
	case f.Type.Kind() == reflect.String:
		return "string"
	}
	return "unknown type " + f.Type.String()
}

// TestLedger_Table holds that Athena's table is what the ledger writes.
func TestLedger_Table(t *testing.T) {
	row, made := reflect.TypeFor[parquet.Row](), part(oneCell(t).Resources["LedgerTable"].Properties, "TableInput")
	columns, _ := part(made, "StorageDescriptor", "Columns").([]any)
	if len(columns) != row.NumField() {
		t.Fatalf("%d columns, the files have %d", len(columns), row.NumField())
	}
	for i, c := range columns {
		field := row.Field(i)
		name, _, _ := strings.Cut(field.Tag.Get("parquet"), ",")
		if part(c, "Name") != name || part(c, "Type") != glueType(field) {
			t.Errorf("column %d is %s, the files have %s %s", i+1, synthtest.Text(c), name, glueType(field))
		}
	}
	const root = "s3://latchkey-ledger-${AWS::AccountId}-${AWS::Region}/" + ledger.TablePrefix
	if got := text(part(made, "StorageDescriptor", "Location")); got != root {
		t.Errorf("the table is at %s, the files below %s", got, root)
	}
	partition := parquet.Partition{Tenant: "T", Day: 0}
	prefix := strings.NewReplacer("T", "${!tenant}", partition.Date(), "${!date}").Replace(partition.Prefix())
	if got := text(part(made, "Parameters", "storage.location.template")); got != root+prefix {
		t.Errorf("partitions are at %s, the files at %s", got, root+prefix)
	}
}

// TestLedger_Queries holds that saved queries ask for columns that are there,
// name their partition, and do not count a record twice.
func TestLedger_Queries(t *testing.T) {
	known := map[string]bool{"tenant": true, "date": true, "key_usage": true, "uses": true, "first": true, "last": true}
	for _, c := range cell.Columns() {
		known[c.Name] = true
	}
	queries := cell.Queries()
	if len(queries) != 3 {
		t.Errorf("%d queries", len(queries))
	}
	for _, q := range queries {
		plain := regexp.MustCompile(`'[^']*'`).ReplaceAllString(q.SQL, "")
		for _, word := range regexp.MustCompile(`[a-z][a-z_]+`).FindAllString(plain, -1) {
			if !known[word] && !map[string]bool{"count": true, "min": true, "max": true, "lower": true, "to_hex": true, "timestamp": true}[word] {
				t.Errorf("%s: %q is neither a column nor a function", q.Name, word)
			}
		}
		if !strings.Contains(q.SQL, "WHERE tenant = ?") || !strings.Contains(strings.ToUpper(q.SQL), "DISTINCT") {
			t.Errorf("%s scans every tenant, or counts twice", q.Name)
		}
		if got := oneCell(t).Resources["Query"+partsID(q.Name)].Properties["QueryString"]; got != q.SQL {
			t.Errorf("%s is %v", q.Name, got)
		}
	}
}
