// Package kms gives the rules about customers' keys the real AWS KMS.
//
// Keys may be in other accounts and, before a preflight has refused them, in
// other Regions: every call takes a full key ARN and goes to the ARN's own
// Region, because KMS answers NotFoundException for a key of another Region,
// which would read as a key that is gone. An ARN that is not exactly a key's is
// refused before anything is sent; aliases are, since they can be moved.
//
// Errors that KMS answered are *customerkey.ServiceError. Any other error (a
// time-out, a broken connection, credentials that could not be had) wraps its
// cause and says nothing about the key. Package awserror tells them apart.
package kms

import (
	"context"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"latchkey/events"
	"latchkey/shared/aws/awserror"
	"latchkey/shared/customerkey"
)

// DefaultTimeout bounds one call with its retries. KMS answers in
// milliseconds; a probe of many keys must not hang on one.
const DefaultTimeout = 5 * time.Second

// Config is how keys are called.
type Config struct {
	PlatformAccount string        // 12 digits: the account that runs Latchkey, grantee of dry-run grants
	Timeout         time.Duration // of one call with its retries; 0: DefaultTimeout
}

// Keys calls KMS as the principal of its client.
type Keys struct {
	client *sdk.Client
	cfg    Config
}

var _ customerkey.Keys = (*Keys)(nil)

// New returns the keys as client may see them.
func New(client *sdk.Client, cfg Config) *Keys {
	if cfg.Timeout <= 0 {
		cfg.Timeout = DefaultTimeout
	}
	return &Keys{client: client, cfg: cfg}
}

// Describe implements customerkey.Keys.
func (k *Keys) Describe(ctx context.Context, arn string) (customerkey.Description, error) {
	var d customerkey.Description
	err := k.call(ctx, "DescribeKey", arn, func(ctx context.Context, inRegion func(*sdk.Options)) error {
		out, err := k.client.DescribeKey(ctx, &sdk.DescribeKeyInput{KeyId: &arn}, inRegion)
		if err == nil {
			d = description(out.KeyMetadata)
		}
		return err
	})
	return d, err
}

// NewCanary implements customerkey.Keys. The plaintext key never leaves KMS.
func (k *Keys) NewCanary(ctx context.Context, arn string, encryptionContext map[string]string) ([]byte, error) {
	var canary []byte
	err := k.call(ctx, "GenerateDataKeyWithoutPlaintext", arn, func(ctx context.Context, inRegion func(*sdk.Options)) error {
		out, err := k.client.GenerateDataKeyWithoutPlaintext(ctx, &sdk.GenerateDataKeyWithoutPlaintextInput{
			KeyId: &arn, KeySpec: types.DataKeySpecAes256, EncryptionContext: encryptionContext,
		}, inRegion)
		if err == nil {
			canary = out.CiphertextBlob
		}
		return err
	})
	return canary, err
}

// Grants implements customerkey.Keys: pages of at most 100, the most that
// ListGrants gives. [KMS API reference, ListGrants]
func (k *Keys) Grants(ctx context.Context, arn, marker string) (grants []customerkey.Grant, next string, err error) {
	in := &sdk.ListGrantsInput{KeyId: &arn, Limit: aws.Int32(100)}
	if marker != "" {
		in.Marker = &marker
	}
	err = k.call(ctx, "ListGrants", arn, func(ctx context.Context, inRegion func(*sdk.Options)) error {
		out, err := k.client.ListGrants(ctx, in, inRegion)
		if err != nil {
			return err
		}
		for _, g := range out.Grants {
			grants = append(grants, grant(g))
		}
		if out.Truncated {
			next = aws.ToString(out.NextMarker)
		}
		return nil
	})
	return grants, next, err
}

// call checks the ARN, bounds the time, and sends the call to the key's Region.
func (k *Keys) call(ctx context.Context, operation, arn string, do func(context.Context, func(*sdk.Options)) error) error {
	key, err := events.ParseKeyARN(arn)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, k.cfg.Timeout)
	defer cancel()
	return awserror.KMS(operation, do(ctx, func(o *sdk.Options) { o.Region = key.Region }))
}
