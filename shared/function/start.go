package function

import (
	"context"
	"encoding/json"
	"log/slog"
	"os"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-sdk-go-v2/aws"

	"latchkey/shared/clock"
	"latchkey/shared/function/emf"
)

// Handler answers one invocation. payload is the event's JSON; the answer is
// sent back as JSON. An error fails the invocation as a whole.
type Handler func(ctx context.Context, payload json.RawMessage) (any, error)

// Config is the pointer to a function's own config; Bind names the variables
// that the function reads, and where their values go.
type Config[C any] interface {
	*C
	Bind(*Set)
}

// None is the config of a function that reads its log level only.
type None struct{}

// Bind binds nothing.
func (*None) Bind(*Set) {}

// Host is what every function has, whatever it does.
type Host struct {
	Name    string       // of the function, as package deployment calls it
	Region  string       // that it runs in
	AWS     aws.Config   // for every client: retries, time-outs and tracing are in it
	Log     *slog.Logger // its …Context methods add what logging.With put into the context
	Metrics *emf.Metrics
	Clock   clock.Clock
	Limits  Limits
}

// Env is what a function is built with.
type Env[C any] struct {
	Host
	Config C // what Bind read
}

// Start runs a function: it boots once, builds the handler and answers
// invocations until Lambda ends the process. A function that cannot boot logs
// every problem and exits, so that Lambda reports Runtime.ExitError.
// [Lambda guide, Using the Lambda runtime API]
func Start[C any, P Config[C]](name string, build func(context.Context, Env[C]) (Handler, error)) {
	ctx := context.Background()
	env, err := Boot[C, P](ctx, name, os.Environ(), os.Stdout, os.Stderr)
	var handler Handler
	if err == nil {
		handler, err = build(ctx, env)
	}
	if err != nil {
		refuse(name, os.Stderr, err)
		os.Exit(1)
	}
	lambda.Start(entry{env.Host, handler})
}
