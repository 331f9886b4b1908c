package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
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
//	follow             start `localstack event list --follow`
//	followed PATTERN   wait until it has printed a line with that pattern
//	unfollow           stop it with SIGINT and wait for its end
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
			follows := &follower{}
			env.Values[followerKey{}] = follows
			env.Defer(func() {
				follows.kill()
				for _, p := range env.Values[procsKey{}].(map[string]*exec.Cmd) {
					_ = p.Process.Kill() // a script that failed left it running
					_ = p.Wait()
				}
			})
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"up":       scriptUp,
			"down":     func(ts *testscript.TestScript, _ bool, args []string) { scriptStop(ts, args, syscall.SIGTERM) },
			"crash":    func(ts *testscript.TestScript, _ bool, args []string) { scriptStop(ts, args, syscall.SIGKILL) },
			"follow":   scriptFollow,
			"followed": scriptFollowed,
			"unfollow": scriptUnfollow,
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

// patience is how long another process may take to print what a test waits for.
const patience = 2 * time.Minute

// startUp starts an `up`, and returns its address once it listens: it says so
// then, and not before.
func startUp(cmd *exec.Cmd, dir string) (string, error) {
	var stderr strings.Builder
	cmd.Stderr = &stderr
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return "", err
	}
	if err := cmd.Start(); err != nil {
		return "", err
	}
	limit := time.AfterFunc(patience, func() { _ = cmd.Process.Kill() })
	defer limit.Stop()
	url, err := listening(stdout, dir, cmd.Process.Pid)
	if err != nil {
		_ = cmd.Process.Kill()
		err = fmt.Errorf("`up` does not listen: %w, %w: %s", err, cmd.Wait(), stderr.String())
	}
	return url, err
}

// listening returns the address that a process has left in its folder by the
// time it prints its first line.
func listening(stdout io.Reader, dir string, pid int) (string, error) {
	if _, err := bufio.NewReader(stdout).ReadString('\n'); err != nil {
		return "", err
	}
	body, err := os.ReadFile(filepath.Join(dir, "up.json"))
	if err != nil {
		return "", err
	}
	var r running
	if err := json.Unmarshal(body, &r); err != nil {
		return "", err
	}
	if r.PID != pid {
		return "", fmt.Errorf("up.json is of process %d, not %d", r.PID, pid)
	}
	return r.URL, nil
}
