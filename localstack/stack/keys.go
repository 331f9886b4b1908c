package stack

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	bolt "go.etcd.io/bbolt"

	"latchkey/events"
	"latchkey/localstack/api"
	"latchkey/localstack/cell"
	"latchkey/shared/coded"
	"latchkey/shared/customerkey"
	"latchkey/shared/fake/fakekms"
)

var bucketKeys = []byte("customer-keys")

// admin is who manages the keys of a customer's account.
func admin(account string) string { return "arn:aws:iam::" + account + ":role/KeyAdmin" }

// CreateKey makes a customer's key in the twin of KMS, and deploys the rule
// that forwards the key events of its account.
func (s *Stack) CreateKey(ctx context.Context, in api.NewKey) (api.CustomerKey, error) {
	out := api.CustomerKey{Account: in.Account, Region: in.Region, Tenant: in.Tenant}
	if err := checkAccount("account", in.Account); err != nil {
		return out, err
	}
	if !slices.Contains(s.settings.Regions, in.Region) {
		return out, coded.Field("region", "regions of this stack: "+strings.Join(s.settings.Regions, ", "), "region %q is not served", in.Region)
	}
	policy, err := s.policy(in.Policy, in.Account, in.Region, in.Tenant)
	if err != nil {
		return out, err
	}
	err = s.own(ctx, func() error {
		out.CreatedAt = s.clock.Now()
		out.ARN, err = s.cell.KMS.CreateKey(ctx, admin(in.Account), fakekms.CreateKeyInput{Region: in.Region, Policy: policy, Description: in.Tenant})
		if err != nil {
			return keyError(err)
		}
		if err := s.keepKey(out); err != nil {
			return err
		}
		return s.cell.ForwardDurably(in.Account)
	})
	return out, err
}

func (s *Stack) keepKey(k api.CustomerKey) error {
	body, err := json.Marshal(k)
	if err != nil {
		return err
	}
	err = s.db.Update(func(tx *bolt.Tx) error {
		b, err := tx.CreateBucketIfNotExists(bucketKeys)
		if err != nil {
			return err
		}
		return b.Put([]byte(k.ARN), body)
	})
	if err != nil {
		return fmt.Errorf("saving key %s: %w", k.ARN, err)
	}
	return nil
}

// CustomerKeys returns the keys that CreateKey made, in order of ARN.
func (s *Stack) CustomerKeys() ([]api.CustomerKey, error) {
	out := []api.CustomerKey{}
	err := s.db.View(func(tx *bolt.Tx) error {
		b := tx.Bucket(bucketKeys)
		if b == nil {
			return nil
		}
		return b.ForEach(func(_, v []byte) error {
			var k api.CustomerKey
			err := json.Unmarshal(v, &k)
			out = append(out, k)
			return err
		})
	})
	if err != nil {
		return nil, fmt.Errorf("reading the customers' keys: %w", err)
	}
	return out, nil
}

// ChangeKey does one operation of api.Op… as the key's administrator.
func (s *Stack) ChangeKey(ctx context.Context, arn, op string, in api.KeyChange) (api.KeyChanged, error) {
	out := api.KeyChanged{ARN: arn}
	key, err := events.ParseKeyARN(arn)
	if err != nil {
		return out, err
	}
	err = s.own(ctx, func() error {
		if err := s.changeKey(ctx, key, op, in); err != nil {
			return keyError(err)
		}
		d, err := s.cell.KMS.DescribeKey(ctx, admin(key.Account), arn)
		if err != nil {
			return keyError(err)
		}
		out.State, out.DeletionDate = d.State, d.DeletionDate
		return nil
	})
	return out, err
}

func (s *Stack) changeKey(ctx context.Context, key events.KeyARN, op string, in api.KeyChange) error {
	kms, as, arn := s.cell.KMS, admin(key.Account), key.String()
	switch op {
	case api.OpDisable:
		return kms.DisableKey(ctx, as, arn)
	case api.OpEnable:
		return kms.EnableKey(ctx, as, arn)
	case api.OpCancelDeletion:
		return kms.CancelKeyDeletion(ctx, as, arn)
	case api.OpScheduleDeletion:
		_, err := kms.ScheduleKeyDeletion(ctx, as, arn, in.Days)
		return err
	case api.OpSetPolicy:
		policy, err := s.policy(in.Policy, key.Account, key.Region, in.Tenant)
		if err != nil {
			return err
		}
		if policy == "" {
			policy = fakekms.DefaultPolicy(key.Account)
		}
		return kms.PutKeyPolicy(ctx, as, arn, policy)
	}
	return coded.Field("operation", "one of disable, enable, schedule-deletion, cancel-deletion, set-policy", "%q is not an operation on a key", op)
}

// Preflight asks whether a tenant's databases could be made under a key now.
func (s *Stack) Preflight(ctx context.Context, arn, tenantID string) (customerkey.Report, error) {
	key, err := events.ParseKeyARN(arn)
	if err != nil {
		return customerkey.Report{}, err
	}
	if tenantID == "" {
		if tenantID, err = s.tenantOf(ctx, arn); err != nil {
			return customerkey.Report{}, err
		}
	}
	want := customerkey.Want{TenantID: tenantID, Region: key.Region, PlatformAccount: s.settings.Account}
	if tenantID == "" {
		return customerkey.Report{}, coded.Field("tenant", "name the tenant that the key is for: its id is in the key's encryption context", "is missing")
	}
	switch t, err := s.Plane().Tenant(ctx, tenantID); {
	case err == nil && t.Region != "":
		want.Region = t.Region
	case err != nil && !coded.Is(err, coded.NotFound):
		return customerkey.Report{}, err
	}
	var out customerkey.Report
	err = s.own(ctx, func() error {
		out = customerkey.Preflight(ctx, s.cell.KMS.As(cell.Role(s.settings.Account)), arn, nil, want)
		return ctx.Err()
	})
	return out, err
}

// tenantOf returns the tenant that a key is known to be for: by its record, or
// as it was created here; "" if neither says.
func (s *Stack) tenantOf(ctx context.Context, arn string) (string, error) {
	rec, err := s.Plane().Key(ctx, arn)
	if err == nil || !coded.Is(err, coded.NotFound) {
		return rec.TenantID, err
	}
	made, err := s.CustomerKeys()
	for _, k := range made {
		if k.ARN == arn {
			return k.Tenant, err
		}
	}
	return "", err
}
