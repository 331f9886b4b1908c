package feeds

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"
)

// deliver gives the first batch of a shard to the function, and returns how
// many records are done with.
func (s *Stream) deliver(ctx context.Context, sh *shard) (int, error) {
	if len(sh.work) == 0 {
		return 0, nil
	}
	w := sh.work[0]
	body, err := payload(w.records)
	if err != nil {
		return 0, fmt.Errorf("encoding a batch of %s: %w", s.mapping.SourceARN, err)
	}
	answer, failed, err := s.invoker.Invoke(ctx, s.mapping.Function, body)
	if err != nil {
		return 0, fmt.Errorf("invoking %s: %w", s.mapping.Function, err)
	}
	first, ok := s.firstFailed(w.records, answer, failed)
	if ok {
		sh.work = sh.work[1:]
		return len(w.records), nil
	}
	s.opts.Log.Warn("batch failed", "function", s.mapping.Function, "records", len(w.records)-first, "retries", w.retries, "error", string(answer))
	rest := work{records: w.records[first:], retries: w.retries}
	again, err := s.again(ctx, rest, failed, answer)
	if err != nil {
		return first, err // sent again with the next Once: nothing was changed
	}
	sh.work = append(again, sh.work[1:]...)
	if len(again) == 0 {
		first = len(w.records)
	}
	return first, nil
}

// firstFailed returns the place of the first record that was not done. With
// partial answers that is the lowest that was reported, as Lambda's checkpoint
// is. [Lambda guide, Configuring partial batch response with DynamoDB]
func (s *Stream) firstFailed(records []record, answer []byte, failed string) (first int, ok bool) {
	switch {
	case failed != "":
		return 0, false
	case !s.mapping.Partial:
		return 0, true
	}
	known := func(id string) bool {
		return slices.ContainsFunc(records, func(r record) bool { return r.sequence == id })
	}
	ids, all := batchFailures(answer, known)
	if all {
		return 0, false
	}
	first = slices.IndexFunc(records, func(r record) bool { return ids[r.sequence] })
	return max(first, 0), first < 0
}

// again says what is left to do of a batch that failed: it, its halves, or
// nothing once it has been given up. Splitting does not count as a retry.
// [Lambda guide, Using Lambda with DynamoDB: BisectBatchOnFunctionError]
func (s *Stream) again(ctx context.Context, w work, failed string, answer []byte) ([]work, error) {
	n := len(w.records)
	old := s.mapping.MaxAge > 0 && s.opts.Clock.Now().Sub(w.records[0].at) > s.mapping.MaxAge
	switch {
	case old || s.mapping.Retries >= 0 && w.retries >= s.mapping.Retries:
		return nil, s.giveUp(ctx, w, failed, answer)
	case s.mapping.Bisect && n > 1:
		return []work{{records: w.records[:n/2], retries: w.retries}, {records: w.records[n/2:], retries: w.retries}}, nil
	}
	w.retries++
	return []work{w}, nil
}

// giveUp tells the on-failure destination where the batch is in the stream; the
// records themselves are not sent. [Lambda guide, Using Lambda with DynamoDB: on-failure destination]
func (s *Stream) giveUp(ctx context.Context, w work, failed string, answer []byte) error {
	s.opts.Log.Error("batch given up", "function", s.mapping.Function, "records", len(w.records), "retries", w.retries)
	if s.mapping.OnFailure == "" {
		return nil
	}
	first, last := w.records[0], w.records[len(w.records)-1]
	letter, err := json.Marshal(map[string]any{
		"version": "1.0", "timestamp": s.opts.Clock.Now().UTC().Format(time.RFC3339Nano),
		"requestContext":  map[string]any{"functionArn": s.mapping.Function, "condition": "RetryAttemptsExhausted", "approximateInvokeCount": w.retries + 1},
		"responseContext": map[string]any{"statusCode": 200, "executedVersion": "$LATEST", "functionError": failed},
		"responsePayload": string(answer),
		"DDBStreamBatchInfo": map[string]any{
			"startSequenceNumber": first.sequence, "endSequenceNumber": last.sequence, "batchSize": len(w.records), "streamArn": s.mapping.SourceARN,
			"approximateArrivalOfFirstRecord": first.at.UTC().Format(time.RFC3339), "approximateArrivalOfLastRecord": last.at.UTC().Format(time.RFC3339),
		},
	})
	if err != nil {
		return err
	}
	return s.opts.Letters.Send(ctx, s.mapping.OnFailure, string(letter))
}
