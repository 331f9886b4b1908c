package ledger_test

import (
	"bytes"
	"maps"
	"strings"
	"testing"
	"time"

	"latchkey/shared/coded"
	"latchkey/shared/keyusage"
	"latchkey/shared/keyusage/ledger"
	"latchkey/shared/keyusage/ledger/ledgerreport"
	"latchkey/shared/keyusage/trailtest"
	"latchkey/shared/metric"
	"latchkey/shared/objects"
)

// TestLedger_Usage: every use once, whatever is delivered again.
func TestLedger_Usage(t *testing.T) {
	w := newWorld(t, trailtest.Config{Seed: 11, Tenants: 4, PerFile: 30 * time.Minute})
	keys := w.files(8, 300) // over midnight
	l := w.open(w.deps())
	ingest(t, l, keys...)
	if d := difference(w.usage(l), w.truth); d != "" {
		t.Error(d)
	}
	table := w.table()
	again := w.open(w.deps())
	ingest(t, again, keys...)
	ingest(t, again, keys[0], keys[0])
	if d := difference(w.usage(again), w.truth); d != "" {
		t.Errorf("delivered again: %s", d)
	}
	if !maps.Equal(w.table(), table) {
		t.Error("delivered again, the table changed")
	}
	if w.metrics.n[metric.LedgerDuplicates] != int64(len(keys)+2) {
		t.Errorf("counts %v", w.metrics.n)
	}
}

