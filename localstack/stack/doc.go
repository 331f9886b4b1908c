// Package stack is a cell that lives in a folder and in real time: what
// `localstack up` runs.
//
// The folder holds two bbolt files. catalog.db is the plane's table; journal.db
// holds the twins of AWS, the queues, the clock, the customers' keys and the log
// of outgoing events. Whatever a call has answered is in one of them, so that a
// kill at any moment loses nothing; what is done again after it is told by its
// id and done once. Without Options.Sync the disk is not waited for: a loss of
// power may then cost the folder.
package stack
