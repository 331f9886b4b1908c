package deployed

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"latchkey/events"
	"latchkey/localstack/api"
	"latchkey/shared/coded"
	"latchkey/shared/deployment"
)

// letter reads one message of a function's dead letters. SQS keeps no reason
// with it: that is told again here for an event that is wrong by itself; for
// another one the function's log has it.
func (c *Cell) letter(f deployment.Function, m types.Message) api.Letter {
	l := api.Letter{ID: aws.ToString(m.MessageId), Function: f.Name, Receives: deployment.MaxReceives, Code: coded.Retryable}
	reason, attempts := undelivered(m)
	if reason != "" {
		l.Receives = attempts
	}
	env, err := events.ParseEnvelope([]byte(aws.ToString(m.Body)))
	if err != nil {
		l.Event = events.Envelope{ID: l.ID, DetailType: notAnEvent(f, m)}
		l.Error = "nothing is to be done: the next run does its work"
		if l.Event.DetailType == "" {
			l.Code, l.Error = coded.Invalid, err.Error()
		}
		return l
	}
	l.Event = env
	detail, err := c.contract.Parse(env)
	_, approval := detail.(*events.KeyReturnApproved)
	switch {
	case approval:
		l.Code, l.Error = coded.Conflict, "an approval counts for the return that it was given for: if it still does, approve again with `key approve`"
	case err != nil && !errors.Is(err, events.ErrUnknown):
		l.Code, l.Error = coded.Of(err), err.Error()
	case reason != "":
		l.Error = "EventBridge could not hand it over: " + reason
	default:
		l.Error = fmt.Sprintf("its function failed on it: the log of %s with eventId %s says why", deployment.Name(f.Name), env.ID)
	}
	return l
}

// undelivered returns why EventBridge or its scheduler gave a message up, and
// after how many tries; "" for one that SQS moved. [EventBridge guide, Using
// dead-letter queues to process undelivered events; EventBridge Scheduler guide,
// Configuring a schedule's dead-letter queue]
func undelivered(m types.Message) (reason string, attempts int) {
	code := m.MessageAttributes["ERROR_CODE"].StringValue
	if code == nil {
		return "", 0
	}
	reason = *code
	if text := aws.ToString(m.MessageAttributes["ERROR_MESSAGE"].StringValue); text != "" {
		reason += ": " + text
	}
	attempts, _ = strconv.Atoi(aws.ToString(m.MessageAttributes["RETRY_ATTEMPTS"].StringValue))
	return reason, attempts
}

// notAnEvent names a message that Lambda or the scheduler put among the dead
// letters; "" for any other. [Lambda guide, Capturing records of Lambda
// asynchronous invocations; Retain records for failed DynamoDB invocations]
func notAnEvent(f deployment.Function, m types.Message) string {
	var body struct {
		Context json.RawMessage `json:"requestContext"`
		Batch   json.RawMessage `json:"DDBStreamBatchInfo"`
	}
	_ = json.Unmarshal([]byte(aws.ToString(m.Body)), &body) // what is not JSON has neither
	_, scheduled := m.MessageAttributes["SCHEDULE_ARN"]
	switch {
	case body.Batch != nil:
		return "(changes of the table)"
	case body.Context != nil, scheduled, f.Queue == nil:
		return "(scheduled run)"
	}
	return ""
}
