package awsclient_test

import (
	"context"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/smithy-go/middleware"

	"latchkey/shared/aws/awsclient"
	"latchkey/shared/aws/awserror"
	"latchkey/shared/coded"
)

// server answers every call with answer, and counts them.
func server(t *testing.T, answer http.HandlerFunc) *atomic.Int64 {
	t.Helper()
	var calls atomic.Int64
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		calls.Add(1)
		answer(w, r)
	}))
	t.Cleanup(s.Close)
	environment(t, s.URL)
	return &calls
}

// environment keeps what the machine is configured with out of the test.
func environment(t *testing.T, endpoint string) {
	t.Helper()
	nowhere := filepath.Join(t.TempDir(), "none")
	for name, value := range map[string]string{
		"AWS_ENDPOINT_URL": endpoint, "AWS_REGION": "eu-central-1", "AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b",
		"AWS_CONFIG_FILE": nowhere, "AWS_SHARED_CREDENTIALS_FILE": nowhere, "AWS_PROFILE": "", "AWS_DEFAULT_REGION": "",
		"AWS_MAX_ATTEMPTS": "", "AWS_RETRY_MODE": "", "AWS_ENDPOINT_URL_DYNAMODB": "",
	} {
		t.Setenv(name, value)
	}
}

// list makes one call of a client that is made with the options.
func list(t *testing.T, ctx context.Context, o awsclient.Options) error {
	t.Helper()
	cfg, err := awsclient.Load(ctx, o)
	if err != nil {
		t.Fatal(err)
	}
	_, err = dynamodb.NewFromConfig(cfg).ListTables(ctx, nil)
	return err
}

func fails(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusServiceUnavailable) }

// hangs answers when the client has gone.
func hangs(_ http.ResponseWriter, r *http.Request) {
	_, _ = io.Copy(io.Discard, r.Body) // only then does the server watch the connection
	<-r.Context().Done()
}

func throttles(w http.ResponseWriter, _ *http.Request) {
	body := []byte(`{"__type":"com.amazonaws.dynamodb.v20120810#ThrottlingException"}`)
	w.Header().Set("X-Amz-Crc32", fmt.Sprint(crc32.ChecksumIEEE(body)))
	w.WriteHeader(http.StatusBadRequest)
	_, _ = w.Write(body)
}

func TestLoad_Attempts(t *testing.T) {
	const ample = time.Minute // of one try, on a machine that is busy
	for _, c := range []struct {
		name    string
		set     int
		attempt time.Duration
		answer  http.HandlerFunc
		want    int64
	}{
		{"by default", 0, ample, fails, 4},
		{"as set", 2, ample, fails, 2},
		{"throttled", 2, ample, throttles, 2},
		{"a time-out of one try", 2, 20 * time.Millisecond, hangs, 2},
	} {
		t.Run(c.name, func(t *testing.T) {
			server(t, c.answer)
			var tries atomic.Int64
			err := list(t, context.Background(), awsclient.Options{Attempts: c.set, Attempt: c.attempt, Call: 10 * ample, MaxBackoff: time.Millisecond, Instrument: counts(&tries)})
			if awserror.Classify(err) != coded.Retryable || tries.Load() != c.want {
				t.Errorf("%d tries, %v; want %d", tries.Load(), err, c.want)
			}
		})
	}
}

// counts counts the client's tries: one that times out may not have reached the server.
func counts(tries *atomic.Int64) func(*[]func(*middleware.Stack) error) {
	count := middleware.FinalizeMiddlewareFunc("CountTries", func(ctx context.Context, in middleware.FinalizeInput, next middleware.FinalizeHandler) (middleware.FinalizeOutput, middleware.Metadata, error) {
		tries.Add(1)
		return next.HandleFinalize(ctx, in)
	})
	return func(o *[]func(*middleware.Stack) error) {
		*o = append(*o, func(s *middleware.Stack) error { return s.Finalize.Insert(count, "Retry", middleware.After) })
	}
}

func TestLoad_Deadline(t *testing.T) {
	for _, c := range []struct {
		name            string
		call, caller    time.Duration
		shortest, limit time.Duration
	}{
		{"of the call", 40 * time.Millisecond, time.Hour, 40 * time.Millisecond, 10 * time.Second},
		{"before the caller's", time.Minute, 20 * time.Second, 0, 10 * time.Second},
	} {
		t.Run(c.name, func(t *testing.T) {
			server(t, hangs)
			ctx, cancel := context.WithTimeout(context.Background(), c.caller)
			defer cancel()
			began := time.Now()
			err := list(t, ctx, awsclient.Options{Call: c.call, Attempt: 30 * time.Second, Reserve: 19900 * time.Millisecond})
			if took := time.Since(began); !errors.Is(err, context.DeadlineExceeded) || took < c.shortest || took > c.limit || ctx.Err() != nil {
				t.Errorf("after %s: %v", took, err)
			}
		})
	}
}

// TestLoad_Budget makes more failing calls than the budget has retries for.
func TestLoad_Budget(t *testing.T) {
	calls := server(t, fails)
	cfg, err := awsclient.Load(context.Background(), awsclient.Options{Attempts: 3, MaxBackoff: time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	client := dynamodb.NewFromConfig(cfg)
	const n, retries = 60, 200 / 5
	for i := 0; i < n; i++ {
		if _, err := client.ListTables(context.Background(), nil); err == nil {
			t.Fatal("no error")
		}
	}
	if got := calls.Load(); got != n+retries {
		t.Errorf("%d tries of %d calls, want %d", got, n, n+retries)
	}
}

func TestLoad_Instrument(t *testing.T) {
	server(t, fails)
	ran := 0
	_ = list(t, context.Background(), awsclient.Options{Attempts: 1, Instrument: func(o *[]func(*middleware.Stack) error) {
		*o = append(*o, func(*middleware.Stack) error { ran++; return nil })
	}})
	if ran != 1 {
		t.Errorf("ran %d times", ran)
	}
}

func TestLoad_Invalid(t *testing.T) {
	environment(t, "")
	_, err := awsclient.Load(context.Background(), awsclient.Options{Attempts: 99, Call: time.Hour})
	if err == nil || !strings.Contains(err.Error(), "attempts") || !strings.Contains(err.Error(), "call") {
		t.Errorf("got %v, want both fields", err)
	}
	t.Setenv("AWS_REGION", "")
	if _, err := awsclient.Load(context.Background(), awsclient.Options{}); err == nil || !strings.Contains(err.Error(), "AWS_REGION") {
		t.Errorf("without a region: %v", err)
	}
	if cfg, err := awsclient.Load(context.Background(), awsclient.Options{Region: "eu-west-1"}); err != nil || cfg.Region != "eu-west-1" {
		t.Errorf("region %q, %v", cfg.Region, err)
	}
}
