// Package coded gives every error that leaves a Latchkey package a code that
// callers can act on and a message that may be shown to a tenant.
//
// The code decides what happens next: Invalid and Conflict go to the
// dead-letter queue with their message, NotFound and Pending are answers,
// Retryable is tried again, KeyAccess is a verdict about a customer's key and
// Internal wakes an engineer. The wrapped cause stays in the logs; Message and
// Hint never hold a secret.
package coded

import (
	"errors"
	"fmt"
)

// Code is the machine-readable class of an error.
type Code string

// The codes. An error without one is Internal.
const (
	Invalid   Code = "invalid"   // the request is wrong and will stay wrong
	Conflict  Code = "conflict"  // it contradicts what is already so
	NotFound  Code = "notfound"  // the thing named does not exist
	Pending   Code = "pending"   // not yet: ask again later
	Retryable Code = "retryable" // throttled, timed out, or lost a race: the same call may succeed
	KeyAccess Code = "keyaccess" // a KMS key does not let us do this
	Internal  Code = "internal"  // a defect of ours
)

// Error is a coded error.
type Error struct {
	Code    Code
	Field   string // the input field at fault, as a path ("detail.key.arn"), or empty
	Message string // may be shown to a tenant
	Hint    string // what to do about it, or empty
	Err     error  // the cause, for logs, or nil
}

// Error returns the field, the message and the cause, in that order.
func (e *Error) Error() string {
	s := e.Message
	if e.Field != "" {
		s = e.Field + ": " + s
	}
	if e.Err != nil {
		s += ": " + e.Err.Error()
	}
	return s
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// New returns an error with a code and a formatted message.
func New(code Code, format string, args ...any) *Error {
	return &Error{Code: code, Message: fmt.Sprintf(format, args...)}
}

// Wrap returns an error with a code, a formatted message and a cause. The
// message says what was being done.
func Wrap(code Code, cause error, format string, args ...any) *Error {
	return &Error{Code: code, Message: fmt.Sprintf(format, args...), Err: cause}
}

// Field returns an Invalid error that names the input field at fault and the fix.
func Field(field, hint, format string, args ...any) *Error {
	return &Error{Code: Invalid, Field: field, Message: fmt.Sprintf(format, args...), Hint: hint}
}

// Of returns the code of err: the outermost coded error's, Internal if there is
// none, and "" for nil.
func Of(err error) Code {
	if err == nil {
		return ""
	}
	var e *Error
	if errors.As(err, &e) {
		return e.Code
	}
	return Internal
}

// Is reports whether err carries the code.
func Is(err error, code Code) bool { return err != nil && Of(err) == code }

// Hint returns the hint of the outermost coded error that has one.
func Hint(err error) string {
	var e *Error
	for errors.As(err, &e) {
		if e.Hint != "" {
			return e.Hint
		}
		err = e.Err
	}
	return ""
}
