package audit_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"testing"
	"time"

	"latchkey/events"
	"latchkey/shared/catalog"
	catalogembedded "latchkey/shared/catalog/embedded"
	"latchkey/shared/fake"
	"latchkey/shared/function"
	"latchkey/shared/function/emf"
	"latchkey/shared/function/logging"
	"latchkey/shared/keyusage/audit"
	"latchkey/shared/keyusage/ledger"
	"latchkey/shared/keyusage/trailtest"
	"latchkey/shared/keyusage/usage"
	"latchkey/shared/metric"
	"latchkey/shared/objects"
	objectsembedded "latchkey/shared/objects/embedded"
	"latchkey/shared/reconcile"
	"latchkey/shared/tenant"
)

// of the sample event of the function
const (
	bucket = "latchkey-trail-eu-central-1"
	object = "AWSLogs/444455556666/CloudTrail/eu-central-1/2026/03/02/444455556666_CloudTrail_eu-central-1_20260302T0915Z_7xgocspSowgK0Gto.json.gz"
)

// world is the function on embedded twins.
type world struct {
	*testing.T
	handler function.Handler
	gen     *trailtest.Generator
	objects *objectsembedded.Memory
	log     bytes.Buffer
	metrics bytes.Buffer
	flush   func() error // writes metrics
}

func newWorld(t *testing.T) *world {
	t.Helper()
	start := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	c := fake.NewClock(start.Add(30 * time.Minute))
	w := &world{T: t, gen: trailtest.New(trailtest.Config{Seed: 1, Tenants: 2, Start: start}), objects: objectsembedded.NewMemory()}
	store := catalogembedded.NewMemory(c)
	for _, tn := range w.gen.World.Tenants {
		w.put(store, "tenant#"+tn.ID, tenant.Record{ID: tn.ID}, catalog.Indexes{Tenant: tn.ID, KeyARN: "tenants/" + tn.KeyARN})
		w.put(store, "key#"+tn.KeyARN, map[string]string{"arn": tn.KeyARN, "tenantId": tn.ID, "region": "us-east-1"}, catalog.Indexes{})
	}
	h := function.Host{
		Name: events.FunctionAuditKeys, Region: "us-east-1", Clock: c, Log: logging.New(&w.log, slog.LevelInfo, "audit-keys"),
		Metrics: emf.New(&w.metrics, c, "audit-keys"), Limits: function.Limits{Timeout: time.Minute, AtOnce: 2},
	}
	plane, err := reconcile.New(reconcile.Deps{Store: store, Outbox: store, Clock: c, Metrics: h.Metrics, Log: h.Log,
		Regions: map[string]reconcile.Ports{h.Region: {}}, Config: reconcile.DefaultConfig("111122223333", h.Region)})
	if err != nil {
		t.Fatal(err)
	}
	l, err := ledger.New(ledger.Deps{Store: store, Objects: w.objects, Records: plane, Clock: c, Metrics: h.Metrics, Log: h.Log,
		Config: ledger.Config{Account: "111122223333", Region: h.Region, LedgerBucket: "ledger", TrailBucket: bucket}})
	if err != nil {
		t.Fatal(err)
	}
	w.handler, w.flush = audit.Handler(h, l), h.Metrics.Flush
	return w
}

func (w *world) put(store catalog.Store, part string, rec any, x catalog.Indexes) {
	w.Helper()
	body, err := json.Marshal(rec)
	if err == nil {
		err = store.Commit(context.Background(), catalog.Tx{Puts: []catalog.Put{{Item: catalog.Item{Key: catalog.Key{Part: part, Sort: "."}, Body: body, Indexes: x}}}})
	}
	if err != nil {
		w.Fatal(err)
	}
}

// invoke returns the answer's JSON.
func (w *world) invoke(payload string) string {
	w.Helper()
	out, err := w.handler(context.Background(), json.RawMessage(payload))
	if err != nil {
		w.Fatal(err)
	}
	answer, err := json.Marshal(out)
	if err != nil {
		w.Fatal(err)
	}
	return string(answer)
}

// get calls the HTTP API.
func (w *world) get(tenant string, query map[string]string) (status int, body string) {
	w.Helper()
	call, err := json.Marshal(map[string]any{"version": "2.0", "routeKey": "GET /tenants/{tenant}/key-usage",
		"pathParameters": map[string]string{"tenant": tenant}, "queryStringParameters": query})
	if err != nil {
		w.Fatal(err)
	}
	var answer struct {
		StatusCode int
		Body       string
	}
	if err := json.Unmarshal([]byte(w.invoke(string(call))), &answer); err != nil {
		w.Fatal(err)
	}
	return answer.StatusCode, answer.Body
}

