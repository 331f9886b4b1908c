package awsclient

import (
	"context"
	"time"

	"github.com/aws/smithy-go/middleware"
)

// addDeadline bounds each call of a client, all its tries and waits included.
func (o Options) addDeadline(stack *middleware.Stack) error {
	return stack.Initialize.Add(deadline{o.Call, o.Reserve}, middleware.Before)
}

// deadline is the middleware that ends a call after its time, and before the
// caller's own deadline.
type deadline struct{ call, reserve time.Duration }

// ID names the middleware in the stack.
func (deadline) ID() string { return "LatchkeyDeadline" }

// HandleInitialize runs the rest of the call under the deadline.
func (d deadline) HandleInitialize(ctx context.Context, in middleware.InitializeInput, next middleware.InitializeHandler) (
	middleware.InitializeOutput, middleware.Metadata, error,
) {
	end := time.Now().Add(d.call)
	if theirs, ok := ctx.Deadline(); ok && theirs.Add(-d.reserve).Before(end) {
		end = theirs.Add(-d.reserve)
	}
	ctx, cancel := context.WithDeadline(ctx, end)
	defer cancel()
	return next.HandleInitialize(ctx, in)
}
