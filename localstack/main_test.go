package main

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"latchkey/events"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"localstack": main})
}

// TestScript runs the scripts in testdata/script: the command line as a person
// types it. Beside testscript's own commands they have:
//
//	up DIR [flags]     start `localstack up` on DIR and a free port
//	down DIR           stop it with SIGTERM and wait for its end
//	crash DIR          the same with SIGKILL
//	keep NAME          set $NAME to the standard output of the command before
//	oversized NAME     write an event that is larger than EventBridge takes
//	trail DIR N R COPY write N CloudTrail files of R records as a trail does, and the first one to COPY
//	counts NAME        write what the import before counted, but for what it read
//	vars IN OUT        copy a file with $NAME replaced by the environment's
func TestScript(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		RequireUniqueNames:  true,
		RequireExplicitExec: true,
		Setup: func(env *testscript.Env) error {
			env.Setenv("COLUMNS", "200")
			env.Values[procsKey{}] = map[string]*exec.Cmd{}
			env.Defer(func() {
				for _, p := range env.Values[procsKey{}].(map[string]*exec.Cmd) {
					_ = p.Process.Kill() // a script that failed left it running
					_ = p.Wait()
				}
			})
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"up":    scriptUp,
			"down":  func(ts *testscript.TestScript, _ bool, args []string) { scriptStop(ts, args, syscall.SIGTERM) },
			"crash": func(ts *testscript.TestScript, _ bool, args []string) { scriptStop(ts, args, syscall.SIGKILL) },
			"keep": func(ts *testscript.TestScript, _ bool, args []string) {
				ts.Setenv(args[0], strings.TrimSpace(ts.ReadFile("stdout")))
			},
			"oversized": func(ts *testscript.TestScript, _ bool, args []string) {
				text := `{"version":"0","id":"large","detail":{"x":"` + strings.Repeat("x", events.MaxEventBytes) + `"}}`
				ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(text), 0o600))
			},
			"trail":  scriptTrail,
			"counts": scriptCounts,
			"vars": func(ts *testscript.TestScript, _ bool, args []string) {
				text := os.Expand(ts.ReadFile(args[0]), ts.Getenv)
				ts.Check(os.WriteFile(ts.MkAbs(args[1]), []byte(text), 0o600))
			},
		},
	})
}

type procsKey struct{}

func scriptUp(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) == 0 {
		ts.Fatalf("usage: up DIR [flags]")
	}
	dir := ts.MkAbs(args[0])
	cmd := exec.Command("localstack", append([]string{"up", "--dir", dir, "--listen", "127.0.0.1:0"}, args[1:]...)...)
	url, err := startUp(cmd, dir)
	ts.Check(err)
	ts.Value(procsKey{}).(map[string]*exec.Cmd)[dir] = cmd
	ts.Setenv("LATCHKEY_URL", url)
}

func scriptStop(ts *testscript.TestScript, args []string, how syscall.Signal) {
	dir := ts.MkAbs(args[0])
	procs := ts.Value(procsKey{}).(map[string]*exec.Cmd)
	cmd := procs[dir]
	if cmd == nil {
		ts.Fatalf("nothing runs on %s", args[0])
	}
	delete(procs, dir)
	ts.Check(cmd.Process.Signal(how))
	err := cmd.Wait()
	if how == syscall.SIGTERM {
		ts.Check(err)
	}
}

// startUp starts an `up`, and returns its address once it listens.
func startUp(cmd *exec.Cmd, dir string) (string, error) {
	var stderr strings.Builder
	cmd.Stderr = &stderr
	if err := cmd.Start(); err != nil {
		return "", err
	}
	deadline := time.Now().Add(20 * time.Second)
	for time.Now().Before(deadline) {
		var r running
		body, err := os.ReadFile(filepath.Join(dir, "up.json"))
		if err == nil && json.Unmarshal(body, &r) == nil && r.PID == cmd.Process.Pid {
			return r.URL, nil
		}
		time.Sleep(2 * time.Millisecond) // another process: there is no clock to inject
	}
	_ = cmd.Process.Kill()
	_ = cmd.Wait()
	return "", &exec.Error{Name: "localstack up", Err: &startError{stderr.String()}}
}

type startError struct{ stderr string }

func (e *startError) Error() string { return "does not listen: " + e.stderr }
