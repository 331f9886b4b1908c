package template

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	lambdatypes "github.com/aws/aws-sdk-go-v2/service/lambda/types"
)

// lookFunction compares what the local stack runs a function by.
func lookFunction(ctx context.Context, d *Deployed, r Resource, physical string) (string, error) {
	var want struct {
		FunctionName, Role, Handler, Runtime string
		Timeout, MemorySize                  int32
		Environment                          struct{ Variables map[string]string }
	}
	if err := d.decodeOnly(r, &want, "FunctionName", "Role", "Handler", "Runtime", "Timeout", "MemorySize", "Environment.Variables"); err != nil {
		return "", err
	}
	got, err := d.Clients.Lambda.GetFunctionConfiguration(ctx, &lambda.GetFunctionConfigurationInput{FunctionName: &physical})
	if err != nil {
		return "", err
	}
	env := map[string]string{}
	if got.Environment != nil {
		env = got.Environment.Variables
	}
	for _, c := range []struct{ what, got, want string }{
		{"name", aws.ToString(got.FunctionName), want.FunctionName}, {"role", aws.ToString(got.Role), want.Role},
		{"handler", aws.ToString(got.Handler), want.Handler}, {"runtime", string(got.Runtime), want.Runtime},
		{"time-out", fmt.Sprint(aws.ToInt32(got.Timeout)), fmt.Sprint(want.Timeout)},
		{"memory", fmt.Sprint(aws.ToInt32(got.MemorySize)), fmt.Sprint(want.MemorySize)},
	} {
		if c.got != c.want {
			return fmt.Sprintf("its %s is %q, not %q", c.what, c.got, c.want), nil
		}
	}
	for _, name := range slices.Sorted(maps.Keys(want.Environment.Variables)) {
		if got, ok := env[name]; !ok || got != want.Environment.Variables[name] {
			return fmt.Sprintf("its variable %s is %q, not %q", name, got, want.Environment.Variables[name]), nil
		}
	}
	if len(env) != len(want.Environment.Variables) {
		return fmt.Sprintf("it has %d variables, not %d", len(env), len(want.Environment.Variables)), nil
	}
	return "", nil
}

func lookMapping(ctx context.Context, d *Deployed, r Resource, _ string) (string, error) {
	var want mapping
	if err := d.decode(r, &want); err != nil {
		return "", err
	}
	m := want.feed()
	got, err := d.Clients.Lambda.ListEventSourceMappings(ctx, &lambda.ListEventSourceMappingsInput{EventSourceArn: &m.SourceARN})
	if err != nil {
		return "", err
	}
	for _, g := range got.EventSourceMappings {
		if functionName(aws.ToString(g.FunctionArn)) != m.Function {
			continue
		}
		switch {
		case int(aws.ToInt32(g.BatchSize)) != m.Batch:
			return fmt.Sprintf("its batches are of %d, not %d", aws.ToInt32(g.BatchSize), m.Batch), nil
		case slices.Contains(g.FunctionResponseTypes, lambdatypes.FunctionResponseTypeReportBatchItemFailures) != m.Partial:
			return fmt.Sprintf("it reports %v", g.FunctionResponseTypes), nil
		}
		return "", nil
	}
	return fmt.Sprintf("nothing maps %s to %s", m.SourceARN, m.Function), nil
}
