package main

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	sqstypes "github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"latchkey/events"
	"latchkey/localstack/api"
	"latchkey/shared/deployment"
)

// queue returns the address of a queue.
func (w *emulated) queue(t *testing.T, name string) *string {
	t.Helper()
	out, err := w.queues.GetQueueUrl(context.Background(), &sqs.GetQueueUrlInput{QueueName: &name})
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return out.QueueUrl
}

// taken returns what is in a queue, and removes it.
func (w *emulated) taken(t *testing.T, name string) []string {
	t.Helper()
	url := w.queue(t, name)
	var bodies []string
	for {
		out, err := w.queues.ReceiveMessage(context.Background(), &sqs.ReceiveMessageInput{QueueUrl: url, MaxNumberOfMessages: 10})
		if err != nil {
			t.Fatal(err)
		}
		if len(out.Messages) == 0 {
			return bodies
		}
		for _, m := range out.Messages {
			bodies = append(bodies, *m.Body)
			if _, err := w.queues.DeleteMessage(context.Background(), &sqs.DeleteMessageInput{QueueUrl: url, ReceiptHandle: m.ReceiptHandle}); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// approve holds that an approval comes to watch-keys by the cell's bus, that it
// is told first, and that what nobody should put is not put.
func (w *emulated) approve(t *testing.T) {
	if out, code := localstack(w.url, "key", "approve", w.Keys["cedar"], "--by", "the operator on call, 4711"); code != exitOK || out != "1 accepted\n" {
		t.Fatalf("exit %d: %s", code, out)
	}
	got := w.taken(t, deployment.Name(events.FunctionWatchKeys))
	if len(got) != 1 {
		t.Fatalf("%d events came: %v", len(got), got)
	}
	env, err := events.ParseEnvelope([]byte(got[0]))
	if err != nil {
		t.Fatal(err)
	}
	detail, err := events.Parse(env)
	if approved, ok := detail.(*events.KeyReturnApproved); err != nil || !ok || approved.KeyARN != w.Keys["cedar"] || approved.ApprovedBy != "the operator on call, 4711" {
		t.Errorf("%s: %v", got[0], err)
	}
	if said := w.said.String(); !strings.Contains(said, "putting an event on the bus latchkey in eu-central-1: Key Return Approved of latchkey.operator") || !strings.Contains(said, "4711") {
		t.Errorf("said %s", said)
	}
	for sample, want := range map[string]string{
		"kms-call.disable-key": "only AWS can put events of aws.kms", "key-locked": "needed by no function", "rds-instance.stopped": "only AWS can put",
	} {
		name := w.sampleFile(t, sample)
		if out, _ := localstack(w.url, "event", "put", name); !strings.Contains(out, want) {
			t.Errorf("event put of %s: %s", sample, out)
		}
	}
	if n := w.wire.all()[call{"events:PutEvents", "event-bus/" + deployment.Bus}]; n != 1 {
		t.Errorf("%d events were put", n)
	}
}

// sampleFile writes the first sample whose name begins so to a file.
func (w *emulated) sampleFile(t *testing.T, prefix string) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "event.json")
	for _, s := range events.Samples() {
		if strings.HasPrefix(s.Name, prefix) {
			if err := os.WriteFile(name, s.Event, 0o600); err != nil {
				t.Fatal(err)
			}
			return name
		}
	}
	t.Fatalf("no sample %s", prefix)
	return ""
}

// bury puts a message among a function's dead letters.
func (w *emulated) bury(t *testing.T, function, body string, attributes map[string]string) {
	t.Helper()
	in := &sqs.SendMessageInput{QueueUrl: w.queue(t, deployment.DeadLetters(deployment.Name(function))), MessageBody: &body,
		MessageAttributes: map[string]sqstypes.MessageAttributeValue{}}
	for name, value := range attributes {
		in.MessageAttributes[name] = sqstypes.MessageAttributeValue{DataType: aws.String("String"), StringValue: aws.String(value)}
	}
	if _, err := w.queues.SendMessage(context.Background(), in); err != nil {
		t.Fatal(err)
	}
}

// commerce is a commerce event as it waits in a queue; broken lacks its tenant.
func commerce(t *testing.T, id string, broken bool) string {
	t.Helper()
	env, err := events.New(events.TypeProductActivated, id, time.Now(), "eu-central-1", "", &events.ProductActivated{
		Subject: events.Subject{Version: events.DetailVersion, TenantID: "acme", Sequence: 9}, Product: "wiki", License: events.License{Edition: "premium", Seats: 3}})
	if err != nil {
		t.Fatal(err)
	}
	if broken {
		env.Detail = json.RawMessage(`{"version":"1"}`)
	}
	body, err := env.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

// deadLetters holds that a list leaves the letters where they are and visible,
// and that a redrive hands back what may pass, and that alone.
func (w *emulated) deadLetters(t *testing.T) {
	good, undelivered := commerce(t, "good", false), commerce(t, "undelivered", false)
	w.bury(t, events.FunctionProvision, good, nil)
	w.bury(t, events.FunctionProvision, commerce(t, "broken", true), nil)
	w.bury(t, events.FunctionProvision, undelivered, map[string]string{"ERROR_CODE": "NO_PERMISSIONS", "ERROR_MESSAGE": "not allowed", "RULE_ARN": "arn:x", "RETRY_ATTEMPTS": "3"})
	w.bury(t, events.FunctionAdvance, `{"requestContext":{"functionArn":"x"},"DDBStreamBatchInfo":{"batchSize":1}}`, nil)
	w.bury(t, deployment.FunctionSnapshot, `{}`, map[string]string{"ERROR_CODE": "AWS.Scheduler.InternalServerError", "SCHEDULE_ARN": "arn:y"})
	want := map[string]string{
		"good": "retryable its function failed on it: the log of latchkey-provision with eventId good says why", "broken": "invalid detail.",
		"undelivered":            "retryable EventBridge could not hand it over: NO_PERMISSIONS: not allowed",
		"(changes of the table)": "retryable nothing is to be done", "(scheduled run)": "retryable nothing is to be done",
	}
	for range 2 {
		list := w.letters(t)
		if len(list) != len(want) {
			t.Errorf("%d letters: %+v", len(list), list)
		}
		for _, l := range list {
			name := l.Event.ID
			if l.ID == name {
				name = l.Event.DetailType
			}
			if !strings.HasPrefix(string(l.Code)+" "+l.Error, want[name]) || want[name] == "" {
				t.Errorf("%s: %s %s, want %s", name, l.Code, l.Error, want[name])
			}
		}
	}
	if out, code := localstack(w.url, "dead-letters", "--redrive"); code != exitOK || out != "2 delivered again, 3 left whose errors will not pass by themselves\n" {
		t.Errorf("exit %d: %s", code, out)
	}
	if got := w.taken(t, deployment.Name(events.FunctionProvision)); len(got) != 2 || got[0] != good || got[1] != undelivered {
		t.Errorf("back came %v", got)
	}
	if list := w.letters(t); len(list) != 3 {
		t.Errorf("left are %+v", list)
	}
	if said := w.said.String(); !strings.Contains(said, "sending event good (Product Activated) back to the queue latchkey-provision") {
		t.Errorf("said %s", said)
	}
}

func (w *emulated) letters(t *testing.T) []api.Letter {
	t.Helper()
	out, code := localstack(w.url, "--json", "dead-letters")
	var list []api.Letter
	if err := json.Unmarshal([]byte(out), &list); err != nil || code != exitOK {
		t.Fatalf("exit %d, %v: %s", code, err, out)
	}
	return list
}
