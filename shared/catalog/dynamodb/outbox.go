package dynamodb

import (
	"cmp"
	"context"
	"math"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"latchkey/shared/catalog"
	"latchkey/shared/catalog/dynamodb/schema"
)

// Pending implements catalog.Outbox. It reads every shard of the outbox, and
// then the groups found there one by one.
func (s *Store) Pending(ctx context.Context, limit int) ([]catalog.Message, error) {
	if err := catalog.ValidateLimit(limit); err != nil {
		return nil, err
	}
	var entries []row
	for shard := range catalog.DueShards {
		rows, err := s.dueRows(ctx, outboxPart(shard), math.MaxInt64, limit)
		if err != nil {
			return nil, err
		}
		entries = append(entries, rows...)
	}
	slices.SortStableFunc(entries, byStamp)
	var rows []row
	read := map[string]bool{}
	for _, e := range entries[:min(limit, len(entries))] {
		group := groupOf(e)
		if read[group] {
			continue
		}
		read[group] = true
		own, err := s.groupRows(ctx, group, limit)
		if err != nil {
			return nil, err
		}
		rows = firstByStamp(append(rows, own...), limit)
	}
	return messages(rows), nil
}

// PendingIn implements catalog.Outbox.
func (s *Store) PendingIn(ctx context.Context, group string, limit int) ([]catalog.Message, error) {
	if err := catalog.ValidatePendingIn(group, limit); err != nil {
		return nil, err
	}
	rows, err := s.groupRows(ctx, group, limit)
	if err != nil {
		return nil, err
	}
	return messages(rows), nil
}

// groupRows reads a whole group, since its order is not that of its keys, and
// keeps the first of it.
func (s *Store) groupRows(ctx context.Context, group string, limit int) ([]row, error) {
	in := &sdk.QueryInput{
		TableName: &s.table, ConsistentRead: aws.Bool(true), KeyConditionExpression: aws.String("#pk = :pk"),
		ExpressionAttributeNames:  map[string]string{"#pk": schema.PK},
		ExpressionAttributeValues: row{":pk": text(schema.OutboxPrefix + group)},
	}
	var rows []row
	for {
		out, err := s.client.Query(ctx, in)
		if err != nil {
			return nil, failed(ctx, err, "reading the messages of %s", group)
		}
		for _, r := range out.Items {
			rows = append(rows, r)
		}
		rows = firstByStamp(rows, limit)
		// Each page starts behind the one before, so the partition's end is reached.
		if in.ExclusiveStartKey = out.LastEvaluatedKey; len(in.ExclusiveStartKey) == 0 {
			return rows, nil
		}
	}
}

// messages decodes rows.
func messages(rows []row) []catalog.Message {
	var found []catalog.Message
	for _, r := range rows {
		found = append(found, catalog.Message{ID: r.text(schema.SK), Group: groupOf(r), Body: r.body()})
	}
	return found
}

func groupOf(r row) string { return strings.TrimPrefix(r.text(schema.PK), schema.OutboxPrefix) }

func byStamp(a, b row) int { return cmp.Compare(a.number(schema.DueAt), b.number(schema.DueAt)) }

// firstByStamp sorts rows and keeps the first n.
func firstByStamp(rows []row, n int) []row {
	slices.SortStableFunc(rows, byStamp)
	return rows[:min(n, len(rows))]
}
