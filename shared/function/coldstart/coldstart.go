// Package coldstart measures how large a function is, how long it takes from its
// start until it asks Lambda for its first event, and how much memory it has
// taken by then. It stands in for Lambda with the one call of the runtime API
// that ends a cold start. [Lambda guide, Using the Lambda runtime API]
package coldstart

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"latchkey/shared/coded"
)

// Lambda is where a function asks for its next event. It never gives it one.
type Lambda struct {
	server *http.Server
	addr   string
	asked  chan time.Time
}

// next is the call that ends a cold start.
const next = "GET /2018-06-01/runtime/invocation/next"

// Listen starts a Lambda on a free port of this machine.
func Listen() (*Lambda, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("listening: %w", err)
	}
	stub := &Lambda{addr: l.Addr().String(), asked: make(chan time.Time, 1)}
	mux := http.NewServeMux()
	mux.HandleFunc(next, func(_ http.ResponseWriter, r *http.Request) {
		select {
		case stub.asked <- time.Now():
		default:
		}
		<-r.Context().Done()
	})
	stub.server = &http.Server{Handler: mux, ReadHeaderTimeout: time.Minute}
	go func() { _ = stub.server.Serve(l) }() // ends with Close
	return stub, nil
}

// Close ends it.
func (l *Lambda) Close() error { return l.server.Close() }

// Start is what one start of a function cost.
type Start struct {
	Took   time.Duration // from exec to the first call of next
	Memory int64         // bytes: the largest resident set by then
}

// Start starts a binary with the environment, waits until it asks for its first
// event, and ends it.
func (l *Lambda) Start(ctx context.Context, binary string, environ []string) (Start, error) {
	var said strings.Builder
	cmd := exec.CommandContext(ctx, binary)
	cmd.Env = append([]string{"AWS_LAMBDA_RUNTIME_API=" + l.addr}, environ...)
	cmd.Stdout, cmd.Stderr = &said, &said
	began := time.Now()
	if err := cmd.Start(); err != nil {
		return Start{}, fmt.Errorf("starting %s: %w", binary, err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	select {
	case at := <-l.asked:
		memory, err := resident(cmd.Process.Pid)
		err = errors.Join(err, cmd.Process.Kill())
		<-ended
		return Start{Took: at.Sub(began), Memory: memory}, err
	case err := <-ended:
		if ctx.Err() != nil {
			return Start{}, ctx.Err()
		}
		return Start{}, coded.Wrap(coded.Internal, err, "%s ended before it asked for an event, and said: %s", filepath.Base(binary), said.String())
	case <-ctx.Done(): // the command is killed with it
		return Start{}, errors.Join(ctx.Err(), <-ended)
	}
}

// resident returns the largest resident set that a process has had, in bytes.
// The kernel's count for an ended child will not do: it begins with what the
// parent had. [proc_pid_status(5), VmHWM, in KiB]
func resident(pid int) (int64, error) {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, fmt.Errorf("reading the memory of process %d: %w", pid, err)
	}
	for line := range strings.Lines(string(status)) {
		var kib int64
		if n, _ := fmt.Sscanf(line, "VmHWM: %d kB", &kib); n == 1 {
			return kib << 10, nil
		}
	}
	return 0, fmt.Errorf("the status of process %d says nothing of its memory", pid)
}

// Build builds a package as it is deployed, for an architecture of Linux, and
// returns the binary's size in bytes.
func Build(ctx context.Context, pkg, binary, arch string) (int64, error) {
	cmd := exec.CommandContext(ctx, "go", "build", "-trimpath", "-ldflags=-s -w", "-tags", "lambda.norpc", "-o", binary, pkg)
	cmd.Env = append(os.Environ(), "GOOS=linux", "GOARCH="+arch, "CGO_ENABLED=0")
	if said, err := cmd.CombinedOutput(); err != nil {
		return 0, fmt.Errorf("building %s: %w\n%s", pkg, err, said)
	}
	info, err := os.Stat(binary)
	if err != nil {
		return 0, err
	}
	return info.Size(), nil
}
