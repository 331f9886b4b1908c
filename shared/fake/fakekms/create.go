package fakekms

import (
	"context"
	"fmt"
)

// CreateKeyInput is what a key is made with.
type CreateKeyInput struct {
	Region           string
	Description      string
	Spec             string // SYMMETRIC_DEFAULT where empty
	Usage            string // ENCRYPT_DECRYPT where empty
	Origin           string // AWS_KMS where empty; EXTERNAL: PendingImport until material comes
	CustomKeyStoreID string // for EXTERNAL_KEY_STORE and AWS_CLOUDHSM
	MultiRegion      bool
	Policy           string // DefaultPolicy of the caller's account where empty
	AWSManaged       bool   // a key such as aws/rds, which its account cannot manage
}

// DefaultPolicy is the key policy that KMS gives a key made without one: the
// account decides with IAM. [KMS guide, Default key policy]
func DefaultPolicy(account string) string {
	return fmt.Sprintf(`{"Version":"2012-10-17","Id":"key-default-1","Statement":[{"Sid":"Enable IAM User Permissions",`+
		`"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::%s:root"},"Action":"kms:*","Resource":"*"}]}`, account)
}

// CreateKey makes a key in the caller's account and returns its ARN.
func (k *KMS) CreateKey(ctx context.Context, caller string, in CreateKeyInput) (arn string, err error) {
	who := parsePrincipal(caller)
	c := &call{op: opCreateKey, who: &who, region: in.Region}
	err = k.change(ctx, c, func(*key) error {
		made, err := k.newKey(c, in)
		if err != nil {
			return err
		}
		arn = made.ARN
		c.arn = arn
		c.request = map[string]any{"origin": made.Origin, "keySpec": made.Spec, "customerMasterKeySpec": made.Spec,
			"keyUsage": made.Usage, "description": made.Description, "bypassPolicyLockoutSafetyCheck": false,
			"multiRegion": made.MultiRegion}
		c.response = map[string]any{"keyMetadata": made.metadata()}
		return nil
	})
	return arn, err
}

func (k *KMS) newKey(c *call, in CreateKeyInput) (*key, error) {
	made := &key{
		Account: c.who.account, Region: in.Region, Manager: managerCustomer, Description: in.Description,
		Spec: orElse(in.Spec, specSymmetric), Usage: orElse(in.Usage, usageEncrypt), Origin: orElse(in.Origin, originKMS),
		StoreID: in.CustomKeyStoreID, MultiRegion: in.MultiRegion, Enabled: true, CreatedAt: c.now,
		Policy: orElse(in.Policy, DefaultPolicy(c.who.account)), byGrantee: map[string][]*grant{},
	}
	if in.AWSManaged {
		made.Manager = managerAWS
	}
	if err := k.checkNew(c, made); err != nil {
		return nil, err
	}
	id := k.newID("key", 16)
	made.ID = id[:8] + "-" + id[8:12] + "-" + id[12:16] + "-" + id[16:20] + "-" + id[20:]
	if made.MultiRegion {
		made.ID = "mrk-" + id
	}
	made.ARN = keyARN(made.Region, made.Account, made.ID)
	if made.MultiRegion {
		made.Primary = made.ARN
	}
	compiled, err := k.acceptPolicy(c, made.ARN, made.Policy)
	if err != nil {
		return nil, err
	}
	if made.Origin != originExternal {
		k.rotateMaterial(made)
	}
	made.Versions = []version{{At: c.now, State: made.state(), Policy: made.Policy, policy: compiled}}
	k.keys[made.ARN] = made
	k.dirty(made)
	return made, nil
}

// checkNew checks the parameters of CreateKey.
func (k *KMS) checkNew(c *call, made *key) error {
	inStore := made.Origin == originStore || made.Origin == originHSM
	switch {
	case made.Account == "" || made.Region == "":
		return failf(c.op, CodeValidation, "caller %q in Region %q", c.who.arn, made.Region)
	case !inStore && made.Origin != originKMS && made.Origin != originExternal:
		return failf(c.op, CodeValidation, "Origin %q", made.Origin)
	case inStore != (made.StoreID != ""):
		return failf(c.op, CodeValidation, "Origin %s with CustomKeyStoreId %q", made.Origin, made.StoreID)
	case inStore && (made.MultiRegion || made.Spec != specSymmetric):
		return failf(c.op, CodeUnsupportedOperation, "a key in a custom key store is a single-Region symmetric key")
	}
	if !inStore {
		return nil
	}
	s, err := k.storeOf(c, made.StoreID)
	if err != nil {
		return err
	}
	if !s.Connected {
		return failf(c.op, CodeStoreInvalidState, "custom key store %s is not connected", s.ID)
	}
	return nil
}

func keyARN(region, account, id string) string {
	return "arn:aws:kms:" + region + ":" + account + ":key/" + id
}

func orElse(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}
