package deployed

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdkeventbridge "github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/smithy-go/logging"

	"latchkey/events"
	"latchkey/shared/aws/awserror"
	"latchkey/shared/bus/eventbridge"
	"latchkey/shared/clock"
	"latchkey/shared/coded"
	"latchkey/shared/deployment"
	"latchkey/shared/function"
	"latchkey/shared/function/cell"
	"latchkey/shared/function/emf"
	"latchkey/shared/function/settings"
	"latchkey/shared/keyusage/audit"
	"latchkey/shared/reconcile"
)

// Options of Open.
type Options struct {
	Log *slog.Logger                     // nil: nothing is logged
	Say func(format string, args ...any) // is told of each change before it is made; nil: nobody is
}

// Open returns the cell of the configuration's Region and account. What it is
// made of is read from two of its functions, so that nothing has to be told
// twice. Errors: notfound where there is no cell, invalid where the cell is of
// another version, internal where the caller may not look.
func Open(ctx context.Context, cfg aws.Config, o Options) (*Cell, error) {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Say == nil {
		o.Say = func(string, ...any) {}
	}
	cfg.Logger = logging.Nop{} // of the SDK: it tells of every part of an object that has no checksum of its own
	functions := lambda.NewFromConfig(cfg)
	var own settings.Plane
	if err := configuration(ctx, functions, cfg.Region, events.FunctionProvision, &own); err != nil {
		return nil, err
	}
	var keyUse settings.Audit
	if err := configuration(ctx, functions, cfg.Region, events.FunctionAuditKeys, &keyUse); err != nil {
		return nil, err
	}
	system := clock.System{}
	host := function.Host{
		Name: "attach", Region: cfg.Region, AWS: cfg, Log: o.Log, Clock: system, Metrics: emf.New(io.Discard, system, "attach"),
	}
	plane, err := cell.New(host, own, reconcile.Ports{})
	if err != nil {
		return nil, err
	}
	plane.Store, plane.Outbox = readOnly{plane.Store}, nil
	uses, err := audit.New(host, keyUse)
	if err != nil {
		return nil, err
	}
	uses.Store, uses.Objects = unkept{uses.Store}, unkeptObjects{uses.Objects}
	return New(Parts{
		Account: own.Account, Region: cfg.Region, CommerceSource: own.CommerceSource, Plane: plane, Ledger: uses,
		Bus:    eventbridge.New(sdkeventbridge.NewFromConfig(cfg), eventbridge.Config{Bus: deployment.Bus}),
		Queues: sqs.NewFromConfig(cfg), Clock: system, Log: o.Log, Say: o.Say,
	})
}

// bound is a function's configuration.
type bound interface{ Bind(*function.Set) }

// configuration reads what a function of the cell was deployed with.
func configuration(ctx context.Context, c *lambda.Client, region, name string, into bound) error {
	out, err := c.GetFunctionConfiguration(ctx, &lambda.GetFunctionConfigurationInput{FunctionName: aws.String(deployment.Name(name))})
	if awserror.Code(err) == "ResourceNotFoundException" {
		e := coded.Wrap(coded.NotFound, err, "there is no cell in %s of this account", region)
		e.Hint = "name the Region of a cell with --region, and take credentials of the platform's account"
		return e
	}
	if err != nil {
		e := coded.Wrap(awserror.Classify(err), err, "looking at the function %s in %s", deployment.Name(name), region)
		e.Hint = "take credentials that may do what docs/api.md lists"
		return e
	}
	var environ []string
	if out.Environment != nil {
		environ = variables(name, out.Environment.Variables)
	}
	set := function.NewSet(environ)
	into.Bind(set)
	if err := set.Err(); err != nil {
		e := coded.Wrap(coded.Invalid, err, "the configuration of %s", deployment.Name(name))
		e.Hint = "use the checkout that the cell was deployed from"
		return e
	}
	return nil
}

// variables are those of our own that the function reads for its work, as
// "NAME=value".
func variables(name string, all map[string]string) []string {
	spec, _ := deployment.Find(name)
	var list []string
	for k, v := range all {
		if slices.Contains(spec.Env, k) && k != deployment.EnvLogLevel {
			list = append(list, fmt.Sprintf("%s=%s", k, v))
		}
	}
	return list
}
