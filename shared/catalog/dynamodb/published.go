package dynamodb

import (
	"context"

	sdk "github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"latchkey/shared/catalog"
	"latchkey/shared/coded"
)

// Published implements catalog.Outbox.
func (s *Store) Published(ctx context.Context, sent ...catalog.Message) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	taken := map[catalog.Key]bool{}
	var keys []row
	for i := range sent {
		key := messageKey(sent[i].Group, sent[i].ID)
		if k := key.key(); !taken[k] && sent[i].Storable() {
			taken[k] = true
			keys = append(keys, key)
		}
	}
	return s.remove(ctx, keys)
}

// maxBatchWrite is the most items that BatchWriteItem takes. [DynamoDB guide, Quotas]
const maxBatchWrite = 25

// remove deletes items whatever they hold; the keys are distinct.
func (s *Store) remove(ctx context.Context, keys []row) error {
	for len(keys) > 0 {
		n := min(maxBatchWrite, len(keys))
		requests := make([]types.WriteRequest, n)
		for i, k := range keys[:n] {
			requests[i].DeleteRequest = &types.DeleteRequest{Key: k}
		}
		ask := map[string][]types.WriteRequest{s.table: requests}
		try := 0
		for ; len(ask) > 0; try++ {
			if try > 0 && !s.retry.again(ctx, try) {
				return unfinished(ctx, "removing", len(ask[s.table]))
			}
			out, err := s.client.BatchWriteItem(ctx, &sdk.BatchWriteItemInput{RequestItems: ask})
			if err != nil {
				return failed(ctx, err, "removing %d messages", n)
			}
			ask = out.UnprocessedItems
		}
		s.retry.done(try - 1)
		keys = keys[n:]
	}
	return nil
}

// unfinished is the error of a batch of which something was left over.
func unfinished(ctx context.Context, doing string, left int) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	return coded.New(coded.Retryable, "%s: %d items are left over after %d tries", doing, left, maxTries)
}
