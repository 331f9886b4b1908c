package bustest

import (
	"context"
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"time"

	"latchkey/events"
	"latchkey/shared/coded"
	"latchkey/shared/conformance"
)

var ctx = context.Background()

// event is the n-th of a case.
func event(n int) events.Envelope {
	return events.Envelope{
		Version: "0", ID: fmt.Sprintf("ours-%d", n), Source: Source, DetailType: "Key Locked", Account: "111122223333", Region: "eu-central-1",
		Time:      time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC).Add(time.Duration(n) * time.Second),
		Resources: []string{"arn:aws:kms:eu-central-1:111122223333:key/k"},
		Detail:    json.RawMessage(fmt.Sprintf(`{"n":%d,"text":"Schlüssel 鍵"}`, n)),
	}
}

func many(n int) (batch []events.Envelope) {
	for i := range n {
		batch = append(batch, event(i))
	}
	return batch
}

// sized is the n-th event, of so many bytes as EventBridge counts them: 14 for the
// time, and the UTF-8 of source, detail-type, detail and resources.
func sized(n, bytes int) events.Envelope {
	e := event(n)
	text := fmt.Sprintf(`{"n":%d,"pad":""}`, n)
	used := 14 + len(e.Source) + len(e.DetailType) + len(e.Resources[0]) + len(text)
	e.Detail = json.RawMessage(strings.Replace(text, `""`, `"`+strings.Repeat("x", bytes-used)+`"`, 1))
	return e
}

// number returns which event of the case it is.
func number(e events.Envelope) (int, error) {
	var detail struct{ N *int }
	if err := json.Unmarshal(e.Detail, &detail); err != nil || detail.N == nil {
		return 0, fmt.Errorf("an event that nobody sent: %.200s, %v", e.Detail, err)
	}
	return *detail.N, nil
}

// put puts a batch, of which no call fails as a whole.
func (s *suite) put(t *conformance.T, batch []events.Envelope) []error {
	t.Helper()
	failed, err := s.bus.PutEvents(ctx, batch)
	if err != nil || len(failed) != len(batch) {
		t.Fatalf("%d results for %d events, %v", len(failed), len(batch), err)
	}
	return failed
}

// wantFailed requires that just the events at these places failed, as a class; one
// that was taken ends the case.
func wantFailed(t *conformance.T, failed []error, class coded.Code, places ...int) {
	t.Helper()
	want := map[int]bool{}
	for _, i := range places {
		want[i] = true
	}
	for i, err := range failed {
		switch {
		case want[i] && err == nil:
			t.Fatalf("event %d was taken, want it refused as %s", i, class)
		case want[i] && !coded.Is(err, class):
			t.Errorf("event %d: got %v (%s), want it refused as %s", i, err, coded.Of(err), class)
		case !want[i] && err != nil:
			t.Errorf("event %d: %v", i, err)
		}
	}
}

// received returns how often each event arrived, and requires that each is as it
// was sent. The id, the account and the Region are the bus's.
func (s *suite) received(t *conformance.T, sent []events.Envelope) map[int]int {
	t.Helper()
	got, err := s.Received()
	if err != nil {
		t.Fatalf("reading the bus: %v", err)
	}
	times := map[int]int{}
	for _, e := range got {
		n, err := number(e)
		if err != nil || n >= len(sent) {
			t.Fatalf("event %d: %v", n, err)
		}
		times[n]++
		w := sent[n]
		if e.Source != w.Source || e.DetailType != w.DetailType || !e.Time.Equal(w.Time) || !same(e.Resources, w.Resources) || !sameJSON(e.Detail, w.Detail) || e.ID == "" {
			t.Errorf("event %d arrived as %.300s\nwas %.300s", n, fmt.Sprintf("%+v", e), fmt.Sprintf("%+v", w))
		}
	}
	return times
}

// wantReceived requires that all events but those at these places arrived once.
func (s *suite) wantReceived(t *conformance.T, sent []events.Envelope, without ...int) {
	t.Helper()
	times := s.received(t, sent)
	want := map[int]int{}
	for n := range sent {
		want[n] = 1
	}
	for _, n := range without {
		delete(want, n)
	}
	if !reflect.DeepEqual(times, want) {
		t.Errorf("arrived, by event: %v\nwant %v", times, want)
	}
}

func same(a, b []string) bool { return len(a) == 0 && len(b) == 0 || reflect.DeepEqual(a, b) }

func sameJSON(a, b []byte) bool {
	var x, y any
	return json.Unmarshal(a, &x) == nil && json.Unmarshal(b, &y) == nil && reflect.DeepEqual(x, y)
}
