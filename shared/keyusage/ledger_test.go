package keyusage_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"testing"

	"latchkey/shared/keyusage"
	"latchkey/shared/keyusage/trailtest"
)

// fleet is a generated world as a directory.
type fleet struct {
	databases, resources map[string]keyusage.Owner
	keys                 map[string]keyusage.Key
	strangers            map[string]bool // principal ids that are not expected
}

func newFleet(w trailtest.World) *fleet {
	f := &fleet{databases: map[string]keyusage.Owner{}, resources: map[string]keyusage.Owner{}, keys: map[string]keyusage.Key{}, strangers: map[string]bool{}}
	for _, t := range w.Tenants {
		f.keys[t.KeyARN] = keyusage.Key{ARN: t.KeyARN, Tenant: t.ID, Regions: []string{w.Region}}
		for _, d := range t.Databases {
			owner := keyusage.Owner{Tenant: t.ID, Database: d.ID}
			f.databases[d.ResourceID] = owner
			f.resources[d.SecretARN] = owner
			f.resources[d.VolumeID] = owner
		}
	}
	return f
}

func (f *fleet) Database(id string) (keyusage.Owner, bool) { o, ok := f.databases[id]; return o, ok }
func (f *fleet) Tenant(id string) bool {
	for _, k := range f.keys {
		if k.Tenant == id {
			return true
		}
	}
	return false
}
func (f *fleet) Resource(id string) (keyusage.Owner, bool) { o, ok := f.resources[id]; return o, ok }
func (f *fleet) Key(arn string) (keyusage.Key, bool)       { k, ok := f.keys[arn]; return k, ok }
func (f *fleet) Expects(_ keyusage.Key, p keyusage.Principal) bool {
	return !f.strangers[p.ID]
}

func counted(l *keyusage.Ledger) map[trailtest.Use]int {
	got := map[trailtest.Use]int{}
	l.Each(func(r keyusage.Rollup) {
		got[trailtest.Use{
			Tenant: r.Tenant, Database: r.Database, KeyARN: r.KeyARN, Operation: r.Operation,
			Principal: r.Principal.ID, ErrorCode: r.ErrorCode, Hour: r.Hour.Unix() / 3600,
		}] += int(r.Count)
	})
	return got
}

func TestLedger_AddFile_truth(t *testing.T) {
	g := trailtest.New(trailtest.Config{Seed: 7, PerFile: 40 * 60e9})
	truth := map[trailtest.Use]int{}
	g.Seen = func(u trailtest.Use) { truth[u]++ }
	l := keyusage.NewLedger(keyusage.Config{Directory: newFleet(g.World)})
	for n := range 6 {
		if _, err := l.AddFile(context.Background(), g.Name(n), bytes.NewReader(g.GzipFile(n, 2000))); err != nil {
			t.Fatal(err)
		}
	}
	if got := counted(l); !reflect.DeepEqual(got, truth) {
		t.Errorf("%d rollups, want %d; first difference: %s", len(got), len(truth), difference(got, truth))
	}
	totals := l.Totals()
	if totals.Files != 6 || totals.Records != 12000 || totals.Uses != totals.KMSRecords || totals.Attributed != totals.Uses {
		t.Errorf("totals %+v: want 6 files, 12000 records, every use attributed", totals)
	}
}

func difference(got, want map[trailtest.Use]int) any {
	for u, n := range want {
		if got[u] != n {
			return []any{u, "want", n, "got", got[u]}
		}
	}
	for u, n := range got {
		if want[u] != n {
			return []any{u, "want", want[u], "got", n}
		}
	}
	return nil
}

func TestLedger_Merge_anyOrder(t *testing.T) {
	g := trailtest.New(trailtest.Config{Seed: 3, PerFile: 30 * 60e9})
	dir := newFleet(g.World)
	dir.strangers[g.World.Roles[2]] = true
	whole := keyusage.NewLedger(keyusage.Config{Directory: dir})
	parts := make([]*keyusage.Ledger, 4)
	for n := range parts {
		data := g.GzipFile(n, 1000)
		parts[n] = keyusage.NewLedger(keyusage.Config{Directory: dir})
		for _, l := range []*keyusage.Ledger{whole, parts[n]} {
			if _, err := l.AddFile(context.Background(), g.Name(n), bytes.NewReader(data)); err != nil {
				t.Fatal(err)
			}
		}
	}
	merge := func(order ...int) *keyusage.Ledger {
		l := keyusage.NewLedger(keyusage.Config{Directory: dir})
		for _, n := range order {
			if err := l.Merge(parts[n]); err != nil {
				t.Fatal(err)
			}
		}
		return l
	}
	wantFindings, _ := whole.Findings()
	if len(wantFindings) == 0 {
		t.Fatal("no finding to merge")
	}
	for _, order := range [][]int{{0, 1, 2, 3}, {3, 1, 0, 2}} {
		l := merge(order...)
		if !reflect.DeepEqual(l.Rollups(), whole.Rollups()) {
			t.Errorf("order %v: rollups differ from those of one ledger", order)
		}
		if got, _ := l.Findings(); !reflect.DeepEqual(got, wantFindings) {
			t.Errorf("order %v: findings differ from those of one ledger", order)
		}
		if l.Totals() != whole.Totals() {
			t.Errorf("order %v: totals %+v, want %+v", order, l.Totals(), whole.Totals())
		}
	}
}

