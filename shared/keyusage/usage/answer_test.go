package usage_test

import (
	"bytes"
	"cmp"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"maps"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"latchkey/shared/catalog"
	catalogembedded "latchkey/shared/catalog/embedded"
	"latchkey/shared/coded"
	"latchkey/shared/fake"
	"latchkey/shared/function/emf"
	"latchkey/shared/keyusage/ledger"
	"latchkey/shared/keyusage/report"
	"latchkey/shared/keyusage/trailtest"
	"latchkey/shared/keyusage/usage"
	"latchkey/shared/objects"
	"latchkey/shared/objects/embedded"
	"latchkey/shared/reconcile"
	"latchkey/shared/tenant"
)

var start = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)

// world is a ledger that has read one log file, and what is in it of a tenant.
type world struct {
	*testing.T
	ledger *ledger.Ledger
	store  *slow
	tenant string
	other  string   // another tenant
	keys   []string // of both
	uses   uint64
	gen    *trailtest.Generator
}

// slow is a store of objects that answers no more once it hangs, or not about
// what a part of its name says.
type slow struct {
	*embedded.Memory
	hangs bool
	about string
}

func (s *slow) List(ctx context.Context, bucket, prefix, after string) ([]objects.Info, error) {
	if s.hangs || s.about != "" && strings.Contains(prefix, s.about) {
		<-ctx.Done()
		return nil, ctx.Err()
	}
	return s.Memory.List(ctx, bucket, prefix, after)
}

func newWorld(t *testing.T, change func(*ledger.Config)) *world {
	t.Helper()
	c := fake.NewClock(start.Add(30 * time.Minute))
	gen := trailtest.New(trailtest.Config{Seed: 1, Tenants: 2, Start: start})
	w := &world{T: t, store: &slow{Memory: embedded.NewMemory()}, tenant: gen.World.Tenants[0].ID, other: gen.World.Tenants[1].ID, gen: gen}
	records := catalogembedded.NewMemory(c)
	for _, tn := range gen.World.Tenants {
		w.keys = append(w.keys, tn.KeyARN)
		w.put(records, "tenant#"+tn.ID, tenant.Record{ID: tn.ID}, catalog.Indexes{Tenant: tn.ID, KeyARN: "tenants/" + tn.KeyARN})
		w.put(records, "key#"+tn.KeyARN, map[string]string{"arn": tn.KeyARN, "tenantId": tn.ID, "region": "us-east-1"}, catalog.Indexes{})
	}
	metrics := emf.New(io.Discard, c, "audit-keys")
	plane, err := reconcile.New(reconcile.Deps{Store: records, Outbox: records, Clock: c, Metrics: metrics, Log: slog.New(slog.DiscardHandler),
		Regions: map[string]reconcile.Ports{"us-east-1": {}}, Config: reconcile.DefaultConfig("111122223333", "us-east-1")})
	w.must(err)
	cfg := ledger.Config{Account: "111122223333", Region: "us-east-1", LedgerBucket: "ledger", TrailBucket: "trail"}
	if change != nil {
		change(&cfg)
	}
	w.ledger, err = ledger.New(ledger.Deps{Store: records, Objects: w.store, Records: plane, Clock: c, Metrics: metrics, Config: cfg})
	w.must(err)
	gen.Seen = func(u trailtest.Use) {
		if u.Tenant == w.tenant {
			w.uses++
		}
	}
	const key = "AWSLogs/111122223333/CloudTrail/us-east-1/2026/03/02/111122223333_CloudTrail_us-east-1_20260302T0915Z_7xgocspSowgK0Gto.json.gz"
	_, err = w.store.Put(context.Background(), "trail", key, gen.GzipFile(0, 300), objects.Options{})
	w.must(err)
	_, err = w.ledger.Ingest(context.Background(), "trail", key)
	w.must(err)
	return w
}

func (w *world) must(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}

func (w *world) put(store catalog.Store, part string, rec any, x catalog.Indexes) {
	w.Helper()
	body, err := json.Marshal(rec)
	w.must(err)
	w.must(store.Commit(context.Background(), catalog.Tx{Puts: []catalog.Put{{Item: catalog.Item{Key: catalog.Key{Part: part, Sort: "."}, Body: body, Indexes: x}}}}))
}

