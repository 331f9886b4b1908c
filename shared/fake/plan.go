package fake

import (
	"math/rand/v2"
	"sync"
)

// Plan decides what goes wrong. It is safe for concurrent use.
type Plan interface {
	// At counts one call of a method of a port and returns its fault.
	At(port, method string) (Point, Fault)
}

// NoFaults is the plan in which nothing goes wrong. It does not count.
var NoFaults Plan = noFaults{}

type noFaults struct{}

func (noFaults) At(port, method string) (Point, Fault) {
	return Point{Port: port, Method: method}, None
}

// Script is a plan that names the calls that go wrong. The zero Script is
// ready to use.
type Script struct {
	mu     sync.Mutex
	counts counts
	faults map[Point]Fault
}

// Fail makes the n-th call from the start of a method of a port go wrong;
// n = 0 means every call that has no fault of its own, until None is given.
func (s *Script) Fail(port, method string, n int, f Fault) *Script {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.faults == nil {
		s.faults = map[Point]Fault{}
	}
	s.faults[Point{port, method, n}] = f
	return s
}

// At implements Plan.
func (s *Script) At(port, method string) (Point, Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	p := s.counts.next(port, method)
	if f, ok := s.faults[p]; ok {
		return p, f
	}
	return p, s.faults[Point{port, method, 0}]
}

// Rates are the probabilities of faults, each from 0 to 1; a sum above 1 is cut
// off in the order of the fields. Timeout and Crash fall before or after the
// effect with equal chance. Delay, Duplicate and Reorder apply to deliveries
// only, the others to calls only.
type Rates struct {
	Error, Throttle, Timeout, Crash float64
	Delay, Duplicate, Reorder       float64
}

// Random is a seeded plan: the same seed, rates and order of calls give the
// same faults.
type Random struct {
	mu       sync.Mutex
	r        *rand.Rand
	rates    Rates
	byPort   map[string]Rates
	stopped  bool
	counts   counts
	injected [faults]int
}

// NewRandom returns a seeded plan.
func NewRandom(seed uint64, rates Rates) *Random {
	return &Random{r: rand.New(rand.NewPCG(seed, hash("faults"))), rates: rates, byPort: map[string]Rates{}}
}

// SetPort gives one port rates of its own.
func (p *Random) SetPort(port string, rates Rates) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.byPort[port] = rates
}

// Stop ends the faults; calls go on being counted.
func (p *Random) Stop() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.stopped = true
}

// Resume lets faults happen again after Stop.
func (p *Random) Resume() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.stopped = false
}

// Injected returns how often a fault was injected; for None, how many calls
// went through untouched.
func (p *Random) Injected(f Fault) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	if f >= faults {
		return 0
	}
	return p.injected[f]
}

// At implements Plan.
func (p *Random) At(port, method string) (Point, Fault) {
	p.mu.Lock()
	defer p.mu.Unlock()
	point := p.counts.next(port, method)
	f := None
	if !p.stopped {
		rates, ok := p.byPort[port]
		if !ok {
			rates = p.rates
		}
		f = rates.draw(p.r, port == PortDelivery)
	}
	p.injected[f]++
	return point, f
}

// draw always takes two numbers, so that a change of rates does not shift the stream.
func (r Rates) draw(rng *rand.Rand, delivery bool) Fault {
	x, late := rng.Float64(), rng.Uint64()&1
	type entry struct {
		rate float64
		f    Fault
	}
	table := [...]entry{{r.Error, Error}, {r.Throttle, Throttle}, {r.Timeout, Timeout + Fault(late)}, {r.Crash, CrashBefore + Fault(late)}}
	if delivery {
		table = [...]entry{{r.Delay, Delay}, {r.Duplicate, Duplicate}, {r.Reorder, Reorder}, {0, None}}
	}
	for _, e := range table {
		if x < e.rate {
			return e.f
		}
		x -= e.rate
	}
	return None
}

// counts numbers the calls of each method.
type counts map[[2]string]int

func (c *counts) next(port, method string) Point {
	if *c == nil {
		*c = counts{}
	}
	k := [2]string{port, method}
	(*c)[k]++
	return Point{port, method, (*c)[k]}
}
