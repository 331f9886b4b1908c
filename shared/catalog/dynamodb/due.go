package dynamodb

import (
	"context"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"latchkey/shared/catalog"
	"latchkey/shared/catalog/dynamodb/schema"
)

// Due implements catalog.Store.
func (s *Store) Due(ctx context.Context, lane catalog.Lane, shard int, until time.Time, limit int) ([]catalog.Due, error) {
	if err := catalog.ValidateDue(lane, shard, limit); err != nil {
		return nil, err
	}
	rows, err := s.dueRows(ctx, duePart(lane, shard), until.UnixMicro(), limit)
	if err != nil {
		return nil, err
	}
	var found []catalog.Due
	for _, r := range rows {
		found = append(found, catalog.Due{Key: r.key(), DueAt: r.time(schema.DueAt)})
	}
	return found, nil
}

// dueRows returns up to limit live entries of a partition of the due index, by time.
func (s *Store) dueRows(ctx context.Context, part string, until int64, limit int) ([]row, error) {
	var found []row
	var start map[string]types.AttributeValue
	for {
		out, err := s.client.Query(ctx, &sdk.QueryInput{
			TableName: &s.table, IndexName: aws.String(schema.IndexDue), Limit: aws.Int32(int32(limit)), ExclusiveStartKey: start,
			KeyConditionExpression:    aws.String("#part = :part AND #at <= :until"),
			FilterExpression:          aws.String("attribute_not_exists(#expires) OR #expires > :now"),
			ExpressionAttributeNames:  map[string]string{"#part": schema.DuePart, "#at": schema.DueAt, "#expires": schema.Expires},
			ExpressionAttributeValues: row{":part": text(part), ":until": number(until), ":now": number(s.now())},
		})
		if err != nil {
			return nil, failed(ctx, err, "reading what is due in %s", part)
		}
		for _, r := range out.Items {
			found = append(found, r)
		}
		// Each page starts behind the one before, so the partition's end is reached.
		if start = out.LastEvaluatedKey; len(start) == 0 || len(found) >= limit {
			return found[:min(limit, len(found))], nil
		}
	}
}
