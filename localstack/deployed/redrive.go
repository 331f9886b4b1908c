package deployed

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"latchkey/localstack/api"
	"latchkey/shared/aws/awserror"
	"latchkey/shared/coded"
	"latchkey/shared/deployment"
	"latchkey/shared/keyusage/report"
)

// Redrive sends the events among the dead letters back to the queue of their
// function, and then deletes each from the dead letters. It leaves what is wrong
// by itself, and what is no event. An event that was sent and could not be
// deleted comes twice, which changes nothing: its id was applied.
//
// SQS's own redrive gives back only what SQS moved itself, and all of it.
// [SQS API reference, StartMessageMoveTask]
func (c *Cell) Redrive(ctx context.Context) (api.Redriven, error) {
	found, err := c.receive(ctx)
	if err != nil {
		c.show(ctx, found)
		return api.Redriven{}, err
	}
	var left []dead
	defer func() { c.show(ctx, left) }()
	queues := map[string]string{}
	done := 0
	for i, d := range found {
		if d.function.Queue == nil || d.letter.Code != coded.Retryable || d.letter.Event.Version == "" {
			left = append(left, d)
			continue
		}
		if err := c.handBack(ctx, d, queues); err != nil {
			left = append(left, found[i:]...)
			return api.Redriven{}, err
		}
		done++
	}
	return api.Redriven{Redriven: done, Left: len(left)}, nil
}

// handBack sends one event to its function's queue and deletes the letter.
// queues remembers addresses by name.
func (c *Cell) handBack(ctx context.Context, d dead, queues map[string]string) error {
	name := deployment.Name(d.function.Name)
	if queues[name] == "" {
		at, err := c.parts.Queues.GetQueueUrl(ctx, &sqs.GetQueueUrlInput{QueueName: &name})
		if err != nil {
			return awserror.Wrap(err, "looking for the queue %s", name)
		}
		queues[name] = *at.QueueUrl
	}
	url := queues[name]
	c.parts.Say("sending event %s (%s) back to the queue %s, and deleting it from its dead letters",
		report.Printable(d.letter.Event.ID), report.Printable(d.letter.Event.DetailType), name)
	if _, err := c.parts.Queues.SendMessage(ctx, &sqs.SendMessageInput{QueueUrl: &url, MessageBody: d.message.Body}); err != nil {
		return awserror.Wrap(err, "sending event %s to the queue %s", d.letter.Event.ID, name)
	}
	if _, err := c.parts.Queues.DeleteMessage(ctx, &sqs.DeleteMessageInput{QueueUrl: &d.url, ReceiptHandle: d.message.ReceiptHandle}); err != nil {
		return awserror.Wrap(err, "event %s was sent to the queue %s; deleting it from its dead letters", d.letter.Event.ID, name)
	}
	return nil
}
