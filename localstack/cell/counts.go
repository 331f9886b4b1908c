package cell

import (
	"maps"
	"math"
	"sync"
)

// Counts are the cell's metrics.
type Counts struct {
	mu sync.Mutex
	n  map[string]int64
}

// NewCounts returns counts that are all zero.
func NewCounts() *Counts { return &Counts{n: map[string]int64{}} }

// Count implements reconcile.Metrics.
func (c *Counts) Count(name string, n int64) {
	c.mu.Lock()
	c.n[name] += n
	c.mu.Unlock()
}

// Measure implements reconcile.Metrics: the largest value is kept, rounded up,
// under the name with _max behind it.
func (c *Counts) Measure(name string, value float64, by string) {
	if by != "" {
		name += "_" + by
	}
	name += "_max"
	c.mu.Lock()
	if n := int64(math.Ceil(value)); n > c.n[name] {
		c.n[name] = n
	}
	c.mu.Unlock()
}

// Get returns one count.
func (c *Counts) Get(name string) int64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.n[name]
}

// All returns a copy of all counts that are not zero.
func (c *Counts) All() map[string]int64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return maps.Clone(c.n)
}
