package dynamodb

import (
	"context"
	"time"
)

// MaxTries is how often a call is tried in all.
const MaxTries = maxTries

// WithWait replaces how the store waits before it tries again.
func (s *Store) WithWait(wait func(context.Context, time.Duration) error) *Store {
	s.retry.wait = wait
	return s
}
