package lambda_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	sdk "github.com/aws/aws-sdk-go-v2/service/lambda"

	"latchkey/shared/aws/awsclient"
	"latchkey/shared/coded"
	"latchkey/shared/database"
	"latchkey/shared/deployment"
	"latchkey/shared/inside"
	"latchkey/shared/inside/lambda"
)

const arn = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:rds!db-1-AbCdEf"

var at = database.Login{InstanceID: "lk-a", Endpoint: "lk-a.x.eu-central-1.rds.amazonaws.com:5432", Database: "t_a", Role: "t_a"}

// host is an instance that keeps what it is asked, and answers err.
type host struct {
	err         error
	needs       bool // a bootstrap
	did         []string
	bootstrap   error
	untilAnswer time.Duration
}

func (h *host) do(ctx context.Context, what string, l database.Login) error {
	if l != at {
		return coded.New(coded.Internal, "asked about %+v", l)
	}
	h.did = append(h.did, what)
	if end, ok := ctx.Deadline(); ok {
		h.untilAnswer = time.Until(end)
	}
	if h.needs {
		return coded.Wrap(coded.Internal, inside.ErrNoFenceRole, "logging in")
	}
	return h.err
}

func (h *host) Prepare(ctx context.Context, l database.Login) error { return h.do(ctx, "prepare", l) }
func (h *host) Fence(ctx context.Context, l database.Login) error   { return h.do(ctx, "fence", l) }
func (h *host) Unfence(ctx context.Context, l database.Login) error { return h.do(ctx, "unfence", l) }
func (h *host) Verify(ctx context.Context, l database.Login) error  { return h.do(ctx, "verify", l) }
func (h *host) Drop(ctx context.Context, l database.Login) error    { return h.do(ctx, "drop", l) }
func (h *host) Bootstrap(_ context.Context, _ database.Login, secret string) error {
	h.did = append(h.did, "bootstrap "+secret)
	h.needs = h.needs && h.bootstrap != nil
	return h.bootstrap
}

// function stands in for Lambda: it runs Handle on the host, or answers as told.
type function struct {
	host     *host
	status   int               // of the call; 0: 200
	body     string            // answer as it is; empty: Handle's
	header   map[string]string // of the answer
	hang     bool
	requests []string
}

func (f *function) RoundTrip(r *http.Request) (*http.Response, error) {
	in, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	f.requests = append(f.requests, r.Method+" "+r.URL.Path+" "+r.Header.Get("X-Amz-Invocation-Type")+" "+string(in))
	if f.hang {
		<-r.Context().Done()
		return nil, r.Context().Err()
	}
	body := f.body
	if body == "" && f.host != nil {
		var req inside.Request
		if err := json.Unmarshal(in, &req); err != nil {
			return nil, err
		}
		out, err := json.Marshal(inside.Handle(r.Context(), f.host, req))
		if err != nil {
			return nil, err
		}
		body = string(out)
	}
	res := &http.Response{StatusCode: max(f.status, 200), Request: r, Body: io.NopCloser(strings.NewReader(body)), Header: http.Header{}}
	for k, v := range f.header {
		res.Header.Set(k, v)
	}
	return res, nil
}

func (f *function) inside(cfg lambda.Config) *lambda.Inside {
	cfg.Function = "latchkey-fence"
	return lambda.New(sdk.NewFromConfig(aws.Config{
		Region: "eu-central-1", HTTPClient: &http.Client{Transport: f}, Retryer: func() aws.Retryer { return aws.NopRetryer{} },
		Credentials: credentials.NewStaticCredentialsProvider("id", "secret", ""),
	}), cfg)
}

func found(context.Context, string) (string, error) { return arn, nil }

func TestInside_Operations(t *testing.T) {
	for name, do := range map[string]func(*lambda.Inside, context.Context, database.Login) error{
		"prepare": (*lambda.Inside).Prepare, "fence": (*lambda.Inside).Fence, "unfence": (*lambda.Inside).Unfence,
		"verify": (*lambda.Inside).Verify, "drop": (*lambda.Inside).Drop,
	} {
		t.Run(name, func(t *testing.T) {
			h := &host{}
			f := &function{host: h}
			if err := do(f.inside(lambda.Config{MasterSecret: found}), context.Background(), at); err != nil || strings.Join(h.did, ",") != name {
				t.Errorf("did %v, %v", h.did, err)
			}
			want := `POST /2015-03-31/functions/latchkey-fence/invocations RequestResponse {"op":"` + name +
				`","login":{"instanceId":"lk-a","endpoint":"lk-a.x.eu-central-1.rds.amazonaws.com:5432","database":"t_a","role":"t_a"}}`
			if len(f.requests) != 1 || f.requests[0] != want {
				t.Errorf("sent %q\nwant %q", f.requests, want)
			}
			if h.untilAnswer <= 0 || h.untilAnswer > lambda.DefaultTimeout {
				t.Errorf("%s to answer", h.untilAnswer)
			}
		})
	}
}

