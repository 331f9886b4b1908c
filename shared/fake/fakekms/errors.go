package fakekms

import (
	"fmt"

	"latchkey/shared/customerkey"
)

// Error codes of KMS that package customerkey does not name. [KMS API
// reference, errors of each operation]
const (
	CodeDryRun               = "DryRunOperationException"
	CodeUnsupportedOperation = "UnsupportedOperationException"
	CodeMalformedPolicy      = "MalformedPolicyDocumentException"
	CodeInvalidARN           = "InvalidArnException"
	CodeInvalidKeyUsage      = "InvalidKeyUsageException"
	CodeInvalidGrantID       = "InvalidGrantIdException"
	CodeInvalidMarker        = "InvalidMarkerException"
	CodeIncorrectMaterial    = "IncorrectKeyMaterialException"
	CodeAlreadyExists        = "AlreadyExistsException"
	CodeValidation           = "ValidationException"
	CodeStoreNotFound        = "CustomKeyStoreNotFoundException"
	CodeStoreHasKeys         = "CustomKeyStoreHasCMKsException"
	CodeStoreInvalidState    = "CustomKeyStoreInvalidStateException"
	CodeStoreNameInUse       = "CustomKeyStoreNameInUseException"
)

// CodeTimeout is not a code of KMS: as an outage, it stands for calls that get
// no answer.
const CodeTimeout = "timeout"

func failf(o operation, code, format string, args ...any) *customerkey.ServiceError {
	return &customerkey.ServiceError{Operation: o.String(), Code: code, Message: fmt.Sprintf(format, args...)}
}

// dryRuns holds the error of each operation whose dry run was allowed.
var dryRuns = func() (out [operations]*customerkey.ServiceError) {
	for o := range operations {
		out[o] = failf(o, CodeDryRun, "The request would have succeeded, but the DryRun option is set.")
	}
	return out
}()

// allowed returns nil for the error of an allowed dry run, and any other error as it is.
func allowed(err error) error {
	if e, ok := err.(*customerkey.ServiceError); ok && e.Code == CodeDryRun {
		return nil
	}
	return err
}
