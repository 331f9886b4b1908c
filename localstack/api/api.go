// Package api holds what travels between the local stack's HTTP API and its
// clients. Records travel as the domain packages write them; docs/api.md shows
// the calls.
package api

import (
	"errors"
	"time"

	"latchkey/events"
	"latchkey/shared/coded"
	"latchkey/shared/tenantcontext"
)

// TimeHeader carries the stack's virtual time with every answer, in RFC 3339.
const TimeHeader = "Latchkey-Time"

// Bounds of POST /events.
const (
	MaxEntries   = 1000
	MaxBodyBytes = 16 << 20
)

// Problem is the body of every answer that is an error.
type Problem struct {
	Code    coded.Code `json:"code"`
	Field   string     `json:"field,omitempty"`
	Message string     `json:"message"`
	Hint    string     `json:"hint,omitempty"`
}

// Err returns the problem as an error.
func (p Problem) Err() error {
	return &coded.Error{Code: p.Code, Field: p.Field, Message: p.Message, Hint: p.Hint}
}

// ProblemOf returns an error as the API tells it. The cause of an error that is
// about the request is told too; others stay in the log.
func ProblemOf(err error) *Problem {
	p := &Problem{Code: coded.Of(err), Message: err.Error(), Hint: coded.Hint(err)}
	var e *coded.Error
	if errors.As(err, &e) {
		p.Field, p.Message = e.Field, e.Message
		if e.Err != nil && e.Code == coded.Invalid && !errors.Is(err, events.ErrVersion) {
			p.Message += ": " + e.Err.Error()
		}
	}
	return p
}

// Health is the answer of GET /healthz.
type Health struct {
	OK      bool      `json:"ok"`
	Problem string    `json:"problem,omitempty"` // why time stands still
	Account string    `json:"account"`           // the platform's
	Regions []string  `json:"regions"`
	Now     time.Time `json:"now"` // virtual
}

// Status is what became of one event.
type Status string

// The statuses. An accepted event and a dead letter are stored.
const (
	Accepted   Status = "accepted"    // stored; each function of its routes gets it
	Unrouted   Status = "unrouted"    // understood, but no function needs it: counted
	Unknown    Status = "unknown"     // of no kind or call that is known here: counted
	Rejected   Status = "rejected"    // refused at the door
	DeadLetter Status = "dead-letter" // stored, but its function refused it: see GET /dead-letters
	Failed     Status = "failed"      // could not be stored: put it again
)

// Entry is the outcome of one event of a put.
type Entry struct {
	Index      int      `json:"index"` // from 0
	ID         string   `json:"id,omitempty"`
	DetailType string   `json:"detailType,omitempty"`
	Status     Status   `json:"status"`
	Problem    *Problem `json:"problem,omitempty"`
}

// PutResult is the answer of POST /events: entries in the order of the events.
type PutResult struct {
	Entries []Entry        `json:"entries"`
	Counts  map[Status]int `json:"counts"`
}

// Sent is one outgoing event with its place in the log.
type Sent struct {
	Seq   uint64          `json:"seq"`
	Event events.Envelope `json:"event"`
}

// SentPage is one page of GET /events; After is what the next page begins after.
type SentPage struct {
	Items []Sent `json:"items"`
	After uint64 `json:"after"`
}

// Access is the answer of GET /tenants/{id}/context, with the reason's HTTP status.
type Access struct {
	Allow   bool                   `json:"allow"`
	Reason  tenantcontext.Reason   `json:"reason"`
	Message string                 `json:"message"`
	Context *tenantcontext.Context `json:"context,omitempty"`
}

// Policies of NewKey that are made here instead of given.
const (
	PolicyDefault      = "default"                // the one that KMS gives a key made without
	PolicyLatchkey     = "latchkey"               // all that the preflight asks for
	PolicyWithoutGrant = "latchkey-without-grant" // the same, but kms:CreateGrant
)

// NewKey asks for a customer's key.
type NewKey struct {
	Account string `json:"account"` // of the customer: 12 digits
	Region  string `json:"region"`
	Tenant  string `json:"tenant,omitempty"` // whom the policy is for
	Policy  string `json:"policy,omitempty"` // a Policy constant (empty: default), or a key policy as JSON
}

// CustomerKey is a key that was made with POST /keys.
type CustomerKey struct {
	ARN       string    `json:"arn"`
	Account   string    `json:"account"`
	Region    string    `json:"region"`
	Tenant    string    `json:"tenant,omitempty"`
	CreatedAt time.Time `json:"createdAt"`
}

// KeyChange is the body of POST /keys/{arn}/{operation}; each operation reads
// only its own members.
type KeyChange struct {
	Days   int    `json:"days,omitempty"`   // schedule-deletion: 7 … 30
	Policy string `json:"policy,omitempty"` // set-policy: as in NewKey
	Tenant string `json:"tenant,omitempty"` // set-policy: as in NewKey
}

// Operations of POST /keys/{arn}/{operation}.
const (
	OpDisable          = "disable"
	OpEnable           = "enable"
	OpScheduleDeletion = "schedule-deletion"
	OpCancelDeletion   = "cancel-deletion"
	OpSetPolicy        = "set-policy"
)

// KeyChanged is its answer.
type KeyChanged struct {
	ARN          string    `json:"arn"`
	State        string    `json:"state"` // KMS's key state
	DeletionDate time.Time `json:"deletionDate,omitzero"`
}

// Advance is the body of POST /clock/advance.
type Advance struct {
	Duration string `json:"duration"` // as Go writes it, and days: 36h, 7d, 1d12h
}

// Clock is the answer of GET /clock and of POST /clock/advance.
type Clock struct {
	Now   time.Time `json:"now"`
	Wall  time.Time `json:"wall"`
	Ahead string    `json:"ahead"` // of the wall clock
	Speed float64   `json:"speed"`
}

// Letter is one event that its function refused.
type Letter struct {
	ID       string          `json:"id"`
	Function string          `json:"function"`
	Receives int             `json:"receives"`
	Code     coded.Code      `json:"code"`
	Error    string          `json:"error"`
	Event    events.Envelope `json:"event"`
}

// Redriven is the answer of POST /dead-letters/redrive.
type Redriven struct {
	Redriven int `json:"redriven"`
	Left     int `json:"left"` // whose errors will not pass by themselves
}
