// Package snapshot holds the rules of manual RDS snapshots: when each database
// is due for one, how one is made, how long it is kept, and why it may not be
// deleted yet. RDS's automated backups with point-in-time recovery are the base
// and need no rules here; manual snapshots are taken on purpose. [RDS guide,
// Working with backups; quota of 100 manual snapshots per Region]
//
// Every snapshot is a record. Step looks at the real snapshot and makes at most
// one call that changes AWS, under a name that depends on database, purpose and
// time alone, so that it can be repeated after a crash at any moment.
package snapshot
