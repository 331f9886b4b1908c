package runtime

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os/exec"
	"sync"
	"time"

	"latchkey/shared/coded"
)

// process is one execution environment of a function.
type process struct {
	fn     Function
	cmd    *exec.Cmd
	server *http.Server
	log    *logbook

	next  chan *invocation // taken by the process's GET next
	ready chan struct{}    // closed by its first
	gone  chan struct{}    // closed when it has ended

	mu      sync.Mutex
	asked   bool
	current *invocation
	why     string // it was killed
	exit    error
	initErr []byte // what it posted to init/error
}

// invocation is one event on its way through a process.
type invocation struct {
	id       string
	trace    string
	payload  []byte
	deadline time.Time
	done     chan outcome // takes one
}

type outcome struct {
	answer []byte
	failed string
	err    error
}

// Unhandled is the FunctionError of Lambda. [Lambda API reference, Invoke]
const Unhandled = "Unhandled"

// start runs the binary; it returns before the process is ready.
func start(fn Function, n int, o Options, log *logbook) (*process, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, coded.Wrap(coded.Internal, err, "listening for function %s", fn.Name)
	}
	p := &process{fn: fn, log: log, next: make(chan *invocation), ready: make(chan struct{}), gone: make(chan struct{})}
	p.server = &http.Server{Handler: p.api(), ReadHeaderTimeout: 10 * time.Second}
	stream := fmt.Sprintf("%s/process-%d", fn.Name, n)
	p.cmd = exec.Command(fn.Binary)
	p.cmd.Env = fn.environment(l.Addr().String(), stream, o)
	out := log.writer(fn, stream)
	p.cmd.Stdout, p.cmd.Stderr = out, out
	p.cmd.WaitDelay = 5 * time.Second
	if err := p.cmd.Start(); err != nil {
		_ = l.Close()
		return nil, coded.Wrap(coded.Internal, err, "starting function %s", fn.Name)
	}
	go func() { _ = p.server.Serve(l) }() // ends with ErrServerClosed
	go func() {
		err := p.cmd.Wait()
		out.flush()
		p.mu.Lock()
		p.exit = err
		p.mu.Unlock()
		_ = p.server.Close()
		close(p.gone)
	}()
	return p, nil
}

func (p *process) ended() bool {
	select {
	case <-p.gone:
		return true
	default:
		return false
	}
}

// kill ends the process at once, as Lambda does: it gets no signal to handle.
func (p *process) kill(why string) {
	p.mu.Lock()
	if p.why == "" {
		p.why = why
	}
	p.mu.Unlock()
	_ = p.cmd.Process.Kill() // fails only where it has ended already
}

// run gives the process one event and waits for what comes of it. A caller that
// goes away does not end the invocation, as on Lambda: it has its time-out.
func (p *process) run(ctx context.Context, payload []byte, fresh bool, initTime time.Duration) outcome {
	if fresh {
		if out, ok := p.awaitReady(initTime); !ok {
			return out
		}
	}
	inv := newInvocation(payload)
	inv.deadline = time.Now().Add(p.fn.Timeout)
	timer := time.NewTimer(p.fn.Timeout)
	defer timer.Stop()
	select {
	case p.next <- inv:
	case <-p.gone:
		return p.crashed()
	case <-timer.C:
		return p.outOfTime(inv.id)
	case <-ctx.Done():
		return outcome{err: ctx.Err()}
	}
	select {
	case out := <-inv.done:
		return out
	case <-p.gone:
		select {
		case out := <-inv.done: // it answered and then ended
			return out
		default:
		}
		return p.crashed()
	case <-timer.C:
		return p.outOfTime(inv.id)
	}
}

// awaitReady waits for the first `next`.
func (p *process) awaitReady(limit time.Duration) (outcome, bool) {
	timer := time.NewTimer(limit)
	defer timer.Stop()
	select {
	case <-p.ready:
		return outcome{}, true
	case <-p.gone:
		return p.crashed(), false
	case <-timer.C:
		p.kill("initialization took more than " + limit.String())
		<-p.gone
		return failure("Sandbox.Timedout", fmt.Sprintf("initialization of %s took more than %s", p.fn.Name, limit)), false
	}
}

func (p *process) outOfTime(id string) outcome {
	p.kill("time-out")
	<-p.gone
	return failure("Sandbox.Timedout", fmt.Sprintf("RequestId: %s Error: Task timed out after %.2f seconds", id, p.fn.Timeout.Seconds()))
}

// crashed describes how a process ended that should not have.
func (p *process) crashed() outcome {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.initErr) > 0 {
		return outcome{answer: p.initErr, failed: Unhandled}
	}
	var exit *exec.ExitError
	reason := "exit status 0"
	if errors.As(p.exit, &exit) {
		reason = exit.String()
	} else if p.exit != nil {
		reason = p.exit.Error()
	}
	if p.why != "" {
		reason += " (" + p.why + ")"
	}
	return failure("Runtime.ExitError", fmt.Sprintf("%s: runtime exited with error: %s", p.fn.Name, reason))
}

// failure is an error of the runtime, as Lambda describes it.
func failure(kind, message string) outcome {
	b, err := json.Marshal(map[string]string{"errorType": kind, "errorMessage": message})
	if err != nil {
		return outcome{err: err}
	}
	return outcome{answer: b, failed: Unhandled}
}