// A merged ledger goes on finding what its parts found.
func TestLedger_Merge_thenAdd(t *testing.T) {
	g := trailtest.New(trailtest.Config{Seed: 3})
	data := g.File(0, 2000)
	part, whole := keyusage.NewLedger(keyusage.Config{}), keyusage.NewLedger(keyusage.Config{})
	if _, err := part.AddFile(context.Background(), "f", bytes.NewReader(data)); err != nil {
		t.Fatal(err)
	}
	if err := whole.Merge(part); err != nil {
		t.Fatal(err)
	}
	if _, err := whole.AddFile(context.Background(), "f", bytes.NewReader(data)); err != nil {
		t.Fatal(err)
	}
	once, _ := part.Findings()
	twice, _ := whole.Findings()
	if len(once) == 0 || len(once) != len(twice) {
		t.Fatalf("%d findings, then %d; want as many, and some", len(once), len(twice))
	}
	for i := range once {
		if twice[i].Count != 2*once[i].Count {
			t.Errorf("finding %s: %d uses, want twice %d", once[i].ID(), twice[i].Count, once[i].Count)
		}
	}
}

func TestLedger_AddFile_duplicates(t *testing.T) {
	g := trailtest.New(trailtest.Config{Seed: 5})
	data := g.GzipFile(0, 1000)
	seen := keyusage.NewEventSet()
	once := keyusage.NewLedger(keyusage.Config{Seen: keyusage.NewEventSet()})
	twice := keyusage.NewLedger(keyusage.Config{Seen: seen})
	for i, l := range []*keyusage.Ledger{once, twice, twice} {
		if _, err := l.AddFile(context.Background(), "f", bytes.NewReader(data)); err != nil {
			t.Fatal(i, err)
		}
	}
	if !reflect.DeepEqual(once.Rollups(), twice.Rollups()) {
		t.Error("a file that came twice was counted twice")
	}
	if got := twice.Totals(); got.Duplicates != int64(seen.Len()) || got.Duplicates == 0 {
		t.Errorf("%d duplicates of %d events", got.Duplicates, seen.Len())
	}
}

func TestLedger_Add_full(t *testing.T) {
	g := trailtest.New(trailtest.Config{Seed: 5})
	l := keyusage.NewLedger(keyusage.Config{MaxGroups: 10})
	_, err := l.AddFile(context.Background(), "f", bytes.NewReader(g.File(0, 1000)))
	if !errors.Is(err, keyusage.ErrFull) || len(l.Rollups()) != 10 {
		t.Errorf("err %v with %d rollups; want ErrFull with 10", err, len(l.Rollups()))
	}
}

func TestLedger_AddFile_incomplete(t *testing.T) {
	doc := `{"Records":[
		{"eventVersion":"1","eventSource":"kms.amazonaws.com","eventTime":"2025-03-01T00:00:00Z","eventID":"6e2fcf0f-5d2b-4b0f-9d3f-0d9d3a1d3c11"},
		{"eventVersion":"1","eventSource":"kms.amazonaws.com","eventName":"Decrypt","eventTime":"yesterday","eventID":"6e2fcf0f-5d2b-4b0f-9d3f-0d9d3a1d3c11"},
		{"eventVersion":"1","eventSource":"kms.amazonaws.com","eventName":"Decrypt","eventTime":"2025-03-01T00:00:00Z","eventID":"7"},
		{"eventVersion":"1","eventSource":"kms.amazonaws.com","eventName":"Decrypt","eventTime":"2025-03-01T00:00:00Z","eventID":"6e2fcf0f-5d2b-4b0f-9d3f-0d9d3a1d3c11"}]}`
	l := keyusage.NewLedger(keyusage.Config{})
	res, err := l.AddFile(context.Background(), "f", bytes.NewReader([]byte(doc)))
	if err != nil || res.KMSRecords != 1 || res.BrokenRecords != 3 {
		t.Fatalf("%+v, %v; want 1 accepted, 3 broken", res, err)
	}
	for i, want := range []string{"eventName: missing", `eventTime: not a time: "yesterday"`, `eventID: not a UUID: "7"`} {
		if res.Broken[i].Reason != want {
			t.Errorf("reason %q, want %q", res.Broken[i].Reason, want)
		}
	}
	if r := l.Rollups(); len(r) != 1 || r[0].Purpose != keyusage.ForUnknown || l.Totals().Attributed != 0 {
		t.Errorf("rollups %+v; want one, not attributed", r)
	}
}

// Every KMS record of the real files is counted once and attributed.
func TestLedger_AddFile_real(t *testing.T) {
	files, err := filepath.Glob("../../../shared/data/cloudtrail/*.json")
	if err != nil || len(files) == 0 {
		t.Skip("no real CloudTrail files in ../shared/data/cloudtrail")
	}
	l := keyusage.NewLedger(keyusage.Config{})
	var records, kms int64
	for _, f := range files {
		data, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		var doc struct {
			Records []struct{ EventSource string }
		}
		if err := json.Unmarshal(data, &doc); err != nil {
			t.Fatal(err)
		}
		for _, r := range doc.Records {
			records++
			if r.EventSource == "kms.amazonaws.com" {
				kms++
			}
		}
		if _, err := l.AddFile(context.Background(), f, bytes.NewReader(data)); err != nil {
			t.Error(err)
		}
	}
	got := l.Totals()
	if got.Records != records || got.KMSRecords != kms || got.Attributed != kms || got.BrokenRecords != 0 {
		t.Errorf("totals %+v; encoding/json finds %d records, %d of KMS", got, records, kms)
	}
	purposes := map[keyusage.Purpose]uint64{}
	l.Each(func(r keyusage.Rollup) { purposes[r.Purpose] += r.Count })
	if purposes[keyusage.ForParameter]+purposes[keyusage.ForSecret] != uint64(kms) {
		t.Errorf("purposes %v; the account used only parameters and secrets", purposes)
	}
	t.Logf("%d files, %d records, %d of KMS: %v", len(files), records, kms, purposes)
}
