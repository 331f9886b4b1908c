package function

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"time"

	"github.com/aws/aws-lambda-go/lambdacontext"

	"latchkey/shared/aws/tracing"
	"latchkey/shared/function/logging"
)

// entry is what Lambda invokes: it keeps a reserve of the time, tells the log
// what the records are about, and flushes the metrics whatever happens.
type entry struct {
	host    Host
	handler Handler
}

// Invoke implements lambda.Handler.
func (e entry) Invoke(ctx context.Context, payload []byte) ([]byte, error) {
	began := time.Now()
	ctx = logging.With(ctx, slog.String(logging.Trace, tracing.ID(ctx)))
	if lc, ok := lambdacontext.FromContext(ctx); ok {
		ctx = logging.With(ctx, slog.String(logging.Request, lc.AwsRequestID))
	}
	if end, ok := ctx.Deadline(); ok {
		var cancel context.CancelFunc
		ctx, cancel = context.WithDeadline(ctx, end.Add(-answerReserve))
		defer cancel()
	}
	defer e.flush(ctx)
	answer, err := e.handler(ctx, payload)
	if err != nil {
		e.host.Log.ErrorContext(ctx, "the invocation failed", "error", err)
		return nil, err
	}
	out, err := json.Marshal(answer)
	if err != nil {
		return nil, fmt.Errorf("encoding the answer: %w", err)
	}
	e.host.Log.DebugContext(ctx, "done", "took", time.Since(began).String())
	return out, nil
}

func (e entry) flush(ctx context.Context) {
	if err := e.host.Metrics.Flush(); err != nil {
		e.host.Log.ErrorContext(ctx, "metrics were lost", "error", err)
	}
}
