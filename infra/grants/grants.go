// Package grants says what each function may do on AWS, as data: a table of
// statements for each use of package deployment, with resources by their names.
// The stacks make one role per function of it, and a test compares it with the
// calls that the adapters make.
//
// Nothing here needs the CDK. Names of resources are deterministic, so ARNs are
// text in which only the partition, the Region and the account are left open.
package grants

import (
	"slices"

	"latchkey/shared/deployment"
)

// Place is what the grants of one stack need to know of it.
type Place struct {
	Table        string   // name
	ReadOnly     []string // functions that only read the table
	Buses        []string // ARNs of the buses that its functions put events to
	Source       string   // of those events, all of one
	PlatformKey  string   // ARN; empty in the entry, which has none
	TrailBucket  string   // name; CloudTrail's files
	TrailPrefix  string   // of its objects
	TrailKey     string   // ARN of the key that they are under; empty: none
	LedgerBucket string   // name
	Stream       string   // ARN of the table's stream
}

// uses is the table: what a use lets a function do.
var uses = map[deployment.Use]func(Place) []Statement{
	deployment.UseKeys:    keys,
	deployment.UseFleet:   fleet,
	deployment.UseBackups: backups,
	deployment.UseInside:  inside,
	deployment.UseLogins:  logins,
	deployment.UseBus:     bus,
	deployment.UseLedger:  ledger,
}

// OfUse returns what one use lets a function do.
func OfUse(u deployment.Use, in Place) []Statement { return uses[u](in) }

// Of returns all that a function may do.
func Of(f deployment.Function, in Place) []Statement {
	all := host(f)
	if slices.Contains(f.Env, deployment.EnvTable) {
		all = append(all, table(in.Table, slices.Contains(in.ReadOnly, f.Name))...)
	}
	if f.Queue != nil {
		all = append(all, Statement{Sid: "OwnQueue", Actions: []string{"sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage"},
			Resources: []string{QueueARN(deployment.Name(f.Name))}})
	}
	if f.Stream != nil {
		all = append(all, stream(in)...)
	}
	if f.Stream != nil || f.Every > 0 {
		all = append(all, Statement{Sid: "OwnDeadLetters", Actions: []string{"sqs:SendMessage"}, Resources: []string{deadLetters(f)}})
	}
	if f.InVPC {
		all = append(all, network(f)...)
	}
	for _, u := range f.Uses {
		all = append(all, uses[u](in)...)
	}
	return all
}

// OfSchedule returns what the schedule of a function may do: invoke it, and put
// what could not be delivered into its dead letters.
func OfSchedule(f deployment.Function) []Statement {
	return []Statement{
		{Sid: "Invoke", Actions: []string{"lambda:InvokeFunction"}, Resources: []string{FunctionARN(f.Name)}},
		{Sid: "DeadLetters", Actions: []string{"sqs:SendMessage"}, Resources: []string{deadLetters(f)}},
	}
}

func deadLetters(f deployment.Function) string {
	return QueueARN(deployment.DeadLetters(deployment.Name(f.Name)))
}
