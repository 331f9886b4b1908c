package eventbridge_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"sync/atomic"
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

var buses atomic.Int64

// wire makes a bus of its own whose events end in a queue, and returns its name
// and the queue's URL.
func wire(t *testing.T) (name, queueURL string) {
	t.Helper()
	name = fmt.Sprintf("latchkey-suite-%d", buses.Add(1))
	client := sdk.NewFromConfig(mototest.Config(t, region))
	ctx := context.Background()
	if _, err := client.CreateEventBus(ctx, &sdk.CreateEventBusInput{Name: &name}); err != nil {
		t.Fatal(err)
	}
	_, err := client.PutRule(ctx, &sdk.PutRuleInput{Name: aws.String("all"), EventBusName: &name, EventPattern: aws.String(`{"source":["latchkey"]}`)})
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
	return name, queue.QueueUrl
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

func TestWire_PutEvents_NoBus(t *testing.T) {
	bus := eventbridge.New(sdk.NewFromConfig(mototest.Config(t, region)), eventbridge.Config{Bus: "latchkey-nowhere", Timeout: patient})
	_, err := bus.PutEvents(context.Background(), []events.Envelope{{Source: "latchkey", DetailType: "d", Time: time.Now(), Detail: json.RawMessage(`{}`)}})
	if !coded.Is(err, coded.NotFound) {
		t.Errorf("got %v (%s)", err, coded.Of(err))
	}
}
