package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	pq "github.com/parquet-go/parquet-go"

	"latchkey/infra/cell"
	"latchkey/shared/keyusage/parquet"
)

const getDuckDB = "install Node.js and run npm install @duckdb/node-api in this folder or one above, or set NODE_PATH"

// requireDuckDB skips a test without DuckDB.
func requireDuckDB(t *testing.T) {
	t.Helper()
	if exec.Command("node", "-e", "require('@duckdb/node-api')").Run() == nil {
		return
	}
	if slices.Contains(strings.Split(os.Getenv("LATCHKEY_REQUIRE"), ","), "duckdb") {
		t.Fatalf("DuckDB is not there and LATCHKEY_REQUIRE asks for duckdb: %s", getDuckDB)
	}
	t.Skipf("DuckDB is not there: %s", getDuckDB)
}

const (
	usedKey = "arn:aws:kms:us-east-1:444455556666:key/1c500df3-1a3b-9563-fda1-db178a4a57a6"
	service = "arn:aws:iam::111122223333:role/orders"
)

// use is a row of a use at a minute of the day; the same n is the same event.
func use(n byte, minute int, operation, principal, outcome string) parquet.Row {
	return parquet.Row{Time: time.Date(2026, 3, 2, 9, minute, 0, 0, time.UTC), EventID: uuid.UUID{15: n}, Operation: operation, Class: "crypto",
		Outcome: outcome, KeyARN: usedKey, Principal: principal, Purpose: "application", Account: "111122223333", SourceIP: "192.0.2.1"}
}

// usedRows are six uses, in rows that come twice in every way there is: a record
// that was delivered again, two that both accounts logged, and a ReEncrypt.
func usedRows() []parquet.Row {
	owners := use(3, 5, "Decrypt", "111122223333/AROAEXAMPLEEXAMPLE123", "allowed") // what the key's account has logged says less
	owners.Account, owners.SharedEventID = "444455556666", uuid.UUID{0: 9}
	callers := use(4, 5, "Decrypt", service, "allowed")
	callers.SharedEventID = uuid.UUID{0: 9}
	services := [2]parquet.Row{use(7, 30, "Decrypt", "rds.amazonaws.com", "allowed"), use(8, 30, "Decrypt", "rds.amazonaws.com", "allowed")}
	services[0].Account = "444455556666"
	for i := range services {
		services[i].SharedEventID = uuid.UUID{0: 10}
	}
	return []parquet.Row{
		services[0], services[1],
		use(1, 1, "Decrypt", service, "allowed"), use(1, 1, "Decrypt", service, "allowed"),
		owners, callers,
		use(5, 10, "ReEncryptFrom", service, "allowed"), use(5, 10, "ReEncryptTo", service, "allowed"),
		use(6, 20, "Decrypt", service, "denied"), use(6, 20, "Decrypt", service, "denied"),
	}
}

// TestQueries runs the saved queries in DuckDB, whose SQL is near Athena's, on a
// file of the ledger's schema: they can be parsed, and count each use once.
func TestQueries(t *testing.T) {
	requireDuckDB(t)
	folder := t.TempDir()
	path := filepath.Join(folder, "tenant=acme", "date=2026-03-02", "f.parquet")
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := pq.WriteFile(path, usedRows()); err != nil {
		t.Fatal(err)
	}
	given := map[string][]string{
		"usage-of-a-tenant":  {"acme", "2026-03-01", "2026-03-31"},
		"what-stands-out":    {"acme", "2026-03-01", "2026-03-31"},
		"use-after-a-moment": {"acme", "2026-03-01", usedKey, "2026-03-02 09:04:00"},
	}
	type question struct {
		SQL    string   `json:"sql"`
		Values []string `json:"values"`
	}
	var questions []question
	for _, q := range cell.Queries() {
		questions = append(questions, question{q.SQL, given[q.Name]})
	}
	answers := ask(t, folder, questions)
	// what is counted of each answer
	columns := map[string][]string{"usage-of-a-tenant": {"operation", "principal", "outcome", "uses"}, "what-stands-out": {"operation", "outcome", "event"},
		"use-after-a-moment": {"operation", "principal", "event"}}
	want := map[string][]string{
		"usage-of-a-tenant": {"Decrypt " + service + " allowed 2", "Decrypt " + service + " denied 1", "Decrypt rds.amazonaws.com allowed 1",
			"ReEncryptFrom " + service + " allowed 1", "ReEncryptTo " + service + " allowed 1"},
		"what-stands-out": {"Decrypt denied " + hexOf(6)},
		"use-after-a-moment": {"Decrypt " + service + " " + hexOf(4), "Decrypt rds.amazonaws.com " + hexOf(8),
			"ReEncryptFrom " + service + " " + hexOf(5), "ReEncryptTo " + service + " " + hexOf(5)},
	}
	for i, q := range cell.Queries() {
		if got := answers[i].only(columns[q.Name]); !reflect.DeepEqual(got, want[q.Name]) {
			t.Errorf("%s:\n%s\nwant\n%s", q.Name, strings.Join(got, "\n"), strings.Join(want[q.Name], "\n"))
		}
	}
}

func hexOf(n byte) string { return fmt.Sprintf("%032x", n) }

// answered is what a query answered.
type answered struct {
	Columns []string `json:"columns"`
	Rows    [][]any  `json:"rows"`
}

// only returns the rows with some columns, sorted.
func (a answered) only(columns []string) (rows []string) {
	for _, r := range a.Rows {
		var cells []string
		for _, c := range columns {
			if i := slices.Index(a.Columns, c); i >= 0 {
				cells = append(cells, fmt.Sprint(r[i]))
			}
		}
		rows = append(rows, strings.Join(cells, " "))
	}
	slices.Sort(rows)
	return rows
}

func ask(t *testing.T, folder string, questions any) (answers []answered) {
	t.Helper()
	in, err := json.Marshal(questions)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("node", "testdata/queries.js", folder)
	cmd.Stdin, cmd.Stderr = bytes.NewReader(in), os.Stderr
	out, err := cmd.Output()
	if err == nil {
		err = json.Unmarshal(out, &answers)
	}
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return answers
}
