package parts

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsevents"
	"github.com/aws/jsii-runtime-go"

	"latchkey/events"
	"latchkey/infra/grants"
	"latchkey/shared/deployment"
)

// RuleProps is what a rule is made of, beside its route.
type RuleProps struct {
	ID     string // logical id
	Name   string // unique on its bus; empty: the route's
	Bus    string // name of the bus; "default" is the account's own
	BusID  string // logical id of the bus; empty for the default bus
	Target Queue
	Dead   Queue
}

// NewRule makes the rule of a route, in the state that the route needs, and
// returns who thereby sends into Target and Dead.
// [EventBridge guide, Rules; Retry policy; Dead-letter queues]
func NewRule(stack awscdk.Stack, route events.Route, p RuleProps) Sender {
	if p.Name == "" {
		p.Name = deployment.Name(route.Name)
	}
	bus := name(p.Bus)
	if p.BusID != "" {
		bus = awscdk.Fn_GetAtt(name(p.BusID), name("Name")).ToString()
	}
	awsevents.NewCfnRule(stack, name(p.ID), &awsevents.CfnRuleProps{
		Name:         name(p.Name),
		Description:  name("Route " + route.Name + " to " + deployment.Name(route.Function) + "."),
		EventBusName: bus,
		EventPattern: Object(route.Pattern),
		State:        name(State(route)),
		Targets: &[]interface{}{&awsevents.CfnRule_TargetProperty{
			Id: name(deployment.Name(route.Function)), Arn: Text(p.Target.ARN()),
			DeadLetterConfig: &awsevents.CfnRule_DeadLetterConfigProperty{Arn: Text(p.Dead.ARN())},
			RetryPolicy: &awsevents.CfnRule_RetryPolicyProperty{
				MaximumEventAgeInSeconds: seconds(deployment.EventAge), MaximumRetryAttempts: jsii.Number(deployment.EventRetries),
			},
		}},
	})
	return Sender{Service: "events.amazonaws.com", Source: grants.RuleARN(p.Bus, p.Name)}
}

// State returns the state of a route's rule.
func State(route events.Route) string {
	if route.CloudTrail {
		return "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS"
	}
	return "ENABLED"
}

// NewBus makes a bus that keeps all its events for days, for a replay.
// [EventBridge guide, Archives]
func NewBus(stack awscdk.Stack, id, busName, says string, days int) {
	awsevents.NewCfnEventBus(stack, name(id), &awsevents.CfnEventBusProps{Name: name(busName), Description: name(says)})
	awsevents.NewCfnArchive(stack, name(id+"Archive"), &awsevents.CfnArchiveProps{
		ArchiveName: name(busName), Description: name("Every event of " + busName + "."),
		SourceArn: Text("${" + id + ".Arn}"), RetentionDays: jsii.Number(float64(days)),
	})
}
