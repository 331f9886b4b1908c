// Package reconcile drives every record towards what is wanted of it. It is
// what the functions are made of: Handle takes one event in, Sweep and
// ProbeKeys step the records that are due, Publish empties the outbox, and
// Context answers who may be served.
//
// An event never carries a decision. It is applied once, by its id, to one
// record, in one transaction with what it makes due and what is to be told of
// it; then the record is stepped: Step reads the real world where it must, does
// at most one thing that changes it, under a deterministic name, and the
// outcome is committed under the record's version. Whoever loses that race, or
// dies in between, leaves the record as it was and due, and the next step finds
// the same thing to do, done already or not.
package reconcile
