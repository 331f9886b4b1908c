// Package inside lets the rules reach inside instances that only the function
// fence can connect to, because they have no address outside their VPC.
//
// A caller's adapter (package inside/lambda) sends a Request; the function
// answers it with Handle on a Host (package inside/postgres); the Answer carries
// the coded error back. Neither holds a secret: the function makes or reads what
// it logs in with by itself.
package inside

import (
	"errors"

	"latchkey/shared/coded"
	"latchkey/shared/database"
)

// Op is a method of database.Inside.
type Op string

// The operations.
const (
	OpPrepare Op = "prepare"
	OpFence   Op = "fence"
	OpUnfence Op = "unfence"
	OpVerify  Op = "verify"
	OpDrop    Op = "drop"
)

// Request asks for an operation.
type Request struct {
	Op    Op    `json:"op"`
	Login Login `json:"login"`
	// MasterSecretARN is the secret that RDS keeps the instance's master login
	// in. It is needed once, to make the role that fencing logs in as.
	MasterSecretARN string `json:"masterSecretArn,omitempty"`
}

// Login is database.Login as it is sent.
type Login struct {
	InstanceID string `json:"instanceId"`
	Endpoint   string `json:"endpoint"` // host:port
	Database   string `json:"database"`
	Role       string `json:"role"`
}

// Answer is what came of a request.
type Answer struct {
	Failure *Failure `json:"failure,omitempty"` // nil: it was done
}

// ReasonBootstrap is the reason of a failure that a MasterSecretARN helps against.
const ReasonBootstrap = "bootstrap-needed"

// ErrNoFenceRole is wrapped by the errors of a Host on which the role that
// fencing logs in as is refused: most likely it was not made yet.
var ErrNoFenceRole = errors.New("the role that fencing logs in as is refused")

// Failure is a coded error as it is sent.
type Failure struct {
	Code    coded.Code `json:"code"`
	Reason  string     `json:"reason,omitempty"` // ReasonBootstrap, or empty
	Field   string     `json:"field,omitempty"`
	Message string     `json:"message"`
	Hint    string     `json:"hint,omitempty"`
	Cause   string     `json:"cause,omitempty"` // text of the wrapped errors, for logs
}

// failure returns err as it is sent; nil for nil.
func failure(err error) *Failure {
	if err == nil {
		return nil
	}
	f := &Failure{Code: coded.Of(err), Message: err.Error(), Hint: coded.Hint(err)}
	var e *coded.Error
	if errors.As(err, &e) {
		f.Field, f.Message = e.Field, e.Message
		if e.Err != nil {
			f.Cause = e.Err.Error()
		}
	}
	if errors.Is(err, ErrNoFenceRole) {
		f.Reason = ReasonBootstrap
	}
	return f
}

// Err returns the coded error that was sent; nil if it was done.
func (a Answer) Err() error {
	f := a.Failure
	if f == nil {
		return nil
	}
	err := &coded.Error{Code: f.Code, Field: f.Field, Message: f.Message, Hint: f.Hint}
	switch {
	case f.Reason == ReasonBootstrap:
		err.Err = &sent{f.Cause, ErrNoFenceRole}
	case f.Cause != "":
		err.Err = &sent{f.Cause, nil}
	}
	return err
}

// sent is a cause that came as text.
type sent struct {
	text string
	is   error
}

func (s *sent) Error() string { return s.text }
func (s *sent) Unwrap() error { return s.is }

// At returns the login in the rules' form.
func (l Login) At() database.Login {
	return database.Login{InstanceID: l.InstanceID, Endpoint: l.Endpoint, Database: l.Database, Role: l.Role}
}

// LoginAt returns the rules' login as it is sent.
func LoginAt(at database.Login) Login {
	return Login{InstanceID: at.InstanceID, Endpoint: at.Endpoint, Database: at.Database, Role: at.Role}
}
