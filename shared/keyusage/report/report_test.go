package report_test

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"latchkey/shared/keyusage"
	"latchkey/shared/keyusage/digest"
	"latchkey/shared/keyusage/report"
	"latchkey/shared/keyusage/trailtest"
)

var (
	pageFile = flag.String("page", "", "write the page of the generated day to this file, to be looked at")
	update   = flag.Bool("update", false, "write the golden files anew")
)

// world is a directory of the generator's tenants. The first one's key was
// revoked at noon; the second one's may only be used by half of the roles.
type world struct {
	trailtest.World
	noon time.Time
}

func (w world) Database(id string) (keyusage.Owner, bool) {
	for _, t := range w.Tenants {
		for _, d := range t.Databases {
			if id == d.ResourceID || id == d.VolumeID || id == d.SecretARN {
				return keyusage.Owner{Tenant: t.ID, Database: d.ID}, true
			}
		}
	}
	return keyusage.Owner{}, false
}

func (w world) Resource(id string) (keyusage.Owner, bool) { return w.Database(id) }

func (w world) Key(arn string) (keyusage.Key, bool) {
	for i, t := range w.Tenants {
		if arn != t.KeyARN {
			continue
		}
		k := keyusage.Key{ARN: arn, Tenant: t.ID}
		if i == 0 {
			k.Revoked = []keyusage.Revocation{{From: w.noon, Until: w.noon.Add(6 * time.Hour), Reason: "disabled", Evidence: "event 1"}}
		}
		return k, true
	}
	return keyusage.Key{}, false
}

func (w world) Tenant(string) bool { return true }

func (w world) Expects(k keyusage.Key, by keyusage.Principal) bool {
	return k.ARN != w.Tenants[1].KeyARN || by.Service() || by.ID <= w.Roles[len(w.Roles)/2]
}

// generatedDay returns a ledger of a day of the generator's, and the truth.
func generatedDay(t *testing.T) (*keyusage.Ledger, world, []trailtest.Use) {
	t.Helper()
	g := trailtest.New(trailtest.Config{Seed: 11, Tenants: 6, Databases: 2, Roles: 8, PerFile: 2 * time.Hour})
	var truth []trailtest.Use
	g.Seen = func(u trailtest.Use) { truth = append(truth, u) }
	w := world{g.World, time.Date(2025, 3, 1, 12, 0, 0, 0, time.UTC)}
	l := keyusage.NewLedger(keyusage.Config{Directory: w})
	for n := range 13 {
		if _, err := l.AddFile(context.Background(), g.Name(n), bytes.NewReader(g.File(n, 40*(1+n%5)))); err != nil {
			t.Fatal(err)
		}
	}
	return l, w, truth
}

func generatedOptions(w world) report.Options {
	key, at := w.Tenants[0].KeyARN, w.noon
	opt := report.Options{Title: "Use of the generated day's keys", MadeAt: at.Add(48 * time.Hour), Timeline: []report.Change{
		{At: at.Add(-30 * 24 * time.Hour), Key: key, To: "usable", Source: "preflight", Detail: "registered"},
		{At: at, Key: key, From: "usable", To: "locked", Locked: true, Cause: "disabled", Source: "CloudTrail event, forwarded", Event: "6e2fcf0f-5d2b-4b0f-9d3f-000000000000"},
		{At: at.Add(time.Minute), Key: key, From: "locked", To: "revoked", Locked: true, Cause: "disabled", Source: "probe"},
		{At: at.Add(6 * time.Hour), Key: key, From: "revoked", To: "usable", Source: "probe", Detail: "KMS answers again"},
	}}
	for i := range 24 {
		h := digest.Hour{Start: at.Add(time.Duration(i-12) * time.Hour), Proved: i < 20}
		if !h.Proved {
			h.Why = "no digest covers it"
		}
		opt.Proved = append(opt.Proved, h)
	}
	return opt
}

