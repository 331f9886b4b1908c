// Package catalogtest is the conformance suite of catalog.Store and
// catalog.Outbox: what every implementation must do, one test per sentence of
// the port. An implementation's own test calls Run.
//
// The suite uses nothing that DynamoDB cannot do. Where DynamoDB's indexes may
// lag behind, it asks again until Options.IndexLag has passed; what a lookup
// says is compared only after that.
package catalogtest

import (
	"testing"
	"time"

	"latchkey/shared/catalog"
	"latchkey/shared/clock"
)

// Open returns an empty store that takes the time, for expiry, from c, and the
// outbox of the same table. It registers its own clean-up with t.
type Open func(t *testing.T, c clock.Clock) (catalog.Store, catalog.Outbox)

// Options adapt the suite to an implementation.
type Options struct {
	// IndexLag is how long a lookup, the due index or the outbox may lag behind a
	// commit; 0: not at all.
	IndexLag time.Duration
	// Seeds is the number of random histories that are compared with the model; 0: 20.
	Seeds int
}

// Run runs the suite on a store whose indexes never lag.
func Run(t *testing.T, open Open) {
	Options{}.Run(t, open)
}

// Run runs the suite.
func (o Options) Run(t *testing.T, open Open) {
	for _, part := range []struct {
		name string
		run  func(*testing.T, *suite)
	}{
		{"Get", testGet},
		{"Commit", testCommit},
		{"Limits", testLimits},
		{"Invalid", testInvalid},
		{"Seen", testSeen},
		{"Expiry", testExpiry},
		{"Query", testQuery},
		{"Pages", testPages},
		{"Due", testDue},
		{"Outbox", testOutbox},
		{"Groups", testGroups},
		{"Context", testContext},
		{"Concurrency", testConcurrency},
		{"Model", testModel},
	} {
		t.Run(part.name, func(t *testing.T) { part.run(t, &suite{Options: o, open: open}) })
	}
}

// suite makes the fixtures of the tests.
type suite struct {
	Options
	open Open
}

// test runs one case on an empty store.
func (s *suite) test(t *testing.T, name string, run func(*table)) {
	t.Run(name, func(t *testing.T) { run(s.table(t)) })
}

func (s *suite) table(t *testing.T) *table {
	c := &handClock{now: epoch}
	store, outbox := s.open(t, c)
	return &table{T: t, Store: store, Outbox: outbox, clock: c, lag: s.IndexLag}
}
