package runtime_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"latchkey/localstack/emulator/runtime"
	"latchkey/shared/coded"
)

// binary builds the test's function once.
var binary = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "latchkey-runtime")
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, "bootstrap")
	if out, err := exec.Command("go", "build", "-tags", "lambda.norpc", "-o", path, "./testdata/function").CombinedOutput(); err != nil {
		return "", fmt.Errorf("%w: %s", err, out)
	}
	return path, nil
})

func TestMain(m *testing.M) {
	code := m.Run()
	if path, err := binary(); err == nil {
		_ = os.RemoveAll(filepath.Dir(path))
	}
	os.Exit(code)
}

// host runs one function named f.
func host(t *testing.T, change func(*runtime.Function), o runtime.Options) *runtime.Host {
	t.Helper()
	path, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	f := runtime.Function{
		Name: "f", ARN: "arn:aws:lambda:eu-central-1:123456789012:function:f", Region: "eu-central-1", Role: "f-role",
		Binary: path, Env: map[string]string{"COLOUR": "blue"}, Timeout: 20 * time.Second, MemoryMB: 256,
	}
	if change != nil {
		change(&f)
	}
	o.Endpoint = "http://127.0.0.1:1"
	h := runtime.New(o)
	t.Cleanup(h.Close)
	if err := h.Add(f); err != nil {
		t.Fatal(err)
	}
	return h
}

func invoke(t *testing.T, h *runtime.Host, payload string) (string, string) {
	t.Helper()
	answer, failed, err := h.Invoke(context.Background(), "f", []byte(payload))
	if err != nil {
		t.Fatal(err)
	}
	return string(answer), failed
}

func TestHost_Environment(t *testing.T) {
	t.Setenv("LATCHKEY_NOT_OURS", "1")
	h := host(t, nil, runtime.Options{Env: map[string]map[string]string{"f": {"LOCAL": "yes"}}})
	answer, failed := invoke(t, h, `{"do":"env"}`)
	var env []string
	if err := json.Unmarshal([]byte(answer), &env); err != nil || failed != "" {
		t.Fatal(err, failed, answer)
	}
	for _, want := range []string{
		"COLOUR=blue", "LOCAL=yes", "AWS_ACCESS_KEY_ID=f-role", "AWS_ENDPOINT_URL=http://127.0.0.1:1", "AWS_REGION=eu-central-1",
		"AWS_LAMBDA_FUNCTION_NAME=f", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE=256", "AWS_LAMBDA_LOG_GROUP_NAME=/aws/lambda/f",
	} {
		if !slices.Contains(env, want) {
			t.Errorf("no %s in %q", want, env)
		}
	}
	for _, e := range env {
		if strings.HasPrefix(e, "LATCHKEY_NOT_OURS") || strings.HasPrefix(e, "HOME=") {
			t.Errorf("the machine's %s got in", e)
		}
	}
}

func TestHost_Told(t *testing.T) {
	h := host(t, nil, runtime.Options{})
	for n := 1; n <= 2; n++ { // the same process
		answer, _ := invoke(t, h, `{"do":"told"}`)
		var told struct {
			ID, ARN, Trace           string
			Deadline, Served, Memory int64
		}
		if err := json.Unmarshal([]byte(answer), &told); err != nil {
			t.Fatal(err, answer)
		}
		left := time.Until(time.UnixMilli(told.Deadline))
		if len(told.ID) != 36 || told.ARN != "arn:aws:lambda:eu-central-1:123456789012:function:f" || !strings.HasPrefix(told.Trace, "Root=1-") ||
			told.Served != int64(n) || told.Memory != 256 || left <= 0 || left > 20*time.Second {
			t.Errorf("invocation %d was told %+v", n, told)
		}
	}
}