func TestBuild_sums(t *testing.T) {
	l, w, truth := generatedDay(t)
	r := report.Build(l, generatedOptions(w))
	type sums map[string]uint64
	want := map[string]sums{"key": {}, "operation": {}, "principal": {}, "tenant": {}, "database": {}, "hour": {}}
	denied := uint64(0)
	for _, u := range truth {
		want["key"][u.KeyARN]++
		want["operation"][u.Operation]++
		want["principal"][u.Principal]++
		want["tenant"][u.Tenant]++
		if u.Database != "" {
			want["database"][u.Database]++
		}
		want["hour"][time.Unix(u.Hour*3600, 0).UTC().Format(time.RFC3339)]++
		if u.ErrorCode != "" {
			denied++
		}
	}
	got := map[string]sums{"key": {}, "operation": {}, "principal": {}, "tenant": {}, "database": {}, "hour": {}}
	for _, k := range r.Keys.Rows {
		got["key"][k.ARN] = k.Uses
	}
	for _, h := range r.Hours.Rows {
		got["hour"][h.Start.Format(time.RFC3339)] = h.Uses
	}
	for name, l := range map[string]report.List[report.Share]{"operation": r.Operations, "principal": r.Principals, "tenant": r.Tenants, "database": r.Databases} {
		for _, s := range l.Rows {
			name, by := name, s.Name
			if name == "principal" {
				by = withoutVia(by)
			}
			got[name][by] += s.Uses
		}
	}
	for name := range want {
		if len(want[name]) == 0 || len(got[name]) != len(want[name]) {
			t.Errorf("by %s: %d names, want %d", name, len(got[name]), len(want[name]))
		}
		for by, n := range want[name] {
			if got[name][by] != n {
				t.Errorf("by %s: %s has %d uses, want %d", name, by, got[name][by], n)
			}
		}
	}
	if tot := r.Totals; tot.Uses != uint64(len(truth)) || tot.Denied != denied || denied == 0 || tot.Attributed != tot.Uses || tot.Keys != 6 {
		t.Errorf("totals %+v; want %d uses, %d denied", tot, len(truth), denied)
	}
	if r.Input == nil || r.Input.Files != 13 || r.Input.KMSRecords != int64(len(truth)) {
		t.Errorf("input %+v", r.Input)
	}
}

func withoutVia(s string) string {
	before, _, _ := bytes.Cut([]byte(s), []byte(" via "))
	return string(before)
}

func TestBuild_details(t *testing.T) {
	l, w, _ := generatedDay(t)
	r := report.Build(l, generatedOptions(w))
	users := uint64(0)
	for _, u := range r.Users.Rows {
		users += u.Uses
		if n := total(u.Operations); n != u.Uses || u.First.After(u.Last) {
			t.Errorf("%s on %s: operations add up to %d of %d uses", u.Principal, u.Key, n, u.Uses)
		}
	}
	if users+r.Users.MoreUses != r.Totals.Uses {
		t.Errorf("users have %d of %d uses", users, r.Totals.Uses)
	}
	for _, k := range r.Keys.Rows {
		if k.Tenant == "" || total(k.Operations) != k.Uses || total(k.Purposes) != k.Uses || total(k.Principals) != k.Uses || len(k.Materials.Rows) != 1 {
			t.Errorf("key %+v", k)
		}
	}
	kinds := map[keyusage.Kind]bool{}
	for _, f := range r.Findings.Rows {
		kinds[f.Kind] = true
		if f.Sentence == "" || len(f.Evidence) == 0 || f.ID == "" {
			t.Errorf("finding %+v", f)
		}
	}
	if !kinds[keyusage.UseAfterRevocation] || !kinds[keyusage.UnknownPrincipal] || !kinds[keyusage.DeniedUse] {
		t.Errorf("kinds of findings: %v", kinds)
	}
	if p := r.Proof; p.Hours != 24 || p.Proved != 20 || len(p.Gaps) != 1 || p.Gaps[0].Until.Sub(p.Gaps[0].From) != 4*time.Hour {
		t.Errorf("proof %+v", p)
	}
}

func total(l report.List[report.Share]) uint64 {
	n := l.MoreUses
	for _, s := range l.Rows {
		n += s.Uses
	}
	return n
}

