package function

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"runtime/debug"
	"strconv"
	"sync"

	lambdaevents "github.com/aws/aws-lambda-go/events"

	"latchkey/events"
	"latchkey/shared/coded"
	"latchkey/shared/delivery"
	"latchkey/shared/deployment"
	"latchkey/shared/function/logging"
	"latchkey/shared/metric"
)

// Queue handles a batch of messages of a queue that EventBridge fills: the body
// of each is one event. The answer names the messages that failed, and no other
// is delivered again. [Lambda guide, Reporting batch item failures]
//
// Messages are handled a few at once, in no order; a panic fails its own message.
// One that there is no time left for is not begun, and fails. One that is
// coded.Pending is tried once more after the others: what it waits for may have
// been among them, and its next delivery is minutes away.
//
// A message that can never succeed (coded.Invalid, coded.Conflict, or no event
// at all) fails each time, until SQS itself moves it to the dead-letter queue
// after deployment.MaxReceives deliveries: some 75 minutes with a time-out of
// 30 s. It is counted and logged as an error at its first delivery, and only then,
// so nobody waits for that; one that was not begun at its first delivery is told of
// by the dead letters alone. Moving it at once was rejected. It would need a second way out
// of the queue, which may fail halfway and leave a message twice or nowhere; SQS
// redrives only what it has moved itself [SQS guide, Dead-letter queue redrive];
// and the verdict may change: the event that a message contradicts, or refers
// to, may be a few messages behind it.
func Queue(h Host, handle func(context.Context, events.Envelope) error) Handler {
	return func(ctx context.Context, payload json.RawMessage) (any, error) {
		var batch lambdaevents.SQSEvent
		if err := json.Unmarshal(payload, &batch); err != nil {
			return nil, coded.Wrap(coded.Internal, err, "the invocation is no batch of a queue")
		}
		tries := make([]try, len(batch.Records))
		for i, m := range batch.Records {
			tries[i].ctx = delivery.With(logging.With(ctx, slog.String(logging.Message, m.MessageId)), receives(&m))
		}
		for _, again := range []bool{false, true} {
			each(len(tries), h.Limits.AtOnce, func(i int) {
				if !again || coded.Is(tries[i].err, coded.Pending) {
					tries[i] = h.message(tries[i].ctx, &batch.Records[i], handle)
				}
			})
		}
		answer := lambdaevents.SQSEventResponse{BatchItemFailures: []lambdaevents.SQSBatchItemFailure{}}
		for i, m := range batch.Records {
			if tries[i].err != nil {
				h.failed(tries[i].ctx, tries[i].err, receives(&m))
				answer.BatchItemFailures = append(answer.BatchItemFailures, lambdaevents.SQSBatchItemFailure{ItemIdentifier: m.MessageId})
			}
		}
		return answer, nil
	}
}

// try is what became of a message, with what the log says of it.
type try struct {
	ctx context.Context
	err error
}

// message handles one message.
func (h Host) message(ctx context.Context, m *lambdaevents.SQSMessage, handle func(context.Context, events.Envelope) error) try {
	if !h.Limits.Left(ctx) {
		return try{ctx, coded.New(coded.Retryable, "no time is left to begin it")}
	}
	env, err := events.ParseEnvelope([]byte(m.Body))
	if err != nil {
		delivery.Count(ctx, h.Metrics, metric.EventsIn)
		delivery.Count(ctx, h.Metrics, metric.Broken)
		return try{ctx, err}
	}
	ctx = logging.With(ctx, about(env)...)
	return try{ctx, guarded(func() error { return handle(ctx, env) })}
}

// lasting is the delivery at which a message that fails again is counted: SQS's
// age of a queue leaves it out from then on. [SQS guide, Available CloudWatch
// metrics for Amazon SQS]
const lasting = 3

// failed logs why a message failed: loudly where somebody has to act, and once.
func (h Host) failed(ctx context.Context, err error, receives int) {
	level, text := slog.LevelWarn, "the message failed and comes again"
	switch coded.Of(err) {
	case coded.Invalid, coded.Conflict:
		level = slog.LevelError
		text = "the message cannot succeed as things are; it ends in the dead-letter queue"
		if receives > 1 {
			level = slog.LevelInfo
		}
	case coded.Pending:
	default:
		if receives == lasting {
			h.Metrics.Count(metric.MessagesRetried, 1)
		}
		if coded.Is(err, coded.Internal) {
			level = slog.LevelError
		}
	}
	h.Log.Log(ctx, level, text, "error", err, "code", coded.Of(err), "hint", coded.Hint(err),
		"receives", receives, "maxReceives", deployment.MaxReceives)
}

// receives is how often SQS has delivered the message; 1 where it does not say.
func receives(m *lambdaevents.SQSMessage) int {
	n, err := strconv.Atoi(m.Attributes["ApproximateReceiveCount"])
	if err != nil {
		return 1
	}
	return n
}

// guarded runs do; a panic becomes an error.
func guarded(do func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = coded.Wrap(coded.Internal, fmt.Errorf("%v\n%s", p, debug.Stack()), "panic")
		}
	}()
	return do()
}

// each calls do(0) … do(n-1), at most atOnce of them at the same time.
func each(n, atOnce int, do func(i int)) {
	var wg sync.WaitGroup
	room := make(chan struct{}, max(atOnce, 1))
	for i := range n {
		room <- struct{}{}
		wg.Go(func() {
			defer func() { <-room }()
			do(i)
		})
	}
	wg.Wait()
}
