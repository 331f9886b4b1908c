// Package emf counts and measures, and writes what came together as documents in
// CloudWatch's embedded metric format: CloudWatch Logs makes metrics of them,
// with no call and no waiting. [CloudWatch guide, Embedded metric format specification]
package emf

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"slices"
	"sync"

	"latchkey/shared/clock"
	"latchkey/shared/metric"
)

// Limits of a document. [CloudWatch guide, Embedded metric format specification]
const (
	maxMetrics = 100 // in one document
	maxValues  = 100 // of one metric in one document
)

// Metrics gathers counts and values until Flush writes them. Safe for
// concurrent use.
type Metrics struct {
	out      io.Writer
	clock    clock.Clock
	function string

	mu     sync.Mutex
	counts map[string]int64
	values map[series][]float64
}

// series is a metric with the value of its dimension; by is "" where it has none.
type series struct{ name, by string }

// New returns the metrics of a function; Flush writes them to out.
func New(out io.Writer, c clock.Clock, function string) *Metrics {
	return &Metrics{out: out, clock: c, function: function, counts: map[string]int64{}, values: map[series][]float64{}}
}

// Count adds n to a counter; see package metric for the names.
func (m *Metrics) Count(name string, n int64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.counts[name] += n
}

// Measure adds a value in the unit that the name ends in. by is the value of
// the dimension metric.BySource, or "". A value that is no finite number says
// nothing and is left out.
func (m *Metrics) Measure(name string, value float64, by string) {
	if math.IsNaN(value) || math.IsInf(value, 0) {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	s := series{name, by}
	m.values[s] = append(m.values[s], value)
}

// Flush writes all that came together since the last Flush, one document on
// each line, and forgets it. Nothing at all writes nothing.
func (m *Metrics) Flush() error {
	m.mu.Lock()
	counts, values := m.counts, m.values
	m.counts, m.values = map[string]int64{}, map[series][]float64{}
	m.mu.Unlock()

	now := m.clock.Now().UnixMilli()
	var errs []error
	for _, d := range documents(counts, values) {
		line, err := json.Marshal(d.root(m.function, now))
		if err == nil {
			_, err = m.out.Write(append(line, '\n'))
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("writing metrics: %w", err))
		}
	}
	return errors.Join(errs...)
}

// document is one document: metrics that share the value of the dimension.
type document struct {
	by      string
	metrics map[string]any // numbers, or lists of numbers
}

// documents shares counts and values out to as few documents as the limits allow.
func documents(counts map[string]int64, values map[series][]float64) []document {
	byValue := map[string][]document{}
	add := func(s series, v any) {
		docs := byValue[s.by]
		i := slices.IndexFunc(docs, func(d document) bool { return len(d.metrics) < maxMetrics && d.metrics[s.name] == nil })
		if i < 0 {
			i, docs = len(docs), append(docs, document{s.by, map[string]any{}})
		}
		docs[i].metrics[s.name], byValue[s.by] = v, docs
	}
	for _, name := range slices.Sorted(maps.Keys(counts)) {
		add(series{name: name}, counts[name])
	}
	for s, all := range values {
		for chunk := range slices.Chunk(all, maxValues) {
			add(s, chunk)
		}
	}
	var out []document
	for _, by := range slices.Sorted(maps.Keys(byValue)) {
		out = append(out, byValue[by]...)
	}
	return out
}

// root is the document's JSON. What is measured by source is also measured over
// all sources, so that one alarm can watch them together.
func (d document) root(function string, milliseconds int64) map[string]any {
	dimensions := [][]string{{}}
	root := map[string]any{"function": function}
	if d.by != "" {
		dimensions = [][]string{{metric.BySource}, {}}
		root[metric.BySource] = d.by
	}
	var names []map[string]string
	for _, name := range slices.Sorted(maps.Keys(d.metrics)) {
		names = append(names, map[string]string{"Name": name, "Unit": unit(name)})
		root[name] = d.metrics[name]
	}
	root["_aws"] = map[string]any{
		"Timestamp":         milliseconds,
		"CloudWatchMetrics": []any{map[string]any{"Namespace": metric.Namespace, "Dimensions": dimensions, "Metrics": names}},
	}
	return root
}
