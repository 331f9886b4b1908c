package proxy_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	ddbtypes "github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/rds"
	"github.com/aws/smithy-go"

	"latchkey/localstack/emulator/proxy"
)

// emulator answers every call with 200 and keeps what it saw.
type emulator struct {
	mu   sync.Mutex
	seen []*http.Request
	body string
}

func (e *emulator) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	_, _ = io.Copy(io.Discard, r.Body)
	e.mu.Lock()
	defer e.mu.Unlock()
	e.seen = append(e.seen, r)
	if r.Form == nil && strings.HasPrefix(r.Header.Get("Content-Type"), "application/x-www-form") {
		_, _ = io.WriteString(w, `<DescribeDBInstancesResponse><DescribeDBInstancesResult/></DescribeDBInstancesResponse>`)
		return
	}
	_, _ = io.WriteString(w, e.body)
}

func (e *emulator) calls() []*http.Request {
	e.mu.Lock()
	defer e.mu.Unlock()
	return append([]*http.Request(nil), e.seen...)
}

type invoker func(region, function string, payload []byte) ([]byte, string, error)

func (f invoker) Invoke(_ context.Context, region, function string, payload []byte) ([]byte, string, error) {
	return f(region, function, payload)
}

// setup returns the configuration of a client whose calls go through a proxy.
func setup(t *testing.T, e *emulator, inv proxy.Invoker) (*proxy.Proxy, aws.Config) {
	t.Helper()
	behind := httptest.NewServer(e)
	t.Cleanup(behind.Close)
	p, err := proxy.New(proxy.Options{Emulator: behind.URL, Account: "123456789012", Invoker: inv})
	if err != nil {
		t.Fatal(err)
	}
	url, stop, err := p.Serve(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(stop)
	return p, aws.Config{
		Region: "eu-central-1", BaseEndpoint: &url, RetryMaxAttempts: 1,
		Credentials: credentials.NewStaticCredentialsProvider("role-of-sweep", "x", ""),
	}
}

func TestProxy_Counts(t *testing.T) {
	p, cfg := setup(t, &emulator{body: "{}"}, nil)
	ctx := context.Background()
	for range 2 {
		if _, err := dynamodb.NewFromConfig(cfg).ListTables(ctx, nil); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := rds.NewFromConfig(cfg).DescribeDBInstances(ctx, nil); err != nil {
		t.Fatal(err)
	}
	made, broken := p.Calls()
	for c, n := range map[proxy.Call]int64{
		{Role: "role-of-sweep", Region: "eu-central-1", Service: "dynamodb", Action: "ListTables"}:     2,
		{Role: "role-of-sweep", Region: "eu-central-1", Service: "rds", Action: "DescribeDBInstances"}: 1,
	} {
		if made[c] != n {
			t.Errorf("%+v: %d, want %d, of %v", c, made[c], n, made)
		}
	}
	if len(made) != 2 || len(broken) != 0 {
		t.Errorf("made %v, broken %v", made, broken)
	}
}

// TestRefuse shows each protocol's errors as the SDK's own types.
func TestRefuse(t *testing.T) {
	p, cfg := setup(t, &emulator{body: "{}"}, nil)
	ctx := context.Background()
	p.Inject(proxy.Rule{Service: "dynamodb", Fault: proxy.Refuse(400, "ProvisionedThroughputExceededException")})
	p.Inject(proxy.Rule{Service: "rds", Fault: proxy.Refuse(400, "Throttling")})
	_, err := dynamodb.NewFromConfig(cfg).ListTables(ctx, nil)
	var throughput *ddbtypes.ProvisionedThroughputExceededException
	if !errors.As(err, &throughput) {
		t.Errorf("DynamoDB: %v", err)
	}
	_, err = rds.NewFromConfig(cfg).DescribeDBInstances(ctx, nil)
	var api smithy.APIError
	if !errors.As(err, &api) || api.ErrorCode() != "Throttling" {
		t.Errorf("RDS: %v", err)
	}
}

func TestRule(t *testing.T) {
	for _, c := range []struct {
		name string
		rule proxy.Rule
		want string // of each of five calls: . passes, x is broken
	}{
		{"all", proxy.Rule{}, "xxxxx"},
		{"of another service", proxy.Rule{Service: "rds"}, "....."},
		{"of another role", proxy.Rule{Role: "role-of-fence"}, "....."},
		{"of this role", proxy.Rule{Role: "role-of-sweep", Service: "dynamodb", Action: "ListTables"}, "xxxxx"},
		{"two after the first", proxy.Rule{Skip: 1, Count: 2}, ".xx.."},
		{"some", proxy.Rule{Probability: 0.5}, "x...x"},
	} {
		t.Run(c.name, func(t *testing.T) {
			p, cfg := setup(t, &emulator{body: "{}"}, nil)
			c.rule.Fault = proxy.Refuse(500, "InternalServerError")
			remove := p.Inject(c.rule)
			got := ""
			for range 5 {
				if _, err := dynamodb.NewFromConfig(cfg).ListTables(context.Background(), nil); err != nil {
					got += "x"
				} else {
					got += "."
				}
			}
			if got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
			remove()
			if _, err := dynamodb.NewFromConfig(cfg).ListTables(context.Background(), nil); err != nil {
				t.Errorf("after it was removed: %v", err)
			}
		})
	}
}

func TestLose(t *testing.T) {
	e := &emulator{body: "{}"}
	p, cfg := setup(t, e, nil)
	p.Inject(proxy.Rule{Fault: proxy.Lose()})
	if _, err := dynamodb.NewFromConfig(cfg).ListTables(context.Background(), nil); err == nil {
		t.Error("answered")
	}
	if len(e.calls()) != 1 {
		t.Errorf("%d calls reached the emulator, want 1", len(e.calls()))
	}
}

func TestHold(t *testing.T) {
	e := &emulator{body: "{}"}
	p, cfg := setup(t, e, nil)
	reached, release := make(chan proxy.Call), make(chan struct{})
	p.Inject(proxy.Rule{Fault: proxy.Hold(reached, release)})
	done := make(chan error)
	go func() {
		_, err := dynamodb.NewFromConfig(cfg).ListTables(context.Background(), nil)
		done <- err
	}()
	if c := <-reached; c.Action != "ListTables" || len(e.calls()) != 0 {
		t.Errorf("held %+v, %d passed", c, len(e.calls()))
	}
	close(release)
	if err := <-done; err != nil || len(e.calls()) != 1 {
		t.Errorf("%v, %d passed", err, len(e.calls()))
	}
}

func TestSlow(t *testing.T) {
	p, cfg := setup(t, &emulator{body: "{}"}, nil)
	p.Inject(proxy.Rule{Fault: proxy.Slow(50 * time.Millisecond)})
	began := time.Now()
	if _, err := dynamodb.NewFromConfig(cfg).ListTables(context.Background(), nil); err != nil || time.Since(began) < 50*time.Millisecond {
		t.Errorf("after %s: %v", time.Since(began), err)
	}
}

func TestProxy_Invoke(t *testing.T) {
	e := &emulator{}
	_, cfg := setup(t, e, invoker(func(region, function string, payload []byte) ([]byte, string, error) {
		switch function {
		case "latchkey-fence":
			return []byte(`{"region":"` + region + `","was":` + string(payload) + `}`), "", nil
		case "latchkey-broken":
			return []byte(`{"errorMessage":"no"}`), "Unhandled", nil
		}
		return nil, "", proxy.ErrNoFunction
	}))
	client := lambda.NewFromConfig(cfg)
	ctx := context.Background()
	for _, name := range []string{"latchkey-fence", "arn:aws:lambda:eu-central-1:123456789012:function:latchkey-fence"} {
		out, err := client.Invoke(ctx, &lambda.InvokeInput{FunctionName: &name, Payload: []byte(`{"op":"fence"}`)})
		if err != nil || out.FunctionError != nil || string(out.Payload) != `{"region":"eu-central-1","was":{"op":"fence"}}` {
			t.Errorf("%s: %v %+v", name, err, out)
		}
	}
	out, err := client.Invoke(ctx, &lambda.InvokeInput{FunctionName: aws.String("latchkey-broken")})
	if err != nil || aws.ToString(out.FunctionError) != "Unhandled" {
		t.Errorf("%v %+v", err, out)
	}
	_, err = client.Invoke(ctx, &lambda.InvokeInput{FunctionName: aws.String("nobody")})
	var api smithy.APIError
	if !errors.As(err, &api) || api.ErrorCode() != "ResourceNotFoundException" {
		t.Errorf("%v", err)
	}
	if n := len(e.calls()); n != 0 {
		t.Errorf("%d invocations reached the emulator", n)
	}
}
