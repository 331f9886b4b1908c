package report_test

import (
	"bytes"
	"encoding/csv"
	"strconv"
	"strings"
	"testing"
	"time"

	"latchkey/shared/keyusage"
	"latchkey/shared/keyusage/report"
)

func csvOf(t *testing.T, src report.Source, opt report.Options) (text string, rows [][]string) {
	t.Helper()
	var out bytes.Buffer
	if err := report.WriteCSV(&out, src, opt); err != nil {
		t.Fatal(err)
	}
	text = out.String()
	rows, err := csv.NewReader(&out).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return text, rows
}

func TestWriteCSV_rollups(t *testing.T) {
	l, _, truth := generatedDay(t)
	text, rows := csvOf(t, l, report.Options{})
	if strings.Count(text, "\r\n") != len(rows) || !strings.HasSuffix(text, "\r\n") {
		t.Error("lines do not end in CRLF")
	}
	if rows[0][0] != "hour" || rows[0][16] != "uses" || len(rows)-1 != l.Groups() {
		t.Errorf("header %v, %d rows; want %d", rows[0], len(rows)-1, l.Groups())
	}
	want := map[string]uint64{}
	for _, r := range l.Rollups() {
		want[strings.Join([]string{r.Hour.Format(time.RFC3339), r.Tenant, r.Database, string(r.Purpose), r.KeyARN, r.Operation, r.Principal.ID, r.Principal.Via, r.ErrorCode}, "|")] += r.Count
	}
	sum := 0
	for i, row := range rows[1:] {
		n, err := strconv.Atoi(row[16])
		if err != nil {
			t.Fatal(err)
		}
		sum += n
		want[strings.Join([]string{row[0], row[1], row[2], row[3], row[4], row[6], row[7], row[8], row[11]}, "|")] -= uint64(n)
		if i > 0 && strings.Join(rows[i], "\x00") >= strings.Join(row, "\x00") {
			t.Errorf("row %d is out of order or twice: %v", i+1, row)
		}
	}
	if sum != len(truth) {
		t.Errorf("%d uses in all, want %d", sum, len(truth))
	}
	for key, left := range want {
		if left != 0 {
			t.Errorf("%s: %d off", key, int64(left))
		}
	}
	if again, _ := csvOf(t, l, report.Options{}); again != text {
		t.Error("the same ledger gives other bytes")
	}
}

func TestWriteCSV_scope(t *testing.T) {
	l, w, _ := generatedDay(t)
	_, rows := csvOf(t, l, report.Options{Tenant: w.Tenants[2].ID, From: w.noon, Until: w.noon.Add(2 * time.Hour)})
	if len(rows) < 2 {
		t.Fatal("no rows")
	}
	for _, row := range rows[1:] {
		if row[1] != w.Tenants[2].ID || row[0] < "2025-03-01T12" || row[0] >= "2025-03-01T14" {
			t.Errorf("out of scope: %v", row)
		}
	}
}

func TestWriteCSV_cells(t *testing.T) {
	for cell, want := range map[string]string{
		`=cmd|' /C calc'!A0`: `'=cmd|' /C calc'!A0`, "+1": "'+1", "-1": "'-1", "@SUM(A1)": "'@SUM(A1)", "\t=1": "'\t=1", "\r=1": "'=1",
		" =1": "' =1", "＝1": "'＝1", `a,"b"`: `a,"b"`, "two\nlines": "two\nlines", "arn:aws:iam::1:role/x": "arn:aws:iam::1:role/x", "é": "é", "": "",
	} {
		src := fixed{rollups: []keyusage.Rollup{{
			Attribution: keyusage.Attribution{Tenant: cell, Database: cell, KeyARN: cell, Material: cell, Foreign: cell, WrongRegion: cell},
			Operation:   cell, Principal: keyusage.Principal{ID: cell, Via: cell, Provider: cell}, ErrorCode: cell, Hour: at(1), Count: 1,
		}}}
		_, rows := csvOf(t, src, report.Options{})
		for _, column := range []int{1, 2, 4, 5, 6, 7, 8, 9, 11, 12, 13} {
			if got := rows[1][column]; got != want {
				t.Errorf("%q in %s becomes %q, want %q", cell, rows[0][column], got, want)
			}
		}
	}
}

// many gives a rollup for each n without holding them.
type many struct {
	fixed
	rollups int
}

func (m many) Each(visit func(keyusage.Rollup)) {
	for i := range m.rollups {
		n := i * 7919 % m.rollups // in no order
		visit(keyusage.Rollup{Operation: strconv.Itoa(n), Hour: at(0).Add(time.Duration(n/50_000) * time.Hour), Count: 1})
	}
}

func TestWriteCSV_batches(t *testing.T) {
	_, rows := csvOf(t, many{rollups: 230_001}, report.Options{})
	if len(rows)-1 != 230_001 {
		t.Fatalf("%d rows", len(rows)-1)
	}
	for i, row := range rows[2:] {
		if before := rows[i+1]; before[0] > row[0] || before[0] == row[0] && before[6] >= row[6] {
			t.Fatalf("%v comes before %v", before, row)
		}
	}
}

type failing struct{ error }

func (f failing) Write([]byte) (int, error) { return 0, f.error }

func TestWrite_failing(t *testing.T) {
	l, w, _ := generatedDay(t)
	r := report.Build(l, generatedOptions(w))
	broken := failing{strconv.ErrRange}
	for name, err := range map[string]error{
		"csv": report.WriteCSV(broken, l, report.Options{}), "html": r.WriteHTML(broken), "json": r.WriteJSON(broken),
	} {
		if err == nil {
			t.Errorf("%s: no error from a writer that fails", name)
		}
	}
}
