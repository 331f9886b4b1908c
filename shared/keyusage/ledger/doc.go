// Package ledger keeps the ledger of key use: it reads CloudTrail's files as
// they are delivered, stores every use as Parquet, tells findings, records
// which hours are proved complete, and answers what a tenant's keys were used
// for.
//
// # What is kept, and why it is exact
//
// The uses in the Parquet files are the only truth. A log file's uses are in
// files whose names and bytes follow from it, so reading it again changes
// nothing; counts are made of the rows when they are asked for, each event once,
// in however many files it came. So no total has to be kept in step with
// anything, and no crash can leave one wrong. What was counted of a day is kept
// beside it, under a hash of the list of files that it was counted of: a day to
// which a file came later is counted anew.
//
// Two things could still go wrong, and are why each log file has an item in the
// catalog (file.go). A retry may see another directory than the attempt before
// (a tenant was registered meanwhile), and put uses under another tenant; so
// every output is noted before it is written, and what the last attempt does
// not want is replaced by a file without rows. And two attempts may run at once;
// so each notes itself in the item, an attempt that finds another at work leaves
// the file to it for a turn, and a file whose attempts met nevertheless is read
// again.
//
// A record may also come in two files between which its tenant was registered,
// and be under no tenant by the first. So each log file's item says what was not
// known while it was read, and when something is known for the first time, the
// files of the last days that missed it are read again (missed.go).
//
// Nothing is ever deleted from the bucket: a role that can only add and replace,
// in a bucket with versions, is enough.
//
// # What it costs
//
// A log file is one read and two writes of the catalog (a read and a write more
// for each finding in it), one GET, and one PUT for each tenant and day in it. The
// directory's answers are kept for a minute (keys) to ten (tenants, databases);
// of each key, tenant and database there is one item that says that it was met,
// which each process reads once. A digest is a LIST for each hour with log files.
// A log file that is read late is a read more, and for each hour of such files,
// once, two writes and a look at the digests around it (late.go).
// A month of a tenant is one LIST and one GET a day, for days that were asked
// for before, else one GET for each file with a use of the tenant.
package ledger
