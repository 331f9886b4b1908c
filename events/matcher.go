package events

import (
	"bytes"
	"encoding/json"
)

// Matcher is a compiled Pattern. It is immutable and safe for concurrent use.
type Matcher struct{ root node }

// node is a compiled object of a pattern: all its edges must match.
type node []edge

type edge struct {
	name  string
	leaf  []matchFunc // any of them must match, or
	child node        // the nested object must match
}

// matchFunc judges one leaf value; ok is false where the event has none.
type matchFunc func(leaf any, ok bool) bool

// Match reports whether the event matches. Its detail must be JSON, as that of
// every Envelope from ParseEnvelope or New is; else nothing matches.
func (m *Matcher) Match(env Envelope) bool { return m.match(newView(env)) }

func (m *Matcher) match(s *view) bool {
	for _, e := range m.root { // what costs nothing to look at comes first
		if e.name != "detail" && !e.matches(s.head(e.name)) {
			return false
		}
	}
	for _, e := range m.root {
		if e.name == "detail" && !e.matches(s.detail()) {
			return false
		}
	}
	return true
}

// matches judges one member of an event. As EventBridge does: a list matches
// if any of its elements does; a leaf is a value that is not an object, and an
// empty list holds none; a nested pattern on something that is no object sees
// an object without members. [EventBridge guide, Event patterns: arrays,
// exists matching on leaf nodes, null values]
func (e *edge) matches(value any, ok bool) bool {
	if e.child != nil {
		return e.child.matches(value)
	}
	found := false
	for _, leaf := range leafValues(value, ok) {
		found = true
		for _, f := range e.leaf {
			if f(leaf, true) {
				return true
			}
		}
	}
	if found {
		return false
	}
	for _, f := range e.leaf {
		if f(nil, false) {
			return true
		}
	}
	return false
}

func (n node) matches(value any) bool {
	if list, ok := value.([]any); ok {
		for _, v := range list {
			if _, ok := v.(map[string]any); ok && n.matches(v) {
				return true
			}
		}
		if len(list) > 0 {
			return false
		}
	}
	members, _ := value.(map[string]any)
	for i := range n {
		v, ok := members[n[i].name]
		if !n[i].matches(v, ok) {
			return false
		}
	}
	return true
}

// leafValues returns the leaves of a member: itself, or the elements of a
// list, lists in it taken apart, without objects.
func leafValues(value any, ok bool) []any {
	if !ok {
		return nil
	}
	switch v := value.(type) {
	case map[string]any:
		return nil
	case []any:
		var out []any
		for _, x := range v {
			out = append(out, leafValues(x, true)...)
		}
		return out
	}
	return []any{value}
}

// view is an event while it is matched: its detail is decoded once, and only
// if a pattern that matches so far asks for it.
type view struct {
	env     Envelope
	decoded bool
	value   any
	ok      bool
}

func newView(env Envelope) *view { return &view{env: env} }

func (s *view) head(name string) (any, bool) {
	switch name {
	case "version":
		return s.env.Version, true
	case "id":
		return s.env.ID, true
	case "detail-type":
		return s.env.DetailType, true
	case "source":
		return s.env.Source, true
	case "account":
		return s.env.Account, s.env.Account != ""
	case "region":
		return s.env.Region, s.env.Region != ""
	case "time":
		return s.env.Time.Format("2006-01-02T15:04:05Z"), true
	case "resources":
		list := make([]any, len(s.env.Resources))
		for i, r := range s.env.Resources {
			list[i] = r
		}
		return list, true
	}
	return nil, false
}

func (s *view) detail() (any, bool) {
	if !s.decoded {
		s.decoded = true
		dec := json.NewDecoder(bytes.NewReader(s.env.Detail))
		dec.UseNumber()
		s.ok = dec.Decode(&s.value) == nil
	}
	return s.value, s.ok
}
