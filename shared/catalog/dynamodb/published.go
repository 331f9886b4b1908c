package dynamodb

import (
	"context"
	"math"

	sdk "github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"latchkey/shared/catalog"
	"latchkey/shared/coded"
)

// Published implements catalog.Outbox. It knows the groups of the messages that
// this store committed or returned lately; other ids it looks for in the whole
// outbox's index, where it may miss one that was committed just now, which is
// then published again. PublishedIn needs no search.
func (s *Store) Published(ctx context.Context, ids ...string) error {
	if err := ctx.Err(); err != nil || len(ids) == 0 {
		return err
	}
	keys, unknown := s.known(ids)
	found, err := s.search(ctx, unknown)
	if err != nil {
		return err
	}
	if err := s.remove(ctx, append(keys, found...)); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, id := range ids {
		delete(s.groups, id)
	}
	return nil
}

// known returns the keys of the messages whose groups are remembered, and the
// other ids.
func (s *Store) known(ids []string) (keys []row, unknown map[string]bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	unknown = map[string]bool{}
	taken := map[string]bool{}
	for _, id := range ids {
		group, ok := s.groups[id]
		if ok && !taken[id] {
			keys = append(keys, messageKey(group, id))
		} else if !ok {
			unknown[id] = true
		}
		taken[id] = true
	}
	return keys, unknown
}

// PublishedIn removes messages of one group by id; an unknown id is no error.
func (s *Store) PublishedIn(ctx context.Context, group string, ids ...string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	taken := map[string]bool{}
	var keys []row
	for _, id := range ids {
		if id != "" && !taken[id] {
			taken[id] = true
			keys = append(keys, messageKey(group, id))
		}
	}
	return s.remove(ctx, keys)
}

// search finds messages by their ids alone.
func (s *Store) search(ctx context.Context, ids map[string]bool) ([]row, error) {
	var found []row
	left := len(ids)
	for shard := 0; shard < catalog.DueShards && left > 0; shard++ {
		err := s.eachDue(ctx, outboxPart(shard), math.MaxInt64, catalog.MaxPage, func(r row) bool {
			if k := r.key(); ids[k.Sort] {
				found = append(found, primary(k))
				left--
			}
			return left > 0
		})
		if err != nil {
			return nil, err
		}
	}
	return found, nil
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
