package deployed_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"latchkey/events"
	"latchkey/localstack/api"
	"latchkey/shared/coded"
	"latchkey/shared/deployment"
)

var (
	provision = deployment.Name(events.FunctionProvision)
	buried    = deployment.DeadLetters(provision)
)

// body is a message with an event of this id.
func body(t *testing.T, id string) string {
	t.Helper()
	env := sample(t, "tenant-created.shared")
	env.ID = id
	return marshal(t, env)
}

func marshal(t *testing.T, env events.Envelope) string {
	t.Helper()
	b, err := env.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// A list holds every letter once, the oldest first, and leaves all of them where
// they are, for whoever looks next.
func TestCell_DeadLetters(t *testing.T) {
	q, said := newQueues(true), []string{}
	for n := range 25 {
		q.bury([]string{events.FunctionProvision, deployment.FunctionRoute}[n%2], body(t, fmt.Sprint(n)), nil)
	}
	c := newCell(t, parts(q, &bus{}, &said))
	for range 2 {
		list, err := c.DeadLetters(ctx)
		if err != nil || len(list) != 25 {
			t.Fatalf("%d letters, %v", len(list), err)
		}
		for n, l := range list {
			if l.Event.ID != fmt.Sprint(n) || l.Receives != deployment.MaxReceives {
				t.Errorf("letter %d is %+v", n, l)
			}
		}
		if len(q.visible(buried)) != 13 {
			t.Errorf("%d letters of provision are visible", len(q.visible(buried)))
		}
	}
	if len(said) != 0 {
		t.Errorf("said %v", said)
	}
}

// A letter that is received twice is listed once, and is shown again.
func TestCell_DeadLetters_Again(t *testing.T) {
	q, said := newQueues(false), []string{}
	q.bury(events.FunctionProvision, body(t, "x"), nil)
	q.held[buried][0].again = true
	list, err := newCell(t, parts(q, &bus{}, &said)).DeadLetters(ctx)
	if err != nil || len(list) != 1 || len(q.visible(buried)) != 1 {
		t.Errorf("%d letters, %d visible, %v", len(list), len(q.visible(buried)), err)
	}
}

func TestCell_DeadLetters_Kinds(t *testing.T) {
	for _, c := range []struct {
		name, function, body string
		attributes           map[string]string
		want                 api.Letter
	}{
		{"an event", events.FunctionProvision, body(t, "x"), nil,
			api.Letter{Code: coded.Retryable, Receives: 25, Error: "its function failed on it: the log of latchkey-provision with eventId x says why"}},
		{"by EventBridge", events.FunctionProvision, body(t, "x"), map[string]string{"ERROR_CODE": "NO_PERMISSIONS", "RETRY_ATTEMPTS": "7"},
			api.Letter{Code: coded.Retryable, Receives: 7, Error: "EventBridge could not hand it over: NO_PERMISSIONS"}},
		{"an approval", events.FunctionWatchKeys, marshal(t, approval(t, "a person")), nil, api.Letter{Code: coded.Conflict, Receives: 25,
			Error: "an approval counts for the return that it was given for: if it still does, approve again with `key approve`"}},
		{"no event", events.FunctionProvision, "{", nil, api.Letter{Code: coded.Invalid, Receives: 25, Error: "event: not a JSON object: unexpected EOF"}},
		{"a schedule", deployment.FunctionSweep, "{}", map[string]string{"SCHEDULE_ARN": "arn:x"},
			api.Letter{Code: coded.Retryable, Receives: 25, Error: "nothing is to be done: the next run does its work"}},
		{"a stream", events.FunctionAdvance, `{"requestContext":{},"DDBStreamBatchInfo":{}}`, nil,
			api.Letter{Code: coded.Retryable, Receives: 25, Error: "nothing is to be done: the next run does its work"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			q, said := newQueues(false), []string{}
			q.bury(c.function, c.body, c.attributes)
			list, err := newCell(t, parts(q, &bus{}, &said)).DeadLetters(ctx)
			if err != nil || len(list) != 1 {
				t.Fatalf("%+v, %v", list, err)
			}
			if l := list[0]; l.Function != c.function || l.Code != c.want.Code || l.Error != c.want.Error || l.Receives != c.want.Receives {
				t.Errorf("%+v, want %+v", l, c.want)
			}
		})
	}
}

func TestCell_DeadLetters_Fails(t *testing.T) {
	q, said := newQueues(false), []string{}
	q.failing["ReceiveMessage"] = errors.New("denied")
	if _, err := newCell(t, parts(q, &bus{}, &said)).DeadLetters(ctx); err == nil || !strings.Contains(err.Error(), buried) {
		t.Errorf("%v", err)
	}
	delete(q.held, buried)
	delete(q.failing, "ReceiveMessage")
	if _, err := newCell(t, parts(q, &bus{}, &said)).DeadLetters(ctx); err == nil || !strings.Contains(err.Error(), buried) {
		t.Errorf("without a queue: %v", err)
	}
}

// A redrive deletes a letter only after it was sent, and says both before.
func TestCell_Redrive(t *testing.T) {
	fails := coded.New(coded.Retryable, "no answer")
	for _, c := range []struct {
		name, failing string
		back, left    int
		want          api.Redriven
	}{
		{"", "", 1, 1, api.Redriven{Redriven: 1, Left: 1}},
		{"sending fails", "SendMessage", 0, 2, api.Redriven{}},
		{"deleting fails", "DeleteMessage", 1, 2, api.Redriven{}},
	} {
		t.Run(c.name, func(t *testing.T) {
			q, said := newQueues(false), []string{}
			if c.failing != "" {
				q.failing[c.failing] = fails
			}
			good := body(t, "x")
			q.bury(events.FunctionProvision, good, nil)
			q.bury(events.FunctionProvision, "{", nil)
			out, err := newCell(t, parts(q, &bus{}, &said)).Redrive(ctx)
			if out != c.want || (err == nil) != (c.failing == "") {
				t.Errorf("%+v, %v", out, err)
			}
			back := q.visible(provision)
			if len(back) != c.back || len(back) == 1 && back[0] != good || len(q.visible(buried)) != c.left {
				t.Errorf("back came %v, left are %v", back, q.visible(buried))
			}
			if len(said) != 1 || !strings.Contains(said[0], "sending event x ") {
				t.Errorf("said %v", said)
			}
		})
	}
}

// What a redrive says moves no cursor of a terminal, whoever made the event.
func TestCell_Redrive_Says(t *testing.T) {
	q, said := newQueues(false), []string{}
	q.bury(events.FunctionProvision, body(t, "\x1b[2J"), nil)
	if _, err := newCell(t, parts(q, &bus{}, &said)).Redrive(ctx); err != nil || len(said) != 1 || strings.Contains(said[0], "\x1b") {
		t.Errorf("said %q, %v", said, err)
	}
}
