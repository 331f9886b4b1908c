// Package transition holds the form in which Latchkey's state machines are
// written down: a table of allowed transitions, as data. The rules are checked
// against their table in tests, and the diagrams in docs/ are drawn from it, so
// that code, picture and promise cannot drift apart.
package transition

import "fmt"

// Edge is one allowed transition and the reason it is taken. An empty From is
// the start: To is a phase in which a record may be born.
type Edge[S ~string] struct {
	From, To S
	Why      string // a short phrase, the label in the diagram
}

// Table is a state machine. The order of its edges is the order of the diagram.
type Table[S ~string] []Edge[S]

// Allowed reports whether a record may go from one phase to another. Staying is
// always allowed, for every phase that the table knows.
func (t Table[S]) Allowed(from, to S) bool {
	for _, e := range t {
		if e.From == from && e.To == to {
			return true
		}
		if from == to && from != "" && (e.From == from || e.To == from) {
			return true
		}
	}
	return false
}

// Check returns an error that names the transition if it is not allowed.
func (t Table[S]) Check(from, to S) error {
	if t.Allowed(from, to) {
		return nil
	}
	return fmt.Errorf("transition from %q to %q is not in the table", from, to)
}

// States returns every phase of the table once, in order of appearance.
func (t Table[S]) States() []S {
	var states []S
	seen := map[S]bool{"": true}
	for _, e := range t {
		for _, s := range []S{e.From, e.To} {
			if !seen[s] {
				seen[s] = true
				states = append(states, s)
			}
		}
	}
	return states
}

// Final reports whether the table knows the phase and has no way out of it.
func (t Table[S]) Final(s S) bool {
	known := false
	for _, e := range t {
		if e.From == s && e.To != s {
			return false
		}
		known = known || e.From == s || e.To == s
	}
	return known
}

// Unreachable returns the phases that no path from a start leads to. A sound
// table has none.
func (t Table[S]) Unreachable() []S {
	reached := map[S]bool{"": true}
	for grew := true; grew; {
		grew = false
		for _, e := range t {
			if reached[e.From] && !reached[e.To] {
				reached[e.To], grew = true, true
			}
		}
	}
	var lost []S
	for _, s := range t.States() {
		if !reached[s] {
			lost = append(lost, s)
		}
	}
	return lost
}
