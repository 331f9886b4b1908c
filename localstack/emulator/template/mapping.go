package template

import (
	"strings"
	"time"

	"latchkey/localstack/emulator/feeds"
)

// mapping is an event source mapping's properties as the template has them.
type mapping struct {
	FunctionName, EventSourceArn, StartingPosition string
	Enabled                                        *bool
	BatchSize                                      int
	MaximumBatchingWindowInSeconds                 int
	MaximumRetryAttempts                           *int
	MaximumRecordAgeInSeconds                      int
	BisectBatchOnFunctionError                     bool
	FunctionResponseTypes                          []string
	FilterCriteria                                 struct{ Filters []struct{ Pattern string } }
	DestinationConfig                              struct{ OnFailure struct{ Destination string } }
}

// Mappings returns the event source mappings that the stack declares; streams
// says which of the two kinds. A declared mapping that is off is left out.
func (d *Deployed) Mappings() (queues, streams []feeds.Mapping, err error) {
	for _, r := range d.Declared.Resources("AWS::Lambda::EventSourceMapping") {
		var m mapping
		if err := d.decode(r, &m); err != nil {
			return nil, nil, err
		}
		if m.Enabled != nil && !*m.Enabled {
			continue
		}
		out := m.feed()
		if m.StartingPosition != "" {
			streams = append(streams, out)
		} else {
			queues = append(queues, out)
		}
	}
	return queues, streams, nil
}

func (m mapping) feed() feeds.Mapping {
	out := feeds.Mapping{
		Function: functionName(m.FunctionName), SourceARN: m.EventSourceArn, Batch: m.BatchSize, Start: m.StartingPosition,
		Window: time.Duration(m.MaximumBatchingWindowInSeconds) * time.Second, MaxAge: time.Duration(max(m.MaximumRecordAgeInSeconds, 0)) * time.Second,
		Bisect: m.BisectBatchOnFunctionError, OnFailure: m.DestinationConfig.OnFailure.Destination, Retries: -1,
	}
	if out.Batch == 0 { // [Lambda API reference, CreateEventSourceMapping: BatchSize]
		out.Batch = 10
		if m.StartingPosition != "" {
			out.Batch = 100
		}
	}
	if m.MaximumRetryAttempts != nil {
		out.Retries = *m.MaximumRetryAttempts
	}
	for _, t := range m.FunctionResponseTypes {
		out.Partial = out.Partial || t == "ReportBatchItemFailures"
	}
	for _, f := range m.FilterCriteria.Filters {
		out.Filters = append(out.Filters, f.Pattern)
	}
	return out
}

// functionName returns the name in a name, an ARN or an ARN with a qualifier.
func functionName(s string) string {
	if i := strings.LastIndex(s, ":function:"); i >= 0 {
		s = s[i+len(":function:"):]
	}
	s, _, _ = strings.Cut(s, ":")
	return s
}