// ask asks with the members of a query, "name=value" each.
func (w *world) ask(d usage.Desk, members ...string) (usage.Answer, error) {
	w.Helper()
	query := map[string]string{"from": "2026-03-02", "to": "2026-03-03"}
	for _, m := range members {
		name, value, _ := strings.Cut(m, "=")
		query[name] = value
	}
	q, err := usage.Read(cmp.Or(query["tenant"], w.tenant), without(query, "tenant"), start)
	if err != nil {
		return usage.Answer{}, err
	}
	if d.Ledger == nil {
		d.Ledger = w.ledger
	}
	return d.Answer(context.Background(), q)
}

func without(query map[string]string, name string) map[string]string {
	query = maps.Clone(query)
	delete(query, name)
	return query
}

// TestDesk_Answer holds that every format tells of the same uses.
func TestDesk_Answer(t *testing.T) {
	w := newWorld(t, nil)
	types := map[string]string{usage.FormatPage: "application/json", usage.FormatReport: "application/json", usage.FormatBundle: "application/json",
		usage.FormatCSV: "text/csv; charset=utf-8", usage.FormatHTML: "text/html; charset=utf-8"}
	got := map[string][]byte{}
	for format, want := range types {
		a, err := w.ask(usage.Desk{}, "format="+format)
		if err != nil || a.ContentType != want {
			t.Fatalf("%s: %q, %v", format, a.ContentType, err)
		}
		got[format] = a.Body
	}
	var page usage.Page
	var rep report.Report
	var both usage.Bundle
	w.must(json.Unmarshal(got[usage.FormatPage], &page))
	w.must(json.Unmarshal(got[usage.FormatReport], &rep))
	w.must(json.Unmarshal(got[usage.FormatBundle], &both))
	if page.Summary == nil || page.Summary.Totals != rep.Totals || rep.Totals.Uses != w.uses || w.uses == 0 || page.Summary.Timeline.Rows == nil {
		t.Errorf("%d uses; the page has %+v, the report %+v", w.uses, page.Summary, rep.Totals)
	}
	if n := usesOf(t, got[usage.FormatCSV]); n != w.uses || both.CSV != string(got[usage.FormatCSV]) {
		t.Errorf("%d uses in CSV, want %d; the bundle's is another: %v", n, w.uses, both.CSV != string(got[usage.FormatCSV]))
	}
	var html bytes.Buffer
	w.must(both.Report.WriteHTML(&html)) // as a client writes it
	if html.String() != string(got[usage.FormatHTML]) || !strings.Contains(html.String(), "Use of the KMS keys of "+w.tenant) {
		t.Error("the page made of the bundle's report is another")
	}
}

