package runtime

import (
	"context"
	"errors"
	"sync"
	"time"

	"latchkey/shared/coded"
)

// Options say what all functions of a host have in common.
type Options struct {
	Endpoint string // AWS_ENDPOINT_URL of the functions
	// Env holds, by function, variables beside those of the template: for local
	// substitutes only.
	Env     map[string]map[string]string
	AtOnce  int           // processes of one function; 0: 4
	Init    time.Duration // until the first `next`; 0: 10 s, as on Lambda [Lambda guide, Init phase]
	OnLine  func(Line)    // is told of each line of log; may be nil
	keepLog int
}

// Host runs the functions of one Region. It is safe for concurrent use.
type Host struct {
	opts Options

	mu     sync.Mutex
	pools  map[string]*pool
	closed bool
}

// New returns a host without functions.
func New(o Options) *Host {
	if o.AtOnce == 0 {
		o.AtOnce = 4
	}
	if o.Init == 0 {
		o.Init = 10 * time.Second
	}
	if o.keepLog == 0 {
		o.keepLog = 2000
	}
	return &Host{opts: o, pools: map[string]*pool{}}
}

// Add takes a function in; no process is started before its first invocation.
// It returns coded.Invalid for what Lambda would not deploy.
func (h *Host) Add(f Function) error {
	if err := f.check(); err != nil {
		return err
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.pools[f.Name] != nil {
		return coded.New(coded.Conflict, "function %s is there already", f.Name)
	}
	p := &pool{fn: f, logs: &logbook{keep: h.opts.keepLog, on: h.opts.OnLine}, busy: map[*process]bool{}, free: make(chan struct{}, h.opts.AtOnce)}
	for range h.opts.AtOnce {
		p.free <- struct{}{}
	}
	h.pools[f.Name] = p
	return nil
}

// ErrNoFunction is returned, wrapped, for a function that was never added.
var ErrNoFunction = errors.New("runtime: no such function")

func (h *Host) pool(name string) (*pool, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed {
		return nil, coded.New(coded.Internal, "the host is closed")
	}
	p := h.pools[name]
	if p == nil {
		return nil, &coded.Error{Code: coded.NotFound, Message: "function " + name, Err: ErrNoFunction}
	}
	return p, nil
}

// Invoke runs a function once and waits for its answer. failed is "Unhandled"
// where the function answered with an error, ended, or ran out of time; answer
// is then Lambda's description of that, {"errorMessage", "errorType"}. err means
// that it was never asked: no such function (ErrNoFunction), or ctx's end.
func (h *Host) Invoke(ctx context.Context, name string, payload []byte) (answer []byte, failed string, err error) {
	p, err := h.pool(name)
	if err != nil {
		return nil, "", err
	}
	select {
	case <-p.free:
	case <-ctx.Done():
		return nil, "", ctx.Err()
	}
	defer func() { p.free <- struct{}{} }()
	proc, fresh, err := p.take(h.opts)
	if err != nil {
		return nil, "", err
	}
	out := proc.run(ctx, payload, fresh, h.opts.Init)
	p.put(proc)
	return out.answer, out.failed, out.err
}

// Kill ends the processes of a function that are in the middle of an invocation,
// as a crash does, and returns how many.
func (h *Host) Kill(name string) int {
	p, err := h.pool(name)
	if err != nil {
		return 0
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	for proc := range p.busy {
		proc.kill("killed")
	}
	return len(p.busy)
}

// Status is what is known of a function's processes.
type Status struct {
	Function Function
	Started  int // processes, ever
	Running  int
}

// Functions returns the state of every function, in no particular order.
func (h *Host) Functions() []Status {
	h.mu.Lock()
	defer h.mu.Unlock()
	var out []Status
	for _, p := range h.pools {
		p.mu.Lock()
		out = append(out, Status{Function: p.fn, Started: p.started, Running: len(p.idle) + len(p.busy)})
		p.mu.Unlock()
	}
	return out
}

// Logs returns the last lines that a function wrote, oldest first.
func (h *Host) Logs(name string) []Line {
	p, err := h.pool(name)
	if err != nil {
		return nil
	}
	return p.logs.lines()
}

// Close ends every process and waits until they have gone.
func (h *Host) Close() {
	h.mu.Lock()
	h.closed = true
	pools := h.pools
	h.mu.Unlock()
	for _, p := range pools {
		p.mu.Lock()
		all := append([]*process(nil), p.idle...)
		for proc := range p.busy {
			all = append(all, proc)
		}
		p.mu.Unlock()
		for _, proc := range all {
			proc.kill("the host was closed")
			<-proc.gone
		}
	}
}
