package template

import (
	"context"
	"fmt"
	"strings"

	"latchkey/shared/coded"
)

// Verdict is what was found of a declared resource.
type Verdict string

// The verdicts.
const (
	There   Verdict = "there"   // the service itself shows it, as it was declared
	Listed  Verdict = "listed"  // the stack lists it; the service was not asked
	Ignored Verdict = "ignored" // the emulator is known to ignore its type
	Removed Verdict = "removed" // a rewrite took it out
	Missing Verdict = "missing"
	Wrong   Verdict = "wrong"
)

// Finding is what was found of one declared resource.
type Finding struct {
	Type, ID, Physical string
	Verdict            Verdict
	Detail             string
}

// Report is what was found of a stack, in order of logical ids.
type Report []Finding

// Count returns how many resources of each type got each verdict.
func (r Report) Count() map[string]map[Verdict]int {
	out := map[string]map[Verdict]int{}
	for _, f := range r {
		if out[f.Type] == nil {
			out[f.Type] = map[Verdict]int{}
		}
		out[f.Type][f.Verdict]++
	}
	return out
}

// Err returns coded.Internal, naming each, if a resource is missing or wrong.
func (r Report) Err() error {
	var bad []string
	for _, f := range r {
		if f.Verdict == Missing || f.Verdict == Wrong {
			bad = append(bad, fmt.Sprintf("%s (%s) is %s: %s", f.ID, f.Type, f.Verdict, f.Detail))
		}
	}
	if len(bad) == 0 {
		return nil
	}
	return &coded.Error{Code: coded.Internal, Message: "the stack is not what its template declares: " + strings.Join(bad, "; "),
		Hint: "the emulator reported success all the same; see docs/localstack.md for what it cannot do"}
}

// IgnoredTypes are the types that moto 5.2.1 takes without a word and makes
// nothing of. What they say is read from the template where the local stack
// needs it (schedules, the HTTP API), and is shown by nothing else here.
func IgnoredTypes() []string {
	return []string{
		"AWS::ApiGatewayV2::Api", "AWS::ApiGatewayV2::Integration", "AWS::ApiGatewayV2::Route", "AWS::ApiGatewayV2::Stage",
		"AWS::Athena::NamedQuery", "AWS::Athena::WorkGroup", "AWS::CloudTrail::Trail", "AWS::CloudWatch::Alarm",
		"AWS::Events::EventBusPolicy", "AWS::Glue::Database", "AWS::Glue::Table",
		"AWS::Lambda::EventInvokeConfig", "AWS::S3::BucketPolicy", "AWS::Scheduler::Schedule",
		"AWS::Scheduler::ScheduleGroup", "AWS::SNS::Subscription", "AWS::SNS::TopicPolicy", "AWS::SQS::QueuePolicy",
	}
}

// looks are the types whose service is asked; each returns what is wrong, or "".
var looks = map[string]func(context.Context, *Deployed, Resource, string) (string, error){
	"AWS::DynamoDB::Table":            lookTable,
	"AWS::Events::Archive":            lookArchive,
	"AWS::Events::EventBus":           lookBus,
	"AWS::Events::Rule":               lookRule,
	"AWS::KMS::Alias":                 lookAlias,
	"AWS::KMS::Key":                   lookKey,
	"AWS::Lambda::EventSourceMapping": lookMapping,
	"AWS::Lambda::Function":           lookFunction,
	"AWS::RDS::DBParameterGroup":      lookParameterGroup,
	"AWS::RDS::DBSubnetGroup":         lookSubnetGroup,
	"AWS::S3::Bucket":                 lookBucket,
	"AWS::SQS::Queue":                 lookQueue,
}

// Verify looks for everything that the synthesized template declares.
func (d *Deployed) Verify(ctx context.Context) (Report, error) {
	ignored := map[string]bool{}
	for _, t := range IgnoredTypes() {
		ignored[t] = true
	}
	var report Report
	for _, r := range d.Declared.Resources() {
		f := Finding{Type: r.Type, ID: r.ID, Physical: d.Resolver.Physical[r.ID], Verdict: Listed}
		look := looks[r.Type]
		_, kept := d.Adapted.Resource(r.ID)
		switch {
		case !kept:
			f.Verdict = Removed
		case !d.listed[r.ID] && ignored[r.Type]:
			f.Verdict = Ignored
		case !d.listed[r.ID]:
			f.Verdict, f.Detail = Missing, "the stack does not list it"
		case look != nil && f.Physical == "":
			f.Verdict, f.Detail = Missing, "the stack lists it without an id"
		case look != nil:
			wrong, err := look(ctx, d, r, f.Physical)
			if err != nil && ctx.Err() != nil {
				return nil, ctx.Err()
			}
			f.Verdict = There
			if err != nil {
				f.Verdict, f.Detail = Missing, err.Error()
			} else if wrong != "" {
				f.Verdict, f.Detail = Wrong, wrong
			}
		}
		report = append(report, f)
	}
	return report, nil
}
