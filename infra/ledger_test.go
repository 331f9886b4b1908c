package main

import (
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"latchkey/infra/cell"
	"latchkey/infra/network/synthtest"
	"latchkey/shared/keyusage/ledger"
	"latchkey/shared/keyusage/parquet"
	"latchkey/shared/keyusage/table"
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

// reserved are the words that a SELECT may not have as names without quotes.
// [Athena guide, Escape reserved keywords in queries; Trino's documentation,
// Reserved keywords]
var reserved = strings.Fields(`alter and as between by case cast constraint create cross cube current_catalog current_date
current_path current_role current_schema current_time current_timestamp current_user deallocate delete describe distinct drop
else end escape except execute exists extract false first for from full group grouping having in inner insert intersect into is
join json_array json_exists json_object json_query json_table json_value last left like listagg localtime localtimestamp natural
normalize not null on or order outer prepare recursive right rollup select skip table then trim true uescape unescape union
unnest using values when where with`)

// TestLedger_Queries holds that saved queries ask for columns that are there,
// use no reserved word as a name, name their partition first, and count each use
// once.
func TestLedger_Queries(t *testing.T) {
	columns := map[string]bool{"key_usage": true}
	for _, c := range slices.Concat(table.Columns(), table.Partitions()) {
		columns[c.Name] = true
	}
	queries := cell.Queries()
	if len(queries) != 3 {
		t.Errorf("%d queries", len(queries))
	}
	for _, q := range queries {
		for _, problem := range wrongNames(q.SQL, columns) {
			t.Errorf("%s: %s", q.Name, problem)
		}
		if !strings.Contains(q.SQL, "WHERE tenant = ? AND \"date\" ") || !strings.Contains(q.SQL, "PARTITION BY coalesce(shared_event_id, event_id), operation") ||
			!strings.Contains(q.SQL, "WHERE copy = 1") {
			t.Errorf("%s scans every tenant, or counts twice", q.Name)
		}
		if asked := strings.Count(q.SQL, "?"); asked != strings.Count(q.Says[strings.Index(q.Says, "Parameters:"):], ",")+1 {
			t.Errorf("%s has %d parameters: %s", q.Name, asked, q.Says)
		}
		if got := oneCell(t).Resources["Query"+partsID(q.Name)].Properties["QueryString"]; got != q.SQL {
			t.Errorf("%s is %v", q.Name, got)
		}
	}
}

// wrongNames returns what is wrong with the names of a query: keywords are in
// capitals, names are not.
func wrongNames(sql string, columns map[string]bool) (problems []string) {
	sql = regexp.MustCompile(`'[^']*'`).ReplaceAllString(sql, "")
	known := map[string]bool{"count": true, "min": true, "max": true, "lower": true, "to_hex": true, "timestamp": true,
		"row_number": true, "coalesce": true, "concat": true, "once": true}
	for _, m := range regexp.MustCompile(`AS ([a-z_]+)`).FindAllStringSubmatch(sql, -1) {
		known[m[1]] = true
	}
	for _, word := range regexp.MustCompile(`"?[a-z][a-z_]*"?`).FindAllString(sql, -1) {
		name := strings.Trim(word, `"`)
		if !columns[name] && !known[name] {
			problems = append(problems, name+" is neither a column nor a function")
		}
		if name == word && slices.Contains(reserved, name) {
			problems = append(problems, name+" is reserved: it needs quotes")
		}
	}
	return problems
}

// TestWrongNames holds that the test above can fail.
func TestWrongNames(t *testing.T) {
	columns := map[string]bool{"time": true, "first": true}
	for sql, want := range map[string]int{
		`SELECT min("time") AS first_use`: 0, `SELECT min("time") AS first`: 1, `SELECT "first"`: 0, `SELECT nothing`: 1,
	} {
		if got := wrongNames(sql, columns); len(got) != want {
			t.Errorf("%s: %q", sql, got)
		}
	}
}
