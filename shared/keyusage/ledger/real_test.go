package ledger_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
	"time"

	"latchkey/shared/keyusage"
	"latchkey/shared/keyusage/ledger"
	"latchkey/shared/keyusage/trailtest"
	"latchkey/shared/objects"
)

// TestLedger_real: of a real account's files, every record of KMS is in the
// ledger, once, with a purpose.
func TestLedger_real(t *testing.T) {
	files, err := filepath.Glob("../../../../shared/data/cloudtrail/*.json")
	if err != nil || len(files) == 0 {
		t.Skip("no real CloudTrail files in ../shared/data/cloudtrail")
	}
	w := newWorld(t, trailtest.Config{Tenants: 1})
	l := w.open(w.deps())
	events := map[string]bool{}
	first, last := time.Now(), time.Time{}
	for _, path := range files {
		doc, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		var parsed struct {
			Records []struct {
				EventID, EventSource string
				EventTime            time.Time
			}
		}
		if err := json.Unmarshal(doc, &parsed); err != nil {
			t.Fatal(err)
		}
		for _, r := range parsed.Records {
			if r.EventSource != "kms.amazonaws.com" {
				continue
			}
			events[r.EventID] = true
			if r.EventTime.Before(first) {
				first = r.EventTime
			}
			if r.EventTime.After(last) {
				last = r.EventTime
			}
		}
		key := filepath.Base(path)
		if _, err := w.objects.Put(ctx, trail, key, doc, objects.Options{}); err != nil {
			t.Fatal(err)
		}
		res, err := l.Ingest(ctx, trail, key)
		if err != nil || res.Content != ledger.LogFile || res.Totals.BrokenRecords != 0 {
			t.Errorf("%s: %+v, %v", key, res, err)
		}
	}
	var uses uint64
	for from := first.Truncate(time.Hour); from.Before(last); from = from.Add(300 * 24 * time.Hour) {
		s, err := l.Collect(ctx, "", from, from.Add(300*24*time.Hour))
		if err != nil {
			t.Fatal(err)
		}
		s.Each(func(r keyusage.Rollup) {
			uses += r.Count
			if r.Purpose == keyusage.ForUnknown || r.Tenant != "" {
				t.Errorf("%+v", r)
			}
		})
	}
	if int(uses) != len(events) || uses == 0 {
		t.Errorf("%d uses, want %d", uses, len(events))
	}
	t.Logf("%d files, %d uses", len(files), uses)
}
