package main

import (
	"bufio"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// follower is the `event list --follow` of a script.
type follower struct {
	cmd    *exec.Cmd // nil: none runs
	out    *bufio.Reader
	stderr strings.Builder
}

type followerKey struct{}

func (f *follower) kill() {
	if f.cmd != nil {
		_ = f.cmd.Process.Kill()
		_ = f.cmd.Wait()
	}
}

func scriptFollow(ts *testscript.TestScript, neg bool, args []string) {
	f := ts.Value(followerKey{}).(*follower)
	if neg || len(args) > 0 || f.cmd != nil {
		ts.Fatalf("usage: follow, once")
	}
	cmd := exec.Command("localstack", "--url", ts.Getenv("LATCHKEY_URL"), "event", "list", "--follow")
	cmd.Stderr = &f.stderr
	stdout, err := cmd.StdoutPipe()
	ts.Check(err)
	ts.Check(cmd.Start())
	f.cmd, f.out = cmd, bufio.NewReader(stdout)
}

func scriptFollowed(ts *testscript.TestScript, neg bool, args []string) {
	f := ts.Value(followerKey{}).(*follower)
	if neg || len(args) != 1 || f.cmd == nil {
		ts.Fatalf("usage: followed PATTERN, after follow")
	}
	want, err := regexp.Compile(args[0])
	ts.Check(err)
	limit := time.AfterFunc(patience, func() { _ = f.cmd.Process.Kill() })
	defer limit.Stop()
	var printed strings.Builder
	for {
		line, err := f.out.ReadString('\n')
		if printed.WriteString(line); want.MatchString(line) {
			return
		}
		if err != nil {
			f.kill()
			ts.Fatalf("nothing followed is like %s: %v\n%s%s", want, err, printed.String(), f.stderr.String())
		}
	}
}

func scriptUnfollow(ts *testscript.TestScript, neg bool, args []string) {
	f := ts.Value(followerKey{}).(*follower)
	if neg || len(args) > 0 || f.cmd == nil {
		ts.Fatalf("usage: unfollow, after follow")
	}
	ts.Check(f.cmd.Process.Signal(os.Interrupt))
	ts.Check(f.cmd.Wait())
	f.cmd = nil
}
