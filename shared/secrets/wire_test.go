package secrets_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/secretsmanager"

	"latchkey/shared/aws/mototest"
	"latchkey/shared/coded"
	"latchkey/shared/secrets"
)

const (
	region = "eu-central-1"
	absent = "arn:aws:secretsmanager:" + region + ":" + mototest.Account + ":secret:rds!db-4b4e1e4e-aaaa-4bbb-8ccc-0123456789ab-AbCdEf"
)

// wire returns the store on moto and its client.
func wire(t *testing.T) (*secrets.Store, *sdk.Client) {
	t.Helper()
	client := sdk.NewFromConfig(mototest.Config(t, region))
	return secrets.New(client, time.Minute), client
}

func put(t *testing.T, client *sdk.Client, name, value string) string {
	t.Helper()
	out, err := client.CreateSecret(context.Background(), &sdk.CreateSecretInput{Name: &name, SecretString: &value})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { // so that the test can run again
		if _, err := client.DeleteSecret(context.Background(), &sdk.DeleteSecretInput{SecretId: out.ARN, ForceDeleteWithoutRecovery: aws.Bool(true)}); err != nil {
			t.Error(err)
		}
	})
	return aws.ToString(out.ARN)
}

func TestWire_Master(t *testing.T) {
	store, client := wire(t)
	ctx := context.Background()
	arn := put(t, client, "rds!db-11111111-aaaa-4bbb-8ccc-0123456789ab", `{"username":"latchkey","password":"planted-s3cret"}`)
	got, err := store.Master(ctx, arn)
	if err != nil || got.Username != "latchkey" || got.Password.Reveal() != "planted-s3cret" {
		t.Fatalf("got %v, %v", got, err)
	}
	broken := put(t, client, "rds!db-22222222-aaaa-4bbb-8ccc-0123456789ab", `{"password":"planted-s3cret",`)
	if _, err := store.Master(ctx, broken); !coded.Is(err, coded.Internal) || strings.Contains(err.Error(), "planted") {
		t.Errorf("broken JSON: %v", err)
	}
	if _, err := store.Master(ctx, absent); !coded.Is(err, coded.NotFound) {
		t.Errorf("absent: %v", err)
	}
	if _, err := client.DeleteSecret(ctx, &sdk.DeleteSecretInput{SecretId: &arn}); err != nil {
		t.Fatal(err)
	}
	if _, err := store.Master(ctx, arn); !coded.Is(err, coded.Conflict) {
		t.Errorf("being deleted: %v", err)
	}
}
