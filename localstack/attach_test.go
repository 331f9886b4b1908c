package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http/httptest"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"latchkey/localstack/deployed/deployedtest"
	"latchkey/localstack/server"
	"latchkey/shared/aws/mototest"
)

// emulated is a world on moto, with `attach` running over it.
type emulated struct {
	*deployedtest.World
	wire   *wire
	queues *sqs.Client
	twin   string // address of a local stack that knows the same
	url    string // that attach printed
	said   *text
	stop   func() int
}

// text is what another goroutine prints.
type text struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *text) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *text) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

func attach(t *testing.T) *emulated {
	t.Helper()
	mototest.Require(t, mototest.Tool)
	w := &emulated{World: deployedtest.New(t), said: &text{}}
	cfg := mototest.Config(t, deployedtest.Region)
	w.Deploy(cfg)
	w.queues = sqs.NewFromConfig(cfg)
	w.wire = newWire(t, mototest.Endpoint(t))
	nowhere := filepath.Join(t.TempDir(), "none")
	for name, value := range map[string]string{
		"AWS_ENDPOINT_URL": w.wire.url, "AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing", "AWS_REGION": "", "AWS_PROFILE": "",
		"AWS_CONFIG_FILE": nowhere, "AWS_SHARED_CREDENTIALS_FILE": nowhere,
	} {
		t.Setenv(name, value)
	}
	quiet := slog.New(slog.DiscardHandler)
	twin := httptest.NewServer(server.NewDeployed(deployedtest.Twin{World: w.World}, "twin", quiet))
	t.Cleanup(twin.Close)
	w.twin = twin.URL + "/twin"
	ctx, cancel := context.WithCancel(context.Background())
	out, in := io.Pipe()
	code := make(chan int, 1)
	go func() {
		code <- run(ctx, []string{"--json", "attach", "--region", deployedtest.Region, "--port", "0"}, nil, in, w.said)
		in.Close()
	}()
	w.stop = sync.OnceValue(func() int { cancel(); return <-code })
	t.Cleanup(func() { w.stop() })
	var is attached
	lines := bufio.NewReader(out)
	if err := json.NewDecoder(lines).Decode(&is); err != nil {
		t.Fatalf("%v: %s", err, w.said.String())
	}
	if w.url = is.URL; is.Account != deployedtest.Account || is.Region != deployedtest.Region {
		t.Errorf("attached to %+v", is)
	}
	return w
}

// localstack runs a command against an address.
func localstack(address string, args ...string) (out string, code int) {
	var b bytes.Buffer
	code = run(context.Background(), append([]string{"--url", address}, args...), nil, &b, &b)
	return b.String(), code
}

// TestAttach_Moto runs `attach` over a cell on an emulator of AWS.
func TestAttach_Moto(t *testing.T) {
	w := attach(t)
	t.Run("reads", func(t *testing.T) { w.reads(t); w.onlyReads(t) })
	t.Run("absent", func(t *testing.T) { w.absent(t) })
	t.Run("approve", func(t *testing.T) { w.approve(t) })
	t.Run("dead letters", func(t *testing.T) { w.deadLetters(t) })
	t.Run("policy", func(t *testing.T) { policyAllows(t, w.wire.all()) })
	if code := w.stop(); code != exitOK {
		t.Errorf("attach ended with %d: %s", code, w.said)
	}
	if strings.Contains(w.said.String(), "level=") {
		t.Errorf("it logged\n%s", w.said)
	}
}

