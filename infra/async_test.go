package main

import (
	"strings"
	"testing"

	"latchkey/infra/network/synthtest"
	"latchkey/shared/deployment"
)

// target is something that is delivered to without anyone waiting.
type target struct{ id, dead string }

// async returns every asynchronous delivery of a stack, and fails for one that
// has no retry policy.
func async(t *testing.T, tmpl synthtest.Template) []target {
	t.Helper()
	var all []target
	retries := func(id string, v any, members ...string) {
		for _, m := range members {
			if part(v, m) == nil {
				t.Errorf("%s has no %s", id, m)
			}
		}
	}
	for id, r := range tmpl.Of("AWS::Events::Rule") {
		for _, to := range r.Properties["Targets"].([]any) {
			all = append(all, target{id, text(part(to, "DeadLetterConfig", "Arn"))})
			retries(id, part(to, "RetryPolicy"), "MaximumEventAgeInSeconds", "MaximumRetryAttempts")
		}
	}
	for id, r := range tmpl.Of("AWS::Scheduler::Schedule") {
		all = append(all, target{id, text(part(r.Properties, "Target", "DeadLetterConfig", "Arn"))})
		retries(id, part(r.Properties, "Target", "RetryPolicy"), "MaximumEventAgeInSeconds", "MaximumRetryAttempts")
	}
	for id, r := range tmpl.Of("AWS::Lambda::EventInvokeConfig") {
		all = append(all, target{id, text(part(r.Properties, "DestinationConfig", "OnFailure", "Destination"))})
		retries(id, r.Properties, "MaximumEventAgeInSeconds", "MaximumRetryAttempts")
	}
	for id, r := range tmpl.Of("AWS::Lambda::EventSourceMapping") {
		if strings.HasSuffix(text(r.Properties["EventSourceArn"]), ".StreamArn}") {
			all = append(all, target{id, text(part(r.Properties, "DestinationConfig", "OnFailure", "Destination"))})
			retries(id, r.Properties, "MaximumRecordAgeInSeconds", "MaximumRetryAttempts")
		}
	}
	for id, r := range tmpl.Of("AWS::SQS::Queue") {
		if r.Properties["RedrivePolicy"] != nil {
			all = append(all, target{id, text(part(r.Properties, "RedrivePolicy", "deadLetterTargetArn"))})
			retries(id, part(r.Properties, "RedrivePolicy"), "maxReceiveCount")
		}
	}
	return all
}

// TestAsync holds that whatever is delivered asynchronously has a retry policy
// and a dead-letter queue, and that somebody is told when that is not empty.
func TestAsync(t *testing.T) {
	everyStack(t, func(t *testing.T, tmpl synthtest.Template) {
		queues, watched := tmpl.Of("AWS::SQS::Queue"), map[string]bool{}
		for _, r := range tmpl.Of("AWS::CloudWatch::Alarm") {
			if r.Properties["MetricName"] == "ApproximateNumberOfMessagesVisible" && r.Properties["Threshold"] == 0.0 {
				for _, d := range r.Properties["Dimensions"].([]any) {
					watched[text(part(d, "Value"))] = true
				}
			}
		}
		all := async(t, tmpl)
		if len(all) == 0 {
			t.Fatal("nothing asynchronous was found")
		}
		used := map[string]bool{}
		for _, to := range all {
			id := strings.TrimSuffix(strings.TrimPrefix(to.dead, "${"), ".Arn}")
			queue, ok := queues[id]
			if !ok || queue.Properties["RedrivePolicy"] != nil {
				t.Errorf("%s: %q is no dead-letter queue", to.id, to.dead)
				continue
			}
			used[id] = true
			if name := text(queue.Properties["QueueName"]); !watched[name] {
				t.Errorf("%s: nobody watches %s", to.id, name)
			}
		}
		for id, q := range queues {
			if q.Properties["RedrivePolicy"] == nil && !used[id] {
				t.Errorf("%s has no dead-letter queue and is none", id)
			}
		}
	})
}

// TestQueues holds what every queue is.
func TestQueues(t *testing.T) {
	everyStack(t, func(t *testing.T, tmpl synthtest.Template) {
		policies := map[string]any{}
		for _, r := range tmpl.Of("AWS::SQS::QueuePolicy") {
			for _, q := range texts(r.Properties["Queues"]) {
				policies[strings.Trim(q, "${}")] = r.Properties["PolicyDocument"]
			}
		}
		for id, q := range tmpl.Of("AWS::SQS::Queue") {
			if q.Properties["SqsManagedSseEnabled"] != true {
				t.Errorf("%s is not encrypted", id)
			}
			queuePolicy(t, id, policies[id])
		}
		for _, f := range deployment.Functions() {
			q, ok := queueOf(tmpl, deployment.Name(f.Name))
			if !ok {
				continue
			}
			if q["VisibilityTimeout"] != deployment.VisibilityFactor*f.Timeout.Seconds() {
				t.Errorf("messages of %s come back after %v, the function has %v", f.Name, q["VisibilityTimeout"], f.Timeout)
			}
			if part(q, "RedrivePolicy", "maxReceiveCount") != float64(deployment.MaxReceives) || q["MessageRetentionPeriod"] != deployment.QueueRetention.Seconds() {
				t.Errorf("the queue of %s is %s", f.Name, synthtest.Text(q))
			}
			dead, ok := queueOf(tmpl, deployment.DeadLetters(deployment.Name(f.Name)))
			if !ok || dead["MessageRetentionPeriod"] != deployment.DeadLetterRetention.Seconds() {
				t.Errorf("the dead letters of %s are %s", f.Name, synthtest.Text(dead))
			}
		}
	})
}

func queueOf(tmpl synthtest.Template, name string) (map[string]any, bool) {
	for _, q := range tmpl.Of("AWS::SQS::Queue") {
		if q.Properties["QueueName"] == name {
			return q.Properties, true
		}
	}
	return nil, false
}

// queuePolicy holds that a queue speaks TLS only, and that only services send,
// each for a resource of this account.
func queuePolicy(t *testing.T, id string, document any) {
	t.Helper()
	statements, _ := part(document, "Statement").([]any)
	tls := false
	for _, s := range statements {
		switch {
		case part(s, "Effect") == "Deny":
			tls = tls || part(s, "Condition", "Bool", "aws:SecureTransport") == "false" && part(s, "Action") == "sqs:*" && part(s, "Principal") == "*"
		case part(s, "Principal", "Service") == nil || part(s, "Action") != "sqs:SendMessage":
			t.Errorf("%s lets in %s", id, synthtest.Text(s))
		default:
			from := text(part(s, "Condition", "ArnEquals", "aws:SourceArn"))
			if !strings.HasPrefix(from, "arn:${AWS::Partition}:events:${AWS::Region}:${AWS::AccountId}:rule/") {
				t.Errorf("%s lets in %q", id, from)
			}
		}
	}
	if !tls {
		t.Errorf("%s takes messages without TLS", id)
	}
	if n := len(statements); n > 20 { // [SQS guide, Quotas]
		t.Errorf("the policy of %s has %d statements, SQS takes 20", id, n)
	}
}
