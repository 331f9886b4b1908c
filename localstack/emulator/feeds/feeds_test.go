package feeds

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"latchkey/shared/catalog/dynamodb/schema"
	"latchkey/shared/clock"
	"latchkey/shared/coded"
	"latchkey/shared/deployment"
)

var quiet = slog.New(slog.DiscardHandler)

// script answers invocations in turn and keeps their payloads.
type script struct {
	answers  []string // "!" first: a function error
	payloads []string
}

func (s *script) Invoke(_ context.Context, _ string, payload []byte) ([]byte, string, error) {
	s.payloads = append(s.payloads, string(payload))
	if len(s.answers) == 0 {
		return nil, "", nil
	}
	a := s.answers[0]
	s.answers = s.answers[1:]
	if rest, ok := strings.CutPrefix(a, "!"); ok {
		return []byte(rest), "Unhandled", nil
	}
	return []byte(a), "", nil
}

func TestBatchFailures(t *testing.T) {
	known := func(id string) bool { return id == "1" || id == "2" }
	for _, c := range []struct {
		name, answer, failed string
		all                  bool
	}{
		{"nothing", ``, "", false},
		{"null", `null`, "", false},
		{"an empty list", `{"batchItemFailures":[]}`, "", false},
		{"another object", `{}`, "", false},
		{"one", `{"batchItemFailures":[{"itemIdentifier":"2"}]}`, "2", false},
		{"an empty id", `{"batchItemFailures":[{"itemIdentifier":""}]}`, "", true},
		{"no id", `{"batchItemFailures":[{"itemidentifierr":"1"}]}`, "", true},
		{"an unknown id", `{"batchItemFailures":[{"itemIdentifier":"3"}]}`, "", true},
		{"not an object", `"ok"`, "", true},
	} {
		t.Run(c.name, func(t *testing.T) {
			failed, all := batchFailures([]byte(c.answer), known)
			got := ""
			for id := range failed {
				got += id
			}
			if got != c.failed || all != c.all {
				t.Errorf("failed %q, all %v", got, all)
			}
		})
	}
}

func TestFilter(t *testing.T) {
	outbox := `{"eventName":"INSERT","dynamodb":{"Keys":{"pk":{"S":"outbox#x"}}}}`
	due := `{"eventName":"MODIFY","dynamodb":{"NewImage":{"duePart":{"S":"records/3"}},"Keys":{"pk":{"S":"tenant#x"}}}}`
	for _, c := range []struct {
		name, pattern, record string
		want                  bool
	}{
		{"publisher takes a message", schema.StreamFilter, outbox, true},
		{"publisher leaves a record", schema.StreamFilter, due, false},
		{"advance takes what is due", deployment.DueFilter, due, true},
		{"advance leaves a message", deployment.DueFilter, outbox, false},
		{"advance leaves what was removed", deployment.DueFilter, strings.Replace(due, "MODIFY", "REMOVE", 1), false},
		{"no filter", "", outbox, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			var patterns []string
			if c.pattern != "" {
				patterns = []string{c.pattern}
			}
			f, err := newFilter(patterns)
			if err != nil {
				t.Fatal(err)
			}
			if got := f.passes([]byte(c.record)); got != c.want {
				t.Errorf("passes: %v", got)
			}
		})
	}
	for _, bad := range []string{`{"a":[{"numeric":[">",1]}]}`, `{`, `{"a":[{"suffix":"x"}]}`} {
		if _, err := newFilter([]string{bad}); !coded.Is(err, coded.Invalid) {
			t.Errorf("%s: %v", bad, err)
		}
	}
}

type outbox struct{ sent []string }

func (o *outbox) Send(_ context.Context, queue, body string) error {
	o.sent = append(o.sent, queue+" "+body)
	return nil
}

func batch(sequences ...string) []record {
	var out []record
	for _, s := range sequences {
		out = append(out, record{sequence: s, at: time.Now(), body: json.RawMessage(`"` + s + `"`)})
	}
	return out
}

// TestStream_Deliver lets a batch of four records, of which some fail, run
// until it is done with.
func TestStream_Deliver(t *testing.T) {
	partial := func(id string) string { return `{"batchItemFailures":[{"itemIdentifier":"` + id + `"}]}` }
	for _, c := range []struct {
		name    string
		mapping Mapping
		answers []string
		want    string // the batches that the function got
		letters int
	}{
		{"well", Mapping{}, nil, "1234", 0},
		{"failed once", Mapping{Retries: -1}, []string{"!no"}, "1234 1234", 0},
		{"failed too often", Mapping{Retries: 1, OnFailure: "q"}, []string{"!no", "!no"}, "1234 1234", 1},
		{"in halves", Mapping{Retries: 0, Bisect: true, OnFailure: "q"}, []string{"!no"}, "1234", 1},
		{"in halves with retries", Mapping{Retries: 2, Bisect: true, OnFailure: "q"}, []string{"!no", "", "!no", "", "!no", "!no", "!no"}, "1234 12 34 3 4 4 4", 1},
		{"from the first that failed", Mapping{Retries: 5, Partial: true}, []string{partial("3")}, "1234 34", 0},
		{"partial without being asked", Mapping{Retries: 5}, []string{partial("3")}, "1234", 0},
		{"too old", Mapping{Retries: -1, MaxAge: -1 + time.Nanosecond*2, OnFailure: "q"}, []string{"!no"}, "1234", 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, out := &script{answers: c.answers}, &outbox{}
			c.mapping.Batch = 10
			st, err := NewStream(nil, s, c.mapping, StreamOptions{Clock: clock.System{}, Letters: out, Log: quiet})
			if err != nil {
				t.Fatal(err)
			}
			sh := &shard{work: []work{{records: batch("1", "2", "3", "4")}}}
			for n := 0; len(sh.work) > 0; n++ {
				if _, err := st.deliver(context.Background(), sh); err != nil || n > 20 {
					t.Fatal(n, err)
				}
			}
			var got []string
			for _, p := range s.payloads {
				got = append(got, strings.NewReplacer(`{"Records":[`, "", `]}`, "", `"`, "", ",", "").Replace(p))
			}
			if strings.Join(got, " ") != c.want || len(out.sent) != c.letters {
				t.Errorf("got %q and %d letters, want %q and %d", got, len(out.sent), c.want, c.letters)
			}
			for _, l := range out.sent {
				if !strings.Contains(l, `"DDBStreamBatchInfo"`) || !strings.HasPrefix(l, "q ") {
					t.Errorf("letter %s", l)
				}
			}
		})
	}
}

