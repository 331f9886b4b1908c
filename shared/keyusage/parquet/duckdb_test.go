package parquet_test

import (
	"cmp"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"latchkey/shared/keyusage"
	"latchkey/shared/keyusage/parquet"
	"latchkey/shared/keyusage/trailtest"
)

const getDuckDB = "install Node.js and run npm install @duckdb/node-api in this folder or one above, or set NODE_PATH"

// duckDB returns what runs the query script, or skips the test.
func duckDB(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	missing := exec.Command("node", "-e", "require('@duckdb/node-api')").Run()
	switch {
	case missing == nil:
		return exec.Command("node", append([]string{"testdata/query.js"}, args...)...)
	case slices.Contains(strings.Split(os.Getenv("LATCHKEY_REQUIRE"), ","), "duckdb"):
		t.Fatalf("DuckDB is not there and LATCHKEY_REQUIRE asks for duckdb: %s", getDuckDB)
	default:
		t.Skipf("DuckDB is not there: %s", getDuckDB)
	}
	return nil
}

type answer struct {
	Rows, Operations, Tenants, Day, Hour, Types [][]string
	Events                                      [][]any
}

// TestDuckDB: others read what is written, and count the same.
func TestDuckDB(t *testing.T) {
	folder := t.TempDir()
	const day = "2025-03-02"
	cmd := duckDB(t, folder, day)
	g := trailtest.New(trailtest.Config{Seed: 8, Tenants: 3, PerFile: 30 * time.Hour})
	dir := newWorld(g.World)
	delete(dir, g.World.Tenants[2].KeyARN) // so that some uses are no tenant's
	var want truth
	rows := parquet.NewRows()
	l := keyusage.NewLedger(keyusage.Config{Directory: onlyKeys{dir}, Each: func(u *keyusage.Counted) error { rows.Add(u); want.add(u, day); return nil }})
	if _, err := l.AddFile(ctx, "f", strings.NewReader(string(g.File(0, 2000)))); err != nil {
		t.Fatal(err)
	}
	w := parquet.NewWriter()
	for _, p := range rows.Partitions() {
		path := filepath.Join(folder, p.Prefix(), parquet.FileName("b", "k", 0))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, write(t, w, rows, p), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	var got answer
	if err := json.Unmarshal(out, &got); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	want.check(t, &got)
}

// onlyKeys knows no tenant by its name, so that a context alone makes nobody's
// use a tenant's.
type onlyKeys struct{ world }

func (onlyKeys) Tenant(string) bool { return false }

// truth is what the ledger counted.
type truth struct {
	rows, day, hour     int
	operations, tenants map[string]int
	events              [][]any
}

func (w *truth) add(u *keyusage.Counted, day string) {
	if w.operations == nil {
		w.operations, w.tenants = map[string]int{}, map[string]int{}
	}
	w.rows++
	w.operations[u.Operation]++
	w.tenants[cmp.Or(u.Attribution.Tenant, parquet.Unknown)]++
	if u.At.Format(time.DateOnly) == day {
		w.day++
		if u.At.Hour() == 1 {
			w.hour++
		}
	}
	names := make([]string, 0, 2)
	for _, p := range u.Context {
		names = append(names, string(p.Name))
	}
	slices.Sort(names)
	w.events = append(w.events, []any{u.ID.String(), string(u.Record.SharedEvent), strconv.FormatInt(u.At.UnixMilli(), 10),
		u.Attribution.KeyARN, u.Principal.ID, u.ErrorCode, u.Attribution.Known, strings.Join(names, ",")})
}

func counted(m map[string]int) (list [][]string) {
	for name, n := range m {
		list = append(list, []string{name, strconv.Itoa(n)})
	}
	slices.SortFunc(list, func(a, b []string) int { return strings.Compare(a[0], b[0]) })
	return list
}

func (w *truth) check(t *testing.T, got *answer) {
	t.Helper()
	n := strconv.Itoa(w.rows)
	slices.SortFunc(w.events, func(a, b []any) int { return strings.Compare(a[0].(string), b[0].(string)) })
	for _, c := range []struct {
		what      string
		got, want any
	}{
		{"rows, events, shared events", got.Rows, [][]string{{n, n, n}}},
		{"operations", got.Operations, counted(w.operations)},
		{"tenants", got.Tenants, counted(w.tenants)},
		{"uses of the day", got.Day, [][]string{{strconv.Itoa(w.day)}}},
		{"uses of the hour", got.Hour, [][]string{{strconv.Itoa(w.hour)}}},
		{"events", got.Events, w.events[:50]},
	} {
		if !reflect.DeepEqual(c.got, c.want) {
			t.Errorf("%s: %v, want %v", c.what, c.got, c.want)
		}
	}
	types := map[string]string{}
	for _, row := range got.Types {
		types[row[0]] = row[1]
	}
	for name, want := range map[string]string{"event_id": "UUID", "shared_event_id": "UUID", "time": "TIMESTAMP WITH TIME ZONE", "operation": "VARCHAR", "key_known": "BOOLEAN", "date": "DATE"} {
		if types[name] != want {
			t.Errorf("%s is a %s, want %s", name, types[name], want)
		}
	}
	if w.tenants[parquet.Unknown] == 0 || w.hour == 0 {
		t.Errorf("the data shows nothing: %+v", w.tenants)
	}
}
