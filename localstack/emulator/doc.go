// Package emulator runs the deployed stack on one machine: the synthesized
// templates on an emulator of AWS that somebody else wrote, and the real
// binaries of the functions, fed from the emulator's queues, streams and
// schedules.
//
//	events → the emulator's buses, rules and queues → feeds → runtime: the binaries
//	                                                              ↓ AWS_ENDPOINT_URL
//	                       the emulator's DynamoDB, RDS, KMS, … ← proxy (faults, counts, Invoke)
//
// It shows that the pieces fit: what the template says is what the binaries
// need, and what they send is what the services take. How AWS behaves under a
// lost key or a race is shown by the embedded cell, not here.
package emulator