// reads holds that every command that reads says of a deployed cell what it says
// of a local stack.
func (w *emulated) reads(t *testing.T) {
	span := []string{"--from", w.Clock.Now().Add(-24 * time.Hour).Format("2006-01-02"), "--to", w.Clock.Now().Truncate(time.Hour).Format(time.RFC3339)}
	key := w.Keys["birch"]
	for _, args := range [][]string{
		{"parked"}, {"tenant", "list"}, {"tenant", "show", "birch"}, {"tenant", "show", "nobody"}, {"database", "list"}, {"database", "show", "birch/tracker"},
		{"key", "list"}, {"key", "show", key}, {"key", "show", key[len(key)-12:]}, {"key", "show", w.Keys["dogwood"]}, {"key", "show", "zzz"}, {"impact", key},
		{"snapshot", "list"}, {"context", "acme", "tracker"}, {"context", "birch.example.com", "tracker"}, {"context", "cedar", "tracker"}, {"context", "elm", "none"},
		{"dead-letters"}, append([]string{"usage", "birch"}, span...), {"usage", "nobody"},
	} {
		for _, form := range [][]string{nil, {"--json"}} {
			command := append(form, args...)
			want, wantCode := localstack(w.twin, command...)
			got, code := localstack(w.url, command...)
			if got, want = timeless(got), timeless(want); got != want || code != wantCode {
				t.Errorf("%s: exit %d, want %d\n%s", strings.Join(command, " "), code, wantCode, differing(got, want))
			}
		}
	}
	for _, c := range []struct{ args, want []string }{
		{[]string{"parked"}, []string{"elm/tracker", w.Keys["dogwood"]}},
		{[]string{"key", "show", key}, []string{"revoked", "disabled"}},
		{append([]string{"usage", "birch"}, span...), []string{"GenerateDataKey"}},
		{[]string{"context", "acme", "tracker"}, []string{"allowed"}},
		{[]string{"context", "cedar", "tracker"}, []string{"key-awaiting-approval"}},
	} {
		out, _ := localstack(w.url, c.args...)
		for _, want := range c.want {
			if !strings.Contains(out, want) {
				t.Errorf("%v lacks %s:\n%s", c.args, want, out)
			}
		}
	}
}

// onlyReads holds that nothing so far was a change of anything.
func (w *emulated) onlyReads(t *testing.T) {
	for c, n := range w.wire.all() {
		switch strings.TrimPrefix(c.action, "dynamodb:") {
		case "GetItem", "Query", "BatchGetItem", "s3:GetObject", "s3:ListBucket", "sqs:GetQueueUrl", "sqs:ReceiveMessage", "lambda:GetFunctionConfiguration":
		default:
			t.Errorf("%d calls of %s on %s", n, c.action, c.resource)
		}
	}
}

// absent holds that what a deployed cell has not says so and why.
func (w *emulated) absent(t *testing.T) {
	key := w.Keys["birch"]
	for _, args := range [][]string{{"clock", "show"}, {"clock", "advance", "1h"}, {"counts"}, {"event", "list"}, {"key", "disable", key},
		{"key", "create", "--account", deployedtest.Customer, "--region", deployedtest.Region, "--tenant", "x"}, {"key", "preflight", key, "--tenant", "birch"}} {
		if out, code := localstack(w.url, args...); code != exitError || !strings.Contains(out, "not on a deployed cell: ") || !strings.Contains(out, "hint: ") {
			t.Errorf("%v: exit %d\n%s", args, code, out)
		}
	}
	for _, address := range []string{w.url[:len(w.url)-8], w.url[:strings.LastIndexByte(w.url, '/')]} {
		if out, code := localstack(address, "parked"); code != exitError || !strings.Contains(out, "nothing here") {
			t.Errorf("without the secret: exit %d\n%s", code, out)
		}
	}
}

// differing returns the first lines in which two texts differ.
func differing(got, want string) string {
	a, b := strings.Split(got, "\n"), strings.Split(want, "\n")
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] {
			return a[i] + "\nwant\n" + b[i]
		}
	}
	return got + "\nwant\n" + want
}

// asked are the parts of an answer that depend on when it was asked for.
var asked = regexp.MustCompile(`\((in )?[0-9]+[dhms]( [0-9]+[dhms])?( ago)?\)|"made_at": "[^"]*"| +`)

// timeless returns an answer as it is at any time; the widths of columns go too.
func timeless(out string) string { return asked.ReplaceAllString(out, " ") }