// TestInside_Errors holds that every coded error arrives as it left.
func TestInside_Errors(t *testing.T) {
	for _, code := range []coded.Code{coded.Invalid, coded.Conflict, coded.NotFound, coded.Pending, coded.Retryable, coded.KeyAccess, coded.Internal} {
		sent := &coded.Error{Code: code, Field: "login.role", Message: "what", Hint: "do", Err: errors.New("SQLSTATE")}
		err := (&function{host: &host{err: sent}}).inside(lambda.Config{MasterSecret: found}).Fence(context.Background(), at)
		if coded.Of(err) != code || err.Error() != sent.Error() || coded.Hint(err) != "do" || errors.Is(err, inside.ErrNoFenceRole) {
			t.Errorf("%s arrived as %q: %v", code, coded.Of(err), err)
		}
	}
	if err := (&function{host: &host{err: errors.New("plain")}}).inside(lambda.Config{}).Drop(context.Background(), at); coded.Of(err) != coded.Internal || err.Error() != "plain" {
		t.Errorf("a plain error arrived as %v", err)
	}
}

func TestInside_Bootstrap(t *testing.T) {
	away := func(code coded.Code) func(context.Context, string) (string, error) {
		return func(context.Context, string) (string, error) { return "", coded.New(code, "describing") }
	}
	for _, c := range []struct {
		name      string
		secret    func(context.Context, string) (string, error)
		bootstrap error
		did       string
		want      coded.Code
	}{
		{"made", found, nil, "prepare,prepare,bootstrap " + arn + ",prepare", ""},
		{"fails", found, coded.New(coded.Retryable, "no"), "prepare,prepare,bootstrap " + arn, coded.Retryable},
		{"nobody knows the secret", nil, nil, "prepare", coded.Internal},
		{"there is none", func(context.Context, string) (string, error) { return "", nil }, nil, "prepare", coded.Internal},
		{"RDS is throttled", away(coded.Retryable), nil, "prepare", coded.Retryable},
		{"RDS refuses", away(coded.Internal), nil, "prepare", coded.Internal},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := &host{needs: true, bootstrap: c.bootstrap}
			err := (&function{host: h}).inside(lambda.Config{MasterSecret: c.secret}).Prepare(context.Background(), at)
			if coded.Of(err) != c.want || strings.Join(h.did, ",") != c.did {
				t.Errorf("did %v, %v", h.did, err)
			}
		})
	}
}

// TestInside_NoAnswer tells apart why a function did not answer.
func TestInside_NoAnswer(t *testing.T) {
	crash := map[string]string{"X-Amz-Function-Error": "Unhandled"}
	kind := func(code string) map[string]string { return map[string]string{"X-Amzn-Errortype": code} }
	for _, c := range []struct {
		name string
		f    function
		want coded.Code
	}{
		{"timed out", function{header: crash, body: `{"errorType":"Sandbox.Timedout","errorMessage":"RequestId: 1 Error: Task timed out after 25.00 seconds"}`}, coded.Retryable},
		{"killed", function{header: crash, body: `{"errorMessage":"RequestId: 1 Process exited before completing request"}`}, coded.Retryable},
		{"panicked", function{header: crash, body: `{"errorType":"runtime.plainError","errorMessage":"index out of range"}`}, coded.Internal},
		{"garbled failure", function{header: crash, body: `x`}, coded.Internal},
		{"garbled answer", function{body: `x`}, coded.Internal},
		{"throttled", function{status: 429, header: kind("TooManyRequestsException"), body: `{}`}, coded.Retryable},
		{"network of the function not ready", function{status: 502, header: kind("ENINotReadyException"), body: `{}`}, coded.Retryable},
		{"no such function", function{status: 404, header: kind("ResourceNotFoundException"), body: `{}`}, coded.Internal},
		{"denied", function{status: 403, header: kind("AccessDeniedException"), body: `{}`}, coded.Internal},
		{"key of its environment lost", function{status: 502, header: kind("KMSDisabledException"), body: `{}`}, coded.Internal},
		{"hangs", function{hang: true}, coded.Retryable},
	} {
		t.Run(c.name, func(t *testing.T) {
			cfg := lambda.Config{Timeout: time.Minute}
			if c.f.hang {
				cfg.Timeout = 200 * time.Millisecond
			}
			err := c.f.inside(cfg).Fence(context.Background(), at)
			if coded.Of(err) != c.want {
				t.Errorf("got %q: %v; want %q", coded.Of(err), err, c.want)
			}
		})
	}
}

func TestPatient(t *testing.T) {
	o, err := lambda.Patient(awsclient.Options{}).WithDefaults()
	fence, ok := deployment.Find(deployment.FunctionFence)
	if err != nil || !ok || o.Attempt <= fence.Timeout || o.Call < o.Attempt || o.Call > lambda.DefaultTimeout {
		t.Errorf("%+v for a function of %s, %v", o, fence.Timeout, err)
	}
}
