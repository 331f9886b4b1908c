// Package secrets reads logins out of AWS Secrets Manager.
//
// What it reads is under the platform's key, never under a tenant's, so that a
// tenant's lost key cannot keep the platform out of a database. A secret that
// was read is a Value, which hides itself from logs.
package secrets

import (
	"context"
	"encoding/json"
	"regexp"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/secretsmanager"

	"latchkey/shared/aws/awserror"
	"latchkey/shared/coded"
)

// DefaultTimeout bounds one call with its retries.
const DefaultTimeout = 5 * time.Second

// Credentials is a login to a database.
type Credentials struct {
	Username string
	Password Value
}

// Store is the secrets of one Region.
type Store struct {
	client  *sdk.Client
	timeout time.Duration
}

// New returns the secrets as client may see them; timeout 0 is DefaultTimeout.
func New(client *sdk.Client, timeout time.Duration) *Store {
	if timeout <= 0 {
		timeout = DefaultTimeout
	}
	return &Store{client: client, timeout: timeout}
}

// managed is the ARN of a secret that RDS made for an instance's master user:
// its name begins with "rds!db-", and Secrets Manager puts six characters after
// every name. [Secrets Manager guide, Secrets managed by other services, What's
// in a secret]
var managed = regexp.MustCompile(`^arn:aws[a-z-]*:secretsmanager:([a-z0-9-]+):\d{12}:secret:rds!db-[A-Za-z0-9-]+-[A-Za-z0-9]{6}$`)

// Master returns the master user's login that RDS manages in the secret with
// that ARN. Invalid for an ARN that is no such secret's, notfound if there is
// none, conflict for one that is being deleted.
// [RDS guide, Password management with AWS Secrets Manager]
func (s *Store) Master(ctx context.Context, arn string) (Credentials, error) {
	m := managed.FindStringSubmatch(arn)
	if m == nil {
		return Credentials{}, coded.Field("masterSecretArn", "give MasterUserSecret.SecretArn of DescribeDBInstances", "not the ARN of a secret that RDS manages")
	}
	if region := s.client.Options().Region; m[1] != region {
		return Credentials{}, coded.Field("masterSecretArn", "use the function fence of the instance's Region", "the secret is in %s, and this is %s", m[1], region)
	}
	ctx, cancel := context.WithTimeout(ctx, s.timeout)
	defer cancel()
	out, err := s.client.GetSecretValue(ctx, &sdk.GetSecretValueInput{SecretId: &arn})
	if err != nil {
		return Credentials{}, awserror.Wrap(err, "reading secret %s", arn)
	}
	return parse(arn, aws.ToString(out.SecretString))
}

// parse reads the JSON of a login. Errors of the parser are dropped, since they
// may quote what they read.
func parse(arn, text string) (Credentials, error) {
	var login struct{ Username, Password string }
	if json.Unmarshal([]byte(text), &login) != nil || login.Username == "" || login.Password == "" {
		return Credentials{}, coded.New(coded.Internal, "secret %s does not hold a user name and a password", arn)
	}
	return Credentials{Username: login.Username, Password: NewValue(login.Password)}, nil
}
