package functions_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"latchkey/events"
	"latchkey/shared/aws/mototest"
	"latchkey/shared/catalog/dynamodb"
	"latchkey/shared/clock"
	"latchkey/shared/deployment"
	"latchkey/shared/function/coldstart"
	"latchkey/shared/function/functiontest"
	"latchkey/shared/reconcile"
)

// patience bounds the test on a busy machine, and is the time that the function is given.
const patience = 5 * time.Minute

// invocation is the runtime API for one invocation of a binary.
// [Lambda guide, Using the Lambda runtime API]
type invocation struct {
	event    []byte
	given    chan struct{} // full once the event was handed over
	answered chan string   // "response …" or "error …"
}

func (i *invocation) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	const base = "/2018-06-01/runtime/invocation/"
	switch r.URL.Path {
	case base + "next":
		select {
		case i.given <- struct{}{}:
		case <-r.Context().Done():
			return
		}
		w.Header().Set("Lambda-Runtime-Aws-Request-Id", "request-1")
		w.Header().Set("Lambda-Runtime-Deadline-Ms", fmt.Sprint(time.Now().Add(patience).UnixMilli()))
		w.Header().Set("Lambda-Runtime-Trace-Id", "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=0")
		_, _ = w.Write(i.event)
	case base + "request-1/response", base + "request-1/error":
		body, _ := io.ReadAll(r.Body)
		w.WriteHeader(http.StatusAccepted)
		i.answered <- filepath.Base(r.URL.Path) + " " + string(body)
	default:
		w.WriteHeader(http.StatusNotFound)
	}
}

// TestBinary runs a function as it is deployed, on an emulator: provision takes
// its sample event and answers, and what it wrote is in the table.
func TestBinary(t *testing.T) {
	cfg := mototest.Config(t, region)
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	binary := filepath.Join(t.TempDir(), "bootstrap")
	if _, err := coldstart.Build(ctx, "latchkey/functions/provision", binary, runtime.GOARCH); err != nil {
		t.Fatal(err)
	}
	if err := dynamodb.CreateTable(ctx, cfg, deployment.Table); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { drop(t, cfg) })
	event, err := os.ReadFile("provision/event.json")
	if err != nil {
		t.Fatal(err)
	}
	api := &invocation{event: event, given: make(chan struct{}, 1), answered: make(chan string, 1)}
	server := httptest.NewServer(api)
	defer server.Close()
	f, _ := deployment.Find(events.FunctionProvision)
	var said bytes.Buffer
	cmd := exec.CommandContext(ctx, binary)
	cmd.Env = append(functiontest.Environ(f), "AWS_LAMBDA_RUNTIME_API="+strings.TrimPrefix(server.URL, "http://"), "AWS_REGION="+region,
		"AWS_ENDPOINT_URL="+mototest.Serial(t), "AWS_ACCESS_KEY_ID=a", "AWS_SECRET_ACCESS_KEY=b", "LAMBDA_TASK_ROOT="+t.TempDir())
	cmd.Stdout, cmd.Stderr = &said, &said
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() { _ = cmd.Wait(); close(ended) }() // what it said tells how
	var answer string
	select {
	case answer = <-api.answered:
	case <-ended: // before it answered
	}
	_ = cmd.Process.Kill()
	<-ended
	if answer != `response {"batchItemFailures":[]}` || !strings.Contains(said.String(), `"events_in":2`) {
		t.Errorf("answered %q; it said:\n%s", answer, said.String())
	}
	store := dynamodb.New(cfg, deployment.Table, clock.System{})
	plane := &reconcile.Plane{Deps: reconcile.Deps{Store: store, Clock: clock.System{}}}
	if _, d, err := plane.Context(ctx, tenantID, "tracker"); err != nil || d.Reason != "key-pending" {
		t.Errorf("the tenant is %q, %v", d.Reason, err)
	}
}

// drop takes the table away, so that the test can run again.
func drop(t *testing.T, cfg aws.Config) {
	t.Helper()
	client := sdk.NewFromConfig(cfg)
	if _, err := client.DeleteTable(context.Background(), &sdk.DeleteTableInput{TableName: aws.String(deployment.Table)}); err != nil {
		t.Error(err)
	}
}
