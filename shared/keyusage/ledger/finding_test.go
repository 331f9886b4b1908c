package ledger_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"latchkey/events"
	"latchkey/shared/catalog"
	"latchkey/shared/keyusage"
	"latchkey/shared/keyusage/trailtest"
	"latchkey/shared/metric"
)

func kinds(list []*events.FindingEvent) map[string]int {
	n := map[string]int{}
	for _, f := range list {
		n[f.Kind]++
	}
	return n
}

// TestLedger_Ingest_findings: each finding is told once, whatever comes again.
func TestLedger_Ingest_findings(t *testing.T) {
	w := newWorld(t, trailtest.Config{Seed: 21, Tenants: 3, PerFile: 30 * time.Minute})
	w.config.AnyPrincipal = false
	w.config.Known = []string{w.gen.World.Roles[0], "arn:aws:iam::111122223333:role/latchkey-service-1*"}
	keys := w.files(6, 400)
	ingest(t, w.open(w.deps()), keys...)
	first := w.told()
	ingest(t, w.open(w.deps()), keys...)
	second := w.told()
	if len(first) != len(second) || len(first) == 0 {
		t.Errorf("%d findings, then %d", len(first), len(second))
	}
	got := kinds(first)
	// A denied call of a role and key and day is one finding; so is each operation
	// of a role that is not expected.
	if got["denied"] == 0 || got["unknown-principal"] == 0 || len(got) != 2 {
		t.Errorf("%v", got)
	}
	if n := w.metrics.n; n[metric.LedgerFindings] != int64(len(first)) || n[metric.LedgerGrave] != int64(got["unknown-principal"]) {
		t.Errorf("%d findings were counted, %d of them grave; told were %v", n[metric.LedgerFindings], n[metric.LedgerGrave], got)
	}
	for _, f := range first {
		if f.TenantID == "" || len(f.Evidence) == 0 || f.Sentence == "" || !strings.HasPrefix(f.File, trail+"/AWSLogs/") {
			t.Errorf("incomplete: %+v", f)
		}
		if f.Kind == "unknown-principal" && (strings.HasSuffix(f.Principal, "-01") || strings.Contains(f.Principal, "-1") || f.Principal == "rds.amazonaws.com") {
			t.Errorf("%s is expected", f.Principal)
		}
	}
}

// TestLedger_Ingest_foreign: RDS uses a key for a database of another tenant.
func TestLedger_Ingest_foreign(t *testing.T) {
	w := newWorld(t, trailtest.Config{Seed: 22, Tenants: 2})
	a, b := w.gen.World.Tenants[0], w.gen.World.Tenants[1]
	doc := strings.ReplaceAll(string(w.gen.File(0, 200)), a.KeyARN, b.KeyARN)
	ingest(t, w.open(w.deps()), w.deliver(w.gen.Name(0), []byte(doc)))
	n := 0
	for _, f := range w.told() {
		if f.Kind == "foreign-context" {
			n++
			if f.TenantID != b.ID || f.Foreign != a.ID || f.Severity != "critical" {
				t.Errorf("%+v", f)
			}
		}
	}
	if n == 0 {
		t.Error("nothing found")
	}
}

// TestLedger_Ingest_twoAccounts: a call that is in the logs of two accounts is
// told once, by the caller's record, where the ledger reads that; else by the
// owner's, as the report says it.
func TestLedger_Ingest_twoAccounts(t *testing.T) {
	const other, ended = "777788889999", "888899990000"
	byID := func(account string) string { return "unknown-principal Decrypt " + account + "/AIDAEVE 1" }
	eve := func(account string) string {
		return "unknown-principal Decrypt arn:aws:iam::" + account + ":user/eve 1"
	}
	for _, c := range []struct {
		name, callers, cell string
		digest              string // Region of the callers' account of which a digest has come
		delivered           string // the caller's log and the owner's, in order
		told, collected     string
	}{
		{"the owner's first", account, region, "", "oc", eve(account), eve(account)},
		{"the caller's first", account, region, "", "co", eve(account), eve(account)},
		{"the owner's alone, as yet", account, region, "", "o", "", byID(account)},
		{"of the platform's log of another Region", account, "eu-central-1", "", "o", byID(account), byID(account)},
		{"of a log that is not read", other, region, "", "o", byID(other), byID(other)},
		{"of a log that is read", other, region, region, "oc", eve(other), eve(other)},
		{"of a log that is read of another Region", other, region, "us-west-2", "o", byID(other), byID(other)},
		{"of a log that ended", ended, region, region, "o", byID(ended), byID(ended)},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t, trailtest.Config{Seed: 43, Tenants: 1, PerFile: time.Minute})
			s := newSigner(w)
			s.trail.AccountID, s.trail.Region = c.callers, c.digest
			w.config.AnyPrincipal, w.config.Region = false, c.cell
			w.config.Retired = map[string]time.Time{ended + "/" + region + "/" + region + "/" + s.trail.Name: start.Add(time.Hour)}
			deps := w.deps()
			deps.PublicKeys = s
			l := w.open(deps)
			if c.digest != "" {
				ingest(t, l, s.digest(start, nil))
			}
			caller, owner := w.inBothOf(c.callers, 1, start)
			for _, log := range c.delivered {
				ingest(t, l, map[rune]string{'c': caller, 'o': owner}[log])
			}
			if got := findings(w.told()); got != c.told {
				t.Errorf("told %q, want %q", got, c.told)
			}
			sum, err := l.Collect(ctx, w.gen.World.Tenants[0].ID, start, start.Add(time.Hour))
			if err != nil || len(sum.Found) != 1 {
				t.Fatalf("%+v, %v", sum, err)
			}
			f := sum.Found[0]
			if got := fmt.Sprintf("%s %s %s %d", f.Kind, f.Operation, f.Principal, f.Count); got != c.collected {
				t.Errorf("the report has %q, want %q", got, c.collected)
			}
		})
	}
}

