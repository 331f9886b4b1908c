package buses

import (
	"slices"

	"latchkey/events"
)

// Sid is the name of the only statement of a bus's policy.
const Sid = "ForwardedKeyEvents"

// Statement returns who may put what on the bus: events of the sources and
// detail-types of the forwarded routes, put by a rule and not by a call of
// PutEvents. Sources that begin with aws. are AWS's own: nobody can put one by a
// call. [EventBridge API reference, PutEventsRequestEntry; EventBridge guide,
// Using IAM policy conditions] The ARN has ${AWS::Region} and the like in it.
func (b Bus) Statement() map[string]any {
	sources, types := carried(Forwarded())
	equals := map[string]any{"events:source": sources, "events:detail-type": types}
	if !b.Any {
		// Not the Principal element: a policy that names an account which was closed
		// since can no longer be changed. The role of the customer's rule is of the
		// customer's account. [IAM guide, Global condition keys: aws:PrincipalAccount]
		accounts := b.Accounts
		if len(accounts) == 0 {
			accounts = []string{Vacant}
		}
		equals["aws:PrincipalAccount"] = accounts
	}
	return map[string]any{
		"Sid": Sid, "Effect": "Allow", "Principal": "*", "Action": "events:PutEvents",
		"Resource": "arn:${AWS::Partition}:events:${AWS::Region}:${AWS::AccountId}:event-bus/" + b.Name,
		"Condition": map[string]any{
			"StringEquals": equals,
			"BoolIfExists": map[string]any{"events:eventBusInvocation": "true"},
		},
	}
}

// carried returns the sources and detail-types that routes match, sorted.
func carried(routes []events.Route) (sources, types []string) {
	for _, r := range routes {
		sources = append(sources, exact(r.Pattern["source"])...)
		types = append(types, exact(r.Pattern["detail-type"])...)
	}
	return sorted(sources), sorted(types)
}

// exact returns the strings of a leaf of a pattern that match exactly.
func exact(leaf any) []string {
	list, _ := leaf.(events.Any)
	var out []string
	for _, v := range list {
		if s, ok := v.(string); ok {
			out = append(out, s)
		}
	}
	return out
}

func sorted(list []string) []string {
	slices.Sort(list)
	return slices.Compact(list)
}
