package secrets_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	sdk "github.com/aws/aws-sdk-go-v2/service/secretsmanager"

	"latchkey/shared/coded"
	"latchkey/shared/secrets"
)

// answers is a transport that answers every call alike.
type answers struct {
	status int
	body   string
	calls  int
}

func (a *answers) RoundTrip(r *http.Request) (*http.Response, error) {
	a.calls++
	if a.status == 0 {
		return nil, errors.New("connection reset")
	}
	return &http.Response{StatusCode: a.status, Request: r, Body: io.NopCloser(strings.NewReader(a.body)),
		Header: http.Header{"Content-Type": {"application/x-amz-json-1.1"}}}, nil
}

func store(a *answers) *secrets.Store {
	return secrets.New(sdk.NewFromConfig(aws.Config{
		Region: region, HTTPClient: &http.Client{Transport: a}, Retryer: func() aws.Retryer { return aws.NopRetryer{} },
		Credentials: credentials.NewStaticCredentialsProvider("id", "secret", ""),
	}), 0)
}

func TestStore_Master_errors(t *testing.T) {
	for _, c := range []struct {
		name   string
		status int
		body   string
		want   coded.Code
	}{
		{"absent", 400, `{"__type":"ResourceNotFoundException"}`, coded.NotFound},
		{"denied", 400, `{"__type":"AccessDeniedException"}`, coded.Internal},
		{"key of the platform is lost", 400, `{"__type":"DecryptionFailure"}`, coded.Internal},
		{"throttled", 400, `{"__type":"ThrottlingException"}`, coded.Retryable},
		{"server's fault", 500, `{"__type":"InternalServiceError"}`, coded.Retryable},
		{"no answer", 0, ``, coded.Retryable},
		{"no text", 200, `{}`, coded.Internal},
		{"no password", 200, `{"SecretString":"{\"username\":\"latchkey\"}"}`, coded.Internal},
	} {
		t.Run(c.name, func(t *testing.T) {
			a := &answers{status: c.status, body: c.body}
			got, err := store(a).Master(context.Background(), absent)
			if !coded.Is(err, c.want) || got != (secrets.Credentials{}) || a.calls != 1 {
				t.Errorf("got %v, %v after %d calls; want %s", got, err, a.calls, c.want)
			}
		})
	}
}

// TestStore_Master_otherSecrets holds that no other secret is ever asked for.
func TestStore_Master_otherSecrets(t *testing.T) {
	for name, arn := range map[string]string{
		"empty": "", "name": "rds!db-4b4e1e4e-aaaa-4bbb-8ccc-0123456789ab",
		"another kind":   "arn:aws:secretsmanager:eu-central-1:123456789012:secret:payments-AbCdEf",
		"a cluster's":    "arn:aws:secretsmanager:eu-central-1:123456789012:secret:rds!cluster-4b4e1e4e-AbCdEf",
		"another Region": strings.Replace(absent, region, "us-east-1", 1),
		"more behind":    absent + "/x",
	} {
		t.Run(name, func(t *testing.T) {
			a := &answers{status: 200}
			if _, err := store(a).Master(context.Background(), arn); !coded.Is(err, coded.Invalid) || a.calls != 0 || coded.Hint(err) == "" {
				t.Errorf("%v after %d calls", err, a.calls)
			}
		})
	}
}
