package simulation

import (
	"fmt"
	"time"

	"latchkey/events"
	"latchkey/shared/customerkey"
	"latchkey/shared/fake/fakekms"
)

// did takes note of what a customer did to its key, unless KMS refused.
func (r *run) did(k *keyTruth, what string, err error, change func()) {
	if err != nil {
		return
	}
	r.Log("%s CUSTOMER %s %s", r.clock.Now().Format("01-02 15:04:05"), what, k.arn)
	change()
	k.changed(r.clock.Now())
}

func (r *run) turnKey() {
	k := r.anyKey()
	if k == nil || k.gone {
		return
	}
	if k.disabled {
		r.did(k, "EnableKey", r.cell.KMS.EnableKey(r.ctx, k.admin(), k.arn), func() { k.disabled = false })
		return
	}
	r.did(k, "DisableKey", r.cell.KMS.DisableKey(r.ctx, k.admin(), k.arn), func() { k.disabled = true })
}

func (r *run) scheduleDeletion() {
	k := r.anyKey()
	if k == nil || k.gone {
		return
	}
	if !k.deletion.IsZero() {
		r.did(k, "CancelKeyDeletion", r.cell.KMS.CancelKeyDeletion(r.ctx, k.admin(), k.arn), func() {
			k.deletion, k.disabled = time.Time{}, true // [KMS guide: the key is Disabled after that]
		})
		return
	}
	at, err := r.cell.KMS.ScheduleKeyDeletion(r.ctx, k.admin(), k.arn, 7)
	r.did(k, "ScheduleKeyDeletion", err, func() { k.deletion = at })
}

func (r *run) turnPolicy() {
	k := r.anyKey()
	if k == nil || k.gone {
		return
	}
	r.did(k, "PutKeyPolicy", r.cell.KMS.PutKeyPolicy(r.ctx, k.admin(), k.arn, r.policy(k, k.policyDenies)), func() {
		k.policyDenies = !k.policyDenies
	})
}

// outage begins or ends an outage of KMS.
func (r *run) outage() {
	if !r.truth.outageFrom.IsZero() {
		r.endOutage()
		return
	}
	codes := []string{customerkey.CodeKMSInternal, customerkey.CodeDependencyTimeout, customerkey.CodeThrottling, fakekms.CodeTimeout}
	r.cell.KMS.SetOutage("", codes[r.rng.Int64N(int64(len(codes)))])
	r.truth.outageFrom, r.truth.outages = r.clock.Now(), true
	r.Log("%s OUTAGE begins", r.clock.Now().Format("01-02 15:04:05"))
}

func (r *run) endOutage() {
	if r.truth.outageFrom.IsZero() {
		return
	}
	r.cell.KMS.SetOutage("", "")
	r.truth.outageFrom, r.truth.outageTo = time.Time{}, r.clock.Now()
	r.Log("%s OUTAGE ends", r.clock.Now().Format("01-02 15:04:05"))
}

// forge sends news of a key from an account that is not the key's.
func (r *run) forge() {
	k := r.anyKey()
	if k == nil {
		return
	}
	r.serial++
	id := fmt.Sprintf("forged-%d", r.serial)
	now := r.clock.Now()
	detail := map[string]any{
		"eventVersion": "1.11", "eventTime": now.Format(time.RFC3339), "eventSource": "kms.amazonaws.com", "eventName": "DisableKey",
		"awsRegion": k.region, "eventID": id, "eventType": "AwsApiCall", "recipientAccountId": k.account,
		"userIdentity":      map[string]any{"type": "IAMUser", "accountId": k.account, "arn": k.admin(), "principalId": "AIDAEXAMPLE"},
		"requestParameters": map[string]any{"keyId": k.arn}, "responseElements": nil,
		"resources": []any{map[string]any{"accountId": k.account, "type": "AWS::KMS::Key", "ARN": k.arn}},
	}
	r.put(events.Envelope{Version: "0", ID: id, DetailType: events.TypeCloudTrailCall, Source: events.SourceKMS, Account: "999988887777",
		Time: now, Region: k.region, Detail: marshal(detail)})
}

// revokeGrant takes one of RDS's grants away: the key stays usable for us.
func (r *run) revokeGrant() {
	k := r.anyKey()
	if k == nil || k.gone {
		return
	}
	grants, _, err := r.cell.KMS.ListGrants(r.ctx, k.admin(), k.arn, "")
	if err != nil || len(grants) == 0 {
		return
	}
	r.did(k, "RevokeGrant", r.cell.KMS.RevokeGrant(r.ctx, k.admin(), k.arn, grants[0].ID), func() {
		k.grantTaken = true
		if !k.ever {
			k.ever, k.first = true, r.clock.Now()
		}
	})
}

// approve sends an approval that nobody may need.
func (r *run) approve() {
	k := r.anyKey()
	if k == nil {
		return
	}
	r.serial++
	now := r.clock.Now()
	r.put(events.Envelope{Version: "0", ID: fmt.Sprintf("approval-%d", r.serial), DetailType: events.TypeKeyReturnApproved, Source: events.SourceOperator,
		Account: platform, Time: now, Region: k.region, Detail: marshal(&events.KeyReturnApproved{Version: "1", KeyARN: k.arn, ApprovedBy: "operator"})})
}
