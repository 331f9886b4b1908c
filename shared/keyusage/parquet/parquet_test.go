package parquet_test

import (
	"bytes"
	"context"
	"flag"
	"reflect"
	"slices"
	"testing"
	"time"

	pq "github.com/parquet-go/parquet-go"

	"latchkey/shared/coded"
	"latchkey/shared/keyusage"
	"latchkey/shared/keyusage/parquet"
	"latchkey/shared/keyusage/trailtest"
)

var ctx = context.Background()

// world is a generated world as a directory: keys are their tenants'.
type world map[string]keyusage.Key

func newWorld(w trailtest.World) world {
	keys := world{}
	for _, t := range w.Tenants {
		keys[t.KeyARN] = keyusage.Key{ARN: t.KeyARN, Tenant: t.ID, Regions: []string{"eu-central-1"}}
	}
	return keys
}

func (world) Tenant(string) bool                            { return true }
func (world) Database(string) (keyusage.Owner, bool)        { return keyusage.Owner{}, false }
func (world) Resource(string) (keyusage.Owner, bool)        { return keyusage.Owner{}, false }
func (w world) Key(arn string) (keyusage.Key, bool)         { k, ok := w[arn]; return k, ok }
func (world) Expects(keyusage.Key, keyusage.Principal) bool { return true }

// gather scans a log file into rows, and returns what the ledger counted.
func gather(t testing.TB, dir keyusage.Directory, doc []byte) (*parquet.Rows, *keyusage.Ledger) {
	t.Helper()
	rows := parquet.NewRows()
	l := keyusage.NewLedger(keyusage.Config{Directory: dir, Each: func(u *keyusage.Counted) error { rows.Add(u); return nil }})
	if _, err := l.AddFile(ctx, "f", bytes.NewReader(doc)); err != nil {
		t.Fatal(err)
	}
	return rows, l
}

func write(t testing.TB, w *parquet.Writer, rows *parquet.Rows, p parquet.Partition) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := w.Write(&out, rows, p); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// What was written and read back counts to the same rollups and findings.
func TestRead_Rollups(t *testing.T) {
	g := trailtest.New(trailtest.Config{Seed: 2, Tenants: 5, PerFile: 30 * time.Hour})
	dir := newWorld(g.World)
	rows, want := gather(t, dir, g.File(0, 3000))
	got := keyusage.NewLedger(keyusage.Config{Directory: dir, Seen: keyusage.NewEventSet()})
	w := parquet.NewWriter()
	parts := rows.Partitions()
	if len(parts) != 10 {
		t.Errorf("%d partitions, want 5 tenants × 2 days", len(parts))
	}
	for range 2 { // a file that is there twice counts once
		for _, p := range parts {
			if err := parquet.Read(ctx, write(t, w, rows, p), p.Tenant, got.AddUse); err != nil {
				t.Fatal(err)
			}
		}
	}
	if !reflect.DeepEqual(got.Rollups(), want.Rollups()) {
		t.Errorf("%d rollups, want %d", len(got.Rollups()), len(want.Rollups()))
	}
	gotFindings, _ := got.Findings()
	wantFindings, _ := want.Findings()
	if !reflect.DeepEqual(gotFindings, wantFindings) || len(wantFindings) == 0 {
		t.Errorf("%d findings, want %d", len(gotFindings), len(wantFindings))
	}
}

// A call in two accounts' logs is two rows, and counts once, by the caller's.
func TestRead_twoAccounts(t *testing.T) {
	const record = `{"eventVersion":"1.11","eventTime":"2025-03-01T10:20:30Z","eventSource":"kms.amazonaws.com","eventName":"Decrypt","awsRegion":"us-east-1",` +
		`"sharedEventID":"aaaaaaaa-0000-4000-8000-000000000001","resources":[{"ARN":"arn:aws:kms:us-east-1:444455556666:key/1234abcd-12ab-34cd-56ef-1234567890ab"}],`
	var files [][]byte
	for _, members := range []string{
		`"eventID":"00000000-0000-4000-8000-000000000001","recipientAccountId":"111122223333","userIdentity":{"type":"IAMUser","arn":"arn:aws:iam::111122223333:user/eve","accountId":"111122223333"}}`,
		`"eventID":"00000000-0000-4000-8000-000000000002","recipientAccountId":"444455556666","userIdentity":{"type":"AWSAccount","principalId":"AIDAEVE","accountId":"111122223333"}}`,
	} {
		rows, _ := gather(t, world{}, []byte(`{"Records":[`+record+members+`]}`))
		files = append(files, write(t, parquet.NewWriter(), rows, rows.Partitions()[0]))
	}
	for _, order := range [][]int{{0, 1}, {1, 0}, {1, 0, 1, 0}} {
		l := keyusage.NewLedger(keyusage.Config{Directory: world{}, Seen: keyusage.NewEventSet()})
		for _, i := range order {
			if err := parquet.Read(ctx, files[i], "", l.AddUse); err != nil {
				t.Fatal(err)
			}
		}
		if got := l.Rollups(); len(got) != 1 || got[0].Count != 1 || got[0].Principal.ID != "arn:aws:iam::111122223333:user/eve" {
			t.Errorf("order %v: %+v", order, got)
		}
	}
}

