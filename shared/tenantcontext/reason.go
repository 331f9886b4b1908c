package tenantcontext

// Reason is the code of a decision, stable for callers to act on.
type Reason string

// The reasons. OK is the only one that allows.
const (
	OK Reason = "ok"

	UnknownTenant      Reason = "unknown-tenant"
	TenantProvisioning Reason = "tenant-provisioning"
	TenantParked       Reason = "tenant-parked"
	TenantDestroyed    Reason = "tenant-destroyed"

	UnknownProduct   Reason = "unknown-product"
	ProductInactive  Reason = "product-inactive"
	ProductSuspended Reason = "product-suspended"
	LicenseExpired   Reason = "license-expired"

	KeyPending          Reason = "key-pending"
	KeyRevoked          Reason = "key-revoked"
	KeyUnreachable      Reason = "key-unreachable"
	KeyAwaitingApproval Reason = "key-awaiting-approval"
	KeyLost             Reason = "key-lost"
	KeyRetired          Reason = "key-retired"
	KeyUnknown          Reason = "key-unknown"

	DatabaseProvisioning        Reason = "database-provisioning"
	DatabaseLocked              Reason = "database-locked"
	DatabaseTerminalRecoverable Reason = "database-terminal-recoverable"
	DatabaseTerminal            Reason = "database-terminal"
	DatabaseUnrecoverable       Reason = "database-unrecoverable"
	DatabaseRestoring           Reason = "database-restoring"
	DatabaseParked              Reason = "database-parked"
	DatabaseDeleted             Reason = "database-deleted"
	DatabaseUnknown             Reason = "database-unknown"
)

// meaning is what a reason says to people and to HTTP clients.
type meaning struct {
	reason   Reason
	status   int
	sentence string
}

// meanings is the table of all reasons. The statuses tell a client what to do:
// 503 is worth a retry, 423 waits for the key's owner, 402 and 403 for
// commerce, 404 and 410 are final. [RFC 9110, Status Codes; RFC 4918, 423 Locked]
var meanings = []meaning{
	{OK, 200, "The tenant may be served."},
	{UnknownTenant, 404, "No tenant has this id or host name."},
	{TenantProvisioning, 503, "The tenant is still being set up."},
	{TenantParked, 503, "Setting the tenant up has stopped and waits for an operator."},
	{TenantDestroyed, 410, "The tenant has left; access has ended."},
	{UnknownProduct, 404, "The tenant does not have this product."},
	{ProductInactive, 403, "The tenant has given this product up."},
	{ProductSuspended, 403, "The product is suspended for this tenant."},
	{LicenseExpired, 402, "The licence for this product has expired."},
	{KeyPending, 503, "The tenant's key has not passed its preflight."},
	{KeyRevoked, 423, "The tenant's key has been revoked; make it usable again to come back."},
	{KeyUnreachable, 503, "The tenant's key service has not answered for too long; locked as a precaution."},
	{KeyAwaitingApproval, 423, "The tenant's key is usable again; the return waits for approval."},
	{KeyLost, 423, "The tenant's key has been deleted for good."},
	{KeyRetired, 423, "The tenant's key is no longer in use."},
	{KeyUnknown, 503, "The state of the tenant's key is not known."},
	{DatabaseProvisioning, 503, "The product's database is still being made."},
	{DatabaseLocked, 423, "The product's database is locked."},
	{DatabaseTerminalRecoverable, 423, "The product's database is marked terminal; it comes back with its key, until the deadline."},
	{DatabaseTerminal, 423, "The product's database is lost with its key; only a restore brings it back."},
	{DatabaseUnrecoverable, 410, "The product's database cannot be brought back: its key has been deleted."},
	{DatabaseRestoring, 503, "The product's database is being restored from a backup."},
	{DatabaseParked, 503, "The product's database waits for an operator."},
	{DatabaseDeleted, 410, "The product's database has been deleted."},
	{DatabaseUnknown, 503, "The state of the product's database is not known."},
}

// Reasons returns every reason, in the order of the documentation.
func Reasons() []Reason {
	all := make([]Reason, len(meanings))
	for i, m := range meanings {
		all[i] = m.reason
	}
	return all
}

// Sentence returns what a reason says to a person; a tenant may see it.
func (r Reason) Sentence() string { return r.meaning().sentence }

// Status returns the HTTP status that the API answers with.
func (r Reason) Status() int { return r.meaning().status }

// meaning returns the row of the table; an unknown reason is refused as 503.
func (r Reason) meaning() meaning {
	for _, m := range meanings {
		if m.reason == r {
			return m
		}
	}
	return meaning{r, 503, "Not served, for a reason that is not in the table."}
}
