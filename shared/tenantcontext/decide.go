package tenantcontext

import "time"

// Input is all that a decision depends on. Phases are those of the records of
// tenant, key and database, as their packages spell them.
type Input struct {
	TenantPhase    string // empty: there is no such tenant
	HasProduct     bool   // commerce has spoken of the product
	Active         bool
	Suspended      bool
	LicenseExpires time.Time // zero: does not expire
	UsesKey        bool      // the tenant brought its own key
	KeyPhase       string    // with UsesKey; empty: not known
	DatabasePhase  string    // empty: there is no database yet
	Now            time.Time
}

// Decision is the answer, with its reason.
type Decision struct {
	Allow  bool   `json:"allow"`
	Reason Reason `json:"reason"`
}

// Decide answers whether the tenant may be served. The order of the checks
// decides which of several reasons is given: the tenant's end, then its key,
// because the customer's will comes before everything that we know of it, then
// the tenant, product, licence and database. A phase that is not known refuses.
func Decide(in Input) Decision {
	switch in.TenantPhase {
	case "":
		return Unknown()
	case "destroying", "destroyed":
		return refuse(TenantDestroyed)
	}
	if in.UsesKey {
		if r := keyReason(in.KeyPhase); r != OK {
			return refuse(r)
		}
	}
	if r := tenantReason(in.TenantPhase); r != OK {
		return refuse(r)
	}
	switch {
	case !in.HasProduct:
		return refuse(UnknownProduct)
	case !in.Active:
		return refuse(ProductInactive)
	case in.Suspended:
		return refuse(ProductSuspended)
	case !in.LicenseExpires.IsZero() && !in.Now.Before(in.LicenseExpires):
		return refuse(LicenseExpired)
	}
	if r := databaseReason(in.DatabasePhase); r != OK {
		return refuse(r)
	}
	return Decision{Allow: true, Reason: OK}
}

// Unknown is the decision about a tenant or host that nobody has heard of.
func Unknown() Decision { return refuse(UnknownTenant) }

func refuse(r Reason) Decision { return Decision{Reason: r} }

func tenantReason(phase string) Reason {
	switch phase {
	case "active":
		return OK
	case "parked":
		return TenantParked
	}
	return TenantProvisioning
}

// keyReason returns OK for the two phases that may serve: usable, and
// unreachable, which is served through for a while.
func keyReason(phase string) Reason {
	switch phase {
	case "usable", "unreachable":
		return OK
	case "pending":
		return KeyPending
	case "precaution":
		return KeyUnreachable
	case "locked", "revoked":
		return KeyRevoked
	case "awaiting-approval":
		return KeyAwaitingApproval
	case "lost":
		return KeyLost
	case "retired":
		return KeyRetired
	}
	return KeyUnknown
}

// databaseReason returns OK for available and for busy: an instance serves
// while RDS backs it up or modifies it.
func databaseReason(phase string) Reason {
	switch phase {
	case "available", "busy":
		return OK
	case "", "requested", "creating", "preparing":
		return DatabaseProvisioning
	case "locked":
		return DatabaseLocked
	case "terminal-recoverable":
		return DatabaseTerminalRecoverable
	case "terminal":
		return DatabaseTerminal
	case "restoring":
		return DatabaseRestoring
	case "unrecoverable":
		return DatabaseUnrecoverable
	case "parked":
		return DatabaseParked
	case "deleting", "deleted":
		return DatabaseDeleted
	}
	return DatabaseUnknown
}
