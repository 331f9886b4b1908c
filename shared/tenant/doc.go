// Package tenant holds the record of a tenant and the rules that move it
// through its life: what commerce has said of it, where it is placed, the seven
// steps of its provisioning, and its two-phase end. It reads nothing and calls
// nobody; the caller shows it the world and does what it answers.
//
//	rec, outcome, err := rules.Apply(rec, event, now)  // an event of commerce
//	next, actions, wait, err := rules.Step(rec, world, now)
//
// Commerce events can come twice, late and in any order. So what they say is
// kept in registers, each with the sequence number of the event that wrote it,
// and a register only ever takes a larger sequence: whatever the order of
// arrival, the registers end up the same. Everything else in the record follows
// from the registers, the world and the time, in Step.
//
// A record is a value. Apply and Step return a changed copy and never write to
// a map or slice of the record that they were given.
package tenant
