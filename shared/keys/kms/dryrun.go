package kms

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"latchkey/shared/customerkey/keypolicy"
)

// grantName names the grants of dry runs: should KMS ever make one all the same,
// repeating it makes no second one. [KMS API reference, CreateGrant, Name]
const grantName = "latchkey-preflight"

// TryGenerateDataKey implements customerkey.Keys. An allowed dry run ends in
// DryRunOperationException, which package awserror takes for no error; an
// emulator that ignores DryRun answers with a key, which is forgotten at once.
// [KMS guide, Testing your permissions]
func (k *Keys) TryGenerateDataKey(ctx context.Context, arn string, encryptionContext map[string]string) error {
	return k.call(ctx, "GenerateDataKey", arn, func(ctx context.Context, inRegion func(*sdk.Options)) error {
		out, err := k.client.GenerateDataKey(ctx, &sdk.GenerateDataKeyInput{
			KeyId: &arn, KeySpec: types.DataKeySpecAes256, EncryptionContext: encryptionContext, DryRun: aws.Bool(true),
		}, inRegion)
		if out != nil {
			clear(out.Plaintext)
		}
		return err
	})
}

// TryDecrypt implements customerkey.Keys. The key is named, so that a canary of
// another key is an error and not a success.
func (k *Keys) TryDecrypt(ctx context.Context, arn string, canary []byte, encryptionContext map[string]string) error {
	return k.call(ctx, "Decrypt", arn, func(ctx context.Context, inRegion func(*sdk.Options)) error {
		out, err := k.client.Decrypt(ctx, &sdk.DecryptInput{
			KeyId: &arn, CiphertextBlob: canary, EncryptionContext: encryptionContext, DryRun: aws.Bool(true),
		}, inRegion)
		if out != nil {
			clear(out.Plaintext)
		}
		return err
	})
}

// TryCreateGrant implements customerkey.Keys. It asks for the one grant that the
// customer's policy lets us ask for directly: package keypolicy says why its
// answer is RDS's answer, too. Even if it were made, it would give the account
// nothing that it does not have. [KMS API reference, CreateGrant; KMS guide,
// AWS KMS condition keys]
func (k *Keys) TryCreateGrant(ctx context.Context, arn string) error {
	return k.call(ctx, "CreateGrant", arn, func(ctx context.Context, inRegion func(*sdk.Options)) error {
		_, err := k.client.CreateGrant(ctx, &sdk.CreateGrantInput{
			KeyId: &arn, Name: aws.String(grantName), Operations: []types.GrantOperation{keypolicy.ProbeOperation},
			GranteePrincipal: aws.String("arn:aws:iam::" + k.cfg.PlatformAccount + ":root"),
			DryRun:           aws.Bool(true),
		}, inRegion)
		return err
	})
}
