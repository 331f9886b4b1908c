package function

import (
	"context"
	"time"
)

// Limits are those of one invocation.
type Limits struct {
	Timeout time.Duration // of the function
	// Begin is how much time must be left for a message, a record or a round of
	// work to be begun.
	Begin time.Duration
	// AtOnce is how many messages of a batch are handled at the same time.
	AtOnce int
}

// answerReserve is what is kept of the time until Lambda ends the invocation,
// so that the answer and the metrics still get out.
const answerReserve = time.Second

// messagesAtOnce hides the waiting for AWS of one message behind that of
// others; a small function has too little CPU for more.
const messagesAtOnce = 4

// limitsOf returns the limits of a function with that time-out.
func limitsOf(timeout time.Duration) Limits {
	return Limits{Timeout: timeout, Begin: min(8*time.Second, timeout/3), AtOnce: messagesAtOnce}
}

// Left reports whether there is time enough to begin something. A context
// without a deadline has all the time.
func (l Limits) Left(ctx context.Context) bool {
	if ctx.Err() != nil {
		return false
	}
	end, ok := ctx.Deadline()
	return !ok || time.Until(end) >= l.Begin
}