func TestBuild_scope(t *testing.T) {
	l, w, truth := generatedDay(t)
	opt := generatedOptions(w)
	opt.Tenant, opt.From, opt.Until = w.Tenants[0].ID, w.noon, w.noon.Add(3*time.Hour)
	want := uint64(0)
	for _, u := range truth {
		if at := time.Unix(u.Hour*3600, 0); u.Tenant == opt.Tenant && !at.Before(opt.From) && at.Before(opt.Until) {
			want++
		}
	}
	r := report.Build(l, opt)
	if want == 0 || r.Totals.Uses != want || r.Input != nil {
		t.Errorf("%d uses, input %v; want %d and none", r.Totals.Uses, r.Input, want)
	}
	if !r.From.Equal(opt.From) || !r.Until.Equal(opt.Until) {
		t.Errorf("from %s until %s", r.From, r.Until)
	}
	for _, f := range r.Findings.Rows {
		if f.Tenant != opt.Tenant || f.Last.Before(opt.From) || !f.First.Before(opt.Until) {
			t.Errorf("finding out of scope: %+v", f)
		}
	}
	if len(r.Findings.Rows) == 0 {
		t.Error("no finding in scope")
	}
	if rows := r.Timeline.Rows; len(rows) != 3 || rows[0].To != "usable" || rows[2].To != "revoked" {
		t.Errorf("timeline %+v; want what held at the beginning, and the two changes", rows)
	}
}

// fixed is a source made by hand.
type fixed struct {
	rollups  []keyusage.Rollup
	findings []keyusage.Finding
}

func (f fixed) Totals() keyusage.Totals                       { return keyusage.Totals{Files: 1, Records: 9, KMSRecords: 9} }
func (f fixed) Findings() (list []keyusage.Finding, n uint64) { return f.findings, 0 }
func (f fixed) Each(visit func(keyusage.Rollup)) {
	for _, r := range f.rollups {
		visit(r)
	}
}

func at(hour int) time.Time { return time.Date(2025, 3, 1, hour, 0, 0, 0, time.UTC) }

func smallSource() fixed {
	key := func(n string) keyusage.Attribution {
		return keyusage.Attribution{Purpose: keyusage.ForSecret, KeyARN: "arn:aws:kms:us-east-1:111122223333:key/" + n}
	}
	role := keyusage.Principal{ID: "arn:aws:iam::111122223333:role/orders", Via: "secretsmanager.amazonaws.com"}
	return fixed{
		rollups: []keyusage.Rollup{
			{Attribution: key("1"), Operation: "Decrypt", Principal: role, Hour: at(3), Count: 5},
			{Attribution: key("1"), Operation: "Decrypt", Principal: role, Hour: at(4), Count: 2, ErrorCode: "AccessDenied"},
			{Attribution: key("2"), Operation: "Encrypt", Principal: keyusage.Principal{ID: "rds.amazonaws.com"}, Hour: at(4), Count: 1, ErrorCode: "Disabled"},
			{Attribution: keyusage.Attribution{Purpose: keyusage.ForManagement}, Operation: "ListKeys", Principal: role, Hour: at(2), Count: 1},
		},
		findings: []keyusage.Finding{{
			Kind: keyusage.DeniedUse, Severity: keyusage.Medium, KeyARN: key("1").KeyARN, Operation: "Decrypt", Principal: role,
			ErrorCode: "AccessDenied", First: at(4), Last: at(4).Add(time.Minute), Count: 2,
			Evidence: []keyusage.Evidence{{EventID: keyusage.UUID{1}, At: at(4)}},
		}},
	}
}

