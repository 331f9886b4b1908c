package dynamodb

import (
	"bytes"
	"context"

	sdk "github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"latchkey/shared/catalog"
	"latchkey/shared/catalog/dynamodb/schema"
	"latchkey/shared/coded"
)

// Commit implements catalog.Store. A call that the SDK sends twice because its
// answer was lost is applied once: a transaction carries a token for that
// [DynamoDB guide, TransactWriteItems: idempotency], and a single put recognizes
// its own stamp.
func (s *Store) Commit(ctx context.Context, tx catalog.Tx) error {
	if err := validateTx(&tx); err != nil {
		return err
	}
	if err := ctx.Err(); err != nil || tx.Size() == 0 {
		return err
	}
	for try := 0; ; try++ {
		actions := s.actions(&tx, s.now())
		err := s.write(ctx, actions)
		if err == nil {
			s.retry.done(try)
			return nil
		}
		switch verdict := s.judge(actions, reasons(err)); verdict.outcome {
		case applied:
			return nil
		case seen:
			return coded.Wrap(coded.Conflict, catalog.ErrSeen, "event %s", tx.Seen.ID)
		case conflict:
			return s.conflict(ctx, &tx, verdict)
		case invalid:
			return coded.Wrap(coded.Internal, err, "committing %d items", len(actions))
		case refused:
			return failed(ctx, err, "committing %d items", len(actions))
		}
		if !s.retry.again(ctx, try+1) {
			return failed(ctx, err, "committing %d items, tried %d times", len(actions), try+1)
		}
	}
}

// write sends the actions in one call.
func (s *Store) write(ctx context.Context, actions []action) error {
	if put := actions[0].write.Put; len(actions) == 1 && put != nil && !actions[0].seen {
		// Half the price of a transaction of one item.
		_, err := s.client.PutItem(ctx, &sdk.PutItemInput{
			TableName: put.TableName, Item: put.Item, ConditionExpression: put.ConditionExpression,
			ExpressionAttributeNames: put.ExpressionAttributeNames, ExpressionAttributeValues: put.ExpressionAttributeValues,
			ReturnValuesOnConditionCheckFailure: put.ReturnValuesOnConditionCheckFailure,
		})
		return err
	}
	in := &sdk.TransactWriteItemsInput{TransactItems: make([]types.TransactWriteItem, len(actions))}
	for i := range actions {
		in.TransactItems[i] = actions[i].write
	}
	_, err := s.client.TransactWriteItems(ctx, in)
	return err
}

// conflict returns the error of a condition that failed. That an event was
// applied before wins, and DynamoDB does not promise to report every condition
// that failed: so it asks again.
func (s *Store) conflict(ctx context.Context, tx *catalog.Tx, v verdict) error {
	if tx.Seen != nil {
		r, err := s.get(ctx, seenKey(tx.Seen.ID))
		if err != nil {
			return err
		}
		if r != nil && !r.expired(s.now()) {
			return coded.Wrap(coded.Conflict, catalog.ErrSeen, "event %s", tx.Seen.ID)
		}
	}
	return coded.Wrap(coded.Retryable, catalog.ErrConflict, "%s is not at version %d", v.about.key, v.about.ifVersion)
}

// ours reports whether the stored row is the one that the action puts.
func (a *action) ours(stored row) bool {
	put := row(a.write.Put.Item)
	return stored.number(schema.Version) == put.number(schema.Version) &&
		stored.number(schema.Stamp) == put.number(schema.Stamp) && bytes.Equal(stored.body(), put.body())
}

func (r row) body() []byte {
	if b, ok := r[schema.Body].(*types.AttributeValueMemberB); ok {
		return b.Value
	}
	return nil
}
