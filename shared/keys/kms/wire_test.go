package kms_test

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"latchkey/shared/aws/mototest"
	"latchkey/shared/customerkey"
	"latchkey/shared/keys/kms"
)

const (
	region  = "eu-central-1"
	patient = time.Minute // an emulator on a busy machine is slower than KMS
)

// wire returns a client that makes keys and the adapter, whose own client is of
// another Region than the keys.
func wire(t *testing.T) (*sdk.Client, *kms.Keys) {
	t.Helper()
	adapter := kms.New(sdk.NewFromConfig(mototest.Config(t, "us-east-1")), kms.Config{PlatformAccount: mototest.Account, Timeout: patient})
	return sdk.NewFromConfig(mototest.Config(t, region)), adapter
}

func makeKey(t *testing.T, client *sdk.Client, in sdk.CreateKeyInput) string {
	t.Helper()
	if in.KeyUsage == "" {
		in.KeyUsage = types.KeyUsageTypeEncryptDecrypt // AWS's default; moto has none
	}
	out, err := client.CreateKey(context.Background(), &in)
	if err != nil {
		t.Fatal(err)
	}
	return aws.ToString(out.KeyMetadata.Arn)
}

// idOf returns a key's id: moto takes no ARN where it changes a key's state.
func idOf(arn string) *string {
	_, id, _ := strings.Cut(arn, ":key/")
	return &id
}

func code(err error) string {
	var service *customerkey.ServiceError
	if errors.As(err, &service) {
		return service.Code
	}
	return ""
}

func TestWire_Describe(t *testing.T) {
	client, keys := wire(t)
	ctx := context.Background()
	arn := makeKey(t, client, sdk.CreateKeyInput{})
	got, err := keys.Describe(ctx, arn)
	want := customerkey.Description{ARN: arn, AccountID: mototest.Account, Manager: "CUSTOMER", Spec: "SYMMETRIC_DEFAULT",
		Usage: "ENCRYPT_DECRYPT", State: customerkey.StateEnabled, Origin: "AWS_KMS"}
	if err != nil || got != want {
		t.Fatalf("got %+v, %v\nwant %+v", got, err, want)
	}
	if _, err := client.DisableKey(ctx, &sdk.DisableKeyInput{KeyId: idOf(arn)}); err != nil {
		t.Fatal(err)
	}
	if got, err = keys.Describe(ctx, arn); err != nil || got.State != customerkey.StateDisabled {
		t.Errorf("disabled: %+v, %v", got, err)
	}
	if _, err := client.ScheduleKeyDeletion(ctx, &sdk.ScheduleKeyDeletionInput{KeyId: idOf(arn)}); err != nil {
		t.Fatal(err)
	}
	if got, err = keys.Describe(ctx, arn); err != nil || got.State != customerkey.StatePendingDeletion || got.DeletionDate.IsZero() {
		t.Errorf("pending deletion: %+v, %v", got, err)
	}
}

func TestWire_Describe_Kinds(t *testing.T) {
	client, keys := wire(t)
	for name, c := range map[string]struct {
		in   sdk.CreateKeyInput
		want customerkey.Description
	}{
		"asymmetric": {sdk.CreateKeyInput{KeySpec: types.KeySpecRsa2048, KeyUsage: types.KeyUsageTypeSignVerify},
			customerkey.Description{Spec: "RSA_2048", Usage: "SIGN_VERIFY", Origin: "AWS_KMS"}},
		"imported": {sdk.CreateKeyInput{Origin: types.OriginTypeExternal},
			customerkey.Description{Spec: "SYMMETRIC_DEFAULT", Usage: "ENCRYPT_DECRYPT", Origin: "EXTERNAL"}},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := keys.Describe(context.Background(), makeKey(t, client, c.in))
			got = customerkey.Description{Spec: got.Spec, Usage: got.Usage, Origin: got.Origin}
			if err != nil || got != c.want {
				t.Errorf("got %+v, %v", got, err)
			}
		})
	}
}

func TestWire_NoSuchKey(t *testing.T) {
	_, keys := wire(t)
	_, err := keys.Describe(context.Background(), "arn:aws:kms:"+region+":"+mototest.Account+":key/00000000-0000-4000-8000-000000000000")
	if code(err) != customerkey.CodeNotFound {
		t.Errorf("got %v", err)
	}
}

