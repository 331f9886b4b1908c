package proxy

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Rule says which calls are broken, and how. Empty fields match everything.
type Rule struct {
	Service, Action, Role string
	Skip                  int     // calls that match and pass before the first is broken
	Count                 int     // calls to break; 0: all
	Probability           float64 // that a call which matches is broken; 0: always
	Fault                 Fault
}

// Fault breaks one call. pass sends the call on and returns once its answer has
// been written to the writer that it is given.
type Fault func(w http.ResponseWriter, r *http.Request, c Call, pass func(http.ResponseWriter))

// Refuse answers with an error code of AWS, in the protocol of the call.
// [DynamoDB guide, Error handling: ProvisionedThroughputExceededException, 400;
// RDS API reference, Common errors: Throttling, 400]
func Refuse(status int, code string) Fault {
	return func(w http.ResponseWriter, r *http.Request, _ Call, _ func(http.ResponseWriter)) {
		refuse(w, r, status, code, "injected by the local stack")
	}
}

// Slow passes the call on after a time.
func Slow(d time.Duration) Fault {
	return func(w http.ResponseWriter, r *http.Request, _ Call, pass func(http.ResponseWriter)) {
		if wait(r.Context(), d) == nil {
			pass(w)
		}
	}
}

// Lose does the call and then breaks the connection instead of answering.
func Lose() Fault {
	return func(_ http.ResponseWriter, _ *http.Request, _ Call, pass func(http.ResponseWriter)) {
		pass(discard{http.Header{}})
		panic(http.ErrAbortHandler)
	}
}

// Hold keeps a call from being done until release is closed or the caller has
// gone, and says on reached that one is held.
func Hold(reached chan<- Call, release <-chan struct{}) Fault {
	return func(w http.ResponseWriter, r *http.Request, c Call, pass func(http.ResponseWriter)) {
		select {
		case reached <- c:
		case <-r.Context().Done():
			return
		}
		select {
		case <-release:
			pass(w)
		case <-r.Context().Done():
		}
	}
}

// refuse writes an error as the caller's protocol has it.
func refuse(w http.ResponseWriter, r *http.Request, status int, code, message string) {
	w.Header().Set("X-Amzn-Errortype", code)
	if strings.HasPrefix(r.Header.Get("Content-Type"), "application/x-www-form-urlencoded") {
		w.Header().Set("Content-Type", "text/xml")
		w.WriteHeader(status)
		fmt.Fprintf(w, "<ErrorResponse><Error><Type>Sender</Type><Code>%s</Code><Message>%s</Message></Error><RequestId>injected</RequestId></ErrorResponse>", code, message)
		return
	}
	w.Header().Set("Content-Type", "application/x-amz-json-1.0")
	w.WriteHeader(status)
	fmt.Fprintf(w, `{"__type":%s,"message":%s}`, strconv.Quote(code), strconv.Quote(message))
}

// discard is an answer that nobody gets.
type discard struct{ header http.Header }

func (d discard) Header() http.Header         { return d.header }
func (d discard) Write(b []byte) (int, error) { return len(b), nil }
func (d discard) WriteHeader(int)             {}

func wait(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// active is a rule with what it has seen.
type active struct {
	Rule
	seen, broken int
}

// takes counts a call that matches and reports whether it is to be broken.
func (a *active) takes(c Call, draw func() float64) bool {
	if a.Service != "" && a.Service != c.Service || a.Action != "" && a.Action != c.Action || a.Role != "" && a.Role != c.Role {
		return false
	}
	a.seen++
	if a.seen <= a.Skip || a.Count > 0 && a.broken >= a.Count || a.Probability > 0 && draw() >= a.Probability {
		return false
	}
	a.broken++
	return true
}
