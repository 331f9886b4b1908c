package function_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"latchkey/events"
	"latchkey/shared/coded"
	"latchkey/shared/delivery"
	"latchkey/shared/function"
	"latchkey/shared/metric"
)

// A message that fails, in whatever way, fails alone.
func TestQueue(t *testing.T) {
	outcomes := map[string]error{
		"fine": nil, "broken": coded.Field("detail.name", "give a name", "is missing"),
		"conflict": coded.New(coded.Conflict, "already so"), "later": coded.New(coded.Retryable, "throttled"), "defect": errors.New("boom"),
	}
	h := newHost("provision")
	handler := function.Queue(h.Host, func(_ context.Context, env events.Envelope) error {
		if env.ID == "panic" {
			panic("out of my depth")
		}
		return outcomes[env.ID]
	})
	var got failures
	err := invoke(t, context.Background(), h, handler, batch(
		message{"1", event("fine"), 1}, message{"2", event("broken"), 1}, message{"3", event("panic"), 1}, message{"4", "no event", 1},
		message{"5", event("later"), 7}, message{"6", event("conflict"), 1}, message{"7", event("fine"), 2}, message{"8", event("defect"), 1},
	), &got)
	if err != nil || got.String() != "2 3 4 5 6 8" {
		t.Fatalf("failed: %s, %v", got, err)
	}
	for _, want := range []string{
		`"eventId":"broken"`, `"tenant":"tenant-of-broken"`, `"hint":"give a name"`, `"messageId":"4"`, "out of my depth", "queue_test.go",
		`"level":"WARN","msg":"the message failed and comes again"`, `"receives":7`,
	} {
		if !strings.Contains(h.log.String(), want) {
			t.Errorf("the log lacks %s:\n%s", want, h.log)
		}
	}
	if strings.Contains(h.log.String(), "tenant-of-fine") {
		t.Errorf("the log speaks of what went well:\n%s", h.log)
	}
	if !strings.Contains(h.metrics.String(), `"`+metric.Broken+`":1`) {
		t.Errorf("the message that is no event was not counted: %s", h.metrics)
	}
}

// A message is counted once, however often it is delivered or tried: a bad one is
// no stream of bad ones. It is the plane and the directory that count.
func TestQueue_CountsOnce(t *testing.T) {
	invalid := coded.New(coded.Invalid, "no")
	for receives, want := range map[int]int{1: 1, 2: 0, 25: 0} {
		h := newHost("provision")
		handler := function.Queue(h.Host, func(ctx context.Context, env events.Envelope) error {
			delivery.Count(ctx, h.Metrics, metric.EventsIn)
			if env.ID == "early" {
				return coded.New(coded.Pending, "not known yet") // tried twice
			}
			delivery.Count(ctx, h.Metrics, metric.Broken)
			return invalid
		})
		for _, body := range []string{event("broken"), "no event", event("early")} {
			h.metrics.reset()
			var got failures
			if err := invoke(t, context.Background(), h, handler, batch(message{"1", body, receives}), &got); err != nil || got.String() != "1" {
				t.Fatalf("failed: %s, %v", got, err)
			}
			broken := want
			if body == event("early") {
				broken = 0
			}
			for name, n := range map[string]int{metric.EventsIn: want, metric.Broken: broken} {
				if counted := strings.Contains(h.metrics.String(), `"`+name+`":1`); counted != (n == 1) || strings.Contains(h.metrics.String(), `"`+name+`":2`) {
					t.Errorf("delivery %d of %.20s: %s should be %d: %s", receives, body, name, n, h.metrics)
				}
			}
		}
	}
}

// A message that cannot succeed is an error once; it fails each time, so that
// SQS moves it in the end.
func TestQueue_Hopeless(t *testing.T) {
	for receives, level := range map[int]string{1: "ERROR", 2: "INFO", 25: "INFO"} {
		h := newHost("provision")
		handler := function.Queue(h.Host, func(context.Context, events.Envelope) error { return coded.New(coded.Invalid, "no") })
		var got failures
		if err := invoke(t, context.Background(), h, handler, batch(message{"1", event("x"), receives}), &got); err != nil || got.String() != "1" {
			t.Errorf("failed: %s, %v", got, err)
		}
		if want := `"level":"` + level + `","msg":"the message cannot succeed`; !strings.Contains(h.log.String(), want) {
			t.Errorf("delivery %d: %s", receives, h.log)
		}
	}
}

// A message that goes on failing is counted once, at its third delivery, unless it
// is told of otherwise or waits as it should.
func TestQueue_Failing(t *testing.T) {
	for code, counts := range map[coded.Code]bool{
		coded.Retryable: true, coded.Internal: true, coded.KeyAccess: true, coded.NotFound: true,
		coded.Invalid: false, coded.Conflict: false, coded.Pending: false,
	} {
		for receives, third := range map[int]bool{1: false, 2: false, 3: true, 4: false, 25: false} {
			h := newHost("watch-keys")
			handler := function.Queue(h.Host, func(context.Context, events.Envelope) error { return coded.New(code, "denied") })
			var got failures
			if err := invoke(t, context.Background(), h, handler, batch(message{"1", event("x"), receives}), &got); err != nil || got.String() != "1" {
				t.Fatalf("failed: %s, %v", got, err)
			}
			if counted := strings.Contains(h.metrics.String(), `"`+metric.MessagesRetried+`":1`); counted != (counts && third) {
				t.Errorf("delivery %d, %s: counted %v: %s", receives, code, counted, h.metrics)
			}
		}
	}
}

