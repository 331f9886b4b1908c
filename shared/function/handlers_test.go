package function_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"latchkey/shared/catalog"
	"latchkey/shared/coded"
	"latchkey/shared/function"
	"latchkey/shared/metric"
)

// changes is the invocation that hands records of the stream over.
func changes(keys ...string) string {
	var records []string
	for i, k := range keys {
		records = append(records, fmt.Sprintf(`{"eventID":"e%d","eventName":"INSERT","eventSource":"aws:dynamodb","dynamodb":{"SequenceNumber":"%d00",
			"Keys":{"pk":{"S":%q},"sk":{"S":"."}},"NewImage":{"pk":{"S":%q},"dueAt":{"N":"%d"}}}}`, i, i+1, k, k, i*1000))
	}
	return `{"Records":[` + strings.Join(records, ",") + `]}`
}

func TestStream(t *testing.T) {
	retry, defect := coded.New(coded.Retryable, "throttled"), errors.New("boom")
	for _, c := range []struct {
		name   string
		errs   []error
		failed string
		log    string
	}{
		{"all well", nil, "", ""},
		{"all well, said so", []error{nil, nil, nil}, "", ""},
		{"one fails", []error{nil, retry, nil}, "200", `"level":"WARN","msg":"a change failed and comes again","function":"publish","record":"outbox#b"`},
		{"two fail", []error{nil, defect, retry}, "200", `"level":"ERROR"`},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := newHost("publish")
			var got []function.Change
			handler := function.Stream(h.Host, func(_ context.Context, changes []function.Change) []error { got = changes; return c.errs })
			var failed failures
			if err := invoke(t, context.Background(), h, handler, changes("outbox#a", "outbox#b", "outbox#c"), &failed); err != nil || failed.String() != c.failed {
				t.Fatalf("failed: %s, %v", failed, err)
			}
			if len(got) != 3 || got[1] != (function.Change{Key: catalog.Key{Part: "outbox#b", Sort: "."}, DueAt: 1000}) {
				t.Errorf("changes %+v", got)
			}
			if !strings.Contains(h.log.String(), c.log) {
				t.Errorf("the log lacks %s: %s", c.log, h.log)
			}
		})
	}
}

func TestStream_Broken(t *testing.T) {
	h := newHost("publish")
	handler := function.Stream(h.Host, func(context.Context, []function.Change) []error { panic("lost") })
	for name, payload := range map[string]string{
		"no batch": `7`, "no key": `{"Records":[{"eventID":"e","dynamodb":{"Keys":{"pk":{"N":"1"}}}}]}`, "a panic": changes("a"),
		"no time": `{"Records":[{"eventID":"e","dynamodb":{"Keys":{"pk":{"S":"a"},"sk":{"S":"."}},"NewImage":{"dueAt":{"N":"soon"}}}}]}`,
	} {
		if _, err := function.Invoke(context.Background(), h.Host, handler, []byte(payload)); !coded.Is(err, coded.Internal) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestSchedule(t *testing.T) {
	h := newHost("sweep")
	failed := errors.New("the catalog is down")
	for _, want := range []error{nil, failed} {
		handler := function.Schedule(h.Host, func(context.Context) error { h.Metrics.Count(metric.Steps, 1); return want })
		if _, err := function.Invoke(context.Background(), h.Host, handler, []byte(`{"any":"thing"}`)); !errors.Is(err, want) {
			t.Errorf("= %v, want %v", err, want)
		}
	}
	if n := strings.Count(h.metrics.String(), `"steps":1`); n != 2 || !strings.Contains(h.log.String(), "the catalog is down") {
		t.Errorf("metrics %s, log %s", h.metrics, h.log)
	}
}

func TestHost_Rounds(t *testing.T) {
	boom := errors.New("boom")
	for _, c := range []struct {
		name   string
		left   time.Duration
		work   int // rounds that find something
		fails  int // the round that fails; 0: none
		rounds int
		err    error
	}{
		{"until nothing is left", time.Hour, 3, 0, 4, nil},
		{"until the limit", time.Hour, 100, 0, 10, nil},
		{"until one fails", time.Hour, 100, 2, 2, boom},
		{"while there is time", time.Second, 100, 0, 0, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(context.Background(), c.left)
			defer cancel()
			rounds := 0
			err := newHost("sweep").Rounds(ctx, 10, func(context.Context) (bool, error) {
				if rounds++; rounds == c.fails {
					return true, boom
				}
				return rounds <= c.work, nil
			})
			if rounds != c.rounds || !errors.Is(err, c.err) {
				t.Errorf("%d rounds, %v", rounds, err)
			}
		})
	}
}

func TestCall(t *testing.T) {
	type in struct{ A int }
	h := newHost("fence")
	handler := function.Call(h.Host, func(_ context.Context, i in) (map[string]int, error) {
		if i.A < 0 {
			panic("negative")
		}
		return map[string]int{"double": 2 * i.A}, nil
	})
	var got map[string]int
	if err := invoke(t, context.Background(), h, handler, `{"A":21}`, &got); err != nil || got["double"] != 42 {
		t.Errorf("= %v, %v", got, err)
	}
	for payload, code := range map[string]coded.Code{`{"A":-1}`: coded.Internal, `{"A":"x"}`: coded.Invalid} {
		if err := invoke(t, context.Background(), h, handler, payload, &got); !coded.Is(err, code) {
			t.Errorf("%s: %v", payload, err)
		}
	}
}

func TestEither(t *testing.T) {
	h := newHost("advance")
	says := func(s string) function.Handler {
		return func(context.Context, json.RawMessage) (any, error) { return s, nil }
	}
	handler := function.Either(map[function.Origin]function.Handler{
		function.FromQueue: says("queue"), function.FromStream: says("stream"), function.FromHTTP: says("http"), function.FromClock: says("clock"),
	})
	for payload, want := range map[string]string{
		batch(message{"1", "x", 1}): "queue", changes("a"): "stream", `{"version":"2.0","routeKey":"GET /x"}`: "http", `{}`: "clock",
	} {
		var got string
		if err := invoke(t, context.Background(), h, handler, payload, &got); err != nil || got != want {
			t.Errorf("%s went to %q, %v", payload, got, err)
		}
	}
	for _, payload := range []string{`{"Records":[{"eventSource":"aws:s3"}]}`, `[1]`, `{"Records":[]}`} {
		var got string
		if err := invoke(t, context.Background(), h, handler, payload, &got); !coded.Is(err, coded.Internal) {
			t.Errorf("%s: %q, %v", payload, got, err)
		}
	}
}
