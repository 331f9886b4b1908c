package function_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"latchkey/shared/coded"
	"latchkey/shared/deployment"
	"latchkey/shared/function"
	"latchkey/shared/metric"
)

// httpAnswer is the answer in payload format 2.0.
type httpAnswer struct {
	StatusCode int               `json:"statusCode"`
	Headers    map[string]string `json:"headers"`
	Body       string            `json:"body"`
}

func TestHTTP(t *testing.T) {
	secret := errors.New("password is hunter2")
	errs := map[string]error{
		"invalid": coded.Field("product", "name one", "is missing"), "notfound": coded.New(coded.NotFound, "no such tenant"),
		"keyaccess": coded.New(coded.KeyAccess, "denied"), "conflict": coded.New(coded.Conflict, "taken"), "pending": coded.New(coded.Pending, "soon"),
		"retryable": coded.Wrap(coded.Retryable, secret, "throttled"), "internal": coded.Wrap(coded.Internal, secret, "boom"), "bare": secret,
	}
	for _, c := range []struct {
		route, id string
		status    int
		ours      bool // to mend, so it is counted
		body      string
	}{
		{"GET /things/{id}", "ok", 200, false, `{"id":"ok","q":"1,2"}`},
		{"GET /things/{id}", "raw", 200, false, "a,b"},
		{"GET /things/{id}", "being set up", 503, false, `{"reason":"tenant-provisioning"}`},
		{"GET /things/{id}", "unwritable", 500, true, `{"code":"internal","message":"something went wrong on our side"}`},
		{"GET /things/{id}", "invalid", 400, false, `{"code":"invalid","field":"product","hint":"name one","message":"is missing"}`},
		{"GET /things/{id}", "notfound", 404, false, `{"code":"notfound","message":"no such tenant"}`},
		{"GET /things/{id}", "keyaccess", 403, false, `{"code":"keyaccess","message":"denied"}`},
		{"GET /things/{id}", "conflict", 409, false, `{"code":"conflict","message":"taken"}`},
		{"GET /things/{id}", "pending", 503, false, `{"code":"pending","message":"soon"}`},
		{"GET /things/{id}", "retryable", 503, true, `{"code":"retryable","message":"throttled"}`},
		{"GET /things/{id}", "internal", 500, true, `{"code":"internal","message":"something went wrong on our side"}`},
		{"GET /things/{id}", "bare", 500, true, `{"code":"internal","message":"something went wrong on our side"}`},
		{"GET /things/{id}", "panic", 500, true, `{"code":"internal","message":"something went wrong on our side"}`},
		{"DELETE /things/{id}", "ok", 404, false, `{"code":"notfound","message":"there is no DELETE /things/{id}"}`},
	} {
		t.Run(c.route+" "+c.id, func(t *testing.T) {
			h := newHost("tenant-context")
			handler := function.HTTP(h.Host, function.Routes{{Method: "GET", Path: "/things/{id}"}: func(_ context.Context, r function.Request) (function.Response, error) {
				switch id := r.Path["id"]; id {
				case "panic":
					panic("lost")
				case "raw":
					return function.Response{Status: 200, Body: function.Raw{ContentType: "text/csv", Text: "a,b"}}, nil
				case "unwritable":
					return function.Response{Status: 200, Body: func() {}}, nil
				case "being set up":
					return function.Response{Status: 503, Body: map[string]string{"reason": "tenant-provisioning"}}, nil
				case "ok":
					return function.Response{Status: 200, Body: map[string]string{"id": id, "q": r.Query["q"]}}, nil
				default:
					return function.Response{}, fmt.Errorf("looking: %w", errs[id])
				}
			}})
			payload := fmt.Sprintf(`{"version":"2.0","routeKey":%q,"pathParameters":{"id":%q},"queryStringParameters":{"q":"1,2"}}`, c.route, c.id)
			var got httpAnswer
			if err := invoke(t, context.Background(), h, handler, payload, &got); err != nil {
				t.Fatal(err)
			}
			if got.StatusCode != c.status || got.Body != c.body || got.Headers["Cache-Control"] != "no-store" || got.Headers["Content-Type"] == "" {
				t.Errorf("answered %+v", got)
			}
			if strings.Contains(got.Body, "hunter2") {
				t.Error("the cause got out")
			}
			if counted := strings.Contains(h.metrics.String(), `"`+metric.APIErrors+`":1`); counted != c.ours {
				t.Errorf("counted as an error of ours: %v: %s", counted, h.metrics)
			}
		})
	}
}

func TestHTTP_NoCall(t *testing.T) {
	h := newHost("tenant-context")
	if _, err := function.Invoke(context.Background(), h.Host, function.HTTP(h.Host, function.Routes{deployment.Endpoint{}: nil}), []byte(`7`)); !coded.Is(err, coded.Internal) {
		t.Errorf("= %v", err)
	}
}
