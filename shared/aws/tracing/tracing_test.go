package tracing_test

import (
	"bytes"
	"context"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"latchkey/shared/aws/tracing"
)

const (
	traceID = "1-5759e988-bd862e3fe1be46a994272793"
	header  = "Root=" + traceID + ";Parent=53995c3f42cd8ad8;Sampled=1"
)

// within returns a context as Lambda gives it to a handler.
func within(header string) context.Context {
	//lint:ignore SA1029 the key is Lambda's own, a string
	return context.WithValue(context.Background(), "x-amzn-trace-id", header)
}

// daemon is where segments go.
func daemon(t *testing.T) net.PacketConn {
	t.Helper()
	d, err := net.ListenPacket("udp", "127.0.0.1:2000") // X-Ray's default
	if err != nil {
		t.Skipf("port 2000 is taken: %v", err)
	}
	t.Cleanup(func() { _ = d.Close() })
	return d
}

// call makes one traced call and returns the trace header that AWS got.
func call(t *testing.T, ctx context.Context) string {
	t.Helper()
	var got string
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		got = r.Header.Get("X-Amzn-Trace-Id")
		w.Header().Set("X-Amzn-Requestid", "request-1")
		_, _ = w.Write([]byte(`{}`))
	}))
	defer s.Close()
	cfg := aws.Config{Region: "eu-central-1", BaseEndpoint: &s.URL, Credentials: credentials.NewStaticCredentialsProvider("a", "b", "")}
	tracing.Instrument(&cfg.APIOptions)
	if _, err := dynamodb.NewFromConfig(cfg).ListTables(ctx, nil); err != nil {
		t.Fatal(err)
	}
	return got
}

// In a trace each call is a subsegment, and AWS is told which.
func TestInstrument(t *testing.T) {
	d := daemon(t)
	for range 2 { // the first segment is lost where the one before found no daemon: the socket tells so then
		if got := call(t, within(header)); !strings.Contains(got, traceID) || !strings.Contains(got, "Sampled=1") {
			t.Errorf("AWS was told %q", got)
		}
	}
	segment := received(t, d)
	for _, want := range []string{`"name":"DynamoDB"`, `"operation":"ListTables"`, `"parent_id":"53995c3f42cd8ad8"`, "eu-central-1"} {
		if !strings.Contains(segment, want) {
			t.Errorf("the segment lacks %s: %s", want, segment)
		}
	}
}

// received returns the first segment of this test's trace: the port is the
// machine's, and others may send theirs.
func received(t *testing.T, d net.PacketConn) string {
	t.Helper()
	if err := d.SetReadDeadline(time.Now().Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
	b := make([]byte, 64<<10)
	for {
		n, _, err := d.ReadFrom(b)
		if err != nil {
			t.Fatalf("no segment of trace %s: %v", traceID, err)
		}
		if segment := string(b[:n]); strings.Contains(segment, traceID) {
			return segment
		}
	}
}

// Outside of a trace, and without a daemon, calls go on, and the log is silent.
func TestInstrument_Outside(t *testing.T) {
	var log bytes.Buffer
	if err := tracing.Configure(slog.New(slog.NewTextHandler(&log, nil))); err != nil {
		t.Fatal(err)
	}
	for name, ctx := range map[string]context.Context{"no trace": context.Background(), "no daemon": within(header), "nonsense": within("x;;=")} {
		if got := call(t, ctx); name == "no trace" && got != "" {
			t.Errorf("%s: AWS was told %q", name, got)
		}
	}
	if log.Len() > 0 {
		t.Errorf("logged %s", log.String())
	}
}

func TestID(t *testing.T) {
	for header, want := range map[string]string{
		header: traceID, "Sampled=0; Root=" + traceID: traceID, "": "", "Parent=1": "", "Root": "",
	} {
		if got := tracing.ID(within(header)); got != want {
			t.Errorf("ID of %q is %q, want %q", header, got, want)
		}
	}
	if got := tracing.ID(context.Background()); got != "" {
		t.Errorf("ID of no trace is %q", got)
	}
}