func TestParseRate(t *testing.T) {
	for expression, want := range map[string]time.Duration{"rate(1 minute)": time.Minute, "rate(5 minutes)": 5 * time.Minute, "rate(2 hours)": 2 * time.Hour, "rate(1 day)": 24 * time.Hour} {
		if got, err := ParseRate(expression); err != nil || got != want {
			t.Errorf("%s: %s %v", expression, got, err)
		}
	}
	for _, bad := range []string{"cron(0 1 * * ? *)", "rate(0 minutes)", "rate(1 fortnight)", "at(2026-01-01T00:00:00)", ""} {
		if _, err := ParseRate(bad); !coded.Is(err, coded.Invalid) {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

func TestSchedule_Tick(t *testing.T) {
	s := &script{answers: []string{"ok", `!{"errorMessage":"no"}`}}
	sc, err := NewSchedule(s, "sweep", "f", "rate(1 minute)", "")
	if err != nil {
		t.Fatal(err)
	}
	if err := sc.Tick(context.Background()); err != nil || s.payloads[0] != "{}" {
		t.Errorf("%v %q", err, s.payloads)
	}
	if err := sc.Tick(context.Background()); err == nil || !strings.Contains(err.Error(), `"no"`) {
		t.Errorf("%v", err)
	}
}

type gone struct{}

func (gone) Invoke(context.Context, string, []byte) ([]byte, string, error) {
	return nil, "", errors.New("gone")
}

func TestAPI(t *testing.T) {
	for _, c := range []struct {
		name, method, path, answer string
		invoker                    Invoker
		status                     int
		body                       string
		event                      []string // what the event holds
	}{
		{name: "an answer", method: "GET", path: "/tenants/blue%2Fbakery/context?product=a&product=b", answer: `{"statusCode":423,"headers":{"X-A":"b"},"body":"no"}`,
			status: 423, body: "no", event: []string{`"routeKey":"GET /tenants/{tenant}/context"`, `"tenant":"blue/bakery"`, `"product":"a,b"`, `"version":"2.0"`, `"rawQueryString":"product=a\u0026product=b"`, `"x-test":"1"`}},
		{name: "plain JSON", method: "GET", path: "/tenants/x/context", answer: `{"a":1}`, status: 200, body: `{"a":1}`},
		{name: "bytes", method: "GET", path: "/tenants/x/context", answer: `{"statusCode":200,"body":"aGk=","isBase64Encoded":true}`, status: 200, body: "hi"},
		{name: "a function error", method: "GET", path: "/tenants/x/context", answer: "!x", status: 500, body: "{\"message\":\"Internal Server Error\"}\n"},
		{name: "no function", method: "GET", path: "/tenants/x/context", invoker: gone{}, status: 500, body: "{\"message\":\"Internal Server Error\"}\n"},
		{name: "no route", method: "GET", path: "/other", status: 404, body: "404 page not found\n"},
		{name: "another method", method: "POST", path: "/tenants/x/context", status: 405, body: "Method Not Allowed\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := &script{answers: []string{c.answer}}
			invoker := c.invoker
			if invoker == nil {
				invoker = s
			}
			route, err := ParseRoute("GET /tenants/{tenant}/context", "f")
			if err != nil {
				t.Fatal(err)
			}
			server := httptest.NewServer(NewAPI(invoker, []Route{route}, quiet))
			defer server.Close()
			req, _ := http.NewRequest(c.method, server.URL+c.path, nil)
			req.Header.Set("X-Test", "1")
			res, err := http.DefaultClient.Do(req)
			if err != nil {
				t.Fatal(err)
			}
			defer res.Body.Close()
			body, _ := io.ReadAll(res.Body)
			if res.StatusCode != c.status || !bytes.Equal(body, []byte(c.body)) {
				t.Errorf("%d %q", res.StatusCode, body)
			}
			for _, want := range c.event {
				if !strings.Contains(s.payloads[0], want) {
					t.Errorf("no %s in %s", want, s.payloads[0])
				}
			}
		})
	}
}
