package bustest

import (
	"latchkey/events"
	"latchkey/shared/coded"
	"latchkey/shared/conformance"
)

// codes are error codes of single events, and what becomes of the event.
var codes = []struct {
	code  string
	class coded.Code
}{
	{throttled, coded.Retryable},
	{"InternalFailure", coded.Retryable},
	{"MalformedDetail", coded.Invalid},
	{"NotAuthorizedForSourceException", coded.Internal},
}

// refusalCases: a part of a batch fails.
func refusalCases() (cases []one) {
	for _, c := range codes {
		cases = append(cases, one{Name: "Refused/" + c.code, Run: func(t *conformance.T, s *suite) {
			s.refuse(t, c.code, 1)
			batch := many(3)
			wantFailed(t, s.put(t, batch), c.class, 1)
			s.wantReceived(t, batch, 1)
		}})
	}
	return append(cases,
		one{Name: "Refused/in two calls", Run: func(t *conformance.T, s *suite) {
			s.refuse(t, throttled, 3, 11)
			batch := many(12)
			wantFailed(t, s.put(t, batch), coded.Retryable, 3, 11)
			s.wantReceived(t, batch, 3, 11)
		}},
		one{Name: "Refused/all", Run: func(t *conformance.T, s *suite) {
			s.refuse(t, throttled, places(12)...)
			batch := many(12)
			wantFailed(t, s.put(t, batch), coded.Retryable, places(12)...)
			s.wantReceived(t, batch, places(12)...)
		}},
		one{Name: "Refused/nothing lost", Run: testNothingLost},
	)
}

const throttled = "ThrottlingException"

func (s *suite) refuse(t *conformance.T, code string, places ...int) {
	t.Helper()
	if err := s.Refuse(code, places...); err != nil {
		t.Fatalf("refusing with %s: %v", code, err)
	}
}

// maxPuts bounds how often what failed is put again.
const maxPuts = 10

// testNothingLost: whoever puts what failed again until nothing does has all
// events arrive, each once, since each that failed was not taken.
func testNothingLost(t *conformance.T, s *suite) {
	all := many(23)
	s.refuse(t, throttled, 0, 4, 9, 10, 22, 23, 24, 29) // those from 23 on when they are put again
	left := all
	for puts := 0; len(left) > 0; puts++ {
		if puts == maxPuts {
			t.Fatalf("%d events still fail", len(left))
		}
		var again []events.Envelope
		for i, err := range s.put(t, left) {
			if err != nil {
				again = append(again, left[i])
			}
		}
		left = again
	}
	s.wantReceived(t, all)
}