// TestLedger_Usage_pages: pages of any size add up to the same.
func TestLedger_Usage_pages(t *testing.T) {
	w := newWorld(t, trailtest.Config{Seed: 12, Tenants: 1, PerFile: 7 * time.Hour})
	l := w.open(w.deps())
	ingest(t, l, w.files(6, 200)...)
	id := w.gen.World.Tenants[0].ID
	from, until := start, start.Add(40*time.Hour)
	whole, err := l.Collect(ctx, id, from, until)
	if err != nil || len(whole.Rollups) < 100 {
		t.Fatalf("%d rollups, %v", len(whole.Rollups), err)
	}
	for _, limit := range []int{1, 7, 100} {
		var got ledger.Summary
		after := ""
		for range 2000 {
			page, err := l.Usage(ctx, id, from, until, after, limit)
			if err != nil {
				t.Fatal(err)
			}
			if len(page.Rollups) > limit {
				t.Fatalf("%d rollups in a page of %d", len(page.Rollups), limit)
			}
			got.Rollups = append(got.Rollups, page.Rollups...)
			got.Found = append(got.Found, page.Findings...)
			if after = page.Next; after == "" {
				break
			}
		}
		if len(got.Rollups) != len(whole.Rollups) || got.Totals() != whole.Totals() || len(got.Found) != len(whole.Found) {
			t.Errorf("limit %d: %d rollups %+v, want %d %+v", limit, len(got.Rollups), got.Totals(), len(whole.Rollups), whole.Totals())
		}
	}
	for name, ask := range map[string]func() error{
		"limit":  func() error { _, err := l.Usage(ctx, id, from, until, "", 0); return err },
		"hour":   func() error { _, err := l.Usage(ctx, id, from.Add(time.Minute), until, "", 1); return err },
		"order":  func() error { _, err := l.Usage(ctx, id, until, from, "", 1); return err },
		"cursor": func() error { _, err := l.Usage(ctx, id, from, until, "x:1", 1); return err },
		"past":   func() error { _, err := l.Usage(ctx, id, from, until, "2025-01-01:1", 1); return err },
	} {
		if err := ask(); !coded.Is(err, coded.Invalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestLedger_Usage_kept: a day that is over is counted once, and again when a
// file comes late.
func TestLedger_Usage_kept(t *testing.T) {
	w := newWorld(t, trailtest.Config{Seed: 13, Tenants: 1, PerFile: 10 * time.Minute})
	keys := w.files(8, 50)
	l := w.open(w.deps())
	ingest(t, l, keys[:len(keys)-1]...)
	first := w.usage(l)
	kept, err := w.objects.List(ctx, bucket, ledger.RollupPrefix, "")
	if err != nil || len(kept) == 0 {
		t.Fatalf("nothing is kept: %v", err)
	}
	if d := difference(w.usage(l), first); d != "" {
		t.Errorf("from what is kept: %s", d)
	}
	ingest(t, l, keys[len(keys)-1])
	if d := difference(w.usage(l), w.truth); d != "" {
		t.Errorf("after a late file: %s", d)
	}
	if _, err := w.objects.Put(ctx, bucket, kept[0].Key, []byte("{"), objects.Options{}); err != nil {
		t.Fatal(err)
	}
	if d := difference(w.usage(l), w.truth); d != "" {
		t.Errorf("with a broken kept day: %s", d)
	}
}

// TestLedger_Ingest_parts: a file that is larger than the memory for it.
func TestLedger_Ingest_parts(t *testing.T) {
	w := newWorld(t, trailtest.Config{Seed: 14, Tenants: 3})
	w.config.MaxRows = 100
	key := w.deliver(w.gen.Name(0), w.gen.File(0, 1500))
	l := w.open(w.deps())
	res, err := l.Ingest(ctx, trail, key)
	if err != nil || res.Outputs < 30 {
		t.Fatalf("%+v, %v", res, err)
	}
	if d := difference(w.usage(l), w.truth); d != "" {
		t.Error(d)
	}
}

// TestLedger_Ingest_unknown: what no record is of is under no tenant, however
// its context calls it.
func TestLedger_Ingest_unknown(t *testing.T) {
	w := newWorld(t, trailtest.Config{Seed: 15, Tenants: 2})
	key := w.deliver(w.gen.Name(0), w.gen.File(0, 300))
	l := w.open(w.before(w.deps(), 1))
	ingest(t, l, key)
	got := w.usage(l)
	stranger := w.gen.World.Tenants[1]
	for u := range got {
		if u.Tenant == stranger.ID || (u.Tenant == "") != (u.KeyARN == stranger.KeyARN) {
			t.Fatalf("%+v", u)
		}
	}
	for name := range w.table() {
		if !strings.HasPrefix(name, "key_usage/tenant=_unknown/date=") && !strings.HasPrefix(name, "key_usage/tenant=t-00001/date=") {
			t.Error(name)
		}
	}
}

func TestLedger_Ingest_contents(t *testing.T) {
	w := newWorld(t, trailtest.Config{Tenants: 1})
	l := w.open(w.deps())
	for key, want := range map[string]ledger.Content{
		"AWSLogs/1/CloudTrail-Digest/r/2025/03/01/1_CloudTrail-Digest_r_trail_r_20250301T000000Z.json.gz": ledger.DigestFile,
		"AWSLogs/1/CloudTrail-Insight/r/2025/03/01/1_CloudTrail-Insight_r_20250301T0000Z_a.json.gz":       ledger.OtherFile,
		"AWSLogs/1/CloudTrail-Insight/r/2025/03/01/1_CloudTrail_r_20250301T0000Z_a.json.gz":               ledger.OtherFile,
		"AWSLogs/1/CloudTrail-Aggregated/r/2025/03/01/1_CloudTrail-Aggregated_r_20250301T0000Z_a.json.gz": ledger.OtherFile,
		"AWSLogs/1/elasticloadbalancing/x.log.gz":                                                         ledger.OtherFile,
	} {
		if res, err := l.Ingest(ctx, trail, key); err != nil || res.Content != want {
			t.Errorf("%s: %+v, %v", key, res, err)
		}
	}
	for _, key := range []string{
		w.gen.Name(0),
		"AWSLogs/1/CloudTrail-NetworkActivity/r/2025/03/01/1_CloudTrail_r_20250301T0000Z_a.json.gz",
		"AWSLogs/1/CloudTrail-NetworkActivity/r/2025/03/01/1_CloudTrail-NetworkActivity_r_20250301T0000Z_a.json.gz",
	} {
		if res, err := l.Ingest(ctx, trail, key); res.Content != ledger.LogFile || !coded.Is(err, coded.Invalid) {
			t.Errorf("no such object: %+v, %v", res, err)
		}
	}
}

// TestLedger_Ingest_broken: what can be read of a broken file is in the ledger.
func TestLedger_Ingest_broken(t *testing.T) {
	w := newWorld(t, trailtest.Config{Seed: 16, Tenants: 1})
	whole := trailtest.Gzip(w.gen.File(0, 2000))
	if _, err := w.objects.Put(ctx, trail, w.gen.Name(0), whole[:len(whole)/2], objects.Options{}); err != nil {
		t.Fatal(err)
	}
	l := w.open(w.deps())
	res, err := l.Ingest(ctx, trail, w.gen.Name(0))
	if !coded.Is(err, coded.Invalid) || res.Totals.Uses < 100 {
		t.Errorf("%+v, %v", res.Totals, err)
	}
	f, err := l.File(ctx, trail, w.gen.Name(0))
	if err != nil || !f.Done || !strings.Contains(f.Failure, "truncated") {
		t.Errorf("%+v, %v", f, err)
	}
	if _, err := w.objects.Put(ctx, trail, w.gen.Name(0), whole, objects.Options{}); err != nil {
		t.Fatal(err)
	}
	ingest(t, l, w.gen.Name(0)) // mended
	if d := difference(w.usage(l), w.truth); d != "" {
		t.Error(d)
	}
}

// A file with a record that could not be read is read again when it is announced
// again: by then we may be able to.
func TestLedger_Ingest_brokenRecord(t *testing.T) {
	w := newWorld(t, trailtest.Config{Seed: 18, Tenants: 1})
	doc := w.gen.File(0, 100)
	key := w.deliver(w.gen.Name(0), []byte(strings.Replace(string(doc), `"eventID":"`, `"eventID":"x`, 1)))
	l := w.open(w.deps())
	for range 2 {
		if res, err := l.Ingest(ctx, trail, key); err != nil || res.Again || res.Totals.BrokenRecords != 1 {
			t.Fatalf("%+v, %v", res, err)
		}
	}
	w.deliver(key, doc)
	ingest(t, l, key)
	if res, err := l.Ingest(ctx, trail, key); err != nil || !res.Again {
		t.Errorf("%+v, %v", res, err)
	}
	if d := difference(w.usage(l), w.truth); d != "" {
		t.Error(d)
	}
}

func TestLedger_Report(t *testing.T) {
	w := newWorld(t, trailtest.Config{Seed: 17, Tenants: 2, PerFile: time.Hour})
	l := w.open(w.deps())
	ingest(t, l, w.files(3, 200)...)
	id := w.gen.World.Tenants[0].ID
	rep, err := ledgerreport.Make(ctx, l, id, start, start.Add(24*time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	want := 0
	for u, n := range w.truth {
		if u.Tenant == id {
			want += n
		}
	}
	if int(rep.Totals.Uses) != want || rep.Totals.Keys != 1 || rep.Tenant != id || len(rep.Hours.Rows) == 0 {
		t.Errorf("%+v; want %d uses", rep.Totals, want)
	}
	var page bytes.Buffer
	if err := rep.WriteHTML(&page); err != nil || page.Len() < 1000 {
		t.Errorf("%d bytes, %v", page.Len(), err)
	}
}

func TestRevocations(t *testing.T) {
	w := newWorld(t, trailtest.Config{Tenants: 1})
	w.revoke(0, start, start.Add(3*time.Hour))
	turns, since, err := w.deps().Records.Turns(ctx, w.gen.World.Tenants[0].KeyARN)
	if err != nil || !since.IsZero() {
		t.Fatal(since, err)
	}
	got := ledger.Revocations(turns, ours, 6*time.Minute)
	want := keyusage.Revocation{From: start, Until: start.Add(2*time.Hour + 54*time.Minute), Reason: "disabled", Evidence: "e-1"}
	if len(got) != 1 || got[0] != want {
		t.Errorf("%+v", got)
	}
}
