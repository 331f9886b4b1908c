// Package fakekms is the twin of AWS KMS: keys in any account and Region, with
// their states, policies, grants, key material and eventual consistency.
//
// It has three faces. The management and data API takes the ARN of the calling
// principal with each call; As gives the port that Latchkey's rules use, for one
// principal; GrantForService, ServiceUse and RetireServiceGrant are what an AWS
// service does with a key. IAM is not modelled: every principal is taken to have
// all permissions that its own account's IAM could give, so the key policy and
// the grants decide, and another account's key must name the caller's account
// or the caller.
//
// Errors of KMS are *customerkey.ServiceError. Each call is checked in this
// order: outage, existence, permission, key state, parameters.
package fakekms

import (
	"context"
	"fmt"
	"sync"
	"time"

	"latchkey/shared/clock"
	"latchkey/shared/fake"
	"latchkey/shared/fake/faketrail"
)

// DefaultMaxLag is the longest that a change takes to be seen everywhere.
// [KMS guide, Eventual consistency: usually less than five minutes]
const DefaultMaxLag = 5 * time.Minute

// Config is what a KMS is made of. Only Clock is required.
type Config struct {
	Clock clock.Clock
	Seed  uint64
	// MaxLag bounds the time until a principal sees a change of state, policy or
	// grants: each change reaches each principal after a lag of 0 … MaxLag that
	// follows from the seed. 0: changes are seen at once.
	MaxLag  time.Duration
	Journal fake.Journal     // nil: nothing is kept
	Trail   *faketrail.Trail // nil: no CloudTrail
	Events  func(Event)      // KMS's own EventBridge events; may be nil
	// Changed is called after a change of a key that an AWS service using it
	// might notice: its state, or its grants. The service may see the change up to
	// MaxLag later. It may be nil.
	Changed func(keyARN string)
}

// Types of KMS's own events. [KMS guide, Monitoring with Amazon EventBridge]
const (
	EventRotation   = "KMS CMK Rotation"
	EventExpiration = "KMS Imported Key Material Expiration"
	EventDeletion   = "KMS CMK Deletion"
)

// Event is one of KMS's own EventBridge events (source aws.kms).
type Event struct {
	ID         string // a UUID that follows from the seed and the event
	DetailType string
	Account    string
	Region     string
	KeyARN     string
	KeyID      string // detail.key-id
	At         time.Time
}

// KMS is the twin. It is safe for concurrent use. The callbacks of its Config
// are called without its lock, in the goroutine of the call that caused them,
// before that call returns.
type KMS struct {
	clock   clock.Clock
	seed    uint64
	maxLag  time.Duration
	journal fake.Journal
	trail   *faketrail.Trail
	events  func(Event)
	changed func(string)

	mu      sync.Mutex
	keys    map[string]*key
	grants  map[string]*grant
	gone    []*grant // retired or revoked, oldest first, until everyone has seen it
	stores  map[string]*store
	outages map[string]string // by Region; "" for all
	seq     uint64            // of the last change
	due     dueHeap
	changes []change // to be saved before the call answers
	after   []func() // to be called without the lock
}

// New returns a KMS with what its journal holds.
func New(cfg Config) (*KMS, error) {
	k := &KMS{
		clock: cfg.Clock, seed: fake.Mix(cfg.Seed ^ hash("kms")), maxLag: max(cfg.MaxLag, 0),
		journal: cfg.Journal, trail: cfg.Trail, events: cfg.Events, changed: cfg.Changed,
		keys: map[string]*key{}, grants: map[string]*grant{}, stores: map[string]*store{}, outages: map[string]string{},
	}
	if k.clock == nil {
		k.clock = clock.System{}
	}
	if k.journal == nil {
		k.journal = fake.NoJournal
	}
	if err := k.load(); err != nil {
		return nil, fmt.Errorf("loading keys: %w", err)
	}
	return k, nil
}

// SetOutage makes every call in a Region ("" for all) answer with an error
// code: KMSInternalException, DependencyTimeoutException, ThrottlingException,
// KeyUnavailableException, or CodeTimeout for no answer at all. An empty code
// ends the outage.
func (k *KMS) SetOutage(region, code string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if code == "" {
		delete(k.outages, region)
		return
	}
	k.outages[region] = code
}

func (k *KMS) outage(c *call) error {
	if len(k.outages) == 0 {
		return nil
	}
	code := k.outages[""]
	if own := k.outages[c.region]; own != "" {
		code = own
	}
	switch code {
	case "":
		return nil
	case CodeTimeout:
		return fmt.Errorf("kms %s: %w", c.op, context.DeadlineExceeded)
	}
	return failf(c.op, code, "KMS is not available in %s", c.region)
}
