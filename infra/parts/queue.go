package parts

import (
	"time"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssqs"
	"github.com/aws/jsii-runtime-go"

	"latchkey/infra/grants"
	"latchkey/shared/deployment"
)

// Queue is one queue of a stack: its name and the logical id that refers to it.
type Queue struct{ Name, ID string }

// ARN refers to the queue's ARN.
func (q Queue) ARN() string { return "${" + q.ID + ".Arn}" }

// Sender is an AWS service that may put messages into a queue, for one resource.
type Sender struct {
	Service string // events.amazonaws.com
	Source  string // ARN of the rule or schedule
}

// NewDeadLetters makes the dead-letter queue of a function, and its alarm. Its
// messages stay as long as SQS lets them.
func NewDeadLetters(stack awscdk.Stack, f deployment.Function, alarms *Alarms) Queue {
	q := Queue{Name: deployment.DeadLetters(deployment.Name(f.Name)), ID: ID(f.Name) + "DeadLetters"}
	queue := awssqs.NewCfnQueue(stack, name(q.ID), &awssqs.CfnQueueProps{
		QueueName:              name(q.Name),
		MessageRetentionPeriod: seconds(deployment.DeadLetterRetention),
		SqsManagedSseEnabled:   true,
	})
	if f.Queue == nil {
		Accept(queue, "AwsSolutions-SQS3", "It is a dead-letter queue: of a schedule, a stream or asynchronous invocations, which the rule does not look at.")
	}
	alarms.Add(deadLettersAlarm(q.Name))
	return q
}

// NewQueue makes the queue that feeds a function and gives what the function
// cannot take to its dead letters.
func NewQueue(stack awscdk.Stack, f deployment.Function, dead Queue, alarms *Alarms) Queue {
	q := Queue{Name: deployment.Name(f.Name), ID: ID(f.Name) + "Queue"}
	awssqs.NewCfnQueue(stack, name(q.ID), &awssqs.CfnQueueProps{
		QueueName:              name(q.Name),
		MessageRetentionPeriod: seconds(deployment.QueueRetention),
		VisibilityTimeout:      seconds(deployment.VisibilityFactor * f.Timeout),
		RedrivePolicy:          Object(map[string]any{"deadLetterTargetArn": dead.ARN(), "maxReceiveCount": deployment.MaxReceives}),
		SqsManagedSseEnabled:   true,
	})
	alarms.Add(queueAgeAlarm(f))
	return q
}

// SetSenders gives a queue its policy: TLS only, and the services that may send.
// [SQS guide, Using identity-based and resource-based policies]
func SetSenders(stack awscdk.Stack, q Queue, senders ...Sender) {
	statements := []map[string]any{grants.TLSOnly("sqs:*", q.ARN())}
	for _, s := range senders {
		statements = append(statements, map[string]any{
			"Effect": "Allow", "Principal": map[string]any{"Service": s.Service},
			"Action": "sqs:SendMessage", "Resource": q.ARN(),
			"Condition": map[string]any{"ArnEquals": map[string]any{"aws:SourceArn": s.Source}},
		})
	}
	awssqs.NewCfnQueuePolicy(stack, name(q.ID+"Policy"), &awssqs.CfnQueuePolicyProps{
		PolicyDocument: Object(grants.Document(statements...)),
		Queues:         &[]*string{awscdk.Fn_Ref(name(q.ID))},
	})
}

func seconds(d time.Duration) *float64 { return jsii.Number(d.Seconds()) }
