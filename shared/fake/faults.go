package fake

import (
	"context"
	"fmt"

	"latchkey/shared/coded"
	"latchkey/shared/customerkey"
	"latchkey/shared/database"
)

// Fault is what goes wrong at one call or one delivery.
type Fault uint8

// The faults. Those from Delay on are for deliveries of messages only; a call
// that is given one goes through untouched.
const (
	None         Fault = iota
	Error              // the service answers with an error of its own; no effect
	Throttle           // the service refuses for the rate; no effect
	Timeout            // no answer, and no effect
	TimeoutAfter       // no answer, but the effect happened
	CrashBefore        // the caller dies before the call
	CrashAfter         // the caller dies after the effect, before the answer
	Delay              // the message arrives late
	Duplicate          // the message arrives twice
	Reorder            // the message arrives after a later one
	faults
)

var faultNames = [faults]string{"none", "error", "throttle", "timeout", "timeout-after",
	"crash-before", "crash-after", "delay", "duplicate", "reorder"}

// String returns the fault's name.
func (f Fault) String() string {
	if f >= faults {
		return fmt.Sprintf("fault(%d)", uint8(f))
	}
	return faultNames[f]
}

// Point is one call: the N-th, counted from 1, of a method of a port.
type Point struct {
	Port, Method string
	N            int
}

// String returns "port.method#n".
func (p Point) String() string { return fmt.Sprintf("%s.%s#%d", p.Port, p.Method, p.N) }

// Crash is what a call panics with when its fault is CrashBefore or
// CrashAfter: the process is to be taken for dead from there on. A harness
// recovers it with Survive and starts over from what was stored.
type Crash struct {
	Point Point
	Fault Fault
}

// Error says where the crash is.
func (c Crash) Error() string { return fmt.Sprintf("injected %s at %s", c.Fault, c.Point) }

// Survive runs f and returns the Crash it died of, if any. Other panics go on.
func Survive(f func()) (crash *Crash) {
	defer func() {
		switch r := recover().(type) {
		case nil:
		case Crash:
			crash = &r
		default:
			panic(r)
		}
	}()
	f()
	return nil
}

// Names of the ports, as plans see them.
const (
	PortStore    = "store"
	PortOutbox   = "outbox"
	PortKeys     = "keys"
	PortFleet    = "fleet"
	PortRestorer = "restorer"
	PortInside   = "inside"
	PortBackups  = "backups"
	PortDelivery = "delivery"
)

// Gate takes calls of one port through a plan.
type Gate struct {
	Plan Plan
	Port string
	// Fail returns the error that the port's service answers with for Error,
	// Throttle, Timeout or TimeoutAfter.
	Fail func(method string, f Fault) error
}

// Do makes one call, or what the plan has in its place. It panics with a Crash
// where the plan says so.
func (g Gate) Do(method string, call func() error) error {
	point, f := g.Plan.At(g.Port, method)
	switch f {
	case Error, Throttle, Timeout:
		return g.Fail(method, f)
	case CrashBefore:
		panic(Crash{point, f})
	}
	err := call()
	switch f {
	case TimeoutAfter:
		return g.Fail(method, f)
	case CrashAfter:
		panic(Crash{point, f})
	}
	return err
}

// get is Do for a call with a result.
func get[T any](g Gate, method string, call func() (T, error)) (T, error) {
	var got, zero T
	err := g.Do(method, func() (err error) {
		got, err = call()
		return err
	})
	if err != nil {
		return zero, err
	}
	return got, nil
}

// Deliver returns what happens to one message on the named channel: None,
// Delay, Duplicate or Reorder.
func Deliver(plan Plan, channel string) Fault {
	if _, f := plan.At(PortDelivery, channel); f >= Delay && f < faults {
		return f
	}
	return None
}

// FailCoded answers as a service without error codes of AWS does (the catalog,
// a database connection): always coded.Retryable.
func FailCoded(method string, f Fault) error {
	if f == Timeout || f == TimeoutAfter {
		return coded.Wrap(coded.Retryable, context.DeadlineExceeded, "%s timed out", method)
	}
	return coded.New(coded.Retryable, "%s failed: %s", method, f)
}

// FailKMS answers as KMS does.
func FailKMS(operation string, f Fault) error {
	switch f {
	case Error:
		return &customerkey.ServiceError{Operation: operation, Code: customerkey.CodeKMSInternal,
			Message: "The request was rejected because an internal exception occurred."}
	case Throttle:
		return &customerkey.ServiceError{Operation: operation, Code: customerkey.CodeThrottling,
			Message: "You have exceeded the rate at which you may call KMS. Reduce the frequency of your calls."}
	}
	return fmt.Errorf("kms %s: %w", operation, context.DeadlineExceeded)
}

// FailRDS answers as RDS does.
func FailRDS(operation string, f Fault) error {
	switch f {
	case Error:
		return &database.ServiceError{Operation: operation, Code: database.CodeInternalFailure,
			Message: "The request processing has failed because of an unknown error, exception or failure."}
	case Throttle:
		return &database.ServiceError{Operation: operation, Code: database.CodeThrottling, Message: "Rate exceeded"}
	}
	return fmt.Errorf("rds %s: %w", operation, context.DeadlineExceeded)
}
