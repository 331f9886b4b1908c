package ledger_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"latchkey/shared/catalog"
	"latchkey/shared/coded"
	"latchkey/shared/keyusage/trailtest"
	"latchkey/shared/tenant"
)

// refusals is a log file of calls that were refused.
func (w *world) refusals(file, first, n int) string {
	var calls []call
	for i := range n {
		calls = append(calls, call{n: first + i, at: start.Add(time.Duration(first+i) * time.Second), who: session(strangeRole, ""),
			operation: "Decrypt", key: w.gen.World.Tenants[0].KeyARN, errorCode: "AccessDenied"})
	}
	return w.deliver(w.gen.Name(file), document(calls...))
}

// TestLedger_Ingest_growing: a finding counts what later files show of it, each
// once, and is told again when it has grown tenfold.
func TestLedger_Ingest_growing(t *testing.T) {
	w := newWorld(t, trailtest.Config{Seed: 41, Tenants: 1})
	counts := func() string {
		var s []string
		for _, f := range w.told() {
			s = append(s, fmt.Sprintf("%s:%d", f.ID[len("finding-")+32:], f.Count))
			if len(f.Evidence) > 10 || f.Evidence[0] != eventID(1) || !strings.Contains(f.Sentence, fmt.Sprintf("%d times", f.Count)) && f.Count != 1 {
				t.Errorf("%+v", f)
			}
		}
		return strings.Join(s, " ")
	}
	l := w.open(w.deps())
	keys := []string{w.refusals(0, 1, 1), w.refusals(1, 2, 8), w.refusals(2, 10, 1), w.refusals(3, 11, 79), w.refusals(4, 90, 400)}
	for i, want := range []string{":1", ":1", ":1 -2:10", ":1 -2:10", ":1 -2:10 -3:489"} {
		ingest(t, l, keys[i])
		if got := counts(); got != want {
			t.Errorf("after file %d: %q, want %q", i, got, want)
		}
	}
	for _, key := range keys { // read again, and the same uses in one file more
		w.forget(key)
	}
	ingest(t, w.open(w.deps()), append(keys, w.refusals(5, 1, 1))...)
	if got := counts(); got != ":1 -2:10 -3:489" {
		t.Errorf("read again: %q", got)
	}
	w.refusals(4, 90, 100) // the file shows less of it now
	w.forget(keys[4])
	ingest(t, l, keys[4])
	page, err := w.store.Query(ctx, catalog.Query{Index: catalog.IndexPart, Value: "finding#" + w.gen.World.Tenants[0].ID + "#2025-03", Limit: 10})
	if err != nil || len(page.Items) != 1 || !strings.Contains(string(page.Items[0].Body), `"Count":489,`) {
		t.Errorf("%d items, %v", len(page.Items), err)
	}
}

// forget has a log file read again, as after an attempt that failed.
func (w *world) forget(key string) {
	w.Helper()
	page, err := w.store.Query(ctx, catalog.Query{Index: catalog.IndexPart, Value: fileItem(key), Limit: 1})
	if err != nil || len(page.Items) != 1 {
		w.Fatal(len(page.Items), err)
	}
	it := page.Items[0]
	put := catalog.Put{Item: it, IfVersion: it.Version}
	put.Item.Body = []byte(strings.Replace(string(it.Body), `"done":true,`, "", 1))
	if err := w.store.Commit(ctx, catalog.Tx{Puts: []catalog.Put{put}}); err != nil {
		w.Fatal(err)
	}
}

// TestLedger_Settle_growing: what comes after a finding was told is held as the
// first uses were, and told if it stands and has grown.
func TestLedger_Settle_growing(t *testing.T) {
	for _, c := range []struct {
		name string
		back time.Duration // the key is usable again; 0: never
		want string
	}{{"stands", 0, "1 11"}, {"explained", 70 * time.Minute, "1"}, {"explained all", 20 * time.Minute, "1"}} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t, trailtest.Config{Seed: 23, Tenants: 1})
			locked := start.Add(-time.Hour)
			w.revoke(0, locked, time.Time{})
			file := func(n, uses int, at time.Time) string {
				var calls []call
				for i := range uses {
					calls = append(calls, call{n: 100*n + i, at: at.Add(time.Duration(i) * time.Second), who: service("rds.amazonaws.com"),
						operation: "Decrypt", key: w.gen.World.Tenants[0].KeyARN})
				}
				return w.deliver(w.gen.Name(n), document(calls...))
			}
			l := w.open(w.deps())
			ingest(t, l, file(0, 1, start))
			w.clock.now = start.Add(40 * time.Minute)
			second := file(1, 10, start.Add(30*time.Minute))
			ingest(t, l, second)
			if got := len(w.told()); got != 1 {
				t.Errorf("%d told at once", got)
			}
			if c.back != 0 {
				w.revoke(0, locked, locked.Add(c.back))
			}
			w.clock.advance(time.Hour)
			if _, err := l.Settle(ctx); err != nil {
				t.Fatal(err)
			}
			got := ""
			for _, f := range w.told() {
				got += fmt.Sprint(" ", f.Count)
			}
			if got != " "+c.want {
				t.Errorf("told %s, want %s", got, c.want)
			}
			due := 0
			for shard := range catalog.DueShards {
				held, err := w.store.Due(ctx, "findings", shard, w.clock.Now(), 10)
				if err != nil {
					t.Fatal(err)
				}
				due += len(held)
			}
			if due != 0 {
				t.Error("still held")
			}
			page, err := w.store.Query(ctx, catalog.Query{Index: catalog.IndexPart, Value: "finding#" + w.gen.World.Tenants[0].ID + "#2025-03", Limit: 10})
			if err != nil || len(page.Items) != 1 {
				t.Errorf("%d findings on record, %v: one was told", len(page.Items), err)
			}
		})
	}
}

// TestLedger_Ingest_manyOutputs: a file whose outputs do not fit into its item is
// refused as what is too much for the ledger, and not as a broken file.
func TestLedger_Ingest_manyOutputs(t *testing.T) {
	const tenants, perTenant = 50, 60
	w := newWorld(t, trailtest.Config{Seed: 41, Tenants: 1})
	w.config.MaxRows, w.config.PlatformKey = tenants, w.gen.World.Tenants[0].KeyARN // whose uses are theirs whom the context names
	var calls []call
	for n := range tenants * perTenant {
		id := fmt.Sprintf("%s-%03d", strings.Repeat("a", 120), n%tenants)
		if n < tenants {
			w.put("tenant#"+id, ".", tenant.Record{ID: id}, catalog.Indexes{Tenant: id})
		}
		calls = append(calls, call{n: n, at: start, who: session(proberRole, ""), operation: "Decrypt",
			key: w.gen.World.Tenants[0].KeyARN, request: `{"encryptionContext":{"latchkey:tenant":"` + id + `"}}`})
	}
	_, err := w.open(w.deps()).Ingest(ctx, trail, w.deliver(w.gen.Name(0), document(calls...)))
	if !coded.Is(err, coded.Internal) || !strings.Contains(err.Error(), "too many tenants") {
		t.Errorf("= %v", err)
	}
}
