package stack

import (
	"errors"

	"latchkey/shared/coded"
	"latchkey/shared/customerkey"
	"latchkey/shared/fake/fakekms"
)

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
