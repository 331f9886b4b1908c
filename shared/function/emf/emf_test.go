package emf_test

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"latchkey/shared/fake"
	"latchkey/shared/function/emf"
	"latchkey/shared/metric"
)

//go:embed testdata/emf.schema.json
var schemaText string

// document is what a test looks at.
type document map[string]any

// flushed returns the documents of one Flush, each checked against the format's
// schema and its rules that the schema cannot say.
func flushed(t *testing.T, fill func(*emf.Metrics)) []document {
	t.Helper()
	var out bytes.Buffer
	m := emf.New(&out, fake.NewClock(time.UnixMilli(1_767_600_000_123)), "sweep")
	fill(m)
	if err := m.Flush(); err != nil {
		t.Fatal(err)
	}
	var docs []document
	for line := range strings.Lines(out.String()) {
		docs = append(docs, check(t, line))
	}
	out.Reset()
	if err := m.Flush(); err != nil || out.Len() != 0 {
		t.Errorf("a second Flush wrote %q, %v", out.String(), err)
	}
	return docs
}

func check(t *testing.T, line string) document {
	t.Helper()
	v, err := jsonschema.UnmarshalJSON(strings.NewReader(line))
	if err != nil {
		t.Fatalf("%v in %s", err, line)
	}
	schema, err := jsonschema.UnmarshalJSON(strings.NewReader(schemaText))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("emf.json", schema); err != nil {
		t.Fatal(err)
	}
	if err := c.MustCompile("emf.json").Validate(v); err != nil {
		t.Errorf("%v in %s", err, line)
	}
	var root document
	if err := json.Unmarshal([]byte(line), &root); err != nil {
		t.Fatal(err)
	}
	for _, directive := range root["_aws"].(map[string]any)["CloudWatchMetrics"].([]any) {
		targets(t, root, directive.(map[string]any))
	}
	return root
}

// targets checks that what a directive names is there, in the right form.
func targets(t *testing.T, root document, directive map[string]any) {
	t.Helper()
	for _, set := range directive["Dimensions"].([]any) {
		for _, d := range set.([]any) {
			if v, ok := root[d.(string)].(string); !ok || v == "" || len(v) > 1024 {
				t.Errorf("dimension %s has the value %v", d, root[d.(string)])
			}
		}
	}
	for _, m := range directive["Metrics"].([]any) {
		switch v := root[m.(map[string]any)["Name"].(string)].(type) {
		case float64:
		case []any:
			if len(v) == 0 || len(v) > 100 {
				t.Errorf("%v has %d values", m, len(v))
			}
		default:
			t.Errorf("%v has the value %v", m, v)
		}
	}
}

func TestMetrics_Flush(t *testing.T) {
	docs := flushed(t, func(m *emf.Metrics) {
		m.Count(metric.Locks, 1)
		m.Count(metric.Locks, 2)
		m.Measure(metric.DueLag, 1.5, "")
		m.Measure(metric.LockLatency, 12, "cloudtrail")
		m.Measure(metric.LockLatency, 14, "cloudtrail")
		m.Measure(metric.LockLatency, 900, "probe")
		m.Measure(metric.DueLag, math.NaN(), "")
		m.Measure(metric.DueLag, math.Inf(1), "")
	})
	if len(docs) != 3 {
		t.Fatalf("%d documents: %v", len(docs), docs)
	}
	all, trail, probe := docs[0], docs[1], docs[2]
	if all[metric.Locks] != 3.0 || fmt.Sprint(all[metric.DueLag]) != "[1.5]" || all[metric.BySource] != nil || all["function"] != "sweep" {
		t.Errorf("without a source: %v", all)
	}
	if fmt.Sprint(trail[metric.LockLatency]) != "[12 14]" || trail[metric.BySource] != "cloudtrail" || probe[metric.BySource] != "probe" {
		t.Errorf("by source: %v and %v", trail, probe)
	}
	aws, _ := json.Marshal(trail["_aws"])
	want := `{"CloudWatchMetrics":[{"Dimensions":[["Source"],[]],"Metrics":[{"Name":"lock_latency_ms","Unit":"Milliseconds"}],"Namespace":"Latchkey"}],"Timestamp":1767600000123}`
	if string(aws) != want {
		t.Errorf("_aws is %s", aws)
	}
	if s, _ := json.Marshal(all["_aws"]); !strings.Contains(string(s), `"Dimensions":[[]]`) || !strings.Contains(string(s), `"Seconds"`) || !strings.Contains(string(s), `"Count"`) {
		t.Errorf("_aws is %s", s)
	}
}

// More than a document may hold goes into more documents, and nothing is lost.
func TestMetrics_Flush_Limits(t *testing.T) {
	const names, values = 230, 450
	docs := flushed(t, func(m *emf.Metrics) {
		for i := range names {
			m.Count(fmt.Sprintf("counter_%03d", i), int64(i))
		}
		for i := range values {
			m.Measure("value_ms", float64(i), "")
		}
	})
	counters, sum := map[string]bool{}, 0
	for _, d := range docs {
		n := 0
		for name, v := range d {
			list, isList := v.([]any)
			if isList {
				sum += len(list)
			}
			if strings.HasPrefix(name, "counter_") {
				counters[name] = true
			}
			if isList || strings.HasPrefix(name, "counter_") {
				n++
			}
		}
		if n > 100 {
			t.Errorf("a document has %d metrics", n)
		}
	}
	if len(counters) != names || sum != values || len(docs) > 7 {
		t.Errorf("%d counters and %d values in %d documents", len(counters), sum, len(docs))
	}
}

func TestMetrics_Flush_Nothing(t *testing.T) {
	if docs := flushed(t, func(*emf.Metrics) {}); len(docs) != 0 {
		t.Errorf("wrote %v", docs)
	}
}

// brokenPipe takes nothing.
type brokenPipe struct{}

func (brokenPipe) Write([]byte) (int, error) { return 0, errors.New("broken pipe") }

func TestMetrics_Flush_Error(t *testing.T) {
	m := emf.New(brokenPipe{}, fake.NewClock(time.Now()), "sweep")
	m.Count(metric.Locks, 1)
	if err := m.Flush(); err == nil || !strings.Contains(err.Error(), "broken pipe") {
		t.Errorf("= %v", err)
	}
}

func TestMetrics_Concurrent(t *testing.T) {
	docs := flushed(t, func(m *emf.Metrics) {
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() {
				for range 100 {
					m.Count(metric.Steps, 1)
					m.Measure(metric.DueLag, 1, "")
				}
			})
		}
		wg.Wait()
	})
	i := slices.IndexFunc(docs, func(d document) bool { return d[metric.Steps] != nil })
	if i < 0 || docs[i][metric.Steps] != 800.0 || len(docs) != 8 {
		t.Errorf("%d documents, steps in %v", len(docs), docs[max(i, 0)][metric.Steps])
	}
}
