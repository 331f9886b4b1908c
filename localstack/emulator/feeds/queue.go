package feeds

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"latchkey/shared/coded"
)

// QueueOptions say how a queue is read.
type QueueOptions struct {
	URL    string
	Region string
	// Redeliver is when a message that failed can be received again; nil: when
	// the queue's visibility timeout is over, as on AWS, which is minutes.
	Redeliver *time.Duration
	// Amend may change a message's body before the function gets it; may be nil.
	Amend func(body string) string
	Log   *slog.Logger
}

// Queue hands a queue's messages to a function.
type Queue struct {
	client  *sdk.Client
	invoker Invoker
	mapping Mapping
	opts    QueueOptions
}

// NewQueue returns the feed of a queue. Batches are of at most 10 messages, as
// Latchkey's are: larger ones need several receives, which nothing here needs.
func NewQueue(client *sdk.Client, invoker Invoker, m Mapping, o QueueOptions) (*Queue, error) {
	if err := m.checkBatch(10); err != nil {
		return nil, err
	}
	if len(m.Filters) > 0 {
		return nil, coded.Field(m.Function+".FilterCriteria", "filter with the rule that fills the queue", "filters of queues are not supported here")
	}
	return &Queue{client: client, invoker: invoker, mapping: m, opts: o}, nil
}

// Name says what is fed to which function.
func (q *Queue) Name() string { return q.mapping.SourceARN + " → " + q.mapping.Function }

// Once receives one batch, waiting up to wait for its first message, gives it
// to the function and deletes what was done. It returns how many messages were
// received: a message that failed comes again. SQS itself moves one that has
// been received too often to the dead-letter queue, on the next receive.
func (q *Queue) Once(ctx context.Context, wait time.Duration) (int, error) {
	out, err := q.client.ReceiveMessage(ctx, &sdk.ReceiveMessageInput{
		QueueUrl: &q.opts.URL, MaxNumberOfMessages: int32(q.mapping.Batch), WaitTimeSeconds: int32(wait / time.Second),
		MessageSystemAttributeNames: []types.MessageSystemAttributeName{types.MessageSystemAttributeNameAll},
	})
	if err != nil {
		return 0, fmt.Errorf("receiving from %s: %w", q.opts.URL, err)
	}
	if len(out.Messages) == 0 {
		return 0, nil
	}
	payload, err := json.Marshal(map[string]any{"Records": q.records(out.Messages)})
	if err != nil {
		return 0, fmt.Errorf("encoding a batch of %s: %w", q.opts.URL, err)
	}
	answer, failed, err := q.invoker.Invoke(ctx, q.mapping.Function, payload)
	if err != nil {
		return 0, fmt.Errorf("invoking %s: %w", q.mapping.Function, err)
	}
	return len(out.Messages), q.settle(ctx, out.Messages, q.failures(out.Messages, answer, failed))
}

// records returns the messages as Lambda hands them over.
// [Lambda guide, Using Lambda with Amazon SQS, example message event]
func (q *Queue) records(list []types.Message) []map[string]any {
	out := make([]map[string]any, len(list))
	for i, m := range list {
		body := aws.ToString(m.Body)
		if q.opts.Amend != nil {
			body = q.opts.Amend(body)
		}
		out[i] = map[string]any{
			"messageId": aws.ToString(m.MessageId), "receiptHandle": aws.ToString(m.ReceiptHandle), "body": body,
			"attributes": m.Attributes, "messageAttributes": map[string]any{}, "md5OfBody": aws.ToString(m.MD5OfBody),
			"eventSource": "aws:sqs", "eventSourceARN": q.mapping.SourceARN, "awsRegion": q.opts.Region,
		}
	}
	return out
}

// failures returns which messages are to come again.
func (q *Queue) failures(list []types.Message, answer []byte, failed string) func(id string) bool {
	everything := func(string) bool { return true }
	if failed != "" {
		q.opts.Log.Warn("batch failed", "function", q.mapping.Function, "messages", len(list), "error", string(answer))
		return everything
	}
	if !q.mapping.Partial {
		return func(string) bool { return false }
	}
	ids := map[string]bool{}
	for _, m := range list {
		ids[aws.ToString(m.MessageId)] = true
	}
	some, all := batchFailures(answer, func(id string) bool { return ids[id] })
	if all {
		q.opts.Log.Warn("batch failed: the function's answer names no message of it", "function", q.mapping.Function, "answer", string(answer))
		return everything
	}
	return func(id string) bool { return some[id] }
}

// settle deletes the messages that were done and, if so asked, makes the others
// visible soon.
func (q *Queue) settle(ctx context.Context, list []types.Message, failed func(id string) bool) error {
	var done []types.DeleteMessageBatchRequestEntry
	for i, m := range list {
		id := fmt.Sprint(i)
		if !failed(aws.ToString(m.MessageId)) {
			done = append(done, types.DeleteMessageBatchRequestEntry{Id: &id, ReceiptHandle: m.ReceiptHandle})
			continue
		}
		if q.opts.Redeliver == nil {
			continue
		}
		if _, err := q.client.ChangeMessageVisibility(ctx, &sdk.ChangeMessageVisibilityInput{
			QueueUrl: &q.opts.URL, ReceiptHandle: m.ReceiptHandle, VisibilityTimeout: int32(*q.opts.Redeliver / time.Second),
		}); err != nil {
			return fmt.Errorf("message %s of %s: %w", aws.ToString(m.MessageId), q.opts.URL, err)
		}
	}
	if len(done) == 0 {
		return nil
	}
	out, err := q.client.DeleteMessageBatch(ctx, &sdk.DeleteMessageBatchInput{QueueUrl: &q.opts.URL, Entries: done})
	if err != nil {
		return fmt.Errorf("deleting from %s: %w", q.opts.URL, err)
	}
	for _, f := range out.Failed {
		q.opts.Log.Warn("message not deleted: it comes again", "queue", q.opts.URL, "code", aws.ToString(f.Code))
	}
	return nil
}
