package tenant

// Reg is a last-writer-wins register: a value and the sequence number, within
// the tenant, of the event that wrote it. Sequence 0: never written.
type Reg[T any] struct {
	Value T     `json:"v"`
	Seq   int64 `json:"s"`
}

// Written reports whether any event has written the register.
func (r Reg[T]) Written() bool { return r.Seq > 0 }

// Set writes the register if the sequence is larger than the one it holds, and
// reports whether it did. Of two events with one sequence, which is a defect
// of their source, the first to come wins.
func (r *Reg[T]) Set(value T, seq int64) bool {
	if seq <= r.Seq {
		return false
	}
	r.Value, r.Seq = value, seq
	return true
}