func TestReport_WriteJSON_golden(t *testing.T) {
	var got bytes.Buffer
	r := report.Build(smallSource(), report.Options{MadeAt: at(9)})
	if err := r.WriteJSON(&got); err != nil {
		t.Fatal(err)
	}
	golden := filepath.Join("testdata", "report.json")
	if *update {
		if err := os.WriteFile(golden, got.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got.Bytes(), want) {
		t.Errorf("the JSON form changed; if that is meant, think of report.Version, and run the test with -update:\n%s", got.Bytes())
	}
	reversed := smallSource()
	slices.Reverse(reversed.rollups)
	var again bytes.Buffer
	if err := report.Build(reversed, report.Options{MadeAt: at(9)}).WriteJSON(&again); err != nil || !bytes.Equal(again.Bytes(), want) {
		t.Error("another order of the same rollups gives another report")
	}
}

func TestBuild_empty(t *testing.T) {
	r := report.Build(keyusage.NewLedger(keyusage.Config{}), report.Options{})
	var out bytes.Buffer
	if err := r.WriteJSON(&out); err != nil {
		t.Fatal(err)
	}
	var members map[string]any
	if err := json.Unmarshal(out.Bytes(), &members); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"keys", "users", "findings", "hours", "denied", "timeline", "tenants"} {
		if rows, ok := members[name].(map[string]any)["rows"].([]any); !ok || len(rows) != 0 {
			t.Errorf("%s: %v, want an empty list", name, members[name])
		}
	}
	if _, has := members["from"]; has {
		t.Errorf("from is %v in a report without a use", members["from"])
	}
}

func TestBuild_cut(t *testing.T) {
	src := fixed{}
	for i := range 3000 {
		who := keyusage.Principal{ID: "arn:aws:iam::111122223333:role/r-" + time.Duration(i).String()}
		src.rollups = append(src.rollups, keyusage.Rollup{
			Attribution: keyusage.Attribution{Purpose: keyusage.ForSecret, KeyARN: "arn:aws:kms:us-east-1:111122223333:key/1"},
			Operation:   "Decrypt", Principal: who, Hour: at(i % 24), Count: uint64(1 + i),
		})
	}
	r := report.Build(src, report.Options{Rows: 10})
	p := r.Principals
	if len(p.Rows) != 10 || p.More != 2990 || total(p) != r.Totals.Uses || p.Rows[0].Uses != 3000 {
		t.Errorf("%d rows, %d more with %d uses; first %+v", len(p.Rows), p.More, p.MoreUses, p.Rows[0])
	}
	if k := r.Keys.Rows[0].Principals; k.More != 2990 || total(k) != r.Totals.Uses {
		t.Errorf("of the key: %d more with %d uses", k.More, k.MoreUses)
	}
	if r.Totals.Principals != 3000 {
		t.Errorf("%d principals in all", r.Totals.Principals)
	}
}

// foreignUse is a source with a use of tenant a's key for tenant b.
type foreignUse struct{ keyusage.Rollup }

func (s foreignUse) Totals() keyusage.Totals      { return keyusage.Totals{} }
func (s foreignUse) Each(f func(keyusage.Rollup)) { f(s.Rollup) }
func (s foreignUse) Findings() ([]keyusage.Finding, uint64) {
	return []keyusage.Finding{{Kind: keyusage.ForeignContext, Severity: keyusage.Critical, Tenant: "a", KeyARN: "k", Foreign: "tenant-b", Count: 1,
		Evidence: []keyusage.Evidence{{EventID: keyusage.UUID{7}}}}}, 0
}

// TestBuild_otherTenants holds that the report of one tenant names no other, and
// that of all does; nor can the name be found by its finding's id.
func TestBuild_otherTenants(t *testing.T) {
	src := foreignUse{keyusage.Rollup{Attribution: keyusage.Attribution{Tenant: "a", KeyARN: "k", Foreign: "tenant-b"}, Count: 1}}
	ids := map[string]bool{}
	for tenant, want := range map[string]string{"a": "another tenant", "": "tenant-b"} {
		opt := report.Options{Tenant: tenant}
		rep := report.Build(src, opt)
		var csv bytes.Buffer
		if err := report.WriteCSV(&csv, src, opt); err != nil || len(rep.Findings.Rows) != 1 {
			t.Fatalf("%+v, %v", rep.Findings, err)
		}
		ids[rep.Findings.Rows[0].ID] = true
		for _, text := range []string{rep.Findings.Rows[0].Sentence, csv.String()} {
			if !strings.Contains(text, want) || tenant != "" && strings.Contains(text, "tenant-b") {
				t.Errorf("report of tenant %q: %s", tenant, text)
			}
		}
	}
	guess, _ := src.Findings()
	if id := guess[0].ID(); len(ids) != 2 || !ids[id] {
		t.Errorf("ids %v, and %s can be made of the name", ids, id)
	}
}
