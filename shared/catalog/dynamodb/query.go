package dynamodb

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"latchkey/shared/catalog"
	"latchkey/shared/catalog/dynamodb/schema"
)

// maxPageBytes ends a page of a lookup early: 1,000 of the largest items would
// not fit a small function's memory. The page that reaches it is the last read.
const maxPageBytes = 4 << 20

// lookupAttributes are the indexes' attributes by the port's names.
var lookupAttributes = map[catalog.Index]string{
	catalog.IndexKind: schema.Kind, catalog.IndexTenant: schema.Tenant, catalog.IndexKeyARN: schema.KeyARN,
	catalog.IndexResource: schema.Resource, catalog.IndexHost: schema.Host, catalog.IndexShard: schema.Shard,
}

// Query implements catalog.Store. A page may be short, or empty, and still have
// a next one.
func (s *Store) Query(ctx context.Context, q catalog.Query) (catalog.Page, error) {
	if err := catalog.ValidateQuery(&q); err != nil {
		return catalog.Page{}, err
	}
	after, resumed, err := catalog.Position(q.After)
	if err != nil {
		return catalog.Page{}, err
	}
	if q.Index == catalog.IndexPart {
		return s.queryPart(ctx, &q, s.queryInput(&q, schema.PK, schema.SK, after.Sort, resumed))
	}
	in := s.queryInput(&q, lookupAttributes[q.Index], schema.Sorted, sorted(after), resumed)
	in.IndexName = aws.String(lookupAttributes[q.Index])
	return s.queryLookup(ctx, &q, in)
}

// queryInput asks for what has the value, from behind a sort key on if resumed.
// A cursor is a condition and no ExclusiveStartKey, so that it may name an item
// that is gone.
func (s *Store) queryInput(q *catalog.Query, partition, sort, after string, resumed bool) *sdk.QueryInput {
	e := expression{names: map[string]string{"#partition": partition}, values: row{":value": text(q.Value)}}
	where := "#partition = :value"
	if resumed {
		e.names["#sort"] = sort
		e = e.with(":after", text(after))
		where += " AND #sort > :after"
		if q.Descending {
			where = "#partition = :value AND #sort < :after"
		}
	}
	return &sdk.QueryInput{
		TableName: &s.table, KeyConditionExpression: &where, Limit: aws.Int32(int32(q.Limit)),
		ScanIndexForward: aws.Bool(!q.Descending), ExpressionAttributeNames: e.names, ExpressionAttributeValues: e.values,
	}
}

// queryPart reads one page of a partition, consistently.
func (s *Store) queryPart(ctx context.Context, q *catalog.Query, in *sdk.QueryInput) (catalog.Page, error) {
	in.ConsistentRead = aws.Bool(true)
	out, err := s.client.Query(ctx, in)
	if err != nil {
		return catalog.Page{}, failed(ctx, err, "reading partition %s", q.Value)
	}
	var page catalog.Page
	now := s.now()
	for _, r := range out.Items {
		if row(r).expired(now) {
			continue
		}
		it, err := row(r).item()
		if err != nil {
			return catalog.Page{}, err
		}
		page.Items = append(page.Items, it)
	}
	if n := len(out.Items); n > 0 && len(out.LastEvaluatedKey) > 0 {
		page.Next = catalog.Cursor(row(out.Items[n-1]).key())
	}
	return page, nil
}

// queryLookup reads one page of keys, and then the items.
func (s *Store) queryLookup(ctx context.Context, q *catalog.Query, in *sdk.QueryInput) (catalog.Page, error) {
	out, err := s.client.Query(ctx, in)
	if err != nil {
		return catalog.Page{}, failed(ctx, err, "looking up %s %s", q.Index, q.Value)
	}
	attribute, more := lookupAttributes[q.Index], len(out.LastEvaluatedKey) > 0
	var page catalog.Page
	size, now := 0, s.now()
	for from := 0; from < len(out.Items); from += maxBatchGet {
		to := min(from+maxBatchGet, len(out.Items))
		rows, err := s.fetch(ctx, out.Items[from:to])
		if err != nil {
			return catalog.Page{}, err
		}
		for _, r := range rows {
			if r.expired(now) || r.text(attribute) != q.Value {
				continue
			}
			it, err := r.item()
			if err != nil {
				return catalog.Page{}, err
			}
			page.Items = append(page.Items, it)
			size += it.Bytes()
		}
		if stop := size >= maxPageBytes && to < len(out.Items); stop || to == len(out.Items) {
			if more || stop {
				page.Next = catalog.Cursor(row(out.Items[to-1]).key())
			}
			break
		}
	}
	return page, nil
}

// maxBatchGet is the most keys that BatchGetItem takes. [DynamoDB guide, Quotas]
const maxBatchGet = 100

// fetch reads the items of at most maxBatchGet index entries consistently, in
// their order, without those that are gone.
func (s *Store) fetch(ctx context.Context, entries []map[string]types.AttributeValue) ([]row, error) {
	keys := make([]map[string]types.AttributeValue, len(entries))
	for i, e := range entries {
		keys[i] = primary(row(e).key())
	}
	found := map[catalog.Key]row{}
	ask := map[string]types.KeysAndAttributes{s.table: {Keys: keys, ConsistentRead: aws.Bool(true)}}
	try := 0
	for ; len(ask) > 0; try++ {
		if try > 0 && !s.retry.again(ctx, try) {
			return nil, unfinished(ctx, "reading", len(ask[s.table].Keys))
		}
		out, err := s.client.BatchGetItem(ctx, &sdk.BatchGetItemInput{RequestItems: ask})
		if err != nil {
			return nil, failed(ctx, err, "reading %d items", len(entries))
		}
		for _, r := range out.Responses[s.table] {
			found[row(r).key()] = r
		}
		ask = out.UnprocessedKeys
	}
	s.retry.done(try - 1)
	var rows []row
	for _, e := range entries {
		if r, ok := found[row(e).key()]; ok {
			rows = append(rows, r)
		}
	}
	return rows, nil
}
