// Package keyusage is the ledger's core: who used which tenant's key, for what.
//
// It is made of layers, each in a place of its own:
//
//   - keyusage/scan reads CloudTrail log files as a stream and hands out the
//     records of KMS;
//   - attribution (attribution.go, principal.go, purpose.go) says whose key and
//     data a record is about, what for, and by whom, with the encryption context
//     and a Directory of tenants, databases and keys;
//   - a Ledger counts: exactly, in groups of interned ids that take 24 bytes
//     each. Ledgers can be merged in any order, so files can be read in parallel;
//   - rules.go holds the findings: what an auditor would want to be told;
//   - keyusage/digest proves that the log files are all there and unchanged.
//
// Nothing here is stored. If the ledgers share an EventSet, a record that is
// delivered twice counts once, and so does a call that is in the logs of two
// accounts (shared.go); what a crash may leave behind is for the one who stores
// rollups.
package keyusage
