// Package faketrail is the twin of AWS CloudTrail: it turns the API calls that
// reach the other twins into records of CloudTrail's shape, in the accounts
// that CloudTrail logs them in.
//
// A cross-account call that is allowed is logged in the caller's account and in
// the resource owner's, under one sharedEventID; one that is rejected because
// access is denied is logged only in the caller's. A key owner's own calls are
// logged only in the owner's account. [KMS guide, Logging AWS KMS API calls
// with AWS CloudTrail]
//
// Nothing is stored: a record is made only where a subscriber wants it, so that
// a simulation can make millions of calls.
package faketrail

import (
	"cmp"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"latchkey/shared/fake"
)

// Call is one API call, or one thing that a service did by itself.
type Call struct {
	Source string // kms.amazonaws.com
	Name   string // Decrypt
	Region string
	At     time.Time
	// Caller is the principal's ARN; a service principal such as
	// rds.amazonaws.com when the service calls in its own name; empty when AWS
	// itself acts (eventType AwsServiceEvent).
	Caller string
	// CallerAccount is taken from Caller's ARN where empty.
	CallerAccount string
	// InvokedBy is the service that calls in the name of Caller.
	InvokedBy string
	// Owner is the account of the resource; empty means the caller's.
	Owner    string
	ReadOnly bool
	// ErrorCode is the service's; AccessDeniedException is logged as AccessDenied.
	ErrorCode, ErrorMessage string
	Resources               []Resource
	Request, Response       map[string]any
	Additional              map[string]any // additionalEventData
	ServiceDetails          map[string]any // serviceEventDetails
}

// Resource is one entry of a record's resources.
type Resource struct {
	AccountID string `json:"accountId,omitempty"`
	Type      string `json:"type,omitempty"` // AWS::KMS::Key
	ARN       string `json:"ARN"`
}

// Trail takes calls and gives records to its subscribers. It is safe for
// concurrent use; a nil Trail takes calls and does nothing.
type Trail struct {
	seed  uint64
	seq   atomic.Uint64
	calls atomic.Uint64

	mu    sync.RWMutex
	next  int
	sinks map[string][]sink // by account, oldest first
}

// sink is one subscription.
type sink struct {
	id    int
	wants func(Call) bool // nil: every call
	take  func(Record)
}

// New returns a trail; the ids of its records follow from the seed, the order
// of the calls and their times.
func New(seed uint64) *Trail {
	return &Trail{seed: seed, sinks: map[string][]sink{}}
}

// Subscribe has sink called with every record of an account, in order of the
// calls of one goroutine, before the call is answered; "" stands for all
// accounts. It returns a function that ends the subscription. A sink must not
// subscribe.
func (t *Trail) Subscribe(account string, take func(Record)) (cancel func()) {
	return t.SubscribeTo(account, nil, take)
}

// SubscribeTo is Subscribe for the calls that wants, which may be nil, says yes
// to: no record is made of one that nobody wants.
func (t *Trail) SubscribeTo(account string, wants func(Call) bool, take func(Record)) (cancel func()) {
	t.mu.Lock()
	defer t.mu.Unlock()
	id := t.next
	t.next++
	t.sinks[account] = append(t.sinks[account], sink{id, wants, take})
	return func() {
		t.mu.Lock()
		defer t.mu.Unlock()
		t.sinks[account] = slices.DeleteFunc(t.sinks[account], func(s sink) bool { return s.id == id })
		if len(t.sinks[account]) == 0 {
			delete(t.sinks, account)
		}
	}
}

// Calls returns how many calls were counted, wanted or not.
func (t *Trail) Calls() uint64 {
	if t == nil {
		return 0
	}
	return t.calls.Load()
}

// Wanted counts one call and says whether a record of it in one of the accounts
// would reach a subscriber. Where it would not, the caller need not make a Call.
func (t *Trail) Wanted(accounts ...string) bool {
	if t == nil {
		return false
	}
	t.calls.Add(1)
	t.mu.RLock()
	defer t.mu.RUnlock()
	if len(t.sinks) == 0 {
		return false
	}
	if t.sinks[""] != nil {
		return true
	}
	for _, a := range accounts {
		if t.sinks[a] != nil {
			return true
		}
	}
	return false
}

// Record gives the records of a call to whoever subscribed to their accounts.
// The call is not counted: Wanted does that.
func (t *Trail) Record(c Call) {
	if t == nil {
		return
	}
	caller := c.CallerAccount
	if caller == "" {
		caller = accountOf(c.Caller)
	}
	owner := c.Owner
	if owner == "" {
		owner = caller
	}
	if caller == "" {
		caller = owner
	}
	n := t.seq.Add(1)
	shared := ""
	if caller != owner && !denied(c.ErrorCode) {
		shared = t.id(c, n, "shared")
		t.emit(c, n, owner, caller, shared)
	}
	t.emit(c, n, caller, caller, shared)
}

// emit gives the record of one account to that account's sinks.
func (t *Trail) emit(c Call, n uint64, recipient, caller, shared string) {
	takers := t.takersOf(recipient, c)
	if len(takers) == 0 {
		return
	}
	r := record(c, recipient, caller)
	r.SharedEventID = shared
	r.EventID = t.id(c, n, recipient)
	if c.Caller != "" {
		r.RequestID = t.id(c, n, "request")
	}
	for _, take := range takers {
		take(r)
	}
}

// takersOf returns who wants a call among the subscribers of an account, in the
// order of their subscription.
func (t *Trail) takersOf(account string, c Call) []func(Record) {
	t.mu.RLock()
	defer t.mu.RUnlock()
	subscribed := t.sinks[account]
	if all := t.sinks[""]; len(all) > 0 && account != "" {
		subscribed = append(slices.Clone(subscribed), all...)
		slices.SortFunc(subscribed, func(a, b sink) int { return cmp.Compare(a.id, b.id) })
	}
	var out []func(Record)
	for _, s := range subscribed {
		if s.wants == nil || s.wants(c) {
			out = append(out, s.take)
		}
	}
	return out
}

// id returns a UUID for one purpose of the n-th call. The call's time is part
// of it, so that a trail that starts over does not repeat itself.
func (t *Trail) id(c Call, n uint64, purpose string) string {
	h := fake.Mix(t.seed ^ fake.Mix(n))
	h = fake.Mix(h ^ uint64(c.At.UnixNano()))
	for _, s := range [...]string{c.Source, c.Name, c.Region, purpose} {
		for i := 0; i < len(s); i++ {
			h = (h ^ uint64(s[i])) * 1099511628211
		}
		h = fake.Mix(h)
	}
	return fake.UUID(h, fake.Mix(h))
}

// denied reports whether CloudTrail keeps a failed cross-account call from the
// resource's owner.
func denied(code string) bool {
	switch code {
	case "AccessDenied", "AccessDeniedException", "NotFoundException", "InvalidArnException":
		return true
	}
	return false
}

// accountOf returns the account of an ARN, or "".
func accountOf(arn string) string {
	parts := strings.SplitN(arn, ":", 6)
	if len(parts) < 6 {
		return ""
	}
	return parts[4]
}
