package keystest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"latchkey/shared/conformance"
	"latchkey/shared/customerkey"
)

var ctx = context.Background()

// bound is the encryption context of the tenant that the cases are about.
var bound = customerkey.EncryptionContext("acme")

// unused is a key that nobody made.
const unused = "arn:aws:kms:" + Region + ":123456789012:key/00000000-0000-4000-8000-000000000000"

// method is one method of the port.
type method struct {
	operation string // of KMS
	uses      bool   // it uses the key's material, or gives that to others
	call      func(ctx context.Context, k customerkey.Keys, arn string, canary []byte) error
}

var methods = []method{
	{"DescribeKey", false, func(ctx context.Context, k customerkey.Keys, arn string, _ []byte) error {
		_, err := k.Describe(ctx, arn)
		return err
	}},
	{"GenerateDataKeyWithoutPlaintext", true, func(ctx context.Context, k customerkey.Keys, arn string, _ []byte) error {
		_, err := k.NewCanary(ctx, arn, bound)
		return err
	}},
	{"GenerateDataKey", true, func(ctx context.Context, k customerkey.Keys, arn string, _ []byte) error {
		return k.TryGenerateDataKey(ctx, arn, bound)
	}},
	{"Decrypt", true, func(ctx context.Context, k customerkey.Keys, arn string, canary []byte) error {
		return k.TryDecrypt(ctx, arn, canary, bound)
	}},
	{"CreateGrant", true, func(ctx context.Context, k customerkey.Keys, arn string, _ []byte) error {
		return k.TryCreateGrant(ctx, arn)
	}},
	{"ListGrants", false, func(ctx context.Context, k customerkey.Keys, arn string, _ []byte) error {
		_, _, err := k.Grants(ctx, arn, "")
		return err
	}},
}

// make makes a key, or ends the case.
func (s *suite) make(t *conformance.T, kind Kind) string {
	t.Helper()
	arn, err := s.Create(ctx, kind)
	must(t, err, "making a key")
	return arn
}

// made makes a key of AWS_KMS and a canary under it.
func (s *suite) made(t *conformance.T) (arn string, canary []byte) {
	t.Helper()
	arn = s.make(t, Kind{})
	return arn, s.canary(t, arn)
}

func (s *suite) canary(t *conformance.T, arn string) []byte {
	t.Helper()
	canary, err := s.keys.NewCanary(ctx, arn, bound)
	must(t, err, "making a canary")
	return canary
}

// owner calls an operation of the key's owner, or ends the case.
func (s *suite) owner(t *conformance.T, operation, arn string) {
	t.Helper()
	must(t, s.Call(ctx, operation, arn), operation)
}

// describe describes a key, or ends the case.
func (s *suite) describe(t *conformance.T, arn string) customerkey.Description {
	t.Helper()
	d, err := s.keys.Describe(ctx, arn)
	must(t, err, "describing "+arn)
	return d
}

func must(t *conformance.T, err error, doing string) {
	t.Helper()
	if err != nil {
		t.Fatalf("%s: %v", doing, err)
	}
}

// wantCodes requires that KMS answered the operation with one of the codes; with
// none, that it allowed it.
func wantCodes(t *conformance.T, err error, operation string, codes ...string) {
	t.Helper()
	want := fmt.Sprintf("%s: got %v, want %s", operation, answer(err), strings.Join(codes, " or "))
	var service *customerkey.ServiceError
	switch {
	case len(codes) == 0 && err != nil:
		t.Errorf("%sthat it is allowed", want)
	case len(codes) > 0 && (!errors.As(err, &service) || !slices.Contains(codes, service.Code)):
		t.Error(want)
	case len(codes) > 0 && service.Operation != operation:
		t.Errorf("%s: the error names the operation %s", operation, service.Operation)
	}
}

// answer is an error as failures show it.
func answer(err error) string {
	if err == nil {
		return "no error"
	}
	return err.Error()
}
