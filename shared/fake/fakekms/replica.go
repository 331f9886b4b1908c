package fakekms

import (
	"context"
	"time"

	"latchkey/shared/customerkey"
)

// transientFor is how long the states Creating and Updating last. (AWS says that
// they are transient, not for how long.)
const transientFor = time.Minute

// ReplicateKey makes a replica of a multi-Region primary key in another Region,
// with a policy of its own (empty: the default of the account), and returns its
// ARN. The replica is Creating for a minute.
func (k *KMS) ReplicateKey(ctx context.Context, caller, arn, region, policy string) (replicaARN string, err error) {
	request := map[string]any{"replicaRegion": region, "bypassPolicyLockoutSafetyCheck": false}
	err = k.manage(ctx, caller, arn, opReplicateKey, request, func(c *call, primary *key) error {
		if !primary.isPrimary() {
			return failf(c.op, CodeUnsupportedOperation, "%s is not a multi-Region primary key.", arn)
		}
		to := keyARN(region, primary.Account, primary.ID)
		if k.keys[to] != nil {
			return failf(c.op, CodeAlreadyExists, "%s already exists.", to)
		}
		r := &key{
			ARN: to, Account: primary.Account, Region: region, ID: primary.ID, Manager: managerCustomer,
			Spec: primary.Spec, Usage: primary.Usage, Origin: primary.Origin, CreatedAt: c.now, Enabled: true,
			Transient: customerkey.StateCreating, TransientUntil: c.now.Add(transientFor),
			MultiRegion: true, Primary: primary.ARN, Policy: orElse(policy, DefaultPolicy(primary.Account)),
			byGrantee: map[string][]*grant{},
		}
		compiled, err := k.acceptPolicy(c, to, r.Policy)
		if err != nil {
			return err
		}
		if primary.Origin != originExternal {
			for _, m := range primary.Materials {
				r.Materials = append(r.Materials, newMaterial(m.Secret))
			}
		}
		r.Versions = []version{{At: c.now, State: r.state(), Policy: r.Policy, policy: compiled}}
		k.keys[to] = r
		k.schedule(r, dueTransient)
		primary.Replicas = append(primary.Replicas, to)
		k.dirty(r)
		k.dirty(primary)
		replicaARN = to
		c.response = map[string]any{"replicaKeyMetadata": r.metadata(), "replicaPolicy": r.Policy}
		return nil
	})
	return replicaARN, err
}

// UpdatePrimaryRegion makes the replica in a Region the primary key. Both are
// Updating for a minute.
func (k *KMS) UpdatePrimaryRegion(ctx context.Context, caller, arn, region string) error {
	return k.manage(ctx, caller, arn, opUpdatePrimaryRegion, map[string]any{"primaryRegion": region}, func(c *call, old *key) error {
		if !old.isPrimary() {
			return failf(c.op, CodeUnsupportedOperation, "%s is not a multi-Region primary key.", arn)
		}
		next := k.keys[keyARN(region, old.Account, old.ID)]
		if next == nil || next == old {
			return failf(c.op, customerkey.CodeNotFound, "there is no replica of %s in %s", arn, region)
		}
		if s := next.state(); s != customerkey.StateEnabled {
			return failf(c.op, customerkey.CodeInvalidState, "%s is %s.", next.ARN, s)
		}
		next.Replicas = append(without(old.Replicas, next.ARN), old.ARN)
		old.Replicas = nil
		for _, r := range next.Replicas {
			if k.keys[r] != nil {
				k.keys[r].Primary = next.ARN
				k.dirty(k.keys[r])
			}
		}
		next.Primary = next.ARN
		for _, key := range [2]*key{old, next} {
			key.Transient, key.TransientUntil = customerkey.StateUpdating, c.now.Add(transientFor)
			k.schedule(key, dueTransient)
			k.touch(key, c.now)
		}
		return nil
	})
}