// TestWire_Canary holds that a canary is bound to its key and its tenant.
func TestWire_Canary(t *testing.T) {
	client, keys := wire(t)
	ctx := context.Background()
	arn, other := makeKey(t, client, sdk.CreateKeyInput{}), makeKey(t, client, sdk.CreateKeyInput{})
	acme := customerkey.EncryptionContext("acme")
	canary, err := keys.NewCanary(ctx, arn, acme)
	if err != nil || len(canary) == 0 {
		t.Fatalf("%d bytes, %v", len(canary), err)
	}
	if err := keys.TryDecrypt(ctx, arn, canary, acme); err != nil {
		t.Errorf("own: %v", err)
	}
	if err := keys.TryGenerateDataKey(ctx, arn, acme); err != nil {
		t.Errorf("generate: %v", err)
	}
	if err := keys.TryDecrypt(ctx, arn, canary, customerkey.EncryptionContext("other")); code(err) != customerkey.CodeInvalidCiphertext {
		t.Errorf("another tenant's context: %v", err)
	}
	if err := keys.TryDecrypt(ctx, other, canary, acme); err == nil {
		t.Error("another key decrypts it")
	}
}

func TestWire_Grants(t *testing.T) {
	client, keys := wire(t)
	ctx := context.Background()
	arn := makeKey(t, client, sdk.CreateKeyInput{})
	_, err := client.CreateGrant(ctx, &sdk.CreateGrantInput{
		KeyId: &arn, GranteePrincipal: aws.String("arn:aws:iam::" + mototest.Account + ":role/other"),
		Operations:  []types.GrantOperation{types.GrantOperationDecrypt},
		Constraints: &types.GrantConstraints{EncryptionContextSubset: map[string]string{"aws:rds:db-id": "db-A"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := keys.TryCreateGrant(ctx, arn); err != nil {
		t.Fatal(err)
	}
	got, next, err := keys.Grants(ctx, arn, "")
	if err != nil || next != "" || len(got) == 0 {
		t.Fatalf("%+v, next %q, %v", got, next, err)
	}
	if g := got[0]; g.ID == "" || g.GranteePrincipal != "arn:aws:iam::"+mototest.Account+":role/other" || g.EncryptionContext["aws:rds:db-id"] != "db-A" {
		t.Errorf("got %+v", g)
	}
}

// TestWire_DryRunGrant asserts the parameters of the grant that a dry run asks
// for: moto ignores DryRun and keeps it.
func TestWire_DryRunGrant(t *testing.T) {
	client, keys := wire(t)
	ctx := context.Background()
	arn := makeKey(t, client, sdk.CreateKeyInput{})
	if err := keys.TryCreateGrant(ctx, arn); err != nil {
		t.Fatal(err)
	}
	out, err := client.ListGrants(ctx, &sdk.ListGrantsInput{KeyId: &arn})
	if err != nil {
		t.Fatal(err)
	}
	if len(out.Grants) == 0 {
		t.Skip("this emulator does not make grants in a dry run, as it should be")
	}
	got, err := json.Marshal(out.Grants[0].Operations)
	if err != nil || len(out.Grants) != 1 || aws.ToString(out.Grants[0].GranteePrincipal) != "arn:aws:iam::"+mototest.Account+":root" ||
		string(got) != `["DescribeKey"]` {
		t.Errorf("%d grants, %s, %v", len(out.Grants), got, err)
	}
}

// TestWire_Preflight runs the rules against a key on the wire.
func TestWire_Preflight(t *testing.T) {
	client, keys := wire(t)
	want := customerkey.Want{TenantID: "acme", Region: region, PlatformAccount: mototest.Account}
	ctx := context.Background()
	good := customerkey.Preflight(ctx, keys, makeKey(t, client, sdk.CreateKeyInput{}), nil, want)
	if !good.Usable || len(good.Canary) == 0 {
		t.Errorf("a fresh key: %s", good.Summary())
	}
	bad := customerkey.Preflight(ctx, keys, makeKey(t, client, sdk.CreateKeyInput{KeySpec: types.KeySpecRsa2048,
		KeyUsage: types.KeyUsageTypeEncryptDecrypt}), nil, want)
	if bad.Usable {
		t.Error("an asymmetric key passes")
	}
}
