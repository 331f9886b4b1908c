package runtime

import "sync"

// pool is the processes of one function.
type pool struct {
	fn   Function
	logs *logbook
	free chan struct{} // one for each process that may run an invocation now

	mu      sync.Mutex
	idle    []*process
	busy    map[*process]bool
	started int
}

// take returns an idle process or starts one.
func (p *pool) take(o Options) (proc *process, fresh bool, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for len(p.idle) > 0 {
		proc, p.idle = p.idle[len(p.idle)-1], p.idle[:len(p.idle)-1]
		if !proc.ended() {
			p.busy[proc] = true
			return proc, false, nil
		}
	}
	p.started++
	if proc, err = start(p.fn, p.started, o, p.logs); err != nil {
		return nil, false, err
	}
	p.busy[proc] = true
	return proc, true, nil
}

// put takes a process back, unless it has ended.
func (p *pool) put(proc *process) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.busy, proc)
	if !proc.ended() {
		p.idle = append(p.idle, proc)
	}
}
