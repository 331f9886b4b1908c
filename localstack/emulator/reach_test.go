package emulator_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	evtypes "github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
	"github.com/aws/aws-sdk-go-v2/service/rds"
	rdstypes "github.com/aws/aws-sdk-go-v2/service/rds/types"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"latchkey/events"
	"latchkey/shared/coded"
)

// sample is a sample event with members of its detail replaced.
func (w *world) sample(name string, change func(e *events.Envelope, detail map[string]any)) events.Envelope {
	w.Helper()
	for _, s := range events.Samples() {
		if s.Name != name {
			continue
		}
		env, err := events.ParseEnvelope(s.Event)
		w.must(err)
		env.Time = time.Now().UTC().Truncate(time.Second)
		var detail map[string]any
		w.must(json.Unmarshal(env.Detail, &detail))
		change(&env, detail)
		env.Detail, err = json.Marshal(detail)
		w.must(err)
		return env
	}
	w.Fatalf("no sample %s", name)
	return events.Envelope{}
}

func (w *world) put(bus string, env events.Envelope) string {
	w.Helper()
	id, err := w.Put(w.ctx, home, bus, env)
	w.must(err)
	return id
}

// signUp puts Tenant Created and Product Activated of a tenant with its key on a bus.
func (w *world) signUp(bus, tenant, key string) {
	w.put(bus, w.sample("tenant-created", func(_ *events.Envelope, d map[string]any) {
		d["tenantId"], d["hosts"], d["key"] = tenant, []string{tenant + ".example.com"}, map[string]any{"choice": "customer", "arn": key}
		d["region"] = home
	}))
	w.put(bus, w.sample("product-activated", func(_ *events.Envelope, d map[string]any) { d["tenantId"] = tenant }))
}

// created puts the event that RDS sends when it has made an instance; the
// emulator of RDS sends none.
func (w *world) created(instance string) {
	w.put("default", w.sample("rds-instance", func(e *events.Envelope, d map[string]any) {
		e.Account, d["SourceIdentifier"], d["EventID"] = "", instance, "RDS-EVENT-0005"
		d["SourceArn"] = "arn:aws:rds:" + home + ":" + w.Account + ":db:" + instance
	}))
}

// has reports whether the emulator of RDS has an instance.
func (w *world) has(instance string) bool {
	w.Helper()
	out, err := w.region.Clients.RDS.DescribeDBInstances(w.ctx, &rds.DescribeDBInstancesInput{})
	w.must(err)
	return slices.ContainsFunc(out.DBInstances, func(i rdstypes.DBInstance) bool { return *i.DBInstanceIdentifier == instance })
}

// product is the one of the sample Product Activated.
const product = "tracker"

// customerKey makes a key in the customer's account and returns its ARN.
func (w *world) customerKey() string {
	w.Helper()
	arn, err := w.CustomerKey(w.ctx, home, customer)
	w.must(err)
	return arn
}

// decision is an answer of the HTTP API.
type decision struct {
	Code    coded.Code // of an error
	Reason  string
	Context struct{ Role, Endpoint string }
}

// ask asks the HTTP API whether a tenant may be served, again while it says that
// this may help: on a busy machine the emulator may answer later than the
// function waits.
func (w *world) ask(tenant string) (status int, d decision) {
	w.Helper()
	for range 10 {
		if status, d = w.askOnce(tenant); d.Code != coded.Retryable {
			break
		}
	}
	return status, d
}

func (w *world) askOnce(tenant string) (status int, d decision) {
	w.Helper()
	res, err := http.Get(w.region.APIURL + "/tenants/" + tenant + "/context?product=" + product)
	w.must(err)
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	w.must(err)
	w.must(json.Unmarshal(b, &d))
	return res.StatusCode, d
}

func (w *world) access(tenant string) (status int, reason string) {
	w.Helper()
	status, d := w.ask(tenant)
	return status, d.Reason
}

// login is the role that a tenant's application logs in as, to a database of
// the same name, and where.
func (w *world) login(tenant string) (role, endpoint string) {
	w.Helper()
	_, d := w.ask(tenant)
	if d.Context.Role == "" || d.Context.Endpoint == "" {
		w.Fatalf("the answer names no role or endpoint: %+v", d)
	}
	return d.Context.Role, d.Context.Endpoint
}

func (w *world) wants(tenant string, status int, reason string) {
	w.Helper()
	if gotStatus, gotReason := w.access(tenant); gotStatus != status || gotReason != reason {
		w.Errorf("access of %s is %d %s, want %d %s", tenant, gotStatus, gotReason, status, reason)
	}
}

// listen makes a queue that gets what a pattern on a bus matches.
func (w *world) listen(name, bus string, pattern any) (url string) {
	w.Helper()
	c := w.region.Clients
	q, err := c.SQS.CreateQueue(w.ctx, &sqs.CreateQueueInput{QueueName: &name})
	w.must(err)
	b, err := json.Marshal(pattern)
	w.must(err)
	_, err = c.Events.PutRule(w.ctx, &eventbridge.PutRuleInput{Name: &name, EventBusName: &bus, EventPattern: aws.String(string(b))})
	w.must(err)
	arn := fmt.Sprintf("arn:aws:sqs:%s:%s:%s", home, w.Account, name)
	_, err = c.Events.PutTargets(w.ctx, &eventbridge.PutTargetsInput{Rule: &name, EventBusName: &bus, Targets: []evtypes.Target{{Id: &name, Arn: &arn}}})
	w.must(err)
	return aws.ToString(q.QueueUrl)
}

// drain takes every message of a queue.
func (w *world) drain(url string) []string {
	w.Helper()
	var out []string
	for {
		got, err := w.region.Clients.SQS.ReceiveMessage(w.ctx, &sqs.ReceiveMessageInput{QueueUrl: &url, MaxNumberOfMessages: 10})
		w.must(err)
		if len(got.Messages) == 0 {
			return out
		}
		var done []types.DeleteMessageBatchRequestEntry
		for _, m := range got.Messages {
			out = append(out, aws.ToString(m.Body))
			done = append(done, types.DeleteMessageBatchRequestEntry{Id: m.MessageId, ReceiptHandle: m.ReceiptHandle})
		}
		_, err = w.region.Clients.SQS.DeleteMessageBatch(w.ctx, &sqs.DeleteMessageBatchInput{QueueUrl: &url, Entries: done})
		w.must(err)
	}
}
