package function_test

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"latchkey/shared/coded"
	"latchkey/shared/deployment"
	"latchkey/shared/function"
	"latchkey/shared/metric"
)

// elsewhere keeps what the machine is configured with out of the test.
func elsewhere(t *testing.T) {
	t.Helper()
	nowhere := filepath.Join(t.TempDir(), "none")
	for name, value := range map[string]string{
		"AWS_REGION": "eu-central-1", "AWS_DEFAULT_REGION": "", "AWS_PROFILE": "",
		"AWS_CONFIG_FILE": nowhere, "AWS_SHARED_CREDENTIALS_FILE": nowhere,
	} {
		t.Setenv(name, value)
	}
}

func TestBoot(t *testing.T) {
	elsewhere(t)
	var out, log bytes.Buffer
	env, err := function.Boot[function.None](context.Background(), deployment.FunctionFence, []string{"LATCHKEY_LOG_LEVEL=warn"}, &out, &log)
	if err != nil {
		t.Fatal(err)
	}
	env.Log.Info("too quiet")
	env.Log.Warn("loud")
	env.Metrics.Count(metric.Steps, 1)
	if err := env.Metrics.Flush(); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(log.String(), `"function":"fence"`) || strings.Contains(log.String(), "too quiet") || !strings.Contains(out.String(), `"steps":1`) {
		t.Errorf("log %s, metrics %s", log.String(), out.String())
	}
	if env.Region != "eu-central-1" || env.AWS.Region != env.Region || env.Name != "fence" || env.Limits.AtOnce < 2 || env.Clock == nil {
		t.Errorf("env %+v", env.Host)
	}
}

// A function's calls, with all their tries, leave it time to answer.
func TestBoot_Limits(t *testing.T) {
	for _, f := range deployment.Functions() {
		if l := function.LimitsOf(f.Timeout); l.Begin <= 0 || l.Begin > f.Timeout/2 || l.AtOnce < 1 {
			t.Errorf("%s: %+v of %s", f.Name, l, f.Timeout)
		}
		o, err := function.ClientOptions(f.Timeout).WithDefaults()
		if err != nil || o.Call+o.Reserve >= f.Timeout || o.Attempt > o.Call {
			t.Errorf("%s: %+v of %s, %v", f.Name, o, f.Timeout, err)
		}
	}
}

func TestBoot_Problems(t *testing.T) {
	elsewhere(t)
	for _, c := range []struct {
		name, function, region string
		environ                []string
		code                   coded.Code
		want                   []string
	}{
		{"no such function", "fense", "eu-central-1", nil, coded.Internal, []string{"fense"}},
		{"no log level", "fence", "eu-central-1", nil, coded.Invalid, []string{deployment.EnvLogLevel}},
		{"log level and Region", "fence", "", []string{"LATCHKEY_LOG_LEVEL=loud"}, coded.Invalid, []string{"loud", "AWS_REGION"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Setenv("AWS_REGION", c.region)
			_, err := function.Boot[function.None](context.Background(), c.function, c.environ, &bytes.Buffer{}, &bytes.Buffer{})
			if coded.Of(err) != c.code {
				t.Fatalf("error %v", err)
			}
			for _, want := range c.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("%v lacks %s", err, want)
				}
			}
		})
	}
}

// TestStart_Refuses runs the test's own binary as a function without configuration.
func TestStart_Refuses(t *testing.T) {
	if os.Getenv("START_THE_FUNCTION") != "" {
		function.Start(deployment.FunctionRoute, func(context.Context, function.Env[variables]) (function.Handler, error) { return nil, nil })
		return
	}
	elsewhere(t)
	cmd := exec.Command(os.Args[0], "-test.run=^TestStart_Refuses$")
	ours := func(variable string) bool { return strings.HasPrefix(variable, "LATCHKEY_") }
	cmd.Env = append(slices.DeleteFunc(os.Environ(), ours), "START_THE_FUNCTION=yes", deployment.EnvShardCapacity+"=lots")
	said, err := cmd.CombinedOutput()
	if exit, ok := err.(*exec.ExitError); !ok || exit.ExitCode() != 1 {
		t.Fatalf("ended with %v:\n%s", err, said)
	}
	for _, want := range []string{deployment.EnvTable + ": is not set", deployment.EnvLogLevel, `LATCHKEY_SHARD_CAPACITY: \"lots\" is not allowed`, `"hint":"allowed: 1 … 100"`} {
		if !strings.Contains(string(said), want) {
			t.Errorf("lacks %s:\n%s", want, said)
		}
	}
	if n := strings.Count(string(said), "the function cannot start"); n != 6 {
		t.Errorf("%d problems:\n%s", n, said)
	}
}