func TestQueue_Empty(t *testing.T) {
	h := newHost("provision")
	out, err := function.Invoke(context.Background(), h.Host, function.Queue(h.Host, nil), []byte(`{"Records":[]}`))
	if err != nil || string(out) != `{"batchItemFailures":[]}` {
		t.Errorf("= %s, %v", out, err)
	}
	if _, err := function.Invoke(context.Background(), h.Host, function.Queue(h.Host, nil), []byte(`[]`)); !coded.Is(err, coded.Internal) {
		t.Errorf("no batch: %v", err)
	}
}

// What there is no time for is not begun and comes again.
func TestQueue_Time(t *testing.T) {
	for _, c := range []struct {
		left  time.Duration
		begun int64
	}{
		{time.Minute, 4}, {5 * time.Second, 0}, // Begin is 5 s, and the answer needs one besides
	} {
		h := newHost("provision")
		ctx, cancel := context.WithTimeout(context.Background(), c.left)
		var begun atomic.Int64
		handler := function.Queue(h.Host, func(ctx context.Context, _ events.Envelope) error {
			begun.Add(1)
			if end, ok := ctx.Deadline(); !ok || time.Until(end) > c.left-time.Second {
				t.Errorf("the message has until %s", end)
			}
			return nil
		})
		var got failures
		err := invoke(t, ctx, h, handler, batch(message{"1", event("a"), 1}, message{"2", event("b"), 1}, message{"3", event("c"), 1}, message{"4", event("d"), 1}), &got)
		if err != nil || begun.Load() != c.begun || len(got.BatchItemFailures) != int(4-c.begun) {
			t.Errorf("with %s left: %d begun, failed %q, %v", c.left, begun.Load(), got, err)
		}
		cancel()
	}
}

// What waits for another message of its batch does not wait for its next delivery.
func TestQueue_Pending(t *testing.T) {
	h := newHost("route")
	var mu sync.Mutex
	known, asked := false, map[string]int{}
	handler := function.Queue(h.Host, func(_ context.Context, env events.Envelope) error {
		mu.Lock()
		defer mu.Unlock()
		asked[env.ID]++
		switch {
		case env.ID == "created":
			known = true
		case env.ID == "stranger" || !known:
			return coded.New(coded.Pending, "not known yet")
		}
		return nil
	})
	var got failures
	err := invoke(t, context.Background(), h, handler, batch(message{"1", event("early"), 1}, message{"2", event("stranger"), 1}, message{"3", event("created"), 1}), &got)
	if err != nil || got.String() != "2" || asked["stranger"] != 2 || asked["created"] != 1 {
		t.Errorf("failed: %s, %v; asked %v", got, err, asked)
	}
	if n := strings.Count(h.log.String(), "not known yet"); n != 1 {
		t.Errorf("logged %d times: %s", n, h.log)
	}
}

// Messages wait for AWS together, but never more than AtOnce.
func TestQueue_AtOnce(t *testing.T) {
	h := newHost("provision")
	var now, most atomic.Int64
	full := make(chan struct{})
	handler := function.Queue(h.Host, func(context.Context, events.Envelope) error {
		n := now.Add(1)
		defer now.Add(-1)
		for old := most.Load(); n > old && !most.CompareAndSwap(old, n); old = most.Load() {
		}
		if n == 3 {
			close(full)
		}
		<-full // the first three wait until there are three
		return nil
	})
	var messages []message
	for i := range 3 {
		messages = append(messages, message{fmt.Sprint(i), event(fmt.Sprint(i)), 1})
	}
	var got failures
	if err := invoke(t, context.Background(), h, handler, batch(messages...), &got); err != nil || len(got.BatchItemFailures) > 0 {
		t.Fatalf("failed: %s, %v", got, err)
	}
	if most.Load() != 3 {
		t.Errorf("%d at once", most.Load())
	}
}

// An envelope keeps what it says of its origin; one that says nothing stays
// without an account, which no rule trusts.
func TestQueue_Account(t *testing.T) {
	h := newHost("watch-keys")
	for _, account := range []string{"444455556666", ""} {
		var got *events.Envelope
		handler := function.Queue(h.Host, func(_ context.Context, env events.Envelope) error { got = &env; return nil })
		body := event("x")
		if account != "" {
			body = strings.Replace(body, `"resources"`, `"account":"`+account+`","resources"`, 1)
		}
		var failed failures
		if err := invoke(t, context.Background(), h, handler, batch(message{"1", body, 1}), &failed); err != nil || got == nil || got.Account != account {
			t.Errorf("account %q became %+v, %v", account, got, err)
		}
	}
}
