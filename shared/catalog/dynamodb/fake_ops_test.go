package dynamodb_test

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
	"strings"

	"latchkey/shared/catalog/dynamodb/schema"
)

func object(v any) map[string]any { m, _ := v.(map[string]any); return m }

func (f *fake) getItem(body map[string]any) (map[string]any, *failure) {
	at := address(object(body["Key"]))
	if item, ok := f.seen(body, at)[at]; ok {
		return map[string]any{"Item": item}, nil
	}
	return map[string]any{}, nil
}

func (f *fake) putItem(body map[string]any) (map[string]any, *failure) {
	item := object(body["Item"])
	old := f.rows[address(item)]
	if !holds(body, "ConditionExpression", old) {
		extra := map[string]any{}
		if old != nil {
			extra["Item"] = old
		}
		return nil, &failure{"ConditionalCheckFailedException", extra}
	}
	f.change(func() { f.rows[address(item)] = item })
	return map[string]any{}, nil
}

func (f *fake) transact(body map[string]any) (map[string]any, *failure) {
	token, _ := body["ClientRequestToken"].(string)
	if f.tokens[token] {
		return map[string]any{}, nil
	}
	var reasons []any
	cancelled := false
	items := body["TransactItems"].([]any)
	for _, item := range items {
		for _, a := range object(item) {
			r := f.reason(object(a))
			reasons = append(reasons, r)
			cancelled = cancelled || r["Code"] != "None"
		}
	}
	if f.chance(10) {
		reasons[f.faults.Intn(len(reasons))], cancelled = map[string]any{"Code": "TransactionConflict"}, true
	}
	if cancelled {
		return nil, &failure{"TransactionCanceledException", map[string]any{"CancellationReasons": reasons}}
	}
	f.change(func() {
		for _, item := range items {
			for kind, a := range object(item) {
				f.apply(kind, object(a))
			}
		}
	})
	f.tokens[token] = true
	return map[string]any{}, nil
}

// target is the address of what an action is about.
func target(action map[string]any) string {
	if item := object(action["Item"]); item != nil {
		return address(item)
	}
	return address(object(action["Key"]))
}

func (f *fake) reason(action map[string]any) map[string]any {
	old := f.rows[target(action)]
	if holds(action, "ConditionExpression", old) {
		return map[string]any{"Code": "None"}
	}
	r := map[string]any{"Code": "ConditionalCheckFailed"}
	if action["ReturnValuesOnConditionCheckFailure"] == "ALL_OLD" && old != nil {
		r["Item"] = old
	}
	return r
}

func (f *fake) apply(kind string, action map[string]any) {
	at := target(action)
	switch kind {
	case "Put":
		f.rows[at] = object(action["Item"])
	case "Delete":
		delete(f.rows, at)
	case "Update":
		row := maps.Clone(f.rows[at])
		if row == nil {
			row = maps.Clone(object(action["Key"]))
		}
		update(action, row)
		f.rows[at] = row
	}
}

func (f *fake) batchGet(body map[string]any) (map[string]any, *failure) {
	ask := object(object(body["RequestItems"])["catalog"])
	keys := ask["Keys"].([]any)
	done := f.part(len(keys))
	found := []any{}
	for _, k := range keys[:done] {
		at := address(object(k))
		if item, ok := f.seen(ask, at)[at]; ok {
			found = append(found, item)
		}
	}
	out := map[string]any{"Responses": map[string]any{"catalog": found}}
	if done < len(keys) {
		ask["Keys"] = keys[done:]
		out["UnprocessedKeys"] = map[string]any{"catalog": ask}
	}
	return out, nil
}

func (f *fake) batchWrite(body map[string]any) (map[string]any, *failure) {
	requests := object(body["RequestItems"])["catalog"].([]any)
	distinct := map[string]bool{}
	for _, r := range requests {
		key := object(object(object(r)["DeleteRequest"])["Key"])
		if pk, sk := len(value(key["pk"])), len(value(key["sk"])); pk > 2048 || sk == 0 || sk > 1024 { // [DynamoDB guide, Quotas]
			return nil, &failure{code: "ValidationException"}
		}
		distinct[address(key)] = true
	}
	if len(distinct) != len(requests) || len(requests) > 25 {
		return nil, &failure{code: "ValidationException"}
	}
	done := f.part(len(requests))
	f.change(func() {
		for _, r := range requests[:done] {
			delete(f.rows, address(object(object(object(r)["DeleteRequest"])["Key"])))
		}
	})
	out := map[string]any{}
	if done < len(requests) {
		out["UnprocessedItems"] = map[string]any{"catalog": requests[done:]}
	}
	return out, nil
}

// part is how much of a batch of n is done.
func (f *fake) part(n int) int {
	if f.chance(10) {
		return f.faults.Intn(n + 1)
	}
	return n
}

func (f *fake) query(body map[string]any) (map[string]any, *failure) {
	partition, sort := schema.PK, schema.SK
	include := []string(nil)
	if index, ok := body["IndexName"].(string); ok {
		for _, x := range schema.Table().Indexes {
			if x.Name == index {
				partition, sort = x.Partition.Name, x.Sort.Name
				include = append([]string{schema.PK, schema.SK, partition, sort}, x.Include...)
			}
		}
	}
	var found []stored
	for _, r := range f.seen(body, partition+asked(body)) {
		if r[partition] != nil && r[sort] != nil && holds(body, "KeyConditionExpression", r) {
			found = append(found, r)
		}
	}
	slices.SortFunc(found, func(a, b stored) int {
		return cmp.Or(compare(a[sort], b[sort]), cmp.Compare(address(a), address(b)))
	})
	if body["ScanIndexForward"] == false {
		slices.Reverse(found)
	}
	return page(body, found, include), nil
}

// page cuts one page out of all that a query finds.
func page(body map[string]any, found []stored, include []string) map[string]any {
	if start := object(body["ExclusiveStartKey"]); start != nil {
		at := slices.IndexFunc(found, func(r stored) bool { return address(r) == address(start) })
		found = found[at+1:]
	}
	out := map[string]any{}
	if limit, ok := body["Limit"].(float64); ok && len(found) >= int(limit) {
		found = found[:int(limit)]
		last := found[len(found)-1]
		out["LastEvaluatedKey"] = map[string]any{"pk": last["pk"], "sk": last["sk"]}
	}
	items := []any{}
	for _, r := range found {
		if include != nil {
			r = maps.Clone(r)
			maps.DeleteFunc(r, func(name string, _ any) bool { return !slices.Contains(include, name) })
		}
		if holds(body, "FilterExpression", r) {
			items = append(items, r)
		}
	}
	out["Items"] = items
	return out
}

// seen is what a read sees: without ConsistentRead, which an index cannot give,
// the first look at something after a write sees what was there before.
func (f *fake) seen(request map[string]any, look string) map[string]stored {
	if request["ConsistentRead"] == true || f.before == nil || f.current[look] {
		return f.rows
	}
	f.current[look] = true
	return f.before
}

// asked is the partition that a query is about.
func asked(body map[string]any) string {
	values := object(body["ExpressionAttributeValues"])
	for _, name := range []string{":value", ":part", ":pk"} {
		if v, ok := values[name]; ok {
			return "\x00" + value(v)
		}
	}
	return ""
}

// compare orders two attributes of one type.
func compare(a, b any) int {
	if n, ok := object(a)["N"].(string); ok {
		x, _ := strconv.ParseInt(n, 10, 64)
		y, _ := strconv.ParseInt(value(b), 10, 64)
		return cmp.Compare(x, y)
	}
	return strings.Compare(value(a), value(b))
}
