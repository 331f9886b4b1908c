package cell

import (
	"maps"
	"slices"
	"strings"

	"github.com/aws/aws-cdk-go/awscdk/v2/awsevents"
	"github.com/aws/jsii-runtime-go"

	"latchkey/events"
	"latchkey/infra/grants"
	"latchkey/infra/intake"
	"latchkey/infra/intake/buses"
	"latchkey/infra/parts"
	"latchkey/infra/settings"
	"latchkey/shared/deployment"
)

// busID is the logical id of the cell's bus.
const busID = "Bus"

// archiveDays is how long events can be replayed.
const archiveDays = 30

// buses makes the cell's bus and lets the commerce system's accounts put
// commerce events on it. Roles of our own account need no policy.
func (c *Cell) buses() {
	parts.NewBus(c.Stack, busID, deployment.Bus, "Events to and from the cell.", archiveDays)
	for _, account := range c.props.Settings.CommerceAccounts {
		awsevents.NewCfnEventBusPolicy(c.Stack, jsii.String("Commerce"+account), &awsevents.CfnEventBusPolicyProps{
			EventBusName: parts.Text("${" + busID + ".Name}"), StatementId: jsii.String("commerce-" + account),
			Statement: parts.Object(grants.PutFrom(account, deployment.Bus, c.props.Settings.CommerceSource)),
		})
	}
}

// rules makes the rules of the routing table: those of AWS's own sources on the
// default bus, where AWS puts them, all others on the cell's. Those that
// customers forward have rules on the intake buses too.
func (c *Cell) rules() error {
	p := intake.Props{
		Mode: buses.Mode(c.props.Settings.Intake), Accounts: c.props.Settings.IntakeAccounts,
		Targets: map[string]parts.Queue{}, Dead: map[string]parts.Queue{},
	}
	for _, route := range c.props.Settings.Events(settings.Trail{Bucket: c.place.TrailBucket, Prefix: c.place.TrailPrefix}).Routes() {
		f := c.made[route.Function]
		p.Targets[route.Function], p.Dead[route.Function] = *f.Queue, *f.Dead
		rule := parts.RuleProps{ID: parts.ID(route.Name) + "Rule", Bus: deployment.Bus, BusID: busID, Target: *f.Queue, Dead: *f.Dead}
		if OfAWS(route) {
			rule.Bus, rule.BusID = "default", ""
		}
		c.sender(f, parts.NewRule(c.Stack, route, rule))
	}
	senders, err := intake.New(c.Stack, p)
	if err != nil {
		return err
	}
	for _, function := range slices.Sorted(maps.Keys(senders)) {
		c.sender(c.made[function], senders[function])
	}
	return nil
}

// sender remembers who sends into a function's queue and into its dead letters.
func (c *Cell) sender(f parts.Function, from parts.Sender) {
	for _, q := range []*parts.Queue{f.Queue, f.Dead} {
		c.sends[q.Name] = append(c.sends[q.Name], from)
	}
}

// OfAWS reports whether a route's events come from an AWS service, and so to the
// account's default bus. [EventBridge guide, Events from AWS services]
func OfAWS(route events.Route) bool {
	sources, _ := route.Pattern["source"].(events.Any)
	for _, s := range sources {
		if text, ok := s.(string); ok && strings.HasPrefix(text, "aws.") {
			return true
		}
	}
	return false
}
