// Package feeds reads what AWS would hand to Lambda functions (queues, the
// table's stream, schedules, the HTTP API) and gives it to them in the form, the
// batches and with the retries that their event source mappings ask for.
//
// What it does not do as AWS does: a queue has one poller, so MaximumConcurrency
// is never reached; a stream's shard has one batch at a time, so
// ParallelizationFactor is 1; a schedule's invocation that failed is not tried
// again, since the next comes; the HTTP API checks no signature.
package feeds

import (
	"context"
	"encoding/json"
	"time"

	"latchkey/shared/coded"
)

// Invoker runs functions by their names. failed is Lambda's FunctionError; err
// means that the function could not be asked.
type Invoker interface {
	Invoke(ctx context.Context, function string, payload []byte) (answer []byte, failed string, err error)
}

// Mapping is an event source mapping as it is deployed.
// [Lambda API reference, CreateEventSourceMapping]
type Mapping struct {
	Function  string // name
	SourceARN string // of the queue or the stream
	Batch     int
	Window    time.Duration // to gather a batch; the local stack hands over what is there
	Partial   bool          // ReportBatchItemFailures
	Filters   []string      // patterns; none: everything

	// Of streams only.
	Start     string        // LATEST or TRIM_HORIZON
	Retries   int           // of a batch; -1: until it is too old
	MaxAge    time.Duration // of a record; 0: until the stream drops it
	Bisect    bool
	OnFailure string // ARN of the queue that is told of what was given up; empty: none
}

// batchFailures returns the ids that a function reported as failed. all says
// that the whole batch counts as failed: the answer is not what it should be.
// [Lambda guide, Reporting batch item failures: success and failure conditions]
func batchFailures(answer []byte, known func(id string) bool) (failed map[string]bool, all bool) {
	if len(answer) == 0 || string(answer) == "null" {
		return nil, false
	}
	var out struct {
		BatchItemFailures []struct {
			ItemIdentifier *string `json:"itemIdentifier"`
		} `json:"batchItemFailures"`
	}
	if err := json.Unmarshal(answer, &out); err != nil {
		return nil, true
	}
	failed = map[string]bool{}
	for _, f := range out.BatchItemFailures {
		if f.ItemIdentifier == nil || *f.ItemIdentifier == "" || !known(*f.ItemIdentifier) {
			return nil, true
		}
		failed[*f.ItemIdentifier] = true
	}
	return failed, false
}

// checkBatch refuses what Lambda would not create.
func (m Mapping) checkBatch(limit int) error {
	if m.Batch < 1 || m.Batch > limit {
		return coded.Field(m.Function+".BatchSize", "see the quotas of event source mappings", "%d is not in 1 … %d", m.Batch, limit)
	}
	return nil
}
