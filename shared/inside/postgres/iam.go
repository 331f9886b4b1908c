package postgres

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/feature/rds/auth"

	"latchkey/shared/coded"
	"latchkey/shared/secrets"
)

// IAM returns tokens of IAM database authentication: requests to connect, signed
// with the credentials, good for 15 minutes. Nothing is sent to make one.
// [RDS guide, IAM database authentication]
func IAM(region string, credentials aws.CredentialsProvider) Tokens {
	return iam{region, credentials}
}

type iam struct {
	region      string
	credentials aws.CredentialsProvider
}

// Token implements Tokens.
func (i iam) Token(ctx context.Context, endpoint, user string) (secrets.Value, error) {
	token, err := auth.BuildAuthToken(ctx, endpoint, i.region, user, i.credentials)
	if err != nil {
		return secrets.Value{}, coded.Wrap(coded.Retryable, err, "signing a login of %s at %s", user, endpoint)
	}
	return secrets.NewValue(token), nil
}