// TestHandler feeds the function's sample event, and asks for what it has read.
func TestHandler(t *testing.T) {
	w := newWorld(t)
	sample, err := os.ReadFile("../../../functions/audit-keys/event.json")
	if err != nil {
		t.Fatal(err)
	}
	if got := w.invoke(string(sample)); !strings.Contains(got, "itemIdentifier") {
		t.Errorf("an object that is not there: %s", got)
	}
	uses := uint64(0)
	id := w.gen.World.Tenants[0].ID
	w.gen.Seen = func(u trailtest.Use) {
		if u.Tenant == id {
			uses++
		}
	}
	if _, err := w.objects.Put(context.Background(), bucket, object, w.gen.GzipFile(0, 300), objects.Options{}); err != nil {
		t.Fatal(err)
	}
	for range 2 { // it is delivered again
		if got := w.invoke(string(sample)); got != `{"batchItemFailures":[]}` {
			t.Fatalf("%s; log:\n%s", got, w.log.String())
		}
	}
	var got uint64
	after := ""
	for range 100 {
		status, body := w.get(id, map[string]string{"from": "2026-03-02", "to": "2026-03-03", "limit": "7", "after": after})
		var page usage.Page
		if err := json.Unmarshal([]byte(body), &page); err != nil || status != 200 || page.Tenant != id {
			t.Fatalf("%d %s", status, body)
		}
		if first := after == ""; first != (page.Summary != nil) || first && page.Summary.Totals.Uses != uses {
			t.Fatalf("after %q the summary is %+v, want %d uses", after, page.Summary, uses)
		}
		for _, r := range page.Items {
			if r.KeyARN == "" || r.Outcome == "" || r.Principal == "" || r.Hour.IsZero() {
				t.Fatalf("incomplete %+v", r)
			}
			got += r.Uses
		}
		if after = page.Next; after == "" {
			break
		}
	}
	if got != uses || got == 0 {
		t.Errorf("%d uses, want %d", got, uses)
	}
}

func TestHandler_Refuses(t *testing.T) {
	w := newWorld(t)
	id := w.gen.World.Tenants[0].ID
	for _, c := range []struct {
		tenant string
		query  map[string]string
		status int
		field  string
	}{
		{"nobody", nil, 404, ""},
		{id, map[string]string{"from": "yesterday"}, 400, "from"},
		{id, map[string]string{"from": "2026-03-02T09:30:00Z"}, 400, "from"},
		{id, map[string]string{"from": "2026-03-03", "to": "2026-03-02"}, 400, "to"},
		{id, map[string]string{"limit": "many"}, 400, "limit"},
		{id, map[string]string{"limit": "1001"}, 400, "limit"},
		{id, map[string]string{"after": "x"}, 400, "after"},
		{id, map[string]string{"format": "pdf"}, 400, "format"},
		{id, map[string]string{"format": "html", "after": "2026-03-02:1"}, 400, "after"},
	} {
		status, body := w.get(c.tenant, c.query)
		if status != c.status || c.field != "" && !strings.Contains(body, `"field":"`+c.field+`"`) {
			t.Errorf("%s %v: %d %s", c.tenant, c.query, status, body)
		}
	}
}

// TestHandler_Broken: an event that cannot be read is counted at its first delivery.
func TestHandler_Broken(t *testing.T) {
	w := newWorld(t)
	body, err := json.Marshal(`{"version":"0","id":"1","detail-type":"Object Created","source":"aws.s3","account":"111122223333",
		"time":"2026-03-02T09:15:00Z","region":"us-east-1","resources":[],"detail":{"bucket":7}}`)
	if err != nil {
		t.Fatal(err)
	}
	for receives, want := range map[int]bool{1: true, 2: false} {
		w.metrics.Reset()
		got := w.invoke(fmt.Sprintf(`{"Records":[{"messageId":"m","eventSource":"aws:sqs","body":%s,"attributes":{"ApproximateReceiveCount":"%d"}}]}`, body, receives))
		if err := w.flush(); err != nil || !strings.Contains(got, `"m"`) {
			t.Fatalf("delivery %d: %s, %v", receives, got, err)
		}
		if counted := strings.Contains(w.metrics.String(), `"`+metric.Broken+`":1`); counted != want {
			t.Errorf("delivery %d is counted: %v: %s", receives, counted, w.metrics.String())
		}
	}
}

// TestHandler_OtherBucket: what is not the trail's is not read.
func TestHandler_OtherBucket(t *testing.T) {
	w := newWorld(t)
	sample, err := os.ReadFile("../../../functions/audit-keys/event.json")
	if err != nil {
		t.Fatal(err)
	}
	other := strings.ReplaceAll(string(sample), bucket, "somebodys-bucket")
	if got := w.invoke(other); got != `{"batchItemFailures":[]}` {
		t.Error(got)
	}
}
