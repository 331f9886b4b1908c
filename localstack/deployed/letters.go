package deployed

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"latchkey/localstack/api"
	"latchkey/shared/aws/awserror"
	"latchkey/shared/deployment"
)

// Reading a queue of dead letters. A message that is received is hidden from
// others for a while; it is shown again as soon as the list is made, and by
// itself after hidden if that fails. [SQS guide, Amazon SQS visibility timeout]
const (
	hidden     = time.Minute
	poll       = time.Second // long polling asks all of SQS's servers
	batch      = 10          // messages in one answer of SQS
	maxLetters = 1000        // of one queue in one list
)

// dead is a message in a queue of dead letters.
type dead struct {
	function deployment.Function
	url      string // of the queue
	message  types.Message
	sent     int64 // when it came into the queue, in ms
	letter   api.Letter
}

// DeadLetters lists what no function could take, the oldest first. It deletes
// nothing.
func (c *Cell) DeadLetters(ctx context.Context) ([]api.Letter, error) {
	found, err := c.receive(ctx)
	c.show(ctx, found)
	if err != nil {
		return nil, err
	}
	letters := []api.Letter{}
	for _, d := range found {
		letters = append(letters, d.letter)
	}
	return letters, nil
}

// receive takes what is in all queues of dead letters; what it returns is hidden
// from others, also beside an error.
func (c *Cell) receive(ctx context.Context) ([]dead, error) {
	var (
		wait sync.WaitGroup
		mu   sync.Mutex
		all  []dead
		errs []error
	)
	for _, f := range deployment.Functions() {
		if f.Queue == nil && f.Stream == nil && f.Every == 0 {
			continue // it is called only, and has no dead letters
		}
		wait.Go(func() {
			some, err := c.receiveFrom(ctx, f)
			mu.Lock()
			defer mu.Unlock()
			all, errs = append(all, some...), append(errs, err)
		})
	}
	wait.Wait()
	slices.SortStableFunc(all, func(a, b dead) int { return cmp.Compare(a.sent, b.sent) })
	return all, errors.Join(errs...)
}

func (c *Cell) receiveFrom(ctx context.Context, f deployment.Function) ([]dead, error) {
	name := deployment.DeadLetters(deployment.Name(f.Name))
	at, err := c.parts.Queues.GetQueueUrl(ctx, &sqs.GetQueueUrlInput{QueueName: &name})
	var absent *types.QueueDoesNotExist
	if errors.As(err, &absent) && f.Place == deployment.InEntry {
		return nil, nil // the entry is in one Region
	}
	if err != nil {
		return nil, awserror.Wrap(err, "looking for the queue %s", name)
	}
	var list []dead
	places := map[string]int{} // in list, by the id of the message
	for len(list) < maxLetters {
		out, err := c.parts.Queues.ReceiveMessage(ctx, &sqs.ReceiveMessageInput{
			QueueUrl: at.QueueUrl, MaxNumberOfMessages: batch, VisibilityTimeout: int32(hidden.Seconds()), WaitTimeSeconds: int32(poll.Seconds()),
			MessageAttributeNames:       []string{"All"},
			MessageSystemAttributeNames: []types.MessageSystemAttributeName{types.MessageSystemAttributeNameSentTimestamp},
		})
		if err != nil {
			return list, awserror.Wrap(err, "receiving from the queue %s", name)
		}
		fresh := 0
		for _, m := range out.Messages {
			id := aws.ToString(m.MessageId)
			if i, again := places[id]; again {
				list[i].message = m // with the receipt handle that counts now
				continue
			}
			places[id] = len(list)
			fresh++
			sent, _ := strconv.ParseInt(m.Attributes[string(types.MessageSystemAttributeNameSentTimestamp)], 10, 64)
			list = append(list, dead{function: f, url: aws.ToString(at.QueueUrl), message: m, sent: sent, letter: c.letter(f, m)})
		}
		if fresh == 0 {
			return list, nil
		}
	}
	return list, nil
}

// show ends the time in which received messages are hidden. Where that fails,
// they show by themselves.
func (c *Cell) show(ctx context.Context, list []dead) {
	byQueue := map[string][]types.ChangeMessageVisibilityBatchRequestEntry{}
	for i, d := range list {
		byQueue[d.url] = append(byQueue[d.url], types.ChangeMessageVisibilityBatchRequestEntry{
			Id: aws.String(strconv.Itoa(i)), ReceiptHandle: d.message.ReceiptHandle, VisibilityTimeout: 0,
		})
	}
	for url, entries := range byQueue {
		for some := range slices.Chunk(entries, batch) {
			_, err := c.parts.Queues.ChangeMessageVisibilityBatch(ctx, &sqs.ChangeMessageVisibilityBatchInput{QueueUrl: &url, Entries: some})
			if err != nil {
				c.parts.Log.WarnContext(ctx, "dead letters stay hidden for a while", "queue", url, "for", hidden.String(), "error", err)
			}
		}
	}
}