// TestLedger_Ingest_shared: two tenants may have one key; the context tells
// their uses apart, and nobody is foreign.
func TestLedger_Ingest_shared(t *testing.T) {
	w := newWorld(t, trailtest.Config{Seed: 22, Tenants: 2})
	a, b := w.gen.World.Tenants[0], w.gen.World.Tenants[1]
	w.put("tenant#"+b.ID, ".", map[string]string{"id": b.ID}, catalog.Indexes{Tenant: b.ID, KeyARN: "tenants/" + a.KeyARN})
	doc := strings.ReplaceAll(string(w.gen.File(0, 400)), b.KeyARN, a.KeyARN)
	l := w.open(w.deps())
	ingest(t, l, w.deliver(w.gen.Name(0), []byte(doc)))
	if k := kinds(w.told()); k["foreign-context"] != 0 {
		t.Errorf("%v", k)
	}
	s, err := l.Collect(ctx, b.ID, start, start.Add(time.Hour))
	if err != nil || s.Totals().Uses == 0 {
		t.Fatalf("%+v, %v", s.Totals(), err)
	}
	for _, r := range s.Rollups {
		if r.KeyARN != a.KeyARN || !slices.Contains([]keyusage.Purpose{"database", "application", "secret"}, r.Purpose) {
			t.Errorf("%+v", r)
		}
	}
}

// TestLedger_Settle: a use after a revocation is told when what may explain it
// had its time to come, and not at all if it came.
func TestLedger_Settle(t *testing.T) {
	for _, c := range []struct {
		name string
		back time.Duration // after the revocation; 0: never
		told bool
	}{
		{"revoked", 0, true},
		{"usable again before", 20 * time.Minute, false},
		{"usable again later", 5 * time.Hour, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t, trailtest.Config{Seed: 23, Tenants: 1, PerFile: 10 * time.Minute})
			locked := start.Add(-40 * time.Minute)
			w.revoke(0, locked, time.Time{})
			keys := []string{w.deliver(w.gen.Name(0), w.gen.File(0, 100)), w.deliver(w.gen.Name(1), w.gen.File(1, 100))}
			w.clock.now = start.Add(12 * time.Minute)
			l := w.open(w.deps())
			ingest(t, l, keys...)
			if k := kinds(w.told()); k["use-after-revocation"] != 0 {
				t.Errorf("told at once: %v", k)
			}
			if c.back != 0 {
				w.revoke(0, locked, locked.Add(c.back))
			}
			w.clock.advance(time.Hour)
			l = w.open(w.deps())
			n, err := l.Settle(ctx)
			if err != nil {
				t.Fatal(err)
			}
			if again, err := l.Settle(ctx); again != 0 || err != nil {
				t.Errorf("told %d again, %v", again, err)
			}
			ingest(t, l, keys...)
			if k := kinds(w.told()); (k["use-after-revocation"] > 0) != c.told || k["use-after-revocation"] != n {
				t.Errorf("told %v, %d by Settle", k, n)
			}
			for _, f := range w.told() {
				if f.Kind == "use-after-revocation" && (f.RevokedAt == nil || !f.RevokedAt.Equal(locked) || f.Severity != "critical" ||
					!strings.Contains(f.Sentence, "although the key had been revoked")) {
					t.Errorf("%+v", f)
				}
			}
		})
	}
}

// TestLedger_Settle_grace: what KMS may still have allowed is no finding.
func TestLedger_Settle_grace(t *testing.T) {
	w := newWorld(t, trailtest.Config{Seed: 23, Tenants: 1, PerFile: 4 * time.Minute})
	w.revoke(0, start.Add(-time.Second), time.Time{})
	l := w.open(w.deps())
	ingest(t, l, w.deliver(w.gen.Name(0), w.gen.File(0, 100)))
	if k := kinds(w.told()); k["use-after-revocation"] != 0 {
		t.Errorf("within the grace: %v", k)
	}
	ingest(t, l, w.deliver(w.gen.Name(1), w.gen.File(1, 100)))
	if k := kinds(w.told()); k["use-after-revocation"] == 0 {
		t.Errorf("after the grace: %v", k)
	}
}

// TestLedger_Ingest_manyFindings: what is beyond the limit is counted.
func TestLedger_Ingest_manyFindings(t *testing.T) {
	w := newWorld(t, trailtest.Config{Seed: 24, Tenants: 40})
	w.config.AnyPrincipal, w.config.MaxFindings = false, 100
	key := w.deliver(w.gen.Name(0), w.gen.File(0, 2000))
	l := w.open(w.deps())
	ingest(t, l, key)
	f, err := l.File(ctx, trail, key)
	if err != nil {
		t.Fatal(err)
	}
	if got := len(w.told()); got != 100 || f.Untold == 0 || w.metrics.n[metric.LedgerFindingsCut] != int64(f.Untold) {
		t.Errorf("%d told, %d not", got, f.Untold)
	}
}
