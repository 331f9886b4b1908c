// Package customerkey holds the rules about a KMS key that a tenant holds: the
// preflight before any database is made under it, what is evidence that the
// customer has taken it away, when that locks, when it is confirmed, and when
// and how the way back starts.
//
// Every signal, of whatever source, ends in Observe; every look at the real
// key ends in Step. Both are given a record and return a changed copy and the
// events to send; they never store anything.
//
// The rules in one breath: a trusted signal of revocation locks at once and is
// confirmed afterwards; an untrusted one only makes us look; a key service
// that does not answer says nothing about the customer's will and is served
// through for a bounded time; and only a usable verdict from after KMS's
// eventual consistency undoes a lock.
package customerkey

import (
	"context"
	"errors"
	"fmt"
	"time"

	"latchkey/shared/customerkey/keypolicy"
)

// Standing is the class of a verdict.
type Standing string

// The standings of a key.
const (
	Usable      Standing = "usable"
	Revoked     Standing = "revoked"
	Unreachable Standing = "unreachable"
)

// Verdict is what one look at a key says.
type Verdict struct {
	Standing     Standing
	Cause        Cause // of a revocation
	Detail       string
	DeletionDate time.Time // of a pending deletion
}

// String returns the standing and, for a revocation, its cause.
func (v Verdict) String() string {
	if v.Cause == "" {
		return string(v.Standing)
	}
	return string(v.Standing) + ":" + string(v.Cause)
}

// stateVerdicts maps every key state to what it says. [KMS guide, Key states of AWS KMS keys]
var stateVerdicts = map[string]Verdict{
	StateEnabled:                {Standing: Usable},
	StateUpdating:               {Standing: Usable}, // the primary Region is changing; cryptographic operations go on
	StateCreating:               {Standing: Unreachable},
	StateDisabled:               {Standing: Revoked, Cause: CauseDisabled},
	StatePendingDeletion:        {Standing: Revoked, Cause: CausePendingDeletion},
	StatePendingReplicaDeletion: {Standing: Revoked, Cause: CausePendingDeletion},
	StatePendingImport:          {Standing: Revoked, Cause: CauseMaterialDeleted},
	StateUnavailable:            {Standing: Revoked, Cause: CauseStoreDisconnected},
}

// codeVerdicts maps the errors that speak of the customer's will; every other
// error, known or not, says nothing about it.
var codeVerdicts = map[string]Verdict{
	CodeDisabled:     {Standing: Revoked, Cause: CauseDisabled},
	CodeAccessDenied: {Standing: Revoked, Cause: CauseAccessDenied},
	CodeNotFound:     {Standing: Revoked, Cause: CauseKeyGone},
}

// VerdictOfState returns what a key state says. An unknown state says nothing.
func VerdictOfState(state string) Verdict {
	if v, ok := stateVerdicts[state]; ok {
		v.Detail = "DescribeKey: " + state
		return v
	}
	return Verdict{Standing: Unreachable, Detail: "DescribeKey: unknown key state " + state}
}

// VerdictOfError returns what a failed call says. KMSInvalidStateException is
// about a state that DescribeKey did not show (yet), so on its own it says
// nothing; the next probe's DescribeKey will.
func VerdictOfError(err error) Verdict {
	var service *ServiceError
	if !errors.As(err, &service) {
		return Verdict{Standing: Unreachable, Detail: err.Error()}
	}
	v, ok := codeVerdicts[service.Code]
	if !ok {
		v = Verdict{Standing: Unreachable}
	}
	v.Detail = service.Operation + ": " + service.Code
	return v
}

// ContextTenant is the encryption-context key that binds our own use of a key to a tenant.
const ContextTenant = keypolicy.TenantContext

// EncryptionContext returns the context of our own calls for a tenant.
func EncryptionContext(tenantID string) map[string]string {
	return map[string]string{ContextTenant: tenantID}
}

// Probe looks at the real key: DescribeKey, then a dry run of decrypting the
// record's canary under the tenant's encryption context. It changes nothing.
func Probe(ctx context.Context, keys Keys, rec Record) Verdict {
	d, err := keys.Describe(ctx, rec.ARN)
	if err != nil {
		return VerdictOfError(err)
	}
	v := VerdictOfState(d.State)
	if v.Standing != Usable {
		v.DeletionDate = d.DeletionDate
		return v
	}
	if d.Origin == "EXTERNAL" && !d.ValidTo.IsZero() {
		v.Detail = fmt.Sprintf("%s, imported key material valid to %s", v.Detail, d.ValidTo.Format(time.RFC3339))
	}
	if len(rec.Canary) == 0 {
		err = keys.TryGenerateDataKey(ctx, rec.ARN, EncryptionContext(rec.TenantID))
	} else {
		err = keys.TryDecrypt(ctx, rec.ARN, rec.Canary, EncryptionContext(rec.TenantID))
	}
	if err != nil {
		return VerdictOfError(err)
	}
	if rec.GrantID != "" {
		return grantVerdict(ctx, keys, rec, v)
	}
	return v
}

// grantVerdict looks for the grant whose loss locked the key, or which RDS's
// news makes suspect: that the key itself is usable for us says nothing about
// RDS. Not being allowed to look proves nothing, and undoes nothing.
func grantVerdict(ctx context.Context, keys Keys, rec Record, otherwise Verdict) Verdict {
	gone := Verdict{Standing: Revoked, Cause: CauseGrantGone, Detail: "ListGrants: grant " + rec.GrantID + " is not there"}
	present, err := GrantPresent(ctx, keys, rec.ARN, rec.GrantID)
	switch {
	case err == nil && present:
		return otherwise
	case err == nil:
		return gone
	case VerdictOfError(err).Standing != Revoked:
		return VerdictOfError(err)
	case rec.Cause == CauseGrantGone:
		return gone
	}
	return otherwise
}

// GrantPresent reports whether a grant of the key still exists, looking at no
// more than maxGrantPages pages of ListGrants.
func GrantPresent(ctx context.Context, keys Keys, arn, grantID string) (bool, error) {
	marker := ""
	for range maxGrantPages {
		grants, next, err := keys.Grants(ctx, arn, marker)
		if err != nil {
			return false, fmt.Errorf("listing grants of %s: %w", arn, err)
		}
		for _, g := range grants {
			if g.ID == grantID {
				return true, nil
			}
		}
		if next == "" {
			return false, nil
		}
		marker = next
	}
	return false, fmt.Errorf("listing grants of %s: more than %d pages", arn, maxGrantPages)
}

const maxGrantPages = 1000 // 100 grants a page; KMS allows 50,000 grants a key [KMS guide, Resource quotas]