// usesOf sums the last column.
func usesOf(t *testing.T, text []byte) (n uint64) {
	t.Helper()
	rows, err := csv.NewReader(bytes.NewReader(text)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range rows[1:] {
		uses, err := strconv.ParseUint(row[len(row)-1], 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		n += uses
	}
	return n
}

// TestDesk_Answer_pages holds that pages together tell of every use, and that
// the first alone says what they come to.
func TestDesk_Answer_pages(t *testing.T) {
	w := newWorld(t, nil)
	var n uint64
	for after, pages := "", 0; ; pages++ {
		a, err := w.ask(usage.Desk{}, "limit=5", "after="+after)
		w.must(err)
		var page usage.Page
		w.must(json.Unmarshal(a.Body, &page))
		for _, u := range page.Items {
			n += u.Uses
		}
		if (page.Summary != nil) != (after == "") || len(page.Items) > 5 {
			t.Fatalf("after %q: %d items, summary %v", after, len(page.Items), page.Summary)
		}
		if after = page.Next; after == "" {
			if pages < 2 {
				t.Error("all of it in one page")
			}
			break
		}
	}
	if n != w.uses {
		t.Errorf("%d uses, want %d", n, w.uses)
	}
}

// TestDesk_Answer_limits holds that what cannot be sent is refused with what to do.
func TestDesk_Answer_limits(t *testing.T) {
	w := newWorld(t, nil)
	few := newWorld(t, func(c *ledger.Config) { c.MaxReport = 3 })
	html, err := w.ask(usage.Desk{}, "format=html")
	w.must(err)
	asString, err := json.Marshal(string(html.Body))
	w.must(err)
	for _, c := range []struct {
		name   string
		desk   usage.Desk
		query  string
		code   coded.Code // "": it is answered
		field  string
		expect string
	}{
		{"just fits", usage.Desk{Bytes: len(asString)}, "format=html", "", "", ""},
		{"a byte too large as it is sent", usage.Desk{Bytes: len(asString) - 1}, "format=html", coded.Invalid, "to", "shorter time"},
		{"far too large", usage.Desk{Bytes: 1000}, "format=csv", coded.Invalid, "to", "format=json"},
		{"report", usage.Desk{Bytes: 1000}, "format=report", coded.Invalid, "to", "shorter time"},
		{"bundle", usage.Desk{Bytes: 1000}, "format=bundle", coded.Invalid, "to", "shorter time"},
		{"page", usage.Desk{Bytes: 1000}, "format=json", coded.Invalid, "limit", "smaller limit"},
		{"too many rollups", usage.Desk{Ledger: few.ledger}, "format=html", coded.Invalid, "to", "shorter time"},
	} {
		a, err := w.ask(c.desk, c.query)
		var e *coded.Error
		switch {
		case c.code == "" && (err != nil || len(a.Body) == 0):
			t.Errorf("%s: %v", c.name, err)
		case c.code != "" && (!errors.As(err, &e) || e.Code != c.code || e.Field != c.field || !strings.Contains(e.Hint, c.expect)):
			t.Errorf("%s: %v (%s)", c.name, err, coded.Hint(err))
		}
	}
}

// TestDesk_Answer_time holds that an answer that takes too long is refused as
// such, which is no error of ours to be counted, and one that the caller gave up
// is not.
func TestDesk_Answer_time(t *testing.T) {
	w := newWorld(t, nil)
	w.store.hangs = true
	_, err := w.ask(usage.Desk{Time: time.Millisecond}, "format=html")
	if !coded.Is(err, coded.Pending) || !strings.Contains(coded.Hint(err), "shorter time") {
		t.Errorf("%v (%s)", err, coded.Hint(err))
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	q, err := usage.Read(w.tenant, nil, start)
	w.must(err)
	if _, err := (usage.Desk{Ledger: w.ledger, Time: time.Hour}).Answer(ctx, q); !errors.Is(err, context.Canceled) {
		t.Errorf("= %v", err)
	}
}

func TestDesk_Answer_rulesOff(t *testing.T) {
	w := newWorld(t, func(c *ledger.Config) { c.AnyPrincipal = true })
	for format, want := range map[string]string{usage.FormatPage: `"rulesOff":["unknown-principal"]`, usage.FormatReport: `"rules_off":["unknown-principal"]`,
		usage.FormatHTML: `Not looked for:`} {
		if a, err := w.ask(usage.Desk{}, "format="+format); err != nil || !strings.Contains(string(a.Body), want) {
			t.Errorf("%s does not say that a rule is off: %v", format, err)
		}
	}
	strict := newWorld(t, nil)
	if a, err := strict.ask(usage.Desk{}, "format=html"); err != nil || strings.Contains(string(a.Body), "Not looked for:") {
		t.Errorf("a rule is off that is on: %v", err)
	}
}

func TestRead(t *testing.T) {
	now := time.Date(2026, 3, 10, 9, 20, 0, 0, time.UTC)
	q, err := usage.Read("acme", nil, now)
	if err != nil || q.Format != usage.FormatPage || q.Limit != 100 || !q.To.Equal(now.Truncate(time.Hour).Add(time.Hour)) || q.To.Sub(q.From) != usage.DefaultSpan {
		t.Errorf("read %+v, %v", q, err)
	}
	for query, field := range map[string]string{
		"format=pdf": "format", "format=JSON": "format", "from=x": "from", "to=2026-13-01": "to", "limit=many": "limit",
		"format=csv&limit=5": "limit", "format=html&after=x": "after", "frm=2026-03-01": "frm", "From=2026-03-01": "From", "format=csv&tenant=b": "tenant",
	} {
		given := map[string]string{}
		for m := range strings.SplitSeq(query, "&") {
			name, value, _ := strings.Cut(m, "=")
			given[name] = value
		}
		var e *coded.Error
		if _, err := usage.Read("acme", given, now); !errors.As(err, &e) || e.Field != field || e.Hint == "" {
			t.Errorf("%s: %v", query, err)
		}
	}
}

// TestMembers holds that a member that is given twice is not one of the two.
func TestMembers(t *testing.T) {
	got := usage.Members(url.Values{"from": {"2026-03-01", "2026-03-02"}, "limit": {"5"}})
	if len(got) != 2 || got["from"] != "2026-03-01,2026-03-02" || got["limit"] != "5" {
		t.Errorf("%v", got)
	}
}
