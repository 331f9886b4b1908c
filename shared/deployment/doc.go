// Package deployment says what a deployment of Latchkey consists of: which
// functions there are, what starts each, what it may use and what it reads from
// its environment. The infrastructure makes resources of it, the functions
// check what they were given against it, and the local stack runs them by it,
// so that none of the three can drift from the others.
//
// Constants, tables, and the bounds and forms of what an installation chooses: it
// imports nothing but the contract of events and the schema of the table.
package deployment
