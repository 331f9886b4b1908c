package dynamodb

import (
	"context"
	"errors"
	"testing"
	"time"
)

func TestRetries_Again(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	r := newRetries()
	var waited []time.Duration
	r.wait = func(ctx context.Context, d time.Duration) error {
		waited = append(waited, d)
		return ctx.Err()
	}
	tries := 0
	for r.again(ctx, tries+1) {
		ceiling := min(firstWait<<(tries+1), longestWait)
		if d := waited[tries]; d < 0 || d >= ceiling {
			t.Errorf("wait %d is %s, want less than %s", tries, d, ceiling)
		}
		tries++
	}
	if tries != maxTries-1 {
		t.Errorf("%d retries, want %d", tries, maxTries-1)
	}
	cancel()
	if r.again(ctx, 1) {
		t.Error("tries again under an ended context")
	}
}

func TestWait(t *testing.T) {
	ended, cancel := context.WithCancel(context.Background())
	cancel()
	if err := wait(ended, time.Hour); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	if err := wait(context.Background(), time.Nanosecond); err != nil {
		t.Error(err)
	}
}
