package template

import (
	"context"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	evtypes "github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	sqstypes "github.com/aws/aws-sdk-go-v2/service/sqs/types"
)

func lookBus(ctx context.Context, d *Deployed, _ Resource, physical string) (string, error) {
	_, err := d.Clients.Events.DescribeEventBus(ctx, &eventbridge.DescribeEventBusInput{Name: &physical})
	return "", err
}

func lookArchive(ctx context.Context, d *Deployed, _ Resource, physical string) (string, error) {
	_, err := d.Clients.Events.DescribeArchive(ctx, &eventbridge.DescribeArchiveInput{ArchiveName: &physical})
	return "", err
}

// rule is a rule's properties as the template has them.
type rule struct {
	Name, EventBusName, State string
	EventPattern              any
	Targets                   []struct {
		Id, Arn          string
		DeadLetterConfig *struct{ Arn string }
		RetryPolicy      *struct{ MaximumEventAgeInSeconds, MaximumRetryAttempts int32 }
	}
}

// lookRule compares name, bus, state, pattern and each target with its
// dead-letter queue and retries.
func lookRule(ctx context.Context, d *Deployed, r Resource, _ string) (string, error) {
	var want rule
	if err := d.decode(r, &want); err != nil {
		return "", err
	}
	bus := want.EventBusName
	if bus == "" {
		bus = "default"
	}
	got, err := d.Clients.Events.DescribeRule(ctx, &eventbridge.DescribeRuleInput{Name: &want.Name, EventBusName: &bus})
	if err != nil {
		return "", err
	}
	if want.State != "" && string(got.State) != want.State {
		return fmt.Sprintf("its state is %s, not %s", got.State, want.State), nil
	}
	var pattern any
	if err := json.Unmarshal([]byte(aws.ToString(got.EventPattern)), &pattern); err != nil || !reflect.DeepEqual(pattern, want.EventPattern) {
		return fmt.Sprintf("its pattern is %s", aws.ToString(got.EventPattern)), nil
	}
	targets, err := d.Clients.Events.ListTargetsByRule(ctx, &eventbridge.ListTargetsByRuleInput{Rule: &want.Name, EventBusName: &bus})
	if err != nil {
		return "", err
	}
	return want.compareTargets(targets.Targets), nil
}

func (want rule) compareTargets(got []evtypes.Target) string {
	if len(got) != len(want.Targets) {
		return fmt.Sprintf("it has %d targets, not %d", len(got), len(want.Targets))
	}
	for _, t := range want.Targets {
		i := slices.IndexFunc(got, func(g evtypes.Target) bool { return aws.ToString(g.Arn) == t.Arn })
		switch {
		case i < 0:
			return "no target " + t.Arn
		case t.DeadLetterConfig != nil && (got[i].DeadLetterConfig == nil || aws.ToString(got[i].DeadLetterConfig.Arn) != t.DeadLetterConfig.Arn):
			return "target " + t.Arn + " has another dead-letter queue"
		case t.RetryPolicy != nil && (got[i].RetryPolicy == nil ||
			aws.ToInt32(got[i].RetryPolicy.MaximumEventAgeInSeconds) != t.RetryPolicy.MaximumEventAgeInSeconds ||
			aws.ToInt32(got[i].RetryPolicy.MaximumRetryAttempts) != t.RetryPolicy.MaximumRetryAttempts):
			return "target " + t.Arn + " has other retries"
		}
	}
	return ""
}

// lookQueue compares name, visibility, retention and redrive.
func lookQueue(ctx context.Context, d *Deployed, r Resource, physical string) (string, error) {
	var want struct {
		QueueName                                 string
		VisibilityTimeout, MessageRetentionPeriod int
		RedrivePolicy                             *struct {
			DeadLetterTargetArn string `json:"deadLetterTargetArn"`
			MaxReceiveCount     int    `json:"maxReceiveCount"`
		}
	}
	if err := d.decode(r, &want); err != nil {
		return "", err
	}
	got, err := d.Clients.SQS.GetQueueAttributes(ctx, &sqs.GetQueueAttributesInput{
		QueueUrl: &physical, AttributeNames: []sqstypes.QueueAttributeName{sqstypes.QueueAttributeNameAll}})
	if err != nil {
		return "", err
	}
	for attribute, n := range map[string]int{"VisibilityTimeout": want.VisibilityTimeout, "MessageRetentionPeriod": want.MessageRetentionPeriod} {
		if n != 0 && got.Attributes[attribute] != fmt.Sprint(n) {
			return fmt.Sprintf("%s is %s, not %d", attribute, got.Attributes[attribute], n), nil
		}
	}
	if want.QueueName != "" && !strings.HasSuffix(got.Attributes["QueueArn"], ":"+want.QueueName) {
		return "its ARN is " + got.Attributes["QueueArn"], nil
	}
	if want.RedrivePolicy == nil {
		return "", nil
	}
	redrive := *want.RedrivePolicy
	if err := json.Unmarshal([]byte(got.Attributes["RedrivePolicy"]), &redrive); err != nil || redrive != *want.RedrivePolicy {
		return "its redrive policy is " + got.Attributes["RedrivePolicy"], nil
	}
	return "", nil
}
