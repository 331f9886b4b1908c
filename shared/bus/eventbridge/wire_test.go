package eventbridge_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"reflect"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge/types"

	"latchkey/events"
	"latchkey/shared/aws/mototest"
	"latchkey/shared/bus/eventbridge"
	"latchkey/shared/coded"
)

const (
	region  = "eu-central-1"
	patient = time.Minute // an emulator on a busy machine is slower than EventBridge
)

// sqs calls an action of SQS without an SDK client, which nothing else here needs.
func sqs(t *testing.T, action string, in map[string]any, out any) {
	t.Helper()
	body, err := json.Marshal(in)
	if err != nil {
		t.Fatal(err)
	}
	req, err := http.NewRequest(http.MethodPost, mototest.Endpoint(t), bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-amz-json-1.0")
	req.Header.Set("X-Amz-Target", "AmazonSQS."+action)
	req.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=testing/20260101/"+region+"/sqs/aws4_request, SignedHeaders=host, Signature=0")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if err := json.NewDecoder(res.Body).Decode(out); err != nil || res.StatusCode != http.StatusOK {
		t.Fatalf("%s: %s, %v", action, res.Status, err)
	}
}

// wire makes a bus whose events end in a queue, and returns what reads the queue.
func wire(t *testing.T, name string) (bus *eventbridge.Bus, received func() []events.Envelope) {
	t.Helper()
	res, err := http.Post(mototest.Endpoint(t)+"/moto-api/reset", "", nil) // a run of the tests before this one
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	client := sdk.NewFromConfig(mototest.Config(t, region))
	ctx := context.Background()
	if _, err := client.CreateEventBus(ctx, &sdk.CreateEventBusInput{Name: &name}); err != nil {
		t.Fatal(err)
	}
	_, err = client.PutRule(ctx, &sdk.PutRuleInput{Name: aws.String("all"), EventBusName: &name, EventPattern: aws.String(`{"source":["latchkey"]}`)})
	if err != nil {
		t.Fatal(err)
	}
	var queue struct{ QueueUrl string }
	sqs(t, "CreateQueue", map[string]any{"QueueName": name}, &queue)
	_, err = client.PutTargets(ctx, &sdk.PutTargetsInput{Rule: aws.String("all"), EventBusName: &name, Targets: []types.Target{
		{Id: aws.String("queue"), Arn: aws.String("arn:aws:sqs:" + region + ":" + mototest.Account + ":" + name)},
	}})
	if err != nil {
		t.Fatal(err)
	}
	return eventbridge.New(client, eventbridge.Config{Bus: name, Timeout: patient}), func() []events.Envelope {
		return receive(t, queue.QueueUrl)
	}
}

// receive takes the events in a queue, at most a hundred.
func receive(t *testing.T, url string) (got []events.Envelope) {
	t.Helper()
	for range 10 {
		var out struct{ Messages []struct{ Body string } }
		sqs(t, "ReceiveMessage", map[string]any{"QueueUrl": url, "MaxNumberOfMessages": 10, "WaitTimeSeconds": 0}, &out)
		if len(out.Messages) == 0 {
			return got
		}
		for _, m := range out.Messages {
			env, err := events.ParseEnvelope([]byte(m.Body))
			if err != nil {
				t.Fatalf("%s: %v", m.Body, err)
			}
			got = append(got, env)
		}
	}
	return got
}

// TestWire_PutEvents sends more events than one call takes and compares what a
// target of the bus is given.
func TestWire_PutEvents(t *testing.T) {
	bus, received := wire(t, "latchkey-put")
	var batch []events.Envelope
	for n := range 23 {
		batch = append(batch, events.Envelope{Version: "0", ID: "ours", Source: "latchkey", DetailType: "Key Locked",
			Time: time.Date(2026, 1, 2, 3, 4, n, 0, time.UTC), Resources: []string{"arn:aws:kms:eu-central-1:111122223333:key/k"},
			Detail: json.RawMessage(fmt.Sprintf(`{"n":%d,"text":"Schlüssel"}`, n))})
	}
	failed, err := bus.PutEvents(context.Background(), batch)
	if err != nil {
		t.Fatal(err)
	}
	for i, err := range failed {
		if err != nil {
			t.Errorf("event %d: %v", i, err)
		}
	}
	got := received()
	if len(got) != len(batch) {
		t.Fatalf("%d events arrived, want %d", len(got), len(batch))
	}
	byTime := map[int]events.Envelope{}
	for _, e := range got {
		byTime[e.Time.Second()] = e
	}
	for n, want := range batch {
		e := byTime[n]
		if e.Source != want.Source || e.DetailType != want.DetailType || !e.Time.Equal(want.Time) ||
			!reflect.DeepEqual(e.Resources, want.Resources) || !sameJSON(e.Detail, want.Detail) {
			t.Errorf("got %+v %s\nwant %+v", e, e.Detail, want)
		}
		if e.ID == "" || e.ID == want.ID {
			t.Errorf("id %q: EventBridge gives one of its own", e.ID)
		}
	}
}

func sameJSON(a, b []byte) bool {
	var x, y any
	return json.Unmarshal(a, &x) == nil && json.Unmarshal(b, &y) == nil && reflect.DeepEqual(x, y)
}

// TestWire_PutEvents_Entry holds that a broken event is told apart from its neighbours.
func TestWire_PutEvents_Entry(t *testing.T) {
	bus, received := wire(t, "latchkey-entry")
	good := events.Envelope{Source: "latchkey", DetailType: "Key Locked", Time: time.Now(), Detail: json.RawMessage(`{}`)}
	bad := good
	bad.Detail = json.RawMessage(`{"cut":`)
	failed, err := bus.PutEvents(context.Background(), []events.Envelope{good, bad, good})
	if err != nil || failed[0] != nil || !coded.Is(failed[1], coded.Invalid) || failed[2] != nil {
		t.Errorf("%v, %v", failed, err)
	}
	if got := received(); len(got) != 2 {
		t.Errorf("%d events arrived, want 2", len(got))
	}
}

func TestWire_PutEvents_NoBus(t *testing.T) {
	bus := eventbridge.New(sdk.NewFromConfig(mototest.Config(t, region)), eventbridge.Config{Bus: "latchkey-nowhere", Timeout: patient})
	_, err := bus.PutEvents(context.Background(), []events.Envelope{{Source: "latchkey", DetailType: "d", Time: time.Now(), Detail: json.RawMessage(`{}`)}})
	if !coded.Is(err, coded.NotFound) {
		t.Errorf("got %v (%s)", err, coded.Of(err))
	}
}
