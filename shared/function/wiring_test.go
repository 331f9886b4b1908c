package function_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-lambda-go/lambdacontext"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/smithy-go/middleware"

	"latchkey/shared/deployment"
	"latchkey/shared/function"
	"latchkey/shared/function/logging"
)

const (
	traceID   = "1-5759e988-bd862e3fe1be46a994272793"
	requestID = "8f507cfc-xmpl-4697-b07a-ac58fc914c95"
)

// invocation is the context of one, as Lambda gives it to a handler. [Lambda
// guide, Define Lambda function handlers in Go; X-Ray guide, Tracing header]
func invocation() context.Context {
	//lint:ignore SA1029 the key is Lambda's own, a string
	ctx := context.WithValue(context.Background(), "x-amzn-trace-id", "Root="+traceID+";Parent=53995c3f42cd8ad8;Sampled=1")
	return lambdacontext.NewContext(ctx, &lambdacontext.LambdaContext{AwsRequestID: requestID})
}

var errSeen = errors.New("the stack is known")

// Every call of a booted function's clients is traced, tried again and bounded.
func TestBoot_Middleware(t *testing.T) {
	elsewhere(t)
	for _, f := range deployment.Functions() {
		t.Run(f.Name, func(t *testing.T) {
			env, err := function.Boot[function.None](context.Background(), f.Name, []string{deployment.EnvLogLevel + "=info"}, &bytes.Buffer{}, &bytes.Buffer{})
			if err != nil {
				t.Fatal(err)
			}
			var ids []string
			look := func(s *middleware.Stack) error { ids = s.List(); return errSeen }
			cfg := env.AWS.Copy()
			cfg.APIOptions = append(cfg.APIOptions, look)
			if _, err := dynamodb.NewFromConfig(cfg).ListTables(context.Background(), nil); !errors.Is(err, errSeen) {
				t.Fatal(err)
			}
			for _, want := range []string{"XRayInitializeMiddlewareAfter", "XRayDeserializeMiddleware", "LatchkeyDeadline", "Retry"} {
				if !slices.Contains(ids, want) {
					t.Errorf("no %s in %s", want, ids)
				}
			}
		})
	}
}

// Each record of an invocation tells the trace and the request that it belongs
// to: what the handler logs, and what is logged of its failure.
func TestInvoke_Log(t *testing.T) {
	for name, fails := range map[string]error{"handled": nil, "failed": errors.New("boom")} {
		t.Run(name, func(t *testing.T) {
			h := newHost("sweep")
			_, err := function.Invoke(invocation(), h.Host, func(ctx context.Context, _ json.RawMessage) (any, error) {
				h.Log.InfoContext(ctx, "at work")
				return nil, fails
			}, nil)
			if !errors.Is(err, fails) {
				t.Fatal(err)
			}
			records := strings.Split(strings.TrimSpace(h.log.String()), "\n")
			if want := 1 + strings.Count(name, "failed"); len(records) != want {
				t.Fatalf("%d records, want %d: %s", len(records), want, h.log)
			}
			for _, r := range records {
				var got map[string]any
				if err := json.Unmarshal([]byte(r), &got); err != nil {
					t.Fatal(err)
				}
				if got[logging.Trace] != traceID || got[logging.Request] != requestID {
					t.Errorf("record %s", r)
				}
			}
		})
	}
}
