// Package intake makes the buses that customers' accounts forward their key
// events to, and the rules that bring the events to the function that watches
// keys. Which buses there are, and what their policies are, package buses says.
package intake

import (
	"fmt"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsevents"
	"github.com/aws/jsii-runtime-go"

	"latchkey/infra/grants"
	"latchkey/infra/intake/buses"
	"latchkey/infra/parts"
	"latchkey/shared/deployment"
)

// Props is what the intake of a cell is made of.
type Props struct {
	Mode     buses.Mode
	Accounts []string // that may forward, in mode buses.Listed
	// Targets and Dead are the queues by function: of events, and of events that
	// could not be put into them.
	Targets, Dead map[string]parts.Queue
}

// New makes the intake buses in a stack. It returns who thereby sends into which
// queues, by function: one sender for all buses, because a queue's policy holds
// no more than 20 statements [SQS guide, Quotas]. It returns coded.Invalid for a
// list of accounts that buses.Of refuses. The buses keep no archive: in mode
// Open anybody could fill it, and the probes make good what is lost.
func New(stack awscdk.Stack, p Props) (map[string]parts.Sender, error) {
	all, err := buses.Of(p.Mode, p.Accounts)
	if err != nil {
		return nil, err
	}
	senders := map[string]parts.Sender{}
	for i, b := range all {
		id := "Intake"
		if i > 0 {
			id = fmt.Sprintf("Intake%d", i+1)
		}
		bus(stack, id, b)
		for _, route := range buses.Forwarded() {
			target, ok := p.Targets[route.Function]
			if !ok {
				return nil, fmt.Errorf("route %s: function %s has no queue", route.Name, route.Function)
			}
			parts.NewRule(stack, route, parts.RuleProps{
				ID: id + parts.ID(route.Name), Bus: b.Name, BusID: id, Target: target, Dead: p.Dead[route.Function],
			})
			senders[route.Function] = parts.Sender{Service: "events.amazonaws.com", Source: grants.RuleARN(deployment.IntakeBus+"*", "*")}
		}
	}
	return senders, nil
}

// bus makes one bus with its policy.
func bus(stack awscdk.Stack, id string, b buses.Bus) {
	awsevents.NewCfnEventBus(stack, jsii.String(id), &awsevents.CfnEventBusProps{
		Name: jsii.String(b.Name), Description: jsii.String("Key events that customers forward from their own accounts."),
	})
	awsevents.NewCfnEventBusPolicy(stack, jsii.String(id+"Policy"), &awsevents.CfnEventBusPolicyProps{
		EventBusName: awscdk.Fn_GetAtt(jsii.String(id), jsii.String("Name")).ToString(),
		StatementId:  jsii.String(buses.Sid),
		Statement:    parts.Object(b.Statement()),
	})
}
