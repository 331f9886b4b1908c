// Package embedded holds Latchkey's table in one process: Memory for tests,
// simulations and the demo, File for a local stack that survives a kill at any
// moment (a bbolt file). Both pass catalogtest, as the DynamoDB adapter must.
//
// Both run the same rules over a small storage layer:
//
//	validate.go   what DynamoDB would refuse is refused here too
//	apply.go      the order of a commit: seen id, conditions, then writes
//	memory*.go    the layer in memory: hash map, B+ trees for the indexes
//	file*.go      the layer on bbolt, with concurrent commits grouped in one fsync
//
// A commit touches the old and the new index entries of its own items and
// nothing else, so its cost does not depend on how many records there are.
// Items and seen ids that have expired are dropped a few at a time by commits.
package embedded
