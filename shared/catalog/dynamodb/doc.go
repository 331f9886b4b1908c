// Package dynamodb keeps the catalog in one DynamoDB table, which package schema
// describes.
//
// # What is guaranteed
//
// Get, Commit and a query of IndexPart are consistent. Commit is one
// TransactWriteItems, or one PutItem where a single record is put.
//
// The other queries find items through indexes that hold keys only and lag
// behind; the items themselves are then read consistently, and one that no
// longer has the value asked for is left out. So a page may miss an item that
// was put just now, and never shows an old version of one. Due answers out of
// its index alone. [DynamoDB guide, Global secondary indexes]
//
// # The order of messages
//
// DynamoDB numbers nothing, so each commit takes a stamp before it writes: the
// clock's microsecond, or one more than the last stamp of this process. A record
// keeps the stamp of its last put, and a put with a stamp that is not above it
// is refused and done again with a higher one. Hence:
//
//   - Messages of one transaction come in their order.
//   - Messages of two transactions that put the same record come in the order of
//     their commits, however wrong the writers' clocks are.
//   - So do those of two transactions of one process, the second of which began
//     after the first had ended.
//   - Others come in the order of the writers' clocks, and one that was slow to
//     commit may turn up behind a later one.
//
// PendingIn reads one group consistently. Pending finds the groups through the
// due index, then reads each as PendingIn does: what it returns of a group is in
// order and has no gaps, and only a group that has just got its first message
// may be missing. In production the table's stream wakes the publisher, one
// shard of the stream for each partition key and thus for each group; Pending is
// for what was left behind, and for tests.
package dynamodb