func TestHost_Ends(t *testing.T) {
	for _, c := range []struct {
		name, payload, failed, says string
		change                      func(*runtime.Function)
		started                     int // processes after one more good invocation
	}{
		{"well", `{"name":"x"}`, "", `"x"`, nil, 1},
		{"with an error", `{"do":"fail"}`, runtime.Unhandled, "as asked", nil, 1},
		{"with its process", `{"do":"exit"}`, runtime.Unhandled, "exit status 3", nil, 2},
		{"out of time", `{"do":"hang"}`, runtime.Unhandled, "timed out after 1.00 seconds", func(f *runtime.Function) { f.Timeout = time.Second }, 2},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := host(t, c.change, runtime.Options{})
			answer, failed := invoke(t, h, c.payload)
			if failed != c.failed || !strings.Contains(answer, c.says) {
				t.Errorf("%q, %s", failed, answer)
			}
			if answer, failed := invoke(t, h, `{"name":"again"}`); failed != "" || answer != `"again"` {
				t.Errorf("after it: %q, %s", failed, answer)
			}
			if got := h.Functions()[0].Started; got != c.started {
				t.Errorf("%d processes, want %d", got, c.started)
			}
		})
	}
}

func TestHost_RefusesToStart(t *testing.T) {
	h := host(t, func(f *runtime.Function) { f.Env["REFUSE"] = "1" }, runtime.Options{})
	answer, failed := invoke(t, h, `{}`)
	if failed != runtime.Unhandled || !strings.Contains(answer, "exit status 1") {
		t.Errorf("%q, %s", failed, answer)
	}
	if lines := h.Logs("f"); len(lines) != 1 || lines[0].Text != "error: REFUSE is set" {
		t.Errorf("log: %+v", lines)
	}
}

func TestHost_Kill(t *testing.T) {
	hangs := make(chan runtime.Line, 8)
	h := host(t, nil, runtime.Options{OnLine: func(l runtime.Line) { hangs <- l }})
	type result struct{ answer, failed string }
	done := make(chan result, 1)
	go func() {
		answer, failed, _ := h.Invoke(context.Background(), "f", []byte(`{"do":"hang"}`))
		done <- result{string(answer), failed}
	}()
	if l := <-hangs; l.Text != "hanging" {
		t.Fatalf("wrote %+v", l)
	}
	if n := h.Kill("f"); n != 1 {
		t.Errorf("killed %d", n)
	}
	if r := <-done; r.failed != runtime.Unhandled || !strings.Contains(r.answer, "signal: killed") {
		t.Errorf("%+v", r)
	}
}

func TestHost_AtOnce(t *testing.T) {
	h := host(t, nil, runtime.Options{AtOnce: 2})
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			if answer, failed, err := h.Invoke(context.Background(), "f", []byte(`{"name":"x"}`)); err != nil || failed != "" {
				t.Errorf("%s %s %v", answer, failed, err)
			}
		})
	}
	wg.Wait()
	if s := h.Functions()[0]; s.Started > 2 || s.Running != s.Started {
		t.Errorf("%+v", s)
	}
}

func TestHost_Unknown(t *testing.T) {
	h := runtime.New(runtime.Options{})
	if _, _, err := h.Invoke(context.Background(), "nobody", nil); !errors.Is(err, runtime.ErrNoFunction) || coded.Of(err) != coded.NotFound {
		t.Errorf("%v", err)
	}
}

func TestHost_AddInvalid(t *testing.T) {
	good := runtime.Function{Name: "f", Binary: "b", Timeout: time.Second, MemoryMB: 128}
	for _, c := range []struct {
		name, says string
		change     func(*runtime.Function)
	}{
		{"time-out", "f.Timeout", func(f *runtime.Function) { f.Timeout = time.Hour }},
		{"memory", "f.MemorySize", func(f *runtime.Function) { f.MemoryMB = 64 }},
		{"a variable of Lambda's", "AWS_REGION is Lambda's own", func(f *runtime.Function) { f.Env = map[string]string{"AWS_REGION": "x"} }},
		{"too large", "5001 bytes", func(f *runtime.Function) { f.Env = map[string]string{"A": strings.Repeat("x", 5000)} }},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := good
			c.change(&f)
			if err := runtime.New(runtime.Options{}).Add(f); !coded.Is(err, coded.Invalid) || !strings.Contains(err.Error(), c.says) {
				t.Errorf("%v", err)
			}
		})
	}
	h := runtime.New(runtime.Options{})
	if err := errors.Join(h.Add(good), h.Add(good)); !coded.Is(err, coded.Conflict) {
		t.Errorf("twice: %v", err)
	}
}
