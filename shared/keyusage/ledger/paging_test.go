package ledger_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"latchkey/shared/coded"
	"latchkey/shared/keyusage/trailtest"
)

// TestLedger_Usage_delivered: a file that is delivered between two pages makes
// none of the rest come twice or not at all.
func TestLedger_Usage_delivered(t *testing.T) {
	w := newWorld(t, trailtest.Config{Seed: 41, Tenants: 1})
	tenant := w.gen.World.Tenants[0]
	use := func(n, hour int, operation string) call {
		return call{n: n, at: start.Add(time.Duration(hour) * time.Hour), who: service("rds.amazonaws.com"), operation: operation, key: tenant.KeyARN}
	}
	l := w.open(w.deps())
	ingest(t, l, w.deliver(w.gen.Name(0), document(use(1, 3, "Decrypt"), use(2, 3, "Encrypt"), use(3, 4, "Decrypt"))))
	var got []string
	after := ""
	for n := range 10 {
		page, err := l.Usage(ctx, tenant.ID, start, start.Add(9*time.Hour), after, 1)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range page.Rollups {
			got = append(got, fmt.Sprint(r.Hour.Sub(start).Hours(), r.Operation, r.Count))
		}
		if n == 0 { // one before the place, one more of the last that was given, and one behind
			ingest(t, l, w.deliver(w.gen.Name(1), document(use(4, 2, "Decrypt"), use(5, 3, "Decrypt"), use(6, 3, "GenerateDataKey"))))
		}
		if after = page.Next; after == "" {
			break
		}
	}
	if s := strings.Join(got, ", "); s != "3Decrypt1, 3Encrypt1, 3GenerateDataKey1, 4Decrypt1" {
		t.Error(s)
	}
	page, err := l.Usage(ctx, tenant.ID, start, start.Add(9*time.Hour), "", 2)
	if err != nil || page.Next == "" {
		t.Fatal(err)
	}
	day, place, _ := strings.Cut(page.Next, ":")
	for _, bad := range []string{day + ":7", day + ":" + place[:len(place)-8], "2025-03-03:" + place, day + ":bnVsbA"} {
		if _, err := l.Usage(ctx, tenant.ID, start, start.Add(90*time.Hour), bad, 1); !coded.Is(err, coded.Invalid) {
			t.Errorf("cursor %q: %v", bad, err)
		}
	}
}

// TestLedger_Usage_within: findings of a few hours count the uses of those hours.
func TestLedger_Usage_within(t *testing.T) {
	w := newWorld(t, trailtest.Config{Seed: 41, Tenants: 1})
	tenant := w.gen.World.Tenants[0]
	var calls []call
	for n := range 6 { // 18:00, 18:30, 19:00, … 20:30
		calls = append(calls, call{n: n, at: start.Add(-4 * time.Hour).Add(time.Duration(n) * 30 * time.Minute), who: session(strangeRole, ""),
			operation: "Decrypt", key: tenant.KeyARN, errorCode: "AccessDenied"})
	}
	l := w.open(w.deps())
	ingest(t, l, w.deliver(w.gen.Name(0), document(calls...)))
	for _, c := range []struct {
		from, hours int
		want        string
	}{
		{-24, 48, "6 18:00 20:30"}, {-4, 3, "6 18:00 20:30"}, {-3, 1, "2 19:00 19:30"}, {-6, 3, "2 18:00 18:30"}, {-2, 9, "2 20:00 20:30"}, {-9, 2, ""}, {0, 5, ""},
	} {
		from := start.Add(time.Duration(c.from) * time.Hour)
		until := from.Add(time.Duration(c.hours) * time.Hour)
		s, err := l.Collect(ctx, tenant.ID, from, until)
		if err != nil {
			t.Fatal(err)
		}
		page, err := l.Usage(ctx, tenant.ID, from, until, "", 100)
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		for _, f := range s.Found {
			got += fmt.Sprint(f.Count, f.First.Format(" 15:04"), f.Last.Format(" 15:04"))
		}
		if got != c.want || len(page.Findings) != len(s.Found) || len(s.Found) > 0 && page.Findings[0].Count != s.Found[0].Count {
			t.Errorf("from %s for %d h: %q, want %q; page %+v", from, c.hours, got, c.want, page.Findings)
		}
	}
}

// TestLedger_Ingest_repeated: a record that a file repeats after its uses were
// written counts once in the file's totals and findings too.
func TestLedger_Ingest_repeated(t *testing.T) {
	w := newWorld(t, trailtest.Config{Seed: 41, Tenants: 1})
	w.config.MaxRows = 3
	tenant := w.gen.World.Tenants[0]
	var calls []call
	for n := range 10 {
		calls = append(calls, call{n: n % 5, at: start, who: session(strangeRole, ""), operation: "Decrypt", key: tenant.KeyARN, errorCode: "AccessDenied"})
	}
	l := w.open(w.deps())
	key := w.deliver(w.gen.Name(0), document(calls...))
	ingest(t, l, key)
	f, err := l.File(ctx, trail, key)
	if err != nil || f.Totals.Uses != 5 || f.Totals.Duplicates != 5 {
		t.Errorf("%+v, %v", f.Totals, err)
	}
	if told := w.told(); len(told) != 1 || told[0].Count != 5 {
		t.Errorf("told %s", findings(told))
	}
}
