package server_test

import (
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"latchkey/localstack/api"
	"latchkey/localstack/server"
	"latchkey/localstack/stack"
	"latchkey/shared/fake"
)

var start = time.Date(2026, 1, 5, 8, 0, 0, 0, time.UTC)

const (
	tenantCreated = `{"version":"0","id":"e1","detail-type":"Tenant Created","source":"latchkey.commerce","time":"2026-03-02T09:15:00Z","detail":{"version":"1","tenantId":"acme","sequence":1,"name":"Acme","hosts":["acme.example.com"],"realm":"EU","placement":"shared","key":{"choice":"platform"}}}`
	productActive = `{"version":"0","id":"e2","detail-type":"Product Activated","source":"latchkey.commerce","time":"2026-03-02T09:15:00Z","detail":{"version":"1","tenantId":"acme","sequence":2,"product":"tracker","license":{"edition":"premium","seats":5}}}`
	noSeats       = `{"version":"0","id":"e3","detail-type":"Product Activated","source":"latchkey.commerce","time":"2026-03-02T09:15:00Z","detail":{"version":"1","tenantId":"acme","sequence":3,"product":"tracker","license":{"edition":"premium"}}}`
)

// serve runs a stack with its server until the test ends.
func serve(t *testing.T) *server.Server {
	t.Helper()
	s, err := stack.Open(context.Background(), stack.Options{Dir: t.TempDir(), Wall: fake.NewClock(start)})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { defer close(done); s.Run(ctx) }()
	t.Cleanup(func() {
		stop()
		<-done
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return server.New(s, slog.New(slog.NewTextHandler(io.Discard, nil)))
}

func ask(h http.Handler, method, path, body string) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(method, path, strings.NewReader(body)))
	return w
}

