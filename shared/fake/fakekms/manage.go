package fakekms

import (
	"context"
	"time"

	"latchkey/shared/customerkey"
)

// acceptPolicy compiles a policy and checks that the caller could change it
// again. [KMS API reference, PutKeyPolicy, BypassPolicyLockoutSafetyCheck]
func (k *KMS) acceptPolicy(c *call, arn, text string) (*policy, error) {
	p, err := compile(text, arn)
	if err != nil {
		return nil, failf(c.op, CodeMalformedPolicy, "%s", err)
	}
	if p.decide(&request{who: c.who, op: opPutKeyPolicy}) != allowedByPolicy {
		return nil, failf(c.op, CodeMalformedPolicy, "The new key policy will not allow you to update the key policy in the future.")
	}
	return p, nil
}

// manage makes a management call on one key.
func (k *KMS) manage(ctx context.Context, caller, arn string, o operation, request map[string]any, body func(*call, *key) error) error {
	who := parsePrincipal(caller)
	c := &call{op: o, who: &who, arn: arn, request: request}
	return k.change(ctx, c, func(key *key) error { return body(c, key) })
}

// EnableKey lets the key be used again.
func (k *KMS) EnableKey(ctx context.Context, caller, arn string) error {
	return k.manage(ctx, caller, arn, opEnableKey, nil, func(c *call, key *key) error {
		key.Enabled = true
		k.touch(key, c.now)
		return nil
	})
}

// DisableKey keeps the key from being used.
func (k *KMS) DisableKey(ctx context.Context, caller, arn string) error {
	return k.manage(ctx, caller, arn, opDisableKey, nil, func(c *call, key *key) error {
		key.Enabled = false
		k.touch(key, c.now)
		return nil
	})
}

// ScheduleKeyDeletion starts the waiting period of 7 to 30 days, after which the
// key is gone for good; the period of a primary key starts when its last replica
// is gone. It returns the date of the deletion, zero for such a primary.
func (k *KMS) ScheduleKeyDeletion(ctx context.Context, caller, arn string, days int) (date time.Time, err error) {
	err = k.manage(ctx, caller, arn, opScheduleKeyDeletion, map[string]any{"pendingWindowInDays": days}, func(c *call, key *key) error {
		if days < 7 || days > 30 {
			return failf(c.op, CodeValidation, "PendingWindowInDays %d is not between 7 and 30", days)
		}
		key.Enabled = false
		c.response = map[string]any{"keyId": key.ARN}
		if len(key.Replicas) > 0 {
			key.DeletionDays = days
			c.response["pendingWindowInDays"] = days
		} else {
			key.DeletionDate = c.now.AddDate(0, 0, days)
			date = key.DeletionDate
			k.schedule(key, dueDeletion)
			c.response["deletionDate"] = trailDate(date)
		}
		k.touch(key, c.now)
		c.response["keyState"] = key.now().State
		return nil
	})
	return date, err
}

// CancelKeyDeletion ends the waiting period; the key is left Disabled. [KMS API
// reference, CancelKeyDeletion]
func (k *KMS) CancelKeyDeletion(ctx context.Context, caller, arn string) error {
	return k.manage(ctx, caller, arn, opCancelKeyDeletion, nil, func(c *call, key *key) error {
		key.DeletionDate, key.DeletionDays, key.Enabled = time.Time{}, 0, false
		k.touch(key, c.now)
		c.response = map[string]any{"keyId": key.ARN}
		return nil
	})
}

// PutKeyPolicy replaces the key policy. A policy with an element that the twin
// does not understand is refused with MalformedPolicyDocumentException, whose
// message names it.
func (k *KMS) PutKeyPolicy(ctx context.Context, caller, arn, policy string) error {
	request := map[string]any{"policyName": "default", "policy": policy, "bypassPolicyLockoutSafetyCheck": false}
	return k.manage(ctx, caller, arn, opPutKeyPolicy, request, func(c *call, key *key) error {
		if _, err := k.acceptPolicy(c, key.ARN, policy); err != nil {
			return err
		}
		key.Policy = policy
		k.touch(key, c.now)
		return nil
	})
}

// GetKeyPolicy returns the key policy.
func (k *KMS) GetKeyPolicy(ctx context.Context, caller, arn string) (policy string, err error) {
	err = k.manage(ctx, caller, arn, opGetKeyPolicy, map[string]any{"policyName": "default"}, func(_ *call, key *key) error {
		policy = key.Policy
		return nil
	})
	return policy, err
}

// DescribeKey returns the key's metadata as the caller sees it.
func (k *KMS) DescribeKey(ctx context.Context, caller, arn string) (customerkey.Description, error) {
	who := parsePrincipal(caller)
	return k.describeKey(ctx, &who, arn)
}

func (k *KMS) describeKey(ctx context.Context, who *principal, arn string) (d customerkey.Description, err error) {
	err = k.read(ctx, &call{op: opDescribeKey, who: who, arn: arn}, func(key *key, v *version) error {
		d = key.describe(v)
		return nil
	})
	return d, err
}
