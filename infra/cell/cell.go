// Package cell is the stack of one Region: buses and rules, queues, functions,
// the table, buckets, the platform's key, the API, schedules, alarms and the
// dashboard. Which functions there are, what starts them and what they may do
// comes from package deployment, and which event goes where from package events.
package cell

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsscheduler"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	"latchkey/events"
	"latchkey/infra/grants"
	"latchkey/infra/network"
	"latchkey/infra/parts"
	"latchkey/infra/settings"
	"latchkey/shared/deployment"
)

// Props is what a cell is made of.
type Props struct {
	Region   string
	Settings settings.Settings
	Code     map[string]string // folder with the bootstrap of each function, by its name
}

// Cell is a stack that is being made.
type Cell struct {
	Stack  awscdk.Stack
	props  Props
	place  grants.Place
	net    network.Network
	alarms *parts.Alarms
	made   map[string]parts.Function
	sends  map[string][]parts.Sender // into each queue, by its name
	queues []parts.Queue
}

// StackName returns the name of a Region's stack.
func StackName(region string) string { return deployment.Prefix + "-cell-" + region }

// New makes the stack of a cell.
func New(scope constructs.Construct, p Props) (*Cell, error) {
	stack := awscdk.NewStack(scope, jsii.String(StackName(p.Region)), &awscdk.StackProps{
		StackName: jsii.String(StackName(p.Region)), Env: &awscdk.Environment{Region: &p.Region},
		Description:           jsii.String("Latchkey: the cell of " + p.Region),
		TerminationProtection: jsii.Bool(true),
		Tags:                  &map[string]*string{"project": jsii.String(deployment.Prefix)},
	})
	c := &Cell{Stack: stack, props: p, made: map[string]parts.Function{}, sends: map[string][]parts.Sender{}}
	c.place.Buses, c.place.Source = []string{grants.BusARN(deployment.Bus)}, events.SourceLatchkey
	c.key()
	c.storage()
	if err := c.network(); err != nil {
		return nil, err
	}
	c.buses()
	awsscheduler.NewCfnScheduleGroup(stack, jsii.String(parts.ScheduleGroupID), &awsscheduler.CfnScheduleGroupProps{Name: jsii.String(deployment.ScheduleGroup)})
	if err := c.functions(); err != nil {
		return nil, err
	}
	if err := c.rules(); err != nil {
		return nil, err
	}
	c.policies()
	c.api()
	c.athena()
	c.watch()
	c.watchLedger()
	c.dashboard()
	parts.RefuseExamples(stack, p.Settings.Examples())
	return c, nil
}

// functions makes every function of a cell.
func (c *Cell) functions() error {
	for _, f := range deployment.Functions() {
		if f.Place != deployment.InCell {
			continue
		}
		p := parts.FunctionProps{
			Code: c.props.Code[f.Name], Values: Values(c.props.Settings, c.place, c.net), Statements: grants.Of(f, c.place), Alarms: c.alarms,
			LogDays: c.props.Settings.LogDays, Stream: c.place.Stream,
		}
		if c.props.Settings.ReserveConcurrency {
			p.Reserved = reserved[f.Name]
		}
		if f.InVPC {
			p.VPC = &parts.VPC{Subnets: c.net.SubnetIDs, SecurityGroup: c.net.FenceSecurityGroupID}
		}
		made, err := parts.NewFunction(c.Stack, f, p)
		if err != nil {
			return err
		}
		c.made[f.Name] = made
		c.queuesOf(made)
	}
	return nil
}

// queuesOf remembers a function's queues and the schedule that sends to them.
func (c *Cell) queuesOf(f parts.Function) {
	if f.Queue != nil {
		c.queues = append(c.queues, *f.Queue)
	}
	if f.Dead != nil {
		c.queues = append(c.queues, *f.Dead)
	}
}

// policies closes every queue for all but its senders. Roles of ours need no
// line here: their own policies let them in.
func (c *Cell) policies() {
	for _, q := range c.queues {
		parts.SetSenders(c.Stack, q, c.sends[q.Name]...)
	}
}

// reserved keeps concurrent executions for the functions on which tenants'
// safety hangs, and bounds those that could do harm by their number: fence opens
// connections to databases, and of a scheduled run two at once do each other's
// work. [Lambda guide, Configuring reserved concurrency]
var reserved = map[string]int{
	deployment.FunctionFence:     50,
	deployment.FunctionProbeKeys: 2,
	deployment.FunctionSnapshot:  2,
	deployment.FunctionSweep:     2,
	"watch-keys":                 50,
}
