package stack

import (
	"context"
	"errors"
	"strings"

	"latchkey/events"
	"latchkey/shared/catalog"
	"latchkey/shared/coded"
	"latchkey/shared/customerkey"
	"latchkey/shared/fake/fakekms"
)

// ResolveKey returns the ARN that a reference means: an ARN, or the beginning
// or the end of the id of one key that a tenant uses or CreateKey made.
func (s *Stack) ResolveKey(ctx context.Context, ref string) (string, error) {
	if strings.HasPrefix(ref, "arn:") {
		key, err := events.ParseKeyARN(ref)
		if err != nil {
			return "", err
		}
		return key.String(), nil
	}
	found := map[string]bool{}
	look := func(arn string) {
		if key, err := events.ParseKeyARN(arn); err == nil && ref != "" &&
			(strings.HasPrefix(key.KeyID, ref) || strings.HasSuffix(key.KeyID, ref)) {
			found[arn] = true
		}
	}
	made, err := s.CustomerKeys()
	if err != nil {
		return "", err
	}
	for _, k := range made {
		look(k.ARN)
	}
	for after, more := "", true; more; more = after != "" {
		page, err := s.Plane().Keys(ctx, after, catalog.MaxPage)
		if err != nil {
			return "", err
		}
		for _, k := range page.Items {
			look(k.ARN)
		}
		after = page.Next
	}
	switch len(found) {
	case 0:
		e := coded.New(coded.NotFound, "no key %q", ref)
		e.Field, e.Hint = "key", "give an ARN such as arn:aws:kms:eu-central-1:444455556666:key/<key id>, or part of the id of a key in `key list`"
		return "", e
	case 1:
		for arn := range found {
			return arn, nil
		}
	}
	return "", coded.Field("key", "give more of the key's id", "%q fits %d keys", ref, len(found))
}

// keyError gives what KMS answered a code.
func keyError(err error) error {
	var service *customerkey.ServiceError
	if !errors.As(err, &service) {
		return err
	}
	out := coded.New(coded.Internal, "%s: %s", service.Code, service.Message)
	switch service.Code {
	case customerkey.CodeNotFound:
		out.Code, out.Hint = coded.NotFound, "see `key list`; `key create` makes one"
	case customerkey.CodeInvalidState, customerkey.CodeDisabled:
		out.Code, out.Hint = coded.Conflict, "see the key's state; a key pending deletion needs cancel-deletion first, and is then disabled"
	case customerkey.CodeAccessDenied:
		out.Code, out.Hint = coded.KeyAccess, "the key's policy does not let its own administrators do this"
	case fakekms.CodeMalformedPolicy:
		out.Code, out.Field, out.Hint = coded.Invalid, "policy", "give a key policy as JSON, or default, latchkey or latchkey-without-grant"
	case fakekms.CodeValidation, fakekms.CodeInvalidARN, fakekms.CodeUnsupportedOperation:
		out.Code = coded.Invalid
	case customerkey.CodeThrottling, customerkey.CodeKMSInternal, customerkey.CodeDependencyTimeout, customerkey.CodeKeyUnavailable:
		out.Code = coded.Retryable
	}
	return out
}
