package dynamodb

import (
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"latchkey/shared/catalog"
	"latchkey/shared/catalog/dynamodb/schema"
)

// action is one item of a transaction, and what its condition was about.
type action struct {
	write     types.TransactWriteItem
	key       catalog.Key
	ifVersion int64
	seen      bool  // it is the event's id
	stamp     int64 // of a put; 0: the condition is about no stamp
}

// Conditions. An item that has expired counts as absent.
const (
	ifAbsent  = "attribute_not_exists(#pk) OR #expires <= :now"
	ifCurrent = "#version = :version AND (attribute_not_exists(#expires) OR #expires > :now)"
	ifNewer   = " AND #stamp < :stamp"
)

// condition requires that a record is at a version now.
func condition(ifVersion, now int64) (string, expression) {
	e := expression{values: row{":now": number(now)}}
	if ifVersion == 0 {
		e.names = map[string]string{"#pk": schema.PK, "#expires": schema.Expires}
		return ifAbsent, e
	}
	e.names = map[string]string{"#version": schema.Version, "#expires": schema.Expires}
	return ifCurrent, e.with(":version", number(ifVersion))
}

// actions returns the items of a transaction, the event's id first.
func (s *Store) actions(tx *catalog.Tx, now int64) []action {
	stamp := s.stamps.next(now, max(1, len(tx.Outbox)))
	var all []action
	if tx.Seen != nil {
		all = append(all, s.seenAction(tx.Seen, now))
	}
	for i := range tx.Puts {
		all = append(all, s.putAction(&tx.Puts[i], now, stamp))
	}
	for _, c := range tx.Deletes {
		cond, e := condition(c.IfVersion, now)
		all = append(all, action{key: c.Key, ifVersion: c.IfVersion, write: types.TransactWriteItem{Delete: &types.Delete{
			TableName: &s.table, Key: primary(c.Key), ConditionExpression: &cond,
			ExpressionAttributeNames: e.names, ExpressionAttributeValues: e.values,
		}}})
	}
	for _, c := range tx.Checks {
		cond, e := condition(c.IfVersion, now)
		all = append(all, action{key: c.Key, ifVersion: c.IfVersion, write: types.TransactWriteItem{ConditionCheck: &types.ConditionCheck{
			TableName: &s.table, Key: primary(c.Key), ConditionExpression: &cond,
			ExpressionAttributeNames: e.names, ExpressionAttributeValues: e.values,
		}}})
	}
	for i := range tx.Outbox {
		all = append(all, s.messageAction(&tx.Outbox[i], stamp+int64(i)))
	}
	return all
}

func (s *Store) seenAction(seen *catalog.Seen, now int64) action {
	r := seenKey(seen.ID)
	r.expire(seen.Expires)
	cond, e := condition(0, now)
	return action{key: r.key(), seen: true, write: types.TransactWriteItem{Put: &types.Put{
		TableName: &s.table, Item: r, ConditionExpression: &cond,
		ExpressionAttributeNames: e.names, ExpressionAttributeValues: e.values,
	}}}
}

func seenKey(id string) row {
	return row{schema.PK: text(schema.SeenPrefix + id), schema.SK: text(schema.Only)}
}

// putAction asks for the old item when the condition fails, to tell a stamp that
// is too low from a version that is wrong.
func (s *Store) putAction(p *catalog.Put, now, stamp int64) action {
	cond, e := condition(p.IfVersion, now)
	a := action{key: p.Item.Key, ifVersion: p.IfVersion}
	if p.IfVersion > 0 {
		a.stamp = stamp
		cond += ifNewer
		e.names["#stamp"] = schema.Stamp
		e = e.with(":stamp", number(stamp))
	}
	a.write.Put = &types.Put{
		TableName: &s.table, Item: encode(&p.Item, p.IfVersion+1, stamp), ConditionExpression: &cond,
		ExpressionAttributeNames: e.names, ExpressionAttributeValues: e.values,
		ReturnValuesOnConditionCheckFailure: types.ReturnValuesOnConditionCheckFailureAllOld,
	}
	return a
}

// messageAction adds a message, unless one of its group has the id: that one
// keeps its place.
func (s *Store) messageAction(m *catalog.Message, stamp int64) action {
	key := messageKey(m.Group, m.ID)
	return action{key: key.key(), write: types.TransactWriteItem{Update: &types.Update{
		TableName: &s.table, Key: key,
		UpdateExpression: aws.String("SET #body = if_not_exists(#body, :body), #part = if_not_exists(#part, :part), #at = if_not_exists(#at, :at)"),
		ExpressionAttributeNames: map[string]string{
			"#body": schema.Body, "#part": schema.DuePart, "#at": schema.DueAt,
		},
		ExpressionAttributeValues: row{
			":body": &types.AttributeValueMemberB{Value: m.Body},
			":part": text(outboxPart(catalog.ShardOf(m.Group))), ":at": number(stamp),
		},
	}}}
}

func messageKey(group, id string) row {
	return row{schema.PK: text(schema.OutboxPrefix + group), schema.SK: text(id)}
}
