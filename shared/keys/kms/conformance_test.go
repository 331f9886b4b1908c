package kms_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"latchkey/shared/aws/mototest"
	"latchkey/shared/customerkey"
	"latchkey/shared/keys/keystest"
	"latchkey/shared/keys/kms"
)

// patient is longer than a call's usual limit: an emulator on a busy machine is
// slower than KMS.
const patient = time.Minute

// motoWorld makes keys in moto, and gives the adapter, whose own client is of
// another Region than the keys.
type motoWorld struct{ t *testing.T }

var _ keystest.World = motoWorld{}

func (w motoWorld) Keys() customerkey.Keys {
	return kms.New(w.in("us-east-1"), kms.Config{PlatformAccount: mototest.Account, Timeout: patient})
}

func (w motoWorld) Now() time.Time { return time.Now() }

// in returns a client of a Region that does not repeat what moto fails at.
func (w motoWorld) in(region string) *sdk.Client {
	return sdk.NewFromConfig(mototest.Config(w.t, region), func(o *sdk.Options) { o.Retryer = aws.NopRetryer{} })
}

// client returns a client of the Region of a key, and the key's id: moto takes
// no ARN where it changes a key's state.
func (w motoWorld) client(arn string) (*sdk.Client, *string) {
	_, id, _ := strings.Cut(arn, ":key/")
	return w.in(strings.Split(arn, ":")[3]), &id
}

func (w motoWorld) Create(ctx context.Context, kind keystest.Kind) (string, error) {
	if kind.Region == "" {
		kind.Region = keystest.Region
	}
	client := w.in(kind.Region)
	if kind.AWSManaged {
		out, err := client.DescribeKey(ctx, &sdk.DescribeKeyInput{KeyId: aws.String("alias/aws/rds")})
		if err != nil {
			return "", err
		}
		return *out.KeyMetadata.Arn, nil
	}
	in := &sdk.CreateKeyInput{Origin: types.OriginType(kind.Origin), KeySpec: types.KeySpec(kind.Spec), KeyUsage: types.KeyUsageType(kind.Usage),
		MultiRegion: &kind.MultiRegion}
	if in.KeyUsage == "" {
		in.KeyUsage = types.KeyUsageTypeEncryptDecrypt // AWS's default; moto has none
	}
	if kind.Origin == "EXTERNAL_KEY_STORE" {
		store, err := client.CreateCustomKeyStore(ctx, &sdk.CreateCustomKeyStoreInput{CustomKeyStoreName: aws.String("store")})
		if err != nil {
			return "", err
		}
		in.CustomKeyStoreId = store.CustomKeyStoreId
	}
	out, err := client.CreateKey(ctx, in)
	if err != nil {
		return "", err
	}
	if !kind.ExpiresAt.IsZero() {
		err = w.importMaterial(ctx, *out.KeyMetadata.Arn)
	}
	return *out.KeyMetadata.Arn, err
}

// importMaterial asks for the key that wraps material, which moto does not give.
func (w motoWorld) importMaterial(ctx context.Context, arn string) error {
	client, id := w.client(arn)
	_, err := client.GetParametersForImport(ctx, &sdk.GetParametersForImportInput{KeyId: id,
		WrappingAlgorithm: types.AlgorithmSpecRsaesOaepSha256, WrappingKeySpec: types.WrappingKeySpecRsa2048})
	if err == nil {
		err = fmt.Errorf("this emulator can import material: do it here")
	}
	return err
}

func (w motoWorld) Call(ctx context.Context, operation, arn string) (err error) {
	client, id := w.client(arn)
	switch operation {
	case "DisableKey":
		_, err = client.DisableKey(ctx, &sdk.DisableKeyInput{KeyId: id})
	case "EnableKey":
		_, err = client.EnableKey(ctx, &sdk.EnableKeyInput{KeyId: id})
	case "ScheduleKeyDeletion":
		_, err = client.ScheduleKeyDeletion(ctx, &sdk.ScheduleKeyDeletionInput{KeyId: id, PendingWindowInDays: aws.Int32(keystest.DeletionDays)})
	case "CancelKeyDeletion":
		_, err = client.CancelKeyDeletion(ctx, &sdk.CancelKeyDeletionInput{KeyId: id})
	default:
		err = fmt.Errorf("there are no keys here for %s", operation)
	}
	return err
}

func (w motoWorld) Deny(ctx context.Context, operation, arn string) error {
	client, id := w.client(arn)
	policy, err := json.Marshal(map[string]any{"Version": "2012-10-17", "Statement": []any{
		map[string]any{"Effect": "Allow", "Principal": map[string]string{"AWS": "*"}, "Action": []string{"kms:*"}, "Resource": "*"},
		map[string]any{"Effect": "Deny", "Principal": map[string]string{"AWS": "*"}, "Action": []string{"kms:" + operation}, "Resource": "*"},
	}})
	if err != nil {
		return err
	}
	_, err = client.PutKeyPolicy(ctx, &sdk.PutKeyPolicyInput{KeyId: id, PolicyName: aws.String("default"), Policy: aws.String(string(policy))})
	return err
}

func (w motoWorld) Grant(ctx context.Context, arn string, in keystest.Grant) (string, error) {
	client, _ := w.client(arn)
	out, err := client.CreateGrant(ctx, &sdk.CreateGrantInput{
		KeyId: &arn, GranteePrincipal: &in.Grantee, Operations: []types.GrantOperation{types.GrantOperationDecrypt},
		Constraints: &types.GrantConstraints{EncryptionContextSubset: in.Subset, EncryptionContextEquals: in.Equals},
	})
	if err != nil {
		return "", err
	}
	return *out.GrantId, nil
}

func (w motoWorld) Revoke(ctx context.Context, arn, grantID string) error {
	client, _ := w.client(arn)
	_, err := client.RevokeGrant(ctx, &sdk.RevokeGrantInput{KeyId: &arn, GrantId: &grantID})
	return err
}