func TestServer_Calls(t *testing.T) {
	srv := serve(t)
	huge := `"` + strings.Repeat("x", api.MaxBodyBytes) + `"`
	for _, tt := range []struct {
		method, path, body string
		status             int
		want               string // part of the answer
	}{
		{"GET", "/healthz", "", 200, `"ok":true`},
		{"GET", "/tenants", "", 200, `"items":[]`},
		{"POST", "/events", tenantCreated, 200, `"status":"accepted"`},
		{"POST", "/events?wait=true", "[" + productActive + "," + noSeats + "]", 200, `"field":"detail.license.seats"`},
		{"POST", "/events", noSeats, 400, `"field":"detail.license.seats"`},
		{"POST", "/events", "", 400, `"field":"event"`},
		{"POST", "/events", "{", 400, `"hint":"send one EventBridge event as a JSON object"`},
		{"POST", "/events", "[]", 400, `"field":"body"`},
		{"POST", "/events", "[1", 400, `"field":"body"`},
		{"POST", "/events", huge, 413, `"field":"body"`},
		{"POST", "/events", strings.Replace(tenantCreated, "Tenant Created", "Tenant Renamed", 1), 200, `"status":"unknown"`},
		{"POST", "/clock/advance", `{"duration":"1h"}`, 200, `"ahead":"1h0m0s"`},
		{"POST", "/clock/advance", `{"duration":"-1h"}`, 400, `"field":"duration"`},
		{"POST", "/clock/advance", `{"days":1}`, 400, `"field":"body"`},
		{"GET", "/clock", "", 200, `"now":"2026-01-05T09:00:00Z"`},
		{"GET", "/tenants/acme", "", 200, `"phase":"active"`},
		{"GET", "/tenants/nobody", "", 404, `"code":"notfound"`},
		{"GET", "/tenants/acme/key-usage", "", 200, `{"tenant":"acme","from":"2025-12-29T10:00:00Z","to":"2026-01-05T10:00:00Z","summary":{"totals":{"uses":0,`},
		{"GET", "/tenants/acme/key-usage?format=report", "", 200, `"title":"Use of the KMS keys of acme"`},
		{"GET", "/tenants/acme/key-usage?format=csv", "", 200, "hour,tenant,database,purpose,"},
		{"GET", "/tenants/acme/key-usage?format=html", "", 200, "<!DOCTYPE html>"},
		{"GET", "/tenants/acme/key-usage?format=bundle", "", 200, `"csv":"hour,tenant,`},
		{"GET", "/tenants/acme/key-usage?format=pdf", "", 400, `"field":"format"`},
		{"GET", "/tenants/acme/key-usage?format=csv&limit=10", "", 400, `"field":"limit"`},
		{"GET", "/tenants/acme/key-usage?from=yesterday", "", 400, `"field":"from"`},
		{"GET", "/tenants/acme/key-usage?from=2026-01-05&to=2026-01-04", "", 400, `"field":"to"`},
		{"GET", "/tenants/acme/key-usage?from=2026-01-05T00:30:00Z", "", 400, `"field":"from"`},
		{"GET", "/tenants/acme/key-usage?after=x", "", 400, `"field":"after"`},
		{"GET", "/tenants/acme/key-usage?limit=0", "", 400, `"field":"limit"`},
		{"GET", "/tenants/nobody/key-usage", "", 404, `"code":"notfound"`},
		{"GET", "/tenants?limit=0", "", 400, `"field":"limit"`},
		{"GET", "/tenants?after=x", "", 400, `"field":"after"`},
		{"GET", "/tenants/acme/context?product=tracker", "", 200, `"allow":true`},
		{"GET", "/tenants/acme.example.com/context?product=tracker", "", 200, `"tenantId":"acme"`},
		{"GET", "/tenants/acme/context?product=none", "", 404, `"reason":"unknown-product"`},
		{"GET", "/tenants/acme/context", "", 400, `"field":"product"`},
		{"GET", "/databases", "", 200, `"id":"acme/tracker"`},
		{"GET", "/databases/acme/tracker", "", 200, `"phase":"available"`},
		{"GET", "/databases/shard/eu-central-1/platform/1", "", 200, `"kind":"shard"`},
		{"GET", "/databases/acme/none", "", 404, `"code":"notfound"`},
		{"GET", "/snapshots?limit=5", "", 200, `"items":`},
		{"GET", "/keys", "", 200, `"tenantId":"platform"`},
		{"GET", "/keys/none", "", 404, `"field":"key"`},
		{"GET", "/customer-keys", "", 200, `[]`},
		{"POST", "/keys", `{"account":"4","region":"eu-central-1"}`, 400, `"field":"account"`},
		{"GET", "/impact?key=none", "", 404, `"field":"key"`},
		{"GET", "/parked", "", 200, `[]`},
		{"GET", "/dead-letters", "", 200, `[]`},
		{"POST", "/dead-letters/redrive", "", 200, `"left":0`},
		{"GET", "/events?limit=1", "", 200, `"after":1`},
		{"GET", "/events?after=x", "", 400, `"field":"after"`},
		{"GET", "/events?wait=1h", "", 400, `"field":"wait"`},
		{"GET", "/counts", "", 200, `"events_in":`},
		{"GET", "/nothing", "", 404, `docs/api.md`},
	} {
		w := ask(srv, tt.method, tt.path, tt.body)
		if w.Code != tt.status || !strings.Contains(w.Body.String(), tt.want) {
			t.Errorf("%s %s = %d %.300s; want %d and %s", tt.method, tt.path, w.Code, w.Body.String(), tt.status, tt.want)
		}
		if _, err := time.Parse(time.RFC3339Nano, w.Header().Get(api.TimeHeader)); err != nil {
			t.Errorf("%s %s: %v", tt.method, tt.path, err)
		}
	}
}

