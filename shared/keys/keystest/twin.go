package keystest

import (
	"context"
	"fmt"
	"testing"
	"time"

	"latchkey/shared/customerkey"
	"latchkey/shared/fake"
	"latchkey/shared/fake/fakekms"
)

// Principals of a Twin: the port's, in the platform's account, and the owner of
// the keys, in the customer's.
const (
	PlatformAccount = "111111111111"
	Principal       = "arn:aws:iam::" + PlatformAccount + ":role/latchkey-keys"
	owner           = "arn:aws:iam::222222222222:role/KeyAdmin"
)

// Twin is a World on the embedded twin of KMS, where changes are seen at once.
type Twin struct {
	KMS    *fakekms.KMS
	clock  *fake.Clock
	stores map[string]string // key store by key ARN
}

var _ World = (*Twin)(nil)

// NewTwin returns a twin without keys.
func NewTwin(t testing.TB) *Twin {
	t.Helper()
	w := &Twin{clock: fake.NewClock(time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)), stores: map[string]string{}}
	var err error
	if w.KMS, err = fakekms.New(fakekms.Config{Clock: w.clock, Seed: 1}); err != nil {
		t.Fatal(err)
	}
	return w
}

// Keys implements World.
func (w *Twin) Keys() customerkey.Keys { return w.KMS.As(Principal) }

// Now implements World.
func (w *Twin) Now() time.Time { return w.clock.Now() }

// policy is the customer's: its account may do all, and the port's principal
// whatever is not denied.
func policy(denied string) string {
	deny := ""
	if denied != "" {
		deny = fmt.Sprintf(`,{"Effect":"Deny","Principal":{"AWS":%q},"Action":"kms:%s","Resource":"*"}`, Principal, denied)
	}
	return fmt.Sprintf(`{"Version":"2012-10-17","Statement":[`+
		`{"Effect":"Allow","Principal":{"AWS":["arn:aws:iam::222222222222:root",%q]},"Action":"kms:*","Resource":"*"}%s]}`, Principal, deny)
}

// Create implements World.
func (w *Twin) Create(ctx context.Context, kind Kind) (arn string, err error) {
	in := fakekms.CreateKeyInput{Region: kind.Region, Spec: kind.Spec, Usage: kind.Usage, Origin: kind.Origin,
		MultiRegion: kind.MultiRegion, AWSManaged: kind.AWSManaged, Policy: policy("")}
	if in.Region == "" {
		in.Region = Region
	}
	if kind.Origin == "EXTERNAL_KEY_STORE" {
		if in.CustomKeyStoreID, err = w.KMS.CreateCustomKeyStore(ctx, owner, in.Region, "store"); err != nil {
			return "", err
		}
		if err := w.KMS.ConnectCustomKeyStore(ctx, owner, in.Region, in.CustomKeyStoreID); err != nil {
			return "", err
		}
	}
	if arn, err = w.KMS.CreateKey(ctx, owner, in); err != nil {
		return "", err
	}
	w.stores[arn] = in.CustomKeyStoreID
	if !kind.ExpiresAt.IsZero() {
		err = w.KMS.ImportKeyMaterial(ctx, owner, arn, []byte("material"), kind.ExpiresAt)
	}
	return arn, err
}

// Call implements World.
func (w *Twin) Call(ctx context.Context, operation, arn string) (err error) {
	switch operation {
	case "DisableKey":
		return w.KMS.DisableKey(ctx, owner, arn)
	case "EnableKey":
		return w.KMS.EnableKey(ctx, owner, arn)
	case "ScheduleKeyDeletion":
		_, err = w.KMS.ScheduleKeyDeletion(ctx, owner, arn, DeletionDays)
		return err
	case "CancelKeyDeletion":
		return w.KMS.CancelKeyDeletion(ctx, owner, arn)
	case "DeleteImportedKeyMaterial":
		return w.KMS.DeleteImportedKeyMaterial(ctx, owner, arn)
	case "DisconnectCustomKeyStore":
		return w.KMS.DisconnectCustomKeyStore(ctx, owner, Region, w.stores[arn])
	}
	return fmt.Errorf("%s is no operation of a World", operation)
}

// Deny implements World.
func (w *Twin) Deny(ctx context.Context, operation, arn string) error {
	return w.KMS.PutKeyPolicy(ctx, owner, arn, policy(operation))
}

// Grant implements World.
func (w *Twin) Grant(ctx context.Context, arn string, in Grant) (string, error) {
	return w.KMS.CreateGrant(ctx, owner, fakekms.GrantInput{KeyARN: arn, GranteePrincipal: in.Grantee, Operations: []string{"Decrypt"},
		EncryptionContextSubset: in.Subset, EncryptionContextEquals: in.Equals})
}

// Revoke implements World.
func (w *Twin) Revoke(ctx context.Context, arn, grantID string) error {
	return w.KMS.RevokeGrant(ctx, owner, arn, grantID)
}
