// Package report makes of a ledger what people read: who used which key, for
// what, how often, with what outcome and when; what was found; and how much of
// the log is proved complete.
//
// Build reads a ledger into a Report, a plain value. WriteJSON, WriteHTML and
// WriteCSV write it: JSON is the Report as it is, HTML is one page that needs
// nothing from elsewhere and that an auditor can keep, and CSV has a row for
// each rollup, read from the ledger itself.
//
// Lists are cut at Options.Rows and say how much they left out; sums are always
// of everything. Times are UTC. Uses are counted by the hour, so first and last
// uses are hours; findings have the second.
package report
