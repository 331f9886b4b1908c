// Package entry is the stack in front of the cells, in one Region: a bus that
// commerce may send the events of any tenant to, a directory of which tenant is
// where, and the function that sends each event on to its cell. A commerce
// system that knows the Region of its tenants can do without, and put events on
// the cells' buses itself.
package entry

import (
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsevents"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	"latchkey/events"
	"latchkey/infra/grants"
	"latchkey/infra/parts"
	"latchkey/infra/settings"
	"latchkey/shared/deployment"
)

// StackName is the name of the stack.
const StackName = deployment.Prefix + "-entry"

// Logical ids.
const (
	busID       = "Bus"
	keyID       = "Key"
	directoryID = "Directory"
)

// archiveDays is how long events can be replayed.
const archiveDays = 30

// Props is what an entry is made of.
type Props struct {
	Settings settings.Settings // EntryRegion is where it stands, Regions are its cells'
	Code     map[string]string // folder with the bootstrap of each function, by its name
}

// New makes the stack.
func New(scope constructs.Construct, p Props) (awscdk.Stack, error) {
	stack := awscdk.NewStack(scope, jsii.String(StackName), &awscdk.StackProps{
		StackName: jsii.String(StackName), Env: &awscdk.Environment{Region: &p.Settings.EntryRegion},
		Description:           jsii.String("Latchkey: the entry to all cells"),
		TerminationProtection: jsii.Bool(true),
		Tags:                  &map[string]*string{"project": jsii.String(deployment.Prefix)},
	})
	parts.NewKey(stack, keyID, "alias/"+deployment.EntryBus, "The entry's alarms.", grants.AlarmsUseKey())
	topic := parts.NewTopic(stack, "Alarms", deployment.Name("entry-alarms"), keyID, p.Settings.Alarms)
	alarms := parts.NewAlarms(stack, topic, p.Settings.RunbookBase)
	bus(stack, p.Settings)
	parts.NewTable(stack, directoryID, deployment.DirectoryTable, alarms)
	alarms.Add(parts.FailingAlarm("entry-messages-failing"))
	for _, f := range deployment.Functions() {
		if f.Place != deployment.InEntry {
			continue
		}
		if err := function(stack, f, p, alarms); err != nil {
			return nil, err
		}
	}
	parts.RefuseExamples(stack, p.Settings.Examples())
	return stack, nil
}

// bus makes the bus and lets the commerce system's accounts put commerce events
// on it. Roles of our own account need no policy.
func bus(stack awscdk.Stack, s settings.Settings) {
	parts.NewBus(stack, busID, deployment.EntryBus, "Commerce events of any tenant.", archiveDays)
	for _, account := range s.CommerceAccounts {
		awsevents.NewCfnEventBusPolicy(stack, jsii.String("Commerce"+account), &awsevents.CfnEventBusPolicyProps{
			EventBusName: awscdk.Fn_GetAtt(jsii.String(busID), jsii.String("Name")).ToString(),
			StatementId:  jsii.String("commerce-" + account),
			Statement:    parts.Object(grants.PutFrom(account, deployment.EntryBus, s.CommerceSource)),
		})
	}
}

// function makes a function of the entry, and the rules that feed its queue.
func function(stack awscdk.Stack, f deployment.Function, p Props, alarms *parts.Alarms) error {
	_, arns := cells(p.Settings.Regions)
	made, err := parts.NewFunction(stack, f, parts.FunctionProps{
		Code: p.Code[f.Name], Alarms: alarms, LogDays: p.Settings.LogDays,
		Values:     Values(p.Settings),
		Statements: grants.Of(f, grants.Place{Table: deployment.DirectoryTable, Buses: arns, Source: p.Settings.CommerceSource}),
	})
	if err != nil {
		return err
	}
	if made.Queue == nil || made.Dead == nil {
		return fmt.Errorf("function %s of the entry has no queue", f.Name)
	}
	var senders []parts.Sender
	for _, route := range Routes(p.Settings, f.Name) {
		senders = append(senders, parts.NewRule(stack, route, parts.RuleProps{
			ID: parts.ID(route.Name) + "Rule", Bus: deployment.EntryBus, BusID: busID, Target: *made.Queue, Dead: *made.Dead,
		}))
	}
	parts.SetSenders(stack, *made.Queue, senders...)
	parts.SetSenders(stack, *made.Dead, senders...)
	return nil
}

// Values returns those of every environment variable that functions of the entry read.
func Values(s settings.Settings) map[string]string {
	pairs, _ := cells(s.Regions)
	return map[string]string{
		deployment.EnvTable: deployment.DirectoryTable, deployment.EnvCells: pairs,
		deployment.EnvCommerceSource: s.CommerceSource, deployment.EnvLogLevel: s.LogLevel,
	}
}

// Routes returns the routes of a function of the entry: the cells' own of
// commerce events, with the function in the cells' place. So the entry passes on
// exactly what a cell takes.
func Routes(s settings.Settings, function string) []events.Route {
	var out []events.Route
	for _, r := range s.Events(settings.Trail{}).Routes() {
		if r.Function == events.FunctionProvision {
			r.Function = function
			out = append(out, r)
		}
	}
	return out
}

// cells returns the buses of Regions as the function reads them, and their ARNs.
func cells(regions []string) (pairs string, arns []string) {
	var list []string
	for _, region := range slices.Sorted(slices.Values(regions)) {
		arn := "arn:${AWS::Partition}:events:" + region + ":${AWS::AccountId}:event-bus/" + deployment.Bus
		list, arns = append(list, region+"="+arn), append(arns, arn)
	}
	return strings.Join(list, ","), arns
}