func TestServer_Keys(t *testing.T) {
	srv := serve(t)
	var key api.CustomerKey
	w := ask(srv, "POST", "/keys", `{"account":"444455556666","region":"eu-central-1","tenant":"acme","policy":"latchkey-without-grant"}`)
	if err := json.Unmarshal(w.Body.Bytes(), &key); err != nil || w.Code != 201 {
		t.Fatalf("POST /keys = %d %s", w.Code, w.Body.String())
	}
	id := key.ARN[strings.LastIndex(key.ARN, "/")+1:]
	var nobodys api.CustomerKey
	w = ask(srv, "POST", "/keys", `{"account":"444455556666","region":"eu-central-1"}`)
	if err := json.Unmarshal(w.Body.Bytes(), &nobodys); err != nil || w.Code != 201 {
		t.Fatalf("POST /keys = %d %s", w.Code, w.Body.String())
	}
	for _, tt := range []struct {
		method, path, body string
		status             int
		want               string
	}{
		{"GET", "/keys/" + key.ARN + "/preflight?tenant=acme", "", 200, `"usable":false`},
		{"GET", "/keys/" + key.ARN + "/preflight", "", 200, `"usable":false`},
		{"GET", "/keys/" + nobodys.ARN + "/preflight", "", 400, `"field":"tenant"`},
		{"POST", "/keys/" + key.ARN + "/set-policy", `{"policy":"latchkey","tenant":"acme"}`, 200, `"state":"Enabled"`},
		{"GET", "/keys/" + id + "/preflight?tenant=acme", "", 200, `"usable":true`},
		{"POST", "/keys/" + id + "/disable", "", 200, `"state":"Disabled"`},
		{"POST", "/keys/" + id + "/enable", "", 200, `"state":"Enabled"`},
		{"POST", "/keys/" + id + "/schedule-deletion", `{"days":7}`, 200, `"deletionDate":"2026-01-12T`},
		{"POST", "/keys/" + id + "/schedule-deletion", `{"days":7}`, 409, `"code":"conflict"`},
		{"POST", "/keys/" + id + "/cancel-deletion", "", 200, `"state":"Disabled"`},
		{"POST", "/keys/" + id + "/melt", "", 400, `"field":"operation"`},
		{"POST", "/keys/" + id, "", 400, `"field":"operation"`},
		{"GET", "/keys/" + id, "", 404, `"code":"notfound"`}, // no tenant has named it
		{"GET", "/customer-keys", "", 200, key.ARN},
	} {
		w := ask(srv, tt.method, tt.path, tt.body)
		if w.Code != tt.status || !strings.Contains(w.Body.String(), tt.want) {
			t.Errorf("%s %s = %d %.300s; want %d and %s", tt.method, tt.path, w.Code, w.Body.String(), tt.status, tt.want)
		}
	}
}

// A reference is an ARN, or as much of a key's id as fits one key.
func TestServer_Keys_Reference(t *testing.T) {
	srv := serve(t)
	var key api.CustomerKey
	made := ask(srv, "POST", "/keys", `{"account":"444455556666","region":"eu-central-1"}`)
	if err := json.Unmarshal(made.Body.Bytes(), &key); err != nil {
		t.Fatal(err)
	}
	id := key.ARN[strings.LastIndex(key.ARN, "/")+1:]
	for ref, want := range map[string]string{
		key.ARN: "", id: "", id[:13]: "", id[20:]: "",
		"zzz": "no key", "arn:aws:s3:::x": `"code":"invalid"`, "-": "no key",
	} {
		w := ask(srv, "POST", "/keys/"+ref+"/disable", "")
		if want == "" && !strings.Contains(w.Body.String(), key.ARN) || !strings.Contains(w.Body.String(), want) {
			t.Errorf("%q: %d %s", ref, w.Code, w.Body.String())
		}
	}
}

// TestServer_Pages reads a list in pages of one: each record once.
func TestServer_Pages(t *testing.T) {
	srv := serve(t)
	var batch []string
	for _, id := range []string{"a", "b", "c", "d"} {
		batch = append(batch, strings.NewReplacer(`"e1"`, `"`+id+`"`, "acme", "tenant-"+id).Replace(tenantCreated))
	}
	if w := ask(srv, "POST", "/events?wait=true", "["+strings.Join(batch, ",")+"]"); w.Code != 200 || strings.Contains(w.Body.String(), "problem") {
		t.Fatalf("POST /events = %d %s", w.Code, w.Body.String())
	}
	seen := map[string]int{}
	after := ""
	for range 20 {
		w := ask(srv, "GET", "/tenants?limit=1&after="+after, "")
		var page struct {
			Items []struct{ ID string }
			Next  string
		}
		if err := json.Unmarshal(w.Body.Bytes(), &page); err != nil || len(page.Items) > 1 {
			t.Fatalf("page after %q: %s", after, w.Body.String())
		}
		for _, it := range page.Items {
			seen[it.ID]++
		}
		if after = page.Next; after == "" {
			break
		}
	}
	if len(seen) != 4 || seen["tenant-a"] != 1 {
		t.Errorf("the pages held %v", seen)
	}
}
