// Package simulation runs a whole cell through random histories and checks,
// after every step of each, what Latchkey promises.
//
// A history follows from its seed alone: tenants and what commerce says of
// them, in any order and more than once; what customers do with their keys;
// outages of KMS; events that get lost, late or doubled; and faults and crashes
// at every call. What must come out of it is worked out independently of the
// code under test, from what was really done (package-private type truth). When
// the faults stop, everything has to come to rest where it should.
//
// Run reports the first promise that was broken, with the virtual time. The
// same seed breaks it again.
package simulation
