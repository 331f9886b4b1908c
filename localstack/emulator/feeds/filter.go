package feeds

import (
	"encoding/json"
	"time"

	"latchkey/events"
	"latchkey/shared/coded"
)

// filter decides which records of a stream a function gets. Lambda's filters
// are event patterns [Lambda guide, Event filtering syntax], so they are judged
// by the matcher of the routing table, which knows the operators that Latchkey
// uses and refuses every other.
type filter []*events.Matcher

// newFilter compiles the patterns of a mapping; a record passes if one matches.
func newFilter(patterns []string) (filter, error) {
	var f filter
	for _, p := range patterns {
		if !json.Valid([]byte(p)) {
			return nil, coded.Field("FilterCriteria", "give an event pattern", "%q is not JSON", p)
		}
		m, err := events.CompilePattern([]byte(`{"detail":` + p + `}`))
		if err != nil {
			return nil, err
		}
		f = append(f, m)
	}
	return f, nil
}

func (f filter) passes(record []byte) bool {
	env := events.Envelope{Version: "0", ID: "record", DetailType: "record", Source: "stream", Time: time.Unix(0, 0).UTC(), Detail: record}
	for _, m := range f {
		if m.Match(env) {
			return true
		}
	}
	return len(f) == 0
}
