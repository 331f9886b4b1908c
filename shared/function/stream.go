package function

import (
	"context"
	"encoding/json"
	"log/slog"

	lambdaevents "github.com/aws/aws-lambda-go/events"

	"latchkey/shared/catalog"
	"latchkey/shared/catalog/dynamodb/schema"
	"latchkey/shared/coded"
)

// Change is an item of the table that was written. It says which, and not what:
// whoever acts on it reads the item.
type Change struct {
	Key catalog.Key
	// DueAt is when the written record is due, in microseconds since 1970; 0 where it is not.
	DueAt int64
}

// Stream handles a batch of a table's stream. handle returns why each change
// failed, in the changes' order; nil, or a nil element, is a success. The answer
// names the first that failed, in the stream's order: Lambda delivers again from
// there. [Lambda guide, Reporting batch item failures for DynamoDB]
func Stream(h Host, handle func(context.Context, []Change) []error) Handler {
	return func(ctx context.Context, payload json.RawMessage) (any, error) {
		var batch lambdaevents.DynamoDBEvent
		if err := json.Unmarshal(payload, &batch); err != nil {
			return nil, coded.Wrap(coded.Internal, err, "the invocation is no batch of a stream")
		}
		answer := lambdaevents.DynamoDBEventResponse{BatchItemFailures: []lambdaevents.DynamoDBBatchItemFailure{}}
		changes, err := changesOf(batch)
		if err != nil {
			return nil, err
		}
		var errs []error
		if err := guarded(func() error { errs = handle(ctx, changes); return nil }); err != nil {
			return nil, err
		}
		for i, err := range errs {
			if err == nil {
				continue
			}
			h.Log.LogAttrs(ctx, levelOf(err), "a change failed and comes again", slog.String("record", changes[i].Key.Part),
				slog.Any("error", err), slog.String("code", string(coded.Of(err))))
			if len(answer.BatchItemFailures) == 0 {
				answer.BatchItemFailures = append(answer.BatchItemFailures,
					lambdaevents.DynamoDBBatchItemFailure{ItemIdentifier: batch.Records[i].Change.SequenceNumber})
			}
		}
		return answer, nil
	}
}

func levelOf(err error) slog.Level {
	if c := coded.Of(err); c == coded.Retryable || c == coded.Pending {
		return slog.LevelWarn
	}
	return slog.LevelError
}

// changesOf reads the keys and the due time of the records.
func changesOf(batch lambdaevents.DynamoDBEvent) ([]Change, error) {
	changes := make([]Change, len(batch.Records))
	for i, r := range batch.Records {
		pk, sk := r.Change.Keys[schema.PK], r.Change.Keys[schema.SK]
		if pk.DataType() != lambdaevents.DataTypeString || sk.DataType() != lambdaevents.DataTypeString {
			return nil, coded.New(coded.Internal, "record %s of the stream has no key of the catalog's", r.EventID)
		}
		changes[i].Key = catalog.Key{Part: pk.String(), Sort: sk.String()}
		due, ok := r.Change.NewImage[schema.DueAt]
		if ok && due.DataType() == lambdaevents.DataTypeNumber {
			at, err := due.Integer()
			if err != nil {
				return nil, coded.Wrap(coded.Internal, err, "record %s of the stream: %s", r.EventID, schema.DueAt)
			}
			changes[i].DueAt = at
		}
	}
	return changes, nil
}
