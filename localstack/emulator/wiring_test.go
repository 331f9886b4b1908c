package emulator_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"latchkey/localstack/emulator"
	"latchkey/localstack/emulator/template"
	"latchkey/shared/deployment"
	"latchkey/shared/inside/pgcluster"
)

// TestWiring_RenamedVariable deploys a second cell in which one variable of each
// of two functions has another name: both refuse to start, and say why. It has
// no PostgreSQL, so a substitute answers for fence.
func TestWiring_RenamedVariable(t *testing.T) {
	w := up(t)
	t.Setenv(pgcluster.EnvBin, t.TempDir())
	var told strings.Builder
	renamed := map[string]string{"latchkey-provision": deployment.EnvTable, "latchkey-publish": deployment.EnvBus}
	broken, err := emulator.Up(w.ctx, emulator.Options{
		Assembly: shared.dir, Regions: []string{"us-east-1"}, Endpoint: w.Emulator.URL, Binaries: w.Binaries(),
		Tell: func(format string, args ...any) { fmt.Fprintf(&told, format+"\n", args...) },
		Change: func(_ string, d template.Document) {
			for _, r := range d.Resources("AWS::Lambda::Function") {
				name, _ := r.Properties["FunctionName"].(string)
				if v := renamed[name]; v != "" {
					variables := r.Properties["Environment"].(map[string]any)["Variables"].(map[string]any)
					variables[v+"_NAME"] = variables[v]
					delete(variables, v)
				}
			}
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	defer broken.Close()
	host := broken.Regions["us-east-1"].Host
	for function, variable := range renamed {
		answer, failed, err := host.Invoke(w.ctx, function, []byte(`{"Records":[]}`))
		if err != nil || failed == "" || !strings.Contains(string(answer), "exit status 1") {
			t.Errorf("%s started: %q %s %v", function, failed, answer, err)
		}
		var log []string
		for _, l := range host.Logs(function) {
			log = append(log, l.Text)
		}
		if !strings.Contains(strings.Join(log, "\n"), variable) {
			t.Errorf("%s does not name %s: %q", function, variable, log)
		}
	}
	if n := strings.Count(told.String(), pgcluster.HowToGet); n != 1 || broken.Remembered == nil {
		t.Errorf("the substitute for fence was told of %d times: %s", n, told.String())
	}
	answer, failed, err := broken.Invoke(w.ctx, "us-east-1", deployment.Name(deployment.FunctionFence), []byte(`{"op":"fence","login":{"instanceId":"lk-none","database":"t_none"}}`))
	if err != nil || failed != "" || !strings.Contains(string(answer), "instance lk-none has no database t_none") {
		t.Errorf("the substitute: %s %q %v", answer, failed, err)
	}
	if answer, failed, err := host.Invoke(w.ctx, "latchkey-watch-keys", []byte(`{"Records":[]}`)); err != nil || failed != "" {
		t.Errorf("a function whose variables are right: %q %s %v", failed, answer, err)
	}
}

// TestWiring_Starts starts every real binary with what the template gives it.
func TestWiring_Starts(t *testing.T) {
	w := up(t)
	for _, s := range w.region.Host.Functions() {
		t.Run(s.Function.Name, func(t *testing.T) {
			// An event of no known shape is refused by the handler, not by the process.
			answer, _, err := w.region.Host.Invoke(context.Background(), s.Function.Name, []byte(`{"not":"an event"}`))
			if err != nil || strings.Contains(string(answer), "Runtime.ExitError") || strings.Contains(string(answer), "Sandbox.Timedout") {
				t.Errorf("%s %v; log %v", answer, err, w.region.Host.Logs(s.Function.Name))
			}
		})
	}
}
