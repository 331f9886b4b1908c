package dynamodb

import (
	"context"
	"math/rand"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws/ratelimit"
)

// The SDK tries again what the client may: throttled and broken calls. It leaves
// to its caller a transaction that another one cancelled, and the part of a
// batch that was not done. [DynamoDB guide, Transactions: conflict handling;
// Error retries and exponential backoff]
const (
	maxTries    = 8
	firstWait   = 10 * time.Millisecond
	longestWait = time.Second
	retryBudget = 500 // tokens; a retry takes retryCost, a call that needed none gives one back
	retryCost   = 5
)

// retries paces what is tried again.
type retries struct {
	budget *ratelimit.TokenRateLimit
	wait   func(ctx context.Context, d time.Duration) error // ends early with ctx's error
}

func newRetries() *retries {
	return &retries{budget: ratelimit.NewTokenRateLimit(retryBudget), wait: wait}
}

// again waits before try number n, 1 … maxTries-1, and reports whether there is
// one: not when tries, budget or context are at an end.
func (r *retries) again(ctx context.Context, n int) bool {
	if n >= maxTries {
		return false
	}
	if _, err := r.budget.GetToken(ctx, retryCost); err != nil {
		return false
	}
	ceiling := min(firstWait<<n, longestWait)
	return r.wait(ctx, time.Duration(rand.Int63n(int64(ceiling)))) == nil
}

// done gives back a token for a call that needed no second try.
func (r *retries) done(retried int) {
	if retried == 0 {
		_ = r.budget.AddTokens(1) // never fails
	}
}

func wait(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}
