package deployed_test

import (
	"log/slog"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"latchkey/events"
	"latchkey/localstack/api"
	"latchkey/localstack/deployed/deployedtest"
	"latchkey/localstack/server"
	"latchkey/shared/coded"
	"latchkey/shared/customerkey/keypolicy"
	"latchkey/shared/deployment"
)

// TestCell_HTTP asks the HTTP API of a deployed cell.
func TestCell_HTTP(t *testing.T) {
	w, said := deployedtest.New(t), []string{}
	q, b := newQueues(true), &bus{}
	q.bury(events.FunctionProvision, "{", nil)
	p := parts(q, b, &said)
	p.Plane, p.Ledger = w.Cell.Plane, w.Cell.Ledger
	var log strings.Builder
	p.Log = slog.New(slog.NewTextHandler(&log, nil))
	srv := server.NewDeployed(newCell(t, p), "secret", p.Log)
	body, err := approval(t, "a person").Marshal()
	if err != nil {
		t.Fatal(err)
	}
	id := w.Keys["birch"][strings.LastIndexByte(w.Keys["birch"], '/')+1:]
	for _, c := range []struct {
		method, path, body string
		status             int
		want               string
	}{
		{"GET", "/secret/healthz", "", 200, `"account":"123456789012","regions":["eu-central-1"]`},
		{"GET", "/secret/parked", "", 200, `"id":"elm/tracker"`},
		{"GET", "/secret/tenants/acme", "", 200, `"phase":"active"`},
		{"GET", "/secret/databases/birch/tracker", "", 200, `"id":"birch/tracker"`},
		{"GET", "/secret/keys/" + id[:13], "", 200, `"phase":"revoked"`},
		{"GET", "/secret/keys/" + w.Keys["birch"], "", 200, `"cause":"disabled"`},
		{"GET", "/secret/customer-keys", "", 200, `[]`},
		{"GET", "/secret/impact?key=" + id, "", 200, `"birch/tracker"`},
		{"GET", "/secret/tenants/birch/context?product=tracker", "", 423, `"allow":false`},
		{"GET", "/secret/tenants/birch/key-usage?format=csv", "", 200, "hour,tenant,"},
		{"GET", "/secret/dead-letters", "", 200, `"function":"provision"`},
		{"POST", "/secret/dead-letters/redrive", "", 200, `{"redriven":0,"left":1}`},
		{"POST", "/secret/events", string(body), 200, `"accepted"`},
		{"GET", "/secret/keys/" + id + "/preflight", "", 400, "not on a deployed cell"},
		{"GET", "/secret/keys/" + id + "/preflight", "", 400, keypolicy.GrantForRDS},
		{"POST", "/secret/keys", "{}", 400, "not on a deployed cell"},
		{"POST", "/secret/keys/" + id + "/enable", "{}", 400, "not on a deployed cell"},
		{"POST", "/secret/clock/advance", "{}", 400, "not on a deployed cell"},
		{"GET", "/secret/clock", "", 400, "not on a deployed cell"},
		{"GET", "/secret/events", "", 400, "not on a deployed cell"},
		{"GET", "/secret/counts", "", 400, "not on a deployed cell"},
		{"GET", "/parked", "", 404, "LATCHKEY_URL"},
		{"POST", "/events", string(body), 404, "LATCHKEY_URL"},
		{"POST", "/secre/events", string(body), 404, "LATCHKEY_URL"},
		{"POST", "//events", string(body), 404, "LATCHKEY_URL"},
	} {
		out := httptest.NewRecorder()
		srv.ServeHTTP(out, httptest.NewRequest(c.method, c.path, strings.NewReader(c.body)))
		if out.Code != c.status || !strings.Contains(out.Body.String(), c.want) {
			t.Errorf("%s %s: %d %s, want %d with %s", c.method, c.path, out.Code, out.Body, c.status, c.want)
		}
		if at, err := time.Parse(time.RFC3339Nano, out.Header().Get(api.TimeHeader)); err != nil || time.Since(at) > time.Hour {
			t.Errorf("%s %s: time %s, %v", c.method, c.path, at, err)
		}
	}
	q.failing["ReceiveMessage"] = coded.New(coded.Retryable, "no answer")
	out := httptest.NewRecorder()
	srv.ServeHTTP(out, httptest.NewRequest("GET", "/secret/dead-letters", nil))
	if out.Code < 500 || !strings.Contains(out.Body.String(), "shows the cause") || !strings.Contains(log.String(), "no answer") {
		t.Errorf("AWS does not answer: %d %s, logged %s", out.Code, out.Body, log.String())
	}
	if len(b.events) != 1 || len(q.visible(deployment.DeadLetters(deployment.Name(events.FunctionProvision)))) != 1 {
		t.Errorf("put %v", b.events)
	}
}
