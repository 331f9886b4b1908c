package dynamodb

import "sync"

// stamps gives out numbers that only grow, near the clock's microseconds.
type stamps struct {
	mu   sync.Mutex
	last int64
}

// next returns the first of n numbers in a row, none of them given out before.
func (s *stamps) next(now int64, n int) int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	first := max(now, s.last+1)
	s.last = first + int64(n) - 1
	return first
}

// raise makes every later number greater than to.
func (s *stamps) raise(to int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.last = max(s.last, to)
}
