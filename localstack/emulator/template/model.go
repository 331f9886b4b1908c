package template

import (
	"context"
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"

	"latchkey/localstack/emulator/feeds"
	"latchkey/localstack/emulator/runtime"
	"latchkey/shared/coded"
)

// Functions returns the stack's functions as the emulator has them: what it
// answers for environment, time-out, memory and role. Binary is left empty.
func (d *Deployed) Functions(ctx context.Context) ([]runtime.Function, error) {
	var out []runtime.Function
	for _, r := range d.Adapted.Resources("AWS::Lambda::Function") {
		name, ok := d.Resolver.Physical[r.ID]
		if !ok {
			return nil, coded.New(coded.Internal, "function %s was not created", r.ID)
		}
		got, err := d.Clients.Lambda.GetFunctionConfiguration(ctx, &lambda.GetFunctionConfigurationInput{FunctionName: &name})
		if err != nil {
			return nil, coded.Wrap(coded.Internal, err, "looking at function %s", name)
		}
		role := aws.ToString(got.Role)
		f := runtime.Function{
			Name: aws.ToString(got.FunctionName), ARN: aws.ToString(got.FunctionArn), Region: d.Clients.Region, Env: map[string]string{},
			Role: role[strings.LastIndexByte(role, '/')+1:], MemoryMB: int(aws.ToInt32(got.MemorySize)),
			Timeout: time.Duration(aws.ToInt32(got.Timeout)) * time.Second,
		}
		if got.Environment != nil {
			f.Env = got.Environment.Variables
		}
		out = append(out, f)
	}
	return out, nil
}

// Schedule is a schedule that the stack declares.
type Schedule struct{ Name, Expression, Function, Input string }

// Schedules returns the enabled schedules of EventBridge Scheduler.
func (d *Deployed) Schedules() ([]Schedule, error) {
	var out []Schedule
	for _, r := range d.Declared.Resources("AWS::Scheduler::Schedule") {
		var s struct {
			Name, ScheduleExpression, State string
			Target                          struct{ Arn, Input string }
		}
		// The schedule's group and role may be of types that the emulator ignores.
		if err := d.decodeOnly(r, &s, "Name", "ScheduleExpression", "State", "Target.Arn", "Target.Input"); err != nil {
			return nil, err
		}
		if s.State == "" || s.State == "ENABLED" {
			out = append(out, Schedule{Name: s.Name, Expression: s.ScheduleExpression, Function: functionName(s.Target.Arn), Input: s.Target.Input})
		}
	}
	return out, nil
}

var logicalForm = regexp.MustCompile(`"(?:Ref|Fn::GetAtt)":\[?"([^".]+)"|\$\{([A-Za-z0-9]+)\}`)

// Routes returns the routes of the stack's HTTP APIs. The emulator does not
// make them, so what they refer to is found by logical id.
func (d *Deployed) Routes() ([]feeds.Route, error) {
	var out []feeds.Route
	for _, r := range d.Declared.Resources("AWS::ApiGatewayV2::Route") {
		key, err := d.Resolver.Text(r.Properties["RouteKey"])
		if err != nil {
			return nil, err
		}
		target, err := json.Marshal(r.Properties["Target"])
		if err != nil {
			return nil, err
		}
		m := logicalForm.FindStringSubmatch(string(target))
		if m == nil {
			return nil, coded.New(coded.Invalid, "route %s: its target %s refers to no integration", key, target)
		}
		integration, ok := d.Declared.Resource(m[1] + m[2])
		if !ok {
			return nil, coded.New(coded.Invalid, "route %s: there is no integration %s", key, m[1]+m[2])
		}
		uri, err := d.Resolver.Text(integration.Properties["IntegrationUri"])
		if err != nil {
			return nil, fmt.Errorf("integration %s: %w", integration.ID, err)
		}
		route, err := feeds.ParseRoute(key, functionName(strings.TrimSuffix(uri, "/invocations")))
		if err != nil {
			return nil, err
		}
		out = append(out, route)
	}
	return out, nil
}

// decode resolves a resource's properties into a struct.
func (d *Deployed) decode(r Resource, into any) error {
	v, err := d.Resolver.Resolve(r.Properties)
	if err != nil {
		return fmt.Errorf("%s: %w", r.ID, err)
	}
	b, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("%s: %w", r.ID, err)
	}
	if err := json.Unmarshal(b, into); err != nil {
		return coded.Wrap(coded.Invalid, err, "properties of %s", r.ID)
	}
	return nil
}

// decodeOnly is decode of the named properties, given as paths of at most two.
func (d *Deployed) decodeOnly(r Resource, into any, paths ...string) error {
	some := map[string]any{}
	for _, p := range paths {
		outer, inner, nested := strings.Cut(p, ".")
		v, ok := r.Properties[outer]
		if !ok {
			continue
		}
		if !nested {
			some[outer] = v
			continue
		}
		members, _ := v.(map[string]any)
		if some[outer] == nil {
			some[outer] = map[string]any{}
		}
		if x, ok := members[inner]; ok {
			some[outer].(map[string]any)[inner] = x
		}
	}
	return d.decode(Resource{ID: r.ID, Type: r.Type, Properties: some}, into)
}
