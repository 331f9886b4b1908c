package deployed_test

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"latchkey/shared/deployment"
)

// queues is SQS in memory: standard queues whose messages are hidden when they
// are received, until they are shown again or deleted.
type queues struct {
	mu      sync.Mutex
	held    map[string][]*held // by name of the queue
	n       int
	failing map[string]error // by operation
}

type held struct {
	message types.Message
	hidden  bool
	again   bool // is received once more while it is hidden, as SQS may do
}

// newQueues makes the queues of a cell; entry adds those of the entry.
func newQueues(entry bool) *queues {
	q := &queues{held: map[string][]*held{}, failing: map[string]error{}}
	for _, f := range deployment.Functions() {
		if f.Place == deployment.InCell || entry {
			q.held[deployment.Name(f.Name)], q.held[deployment.DeadLetters(deployment.Name(f.Name))] = nil, nil
		}
	}
	return q
}

// bury puts a message among a function's dead letters.
func (q *queues) bury(function, body string, attributes map[string]string) {
	q.mu.Lock()
	defer q.mu.Unlock()
	name := deployment.DeadLetters(deployment.Name(function))
	q.n++
	m := types.Message{MessageId: aws.String(fmt.Sprintf("m-%03d", q.n)), Body: &body, ReceiptHandle: aws.String(strconv.Itoa(q.n)),
		Attributes: map[string]string{"SentTimestamp": strconv.Itoa(1000 + q.n)}, MessageAttributes: map[string]types.MessageAttributeValue{}}
	for k, v := range attributes {
		m.MessageAttributes[k] = types.MessageAttributeValue{StringValue: &v}
	}
	q.held[name] = append(q.held[name], &held{message: m})
}

// visible returns the bodies that may be received from a queue.
func (q *queues) visible(name string) (bodies []string) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, h := range q.held[name] {
		if !h.hidden {
			bodies = append(bodies, *h.message.Body)
		}
	}
	return bodies
}

// of begins an operation on the queue of an address.
func (q *queues) of(operation string, url *string) (name string, end func(), err error) {
	q.mu.Lock()
	return strings.TrimPrefix(*url, "https://sqs/"), q.mu.Unlock, q.failing[operation]
}

func (q *queues) GetQueueUrl(_ context.Context, in *sqs.GetQueueUrlInput, _ ...func(*sqs.Options)) (*sqs.GetQueueUrlOutput, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if _, ok := q.held[*in.QueueName]; !ok {
		return nil, &types.QueueDoesNotExist{Message: in.QueueName}
	}
	return &sqs.GetQueueUrlOutput{QueueUrl: aws.String("https://sqs/" + *in.QueueName)}, nil
}

func (q *queues) ReceiveMessage(_ context.Context, in *sqs.ReceiveMessageInput, _ ...func(*sqs.Options)) (*sqs.ReceiveMessageOutput, error) {
	name, end, err := q.of("ReceiveMessage", in.QueueUrl)
	defer end()
	out := &sqs.ReceiveMessageOutput{}
	for _, h := range q.held[name] {
		if (!h.hidden || h.again) && len(out.Messages) < int(in.MaxNumberOfMessages) && err == nil {
			h.again = h.again && !h.hidden
			q.n++
			h.message.ReceiptHandle = aws.String(strconv.Itoa(q.n)) // the newest counts
			h.hidden = in.VisibilityTimeout > 0
			out.Messages = append(out.Messages, h.message)
		}
	}
	return out, err
}

func (q *queues) ChangeMessageVisibilityBatch(_ context.Context, in *sqs.ChangeMessageVisibilityBatchInput, _ ...func(*sqs.Options)) (*sqs.ChangeMessageVisibilityBatchOutput, error) {
	name, end, err := q.of("ChangeMessageVisibility", in.QueueUrl)
	defer end()
	for _, e := range in.Entries {
		for _, h := range q.held[name] {
			if *h.message.ReceiptHandle == *e.ReceiptHandle && err == nil {
				h.hidden = e.VisibilityTimeout > 0
			}
		}
	}
	return &sqs.ChangeMessageVisibilityBatchOutput{}, err
}

func (q *queues) SendMessage(_ context.Context, in *sqs.SendMessageInput, _ ...func(*sqs.Options)) (*sqs.SendMessageOutput, error) {
	name, end, err := q.of("SendMessage", in.QueueUrl)
	defer end()
	if err == nil {
		q.n++
		q.held[name] = append(q.held[name], &held{message: types.Message{MessageId: aws.String(strconv.Itoa(q.n)), Body: in.MessageBody}})
	}
	return &sqs.SendMessageOutput{}, err
}

func (q *queues) DeleteMessage(_ context.Context, in *sqs.DeleteMessageInput, _ ...func(*sqs.Options)) (*sqs.DeleteMessageOutput, error) {
	name, end, err := q.of("DeleteMessage", in.QueueUrl)
	defer end()
	var left []*held
	for _, h := range q.held[name] {
		if err != nil || aws.ToString(h.message.ReceiptHandle) != *in.ReceiptHandle {
			left = append(left, h)
		}
	}
	q.held[name] = left
	return &sqs.DeleteMessageOutput{}, err
}
