package template

import (
	"strings"

	"latchkey/events"
	"latchkey/infra/intake/buses"
	"latchkey/shared/deployment"
)

const intakeBusARN = "arn:${AWS::Partition}:events:${AWS::Region}:${PlatformAccount}:event-bus/${IntakeBus}"

// forwarding returns a rule for each forwarded route, with the route's own
// pattern and state, the role that they forward with, and the queue that keeps
// what could not be forwarded.
func forwarding() (object, error) {
	out := object{
		"ForwardRole":             when("Forward", role()),
		"ForwardDeadLetters":      when("Forward", deadLetters()),
		"ForwardDeadLettersAlarm": when("Alarm", alarm()),
	}
	var rules []any
	for _, r := range buses.Forwarded() {
		rule, err := rule(r)
		if err != nil {
			return nil, err
		}
		name := ruleName(r)
		out[name] = when("Forward", rule)
		rules = append(rules, getAtt(name, "Arn"))
	}
	out["ForwardDeadLettersPolicy"] = when("Forward", deadLettersPolicy(rules))
	return out, nil
}

// ruleName returns "ForwardKmsChanges" for the route kms-changes.
func ruleName(r events.Route) string {
	name := "Forward"
	for _, word := range strings.Split(r.Name, "-") {
		name += strings.ToUpper(word[:1]) + word[1:]
	}
	return name
}

// rule is the rule of a route. Its target has no RetryPolicy: EventBridge is said
// to refuse one on a bus, and its default is what the rules of ours have, 24
// hours and 185 tries. [EventBridge guide, Retry policy; aws-cdk issue 28735]
func rule(r events.Route) (object, error) {
	pattern, err := substituted(r.Pattern)
	if err != nil {
		return nil, err
	}
	state := "ENABLED"
	if r.CloudTrail {
		state = "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS"
	}
	return object{
		"Type": "AWS::Events::Rule",
		"Properties": object{
			"Description":  "Forwards " + r.Name + " to Latchkey",
			"State":        state,
			"EventPattern": pattern,
			"Targets": []any{object{
				"Id":               "latchkey",
				"Arn":              sub(intakeBusARN),
				"RoleArn":          getAtt("ForwardRole", "Arn"),
				"DeadLetterConfig": object{"Arn": getAtt("ForwardDeadLetters", "Arn")},
			}},
		},
	}, nil
}

// role may put events on the intake bus and nothing else. A target that is a bus
// of another account should have a role. [EventBridge guide, Permissions for
// event buses] Its trust has no aws:SourceArn: that EventBridge sends one when it
// takes a target's role is not documented, and a guess that is wrong would stop
// the forwarding. Only who may pass the role can use it anyway.
func role() object {
	return object{
		"Type": "AWS::IAM::Role",
		"Properties": object{
			"Description": "Forwards events about KMS keys to Latchkey's intake bus",
			"AssumeRolePolicyDocument": policy(object{
				"Effect": "Allow", "Principal": object{"Service": "events.amazonaws.com"}, "Action": "sts:AssumeRole",
			}),
			"Policies": []any{object{
				"PolicyName": "put-events",
				"PolicyDocument": policy(object{
					"Effect": "Allow", "Action": "events:PutEvents", "Resource": sub(intakeBusARN),
				}),
			}},
			"Tags": tags(),
		},
	}
}

func deadLetters() object {
	return object{
		"Type":                "AWS::SQS::Queue",
		"DeletionPolicy":      "Delete",
		"UpdateReplacePolicy": "Delete",
		"Properties": object{
			"MessageRetentionPeriod": int(deployment.DeadLetterRetention.Seconds()),
			"SqsManagedSseEnabled":   true,
			"Tags":                   tags(),
		},
	}
}

// deadLettersPolicy lets the rules, and only them, put events into the queue,
// and nobody reach it without TLS. [EventBridge guide, Using dead-letter queues]
func deadLettersPolicy(rules []any) object {
	queue := getAtt("ForwardDeadLetters", "Arn")
	return object{
		"Type": "AWS::SQS::QueuePolicy",
		"Properties": object{
			"Queues": []any{ref("ForwardDeadLetters")},
			"PolicyDocument": policy(object{
				"Sid": "RulesPut", "Effect": "Allow", "Principal": object{"Service": "events.amazonaws.com"},
				"Action": "sqs:SendMessage", "Resource": queue,
				"Condition": object{"ArnEquals": object{"aws:SourceArn": rules}},
			}, object{
				"Sid": "OnlyWithTLS", "Effect": "Deny", "Principal": "*", "Action": "sqs:*", "Resource": queue,
				"Condition": object{"Bool": object{"aws:SecureTransport": "false"}},
			}),
		},
	}
}

// alarm tells the customer's own topic that something could not be forwarded:
// Latchkey's probes go on, but notice a revocation minutes later.
func alarm() object {
	return object{
		"Type": "AWS::CloudWatch::Alarm",
		"Properties": object{
			"AlarmDescription":   "Events about KMS keys could not be forwarded to Latchkey; they are in the queue of dead letters",
			"Namespace":          "AWS/SQS",
			"MetricName":         "ApproximateNumberOfMessagesVisible",
			"Dimensions":         []any{object{"Name": "QueueName", "Value": getAtt("ForwardDeadLetters", "QueueName")}},
			"Statistic":          "Maximum",
			"Period":             300,
			"EvaluationPeriods":  1,
			"Threshold":          1,
			"ComparisonOperator": "GreaterThanOrEqualToThreshold",
			"TreatMissingData":   "notBreaching",
			"AlarmActions":       []any{ref("AlarmTopicArn")},
		},
	}
}

func policy(statements ...any) object {
	return object{"Version": "2012-10-17", "Statement": statements}
}
