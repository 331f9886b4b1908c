// Package directory holds the rules of the entry: which Region a tenant or a
// host name belongs to, and where an incoming event has to go.
//
// A tenant gets its place once, with its Tenant Created: where that event pins it
// to, else where the cells' own rules put it, among the Regions that have a cell.
// It is recorded before anything is sent on, and never changes: the first
// recorded wins. Tenant Created goes on with that Region in its detail, so that
// entry and cell cannot come to different ends; every other event goes on as it
// came, to the Region that is recorded.
//
// An event that comes before its tenant's Tenant Created is kept in the directory,
// and goes on with it, whenever it comes. It is not acknowledged (coded.Pending), so
// that somebody hears of a Tenant Created that stays away: the queue delivers it
// again until its tenant is known or the dead-letter queue has it.
//
// Tenant Destroyed leaves the entry as it is, since data may be there for long
// after; only the tenant's host names become free.
//
// Events go on through PutEvents, which keeps source, time and detail but gives
// each copy an id of its own. A second copy does no harm: the sequence in the
// detail tells the cell that it is stale.
package directory
