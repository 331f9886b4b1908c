package eventbridge

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"reflect"
	"strings"
	"testing"
	"time"

	"latchkey/events"
	"latchkey/shared/coded"
)

func TestBus_PutEvents_Entry(t *testing.T) {
	s := &server{answer: taken}
	failed, err := s.bus(t, 0).PutEvents(context.Background(), []events.Envelope{event("e1", `{"a":1}`)})
	if err != nil || !reflect.DeepEqual(failed, []error{nil}) {
		t.Fatalf("%v, %v", failed, err)
	}
	want := entry{Source: "latchkey", DetailType: "Key Locked", Detail: `{"a":1}`, EventBusName: "latchkey", Resources: []string{"arn:a"}, Time: float64(at.Unix())}
	if len(s.calls) != 1 || !reflect.DeepEqual(s.calls[0], []entry{want}) {
		t.Errorf("sent %+v\nwant %+v", s.calls, want)
	}
}

func TestBus_PutEvents_Calls(t *testing.T) {
	half := MaxCallBytes / 2
	for name, c := range map[string]struct {
		batch []events.Envelope
		calls []int
		large []int
	}{
		"none":           {nil, nil, nil},
		"ten":            {many(10), []int{10}, nil},
		"eleven":         {many(11), []int{10, 1}, nil},
		"thirty":         {many(30), []int{10, 10, 10}, nil},
		"two that fit":   {[]events.Envelope{sized("a", half), sized("b", half-1)}, []int{2}, nil},
		"two that don't": {[]events.Envelope{sized("a", half), sized("b", half)}, []int{1, 1}, nil},
		"too large":      {[]events.Envelope{event("a", `{}`), sized("b", MaxCallBytes), event("c", `{}`)}, []int{2}, []int{1}},
		"only too large": {[]events.Envelope{sized("a", MaxCallBytes)}, nil, []int{0}},
		"just not":       {[]events.Envelope{sized("a", MaxCallBytes-1)}, []int{1}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			s := &server{answer: taken}
			failed, err := s.bus(t, 0).PutEvents(context.Background(), c.batch)
			if err != nil || len(failed) != len(c.batch) {
				t.Fatalf("%d results, %v", len(failed), err)
			}
			var calls, large []int
			for _, call := range s.calls {
				calls = append(calls, len(call))
			}
			for i, err := range failed {
				if coded.Is(err, coded.Invalid) {
					large = append(large, i)
				} else if err != nil {
					t.Errorf("event %d: %v", i, err)
				}
			}
			if !reflect.DeepEqual(calls, c.calls) || !reflect.DeepEqual(large, c.large) {
				t.Errorf("calls of %v, want %v; too large %v, want %v", calls, c.calls, large, c.large)
			}
		})
	}
}

func TestBus_PutEvents_Order(t *testing.T) {
	s := &server{answer: taken}
	if _, err := s.bus(t, 0).PutEvents(context.Background(), many(25)); err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, call := range s.calls {
		for _, e := range call {
			if want := fmt.Sprintf(`{"n":%d}`, n); e.Detail != want {
				t.Fatalf("event %d is %s", n, e.Detail)
			}
			n++
		}
	}
}

// TestBus_PutEvents_Failed holds that each event learns of its own failure,
// wherever in the batch it is.
func TestBus_PutEvents_Failed(t *testing.T) {
	for code, want := range map[string]coded.Code{
		"InternalFailure": coded.Retryable, "InternalException": coded.Retryable, "ThrottlingException": coded.Retryable, "Novel": coded.Retryable,
		"InvalidArgument": coded.Invalid, "MalformedDetail": coded.Invalid, "RedactionFailure": coded.Invalid,
		"AccessDeniedException": coded.Internal, "InvalidAccountIdException": coded.Internal,
		"NotAuthorizedForSourceException": coded.Internal, "NotAuthorizedForDetailTypeException": coded.Internal,
	} {
		t.Run(code, func(t *testing.T) {
			batch := many(12)
			for _, i := range []int{3, 11} {
				batch[i].Detail = json.RawMessage(`{"fail":"` + code + `"}`)
			}
			failed, err := (&server{answer: taken}).bus(t, 0).PutEvents(context.Background(), batch)
			if err != nil {
				t.Fatal(err)
			}
			for i, got := range failed {
				if i == 3 || i == 11 {
					if !coded.Is(got, want) || !strings.Contains(got.Error(), code) || !strings.Contains(got.Error(), batch[i].ID) {
						t.Errorf("event %d: %v (%s)", i, got, coded.Of(got))
					}
				} else if got != nil {
					t.Errorf("event %d: %v", i, got)
				}
			}
		})
	}
}

// TestBus_PutEvents_Broken holds what is known when the nth call of three fails
// as a whole: what went before was taken, what comes after was not sent.
func TestBus_PutEvents_Broken(t *testing.T) {
	broken := errors.New("connection reset")
	kinds := map[string]struct {
		answer  func(r *http.Request) (int, string, error)
		want    coded.Code
		timeout time.Duration
	}{
		"broken": {func(*http.Request) (int, string, error) { return 0, "", broken }, coded.Retryable, 0},
		"silent": {func(r *http.Request) (int, string, error) { <-r.Context().Done(); return 0, "", r.Context().Err() }, coded.Retryable, 300 * time.Millisecond},
		"throttled": {func(*http.Request) (int, string, error) {
			return http.StatusBadRequest, `{"__type":"ThrottlingException","message":"Rate exceeded"}`, nil
		}, coded.Retryable, 0},
		"denied": {func(*http.Request) (int, string, error) {
			return http.StatusBadRequest, `{"__type":"AccessDeniedException","message":"no"}`, nil
		}, coded.Internal, 0},
	}
	for name, k := range kinds {
		for bad := 1; bad <= 3; bad++ {
			t.Run(fmt.Sprintf("%s/call %d", name, bad), func(t *testing.T) {
				s := &server{}
				s.answer = func(r *http.Request, call int, entries []entry) (int, string, error) {
					if call == bad {
						return k.answer(r)
					}
					return taken(r, call, entries)
				}
				failed, err := s.bus(t, k.timeout).PutEvents(context.Background(), many(30))
				if (err != nil) != (bad == 1) || err != nil && !coded.Is(err, k.want) {
					t.Errorf("the whole: %v (%s)", err, coded.Of(err))
				}
				if len(s.calls) != bad {
					t.Errorf("%d calls", len(s.calls))
				}
				for i, got := range failed {
					if sent := i < (bad-1)*10; sent != (got == nil) || !sent && !coded.Is(got, k.want) {
						t.Errorf("event %d: %v", i, got)
					}
				}
			})
		}
	}
}

func TestBus_PutEvents_ShortAnswer(t *testing.T) {
	s := &server{answer: func(*http.Request, int, []entry) (int, string, error) {
		return http.StatusOK, `{"FailedEntryCount":0,"Entries":[{"EventId":"1"}]}`, nil
	}}
	failed, err := s.bus(t, 0).PutEvents(context.Background(), many(2))
	if err != nil || failed[0] != nil || !coded.Is(failed[1], coded.Retryable) {
		t.Errorf("%v, %v", failed, err)
	}
}
