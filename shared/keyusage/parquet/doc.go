// Package parquet keeps uses of keys as Parquet files that others can query
// (Athena, DuckDB, Spark): a file for each log file, tenant and day, in
// partitions as Hive names them:
//
//	tenant=acme/date=2025-03-01/<name of the log file>.parquet
//
// The same uses make the same bytes, in whatever order they were added, so
// writing a log file's uses again changes nothing. Uses of no tenant are under
// tenant=_unknown. Rows are sorted by time; every column has statistics and a
// page index, so a query by time or key reads little.
//
// A row is a use in one account's log, not a call: a ReEncrypt has two rows with
// one event_id. CloudTrail may deliver a record twice, in two files. And a call
// with another account's key is in the logs of both, with two event_ids and one
// shared_event_id. So count distinct (shared_event_id or else event_id,
// operation), not rows; of two accounts' rows the caller's says more.
package parquet
