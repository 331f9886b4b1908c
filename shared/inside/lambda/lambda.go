// Package lambda reaches inside instances from outside their VPC: it asks the
// function fence, which is in there, and waits for its answer.
package lambda

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	sdk "github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"

	"latchkey/shared/aws/awsclient"
	"latchkey/shared/aws/awserror"
	"latchkey/shared/coded"
	"latchkey/shared/database"
	"latchkey/shared/deployment"
	"latchkey/shared/inside"
)

// DefaultTimeout bounds one operation with all its calls: a little more than the
// function itself has, so that its own time-out is heard.
const DefaultTimeout = 30 * time.Second

// Config is which function is asked, and how.
type Config struct {
	Function string        // name or ARN of the function fence
	Timeout  time.Duration // of one operation; 0: DefaultTimeout
	// MasterSecret returns the ARN of the secret that RDS keeps the instance's
	// master login in (MasterUserSecret of DescribeDBInstances). It is asked for
	// only on an instance that has no fencing role yet. Nil: never.
	MasterSecret func(ctx context.Context, instanceID string) (arn string, err error)
}

// Inside asks the function.
type Inside struct {
	client *sdk.Client
	cfg    Config
}

var _ database.Inside = (*Inside)(nil)

// New returns the inside of instances as the function reaches it. Its client
// must be as patient as the function: see Patient.
func New(client *sdk.Client, cfg Config) *Inside {
	if cfg.Timeout <= 0 {
		cfg.Timeout = DefaultTimeout
	}
	return &Inside{client: client, cfg: cfg}
}

// Patient returns options for the client of New: a try waits for as long as the
// function may take, since a try that is given up makes the function run twice.
func Patient(o awsclient.Options) awsclient.Options {
	fence, _ := deployment.Find(deployment.FunctionFence) // it is always there
	o.Attempt = fence.Timeout + 2*time.Second
	o.Call = DefaultTimeout
	return o
}

// Prepare implements database.Inside.
func (i *Inside) Prepare(ctx context.Context, at database.Login) error {
	return i.do(ctx, inside.OpPrepare, at)
}

// Fence implements database.Inside.
func (i *Inside) Fence(ctx context.Context, at database.Login) error {
	return i.do(ctx, inside.OpFence, at)
}

// Unfence implements database.Inside.
func (i *Inside) Unfence(ctx context.Context, at database.Login) error {
	return i.do(ctx, inside.OpUnfence, at)
}

// Verify implements database.Inside.
func (i *Inside) Verify(ctx context.Context, at database.Login) error {
	return i.do(ctx, inside.OpVerify, at)
}

// Drop implements database.Inside.
func (i *Inside) Drop(ctx context.Context, at database.Login) error {
	return i.do(ctx, inside.OpDrop, at)
}

// do asks for the operation, and once more with the instance's master secret
// where the fencing role is not there yet.
func (i *Inside) do(ctx context.Context, op inside.Op, at database.Login) error {
	ctx, cancel := context.WithTimeout(ctx, i.cfg.Timeout)
	defer cancel()
	req := inside.Request{Op: op, Login: inside.LoginAt(at)}
	err := i.ask(ctx, req)
	if !errors.Is(err, inside.ErrNoFenceRole) || i.cfg.MasterSecret == nil {
		return err
	}
	arn, lookup := i.cfg.MasterSecret(ctx, at.InstanceID)
	if lookup != nil {
		return coded.Wrap(coded.Of(lookup), errors.Join(lookup, err), "looking for the master secret of %s", at.InstanceID)
	}
	if arn == "" {
		return err
	}
	req.MasterSecretARN = arn
	return i.ask(ctx, req)
}

// ask invokes the function and waits. A client that gives up early leaves the
// function running; every operation may be repeated.
func (i *Inside) ask(ctx context.Context, req inside.Request) error {
	payload, err := json.Marshal(req)
	if err != nil {
		return coded.Wrap(coded.Internal, err, "writing the request")
	}
	out, err := i.client.Invoke(ctx, &sdk.InvokeInput{
		FunctionName: &i.cfg.Function, InvocationType: types.InvocationTypeRequestResponse, Payload: payload,
	})
	if err != nil {
		return i.unreached(req, err)
	}
	if out.FunctionError != nil {
		return i.crashed(out.Payload)
	}
	var answer inside.Answer
	if err := json.Unmarshal(out.Payload, &answer); err != nil {
		return coded.Wrap(coded.Internal, err, "reading the answer of %s", i.cfg.Function)
	}
	return answer.Err()
}

// unreached is the error of a function that Lambda did not run. Nothing is known
// of the database then: that the function was not found does not mean that the
// role was not.
func (i *Inside) unreached(req inside.Request, err error) error {
	code := coded.Internal
	if awserror.Classify(err) == coded.Retryable {
		code = coded.Retryable
	}
	return coded.Wrap(code, err, "invoking %s to %s in %s", i.cfg.Function, req.Op, req.Login.InstanceID)
}

// timedOut is the error type of a function whose time was over.
// [Lambda guide, Lambda runtime environment, Failures during invoke]
const timedOut = "Sandbox.Timedout"

// crashed is the error of a function that did not answer. One that ran out of
// time, or was killed (its error has no type then), may do better next time.
func (i *Inside) crashed(payload []byte) error {
	var crash struct{ ErrorType, ErrorMessage string }
	if err := json.Unmarshal(payload, &crash); err != nil {
		return coded.Wrap(coded.Internal, err, "reading the failure of %s", i.cfg.Function)
	}
	code := coded.Internal
	if crash.ErrorType == timedOut || crash.ErrorType == "" {
		code = coded.Retryable
	}
	err := coded.New(code, "%s failed: %s: %s", i.cfg.Function, crash.ErrorType, crash.ErrorMessage)
	err.Hint = "see the function's log"
	return err
}