// TestWriter_Write_deterministic: the bytes depend on the uses alone, not on
// what the writer and the rows were used for before.
func TestWriter_Write_deterministic(t *testing.T) {
	g := trailtest.New(trailtest.Config{Seed: 4, Tenants: 2})
	dir := newWorld(g.World)
	first, second := g.File(0, 2000), g.File(1, 300)
	rows, _ := gather(t, dir, first)
	fresh := write(t, parquet.NewWriter(), rows, rows.Partitions()[1])

	w, used := parquet.NewWriter(), parquet.NewRows()
	for _, doc := range [][]byte{second, first} {
		used.Reset()
		l := keyusage.NewLedger(keyusage.Config{Directory: dir, Each: func(u *keyusage.Counted) error { used.Add(u); return nil }})
		if _, err := l.AddFile(ctx, "f", bytes.NewReader(doc)); err != nil {
			t.Fatal(err)
		}
		write(t, w, used, used.Partitions()[0])
	}
	if again := write(t, w, used, used.Partitions()[1]); !bytes.Equal(again, fresh) {
		t.Errorf("%d bytes, then %d others", len(fresh), len(again))
	}
}

func TestWriter_Write_sorted(t *testing.T) {
	g := trailtest.New(trailtest.Config{Seed: 4, Tenants: 1})
	rows, _ := gather(t, newWorld(g.World), g.File(0, 2000))
	file := write(t, parquet.NewWriter(), rows, rows.Partitions()[0])
	f, err := pq.OpenFile(bytes.NewReader(file), int64(len(file)))
	if err != nil {
		t.Fatal(err)
	}
	if sorting := f.RowGroups()[0].SortingColumns(); len(sorting) != 2 || sorting[0].Path()[0] != "time" {
		t.Errorf("sorting columns %v", sorting)
	}
	for i, c := range f.Metadata().RowGroups[0].Columns {
		if s := c.MetaData.Statistics; s.MaxValue == nil && s.Max == nil {
			t.Errorf("column %v has no statistics", c.MetaData.PathInSchema)
		}
		if c.ColumnIndexLength == 0 || c.OffsetIndexLength == 0 {
			t.Errorf("column %d has no page index", i)
		}
	}
	all, err := pq.Read[parquet.Row](bytes.NewReader(file), int64(len(file)))
	if err != nil {
		t.Fatal(err)
	}
	if !slices.IsSortedFunc(all, func(a, b parquet.Row) int { return a.Time.Compare(b.Time) }) {
		t.Error("rows are not sorted by time")
	}
	for _, r := range all {
		if r.SharedEventID == [16]byte{} || r.Region != "us-east-1" || r.Account != g.World.Account || r.KeyARN != g.World.Tenants[0].KeyARN ||
			r.WrongRegion != true || r.Principal == "" || r.SourceIP == "" || r.KeyKnown != true {
			t.Fatalf("incomplete row %+v", r)
		}
	}
}

func TestWriter_Write_noRows(t *testing.T) {
	file := write(t, parquet.NewWriter(), parquet.NewRows(), parquet.Partition{Tenant: "acme"})
	err := parquet.Read(ctx, file, "acme", func(*keyusage.Use) error { t.Error("a use"); return nil })
	if err != nil {
		t.Error(err)
	}
}

func TestRead_Broken(t *testing.T) {
	g := trailtest.New(trailtest.Config{Seed: 4, Tenants: 1})
	rows, _ := gather(t, newWorld(g.World), g.File(0, 100))
	file := write(t, parquet.NewWriter(), rows, rows.Partitions()[0])
	for name, broken := range map[string][]byte{"empty": nil, "cut": file[:len(file)-9], "text": []byte("PAR1 no PAR1")} {
		if err := parquet.Read(ctx, broken, "acme", func(*keyusage.Use) error { return nil }); !coded.Is(err, coded.Invalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

var benchRows = flag.Int("parquet.rows", 200_000, "rows of the benchmark")

// BenchmarkWriter is sorting, encoding and compressing the uses of one tenant
// and day:
//
//	go test ./shared/keyusage/parquet -run '^$' -bench Writer -cpu 1
func BenchmarkWriter(b *testing.B) {
	g := trailtest.New(trailtest.Config{Seed: 1, Tenants: 1, KMSPercent: 100, PerFile: time.Hour})
	rows, _ := gather(b, newWorld(g.World), g.File(0, *benchRows))
	p := rows.Partitions()[0]
	w := parquet.NewWriter()
	size := 0
	b.ReportAllocs()
	b.ResetTimer()
	for range b.N {
		size = len(write(b, w, rows, p))
	}
	b.ReportMetric(float64(b.N)*float64(rows.Len())/b.Elapsed().Seconds(), "rows/s")
	b.ReportMetric(float64(size)/float64(rows.Len()), "B/row")
}

// BenchmarkWriter_small writes the uses of 50 tenants in a file of 53 records.
func BenchmarkWriter_small(b *testing.B) {
	g := trailtest.New(trailtest.Config{Seed: 1, Tenants: 50, PerFile: time.Minute})
	rows, _ := gather(b, newWorld(g.World), g.File(0, 53))
	w := parquet.NewWriter()
	files, size := 0, 0
	b.ReportAllocs()
	b.ResetTimer()
	for range b.N {
		for _, p := range rows.Partitions() {
			size += len(write(b, w, rows, p))
			files++
		}
	}
	b.ReportMetric(float64(files)/b.Elapsed().Seconds(), "files/s")
	b.ReportMetric(float64(size)/float64(files), "B/file")
}

func BenchmarkRead(b *testing.B) {
	g := trailtest.New(trailtest.Config{Seed: 1, Tenants: 1, KMSPercent: 100, PerFile: time.Hour})
	rows, _ := gather(b, newWorld(g.World), g.File(0, *benchRows))
	file := write(b, parquet.NewWriter(), rows, rows.Partitions()[0])
	b.ResetTimer()
	for range b.N {
		l := keyusage.NewLedger(keyusage.Config{Seen: keyusage.NewEventSet()})
		if err := parquet.Read(ctx, file, "t", l.AddUse); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.N)*float64(rows.Len())/b.Elapsed().Seconds(), "rows/s")
}
