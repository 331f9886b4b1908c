package kms

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"testing"
	"time"

	"latchkey/shared/coded"
	"latchkey/shared/customerkey"
)

// methods calls each method of the port.
var methods = []struct {
	operation string
	dry       bool
	call      func(ctx context.Context, k *Keys, arn string) error
}{
	{"DescribeKey", false, func(ctx context.Context, k *Keys, arn string) error { _, err := k.Describe(ctx, arn); return err }},
	{"GenerateDataKeyWithoutPlaintext", false, func(ctx context.Context, k *Keys, arn string) error {
		_, err := k.NewCanary(ctx, arn, customerkey.EncryptionContext("acme"))
		return err
	}},
	{"GenerateDataKey", true, func(ctx context.Context, k *Keys, arn string) error {
		return k.TryGenerateDataKey(ctx, arn, customerkey.EncryptionContext("acme"))
	}},
	{"Decrypt", true, func(ctx context.Context, k *Keys, arn string) error {
		return k.TryDecrypt(ctx, arn, []byte("canary"), customerkey.EncryptionContext("acme"))
	}},
	{"CreateGrant", true, func(ctx context.Context, k *Keys, arn string) error { return k.TryCreateGrant(ctx, arn) }},
	{"ListGrants", false, func(ctx context.Context, k *Keys, arn string) error {
		_, _, err := k.Grants(ctx, arn, "")
		return err
	}},
}

func TestKeys_Errors(t *testing.T) {
	for _, code := range []string{
		customerkey.CodeDisabled, customerkey.CodeInvalidState, customerkey.CodeNotFound, customerkey.CodeAccessDenied,
		customerkey.CodeKeyUnavailable, customerkey.CodeDependencyTimeout, customerkey.CodeKMSInternal,
		customerkey.CodeThrottling, customerkey.CodeInvalidCiphertext, customerkey.CodeIncorrectKey, "ExpiredTokenException",
	} {
		for _, m := range methods {
			t.Run(m.operation+"/"+code, func(t *testing.T) {
				s := always(http.StatusBadRequest, fmt.Sprintf(`{"__type":%q,"message":"no"}`, code))
				err := m.call(context.Background(), s.keys(t, 0), keyARN)
				var service *customerkey.ServiceError
				if !errors.As(err, &service) || service.Operation != m.operation || service.Code != code || service.Message != "no" {
					t.Fatalf("got %v, want a ServiceError %s of %s", err, code, m.operation)
				}
				if s.seen[0].operation != m.operation {
					t.Errorf("called %s", s.seen[0].operation)
				}
			})
		}
	}
}

func TestKeys_DryRun(t *testing.T) {
	for _, m := range methods {
		t.Run(m.operation, func(t *testing.T) {
			s := always(http.StatusBadRequest, `{"__type":"DryRunOperationException","message":"would have succeeded"}`)
			err := m.call(context.Background(), s.keys(t, 0), keyARN)
			if m.dry && err != nil {
				t.Errorf("an allowed dry run: %v", err)
			}
			if got := s.seen[0].body["DryRun"]; (got == true) != m.dry {
				t.Errorf("DryRun is %v", got)
			}
		})
	}
}

// TestKeys_NoAnswer holds that what KMS did not say is never taken for its word.
func TestKeys_NoAnswer(t *testing.T) {
	broken := errors.New("connection reset")
	for _, m := range methods {
		t.Run(m.operation+"/broken", func(t *testing.T) {
			s := &server{answer: func(*http.Request, request) (int, string, error) { return 0, "", broken }}
			err := m.call(context.Background(), s.keys(t, 0), keyARN)
			wantUnreachable(t, err, broken)
		})
		t.Run(m.operation+"/silent", func(t *testing.T) {
			s := &server{answer: func(r *http.Request, _ request) (int, string, error) {
				<-r.Context().Done()
				return 0, "", r.Context().Err()
			}}
			err := m.call(context.Background(), s.keys(t, 20*time.Millisecond), keyARN)
			wantUnreachable(t, err, context.DeadlineExceeded)
		})
		t.Run(m.operation+"/gateway", func(t *testing.T) {
			s := always(http.StatusBadGateway, "<html>bad gateway</html>")
			wantUnreachable(t, m.call(context.Background(), s.keys(t, 0), keyARN), nil)
		})
	}
}

func wantUnreachable(t *testing.T, err, cause error) {
	t.Helper()
	if err == nil {
		t.Fatal("no error")
	}
	if v := customerkey.VerdictOfError(err); v.Standing != customerkey.Unreachable {
		t.Errorf("%v is taken for %s", err, v)
	}
	if cause == nil {
		return
	}
	if !errors.Is(err, cause) || !coded.Is(err, coded.Retryable) {
		t.Errorf("%v (%s) does not wrap %v as retryable", err, coded.Of(err), cause)
	}
}
