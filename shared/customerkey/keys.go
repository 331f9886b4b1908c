package customerkey

import (
	"context"
	"fmt"
	"time"
)

// Keys is what the rules need of KMS, called as Latchkey's own principal.
// Every method takes a full key ARN (the key may be in a customer's account)
// and returns a *ServiceError when KMS answered with an error; any other error
// (a time-out, a broken connection) says nothing about the key.
type Keys interface {
	// Describe returns the key's metadata (kms:DescribeKey).
	Describe(ctx context.Context, arn string) (Description, error)
	// NewCanary really makes a data key under the encryption context and returns
	// its ciphertext only (kms:GenerateDataKeyWithoutPlaintext). Probes ask to
	// decrypt it.
	NewCanary(ctx context.Context, arn string, encryptionContext map[string]string) ([]byte, error)
	// TryGenerateDataKey asks with DryRun; nil means allowed.
	TryGenerateDataKey(ctx context.Context, arn string, encryptionContext map[string]string) error
	// TryDecrypt asks with DryRun whether the canary could be decrypted; nil means allowed.
	TryDecrypt(ctx context.Context, arn string, canary []byte, encryptionContext map[string]string) error
	// TryCreateGrant asks with DryRun whether a grant for an AWS service could be
	// made; nil means allowed.
	TryCreateGrant(ctx context.Context, arn string) error
	// Grants returns one page of the key's grants (kms:ListGrants), and the marker of the next.
	Grants(ctx context.Context, arn, marker string) (grants []Grant, next string, err error)
}

// Description is a key's metadata as DescribeKey gives it, in AWS's own words.
type Description struct {
	ARN              string
	AccountID        string
	Manager          string // AWS or CUSTOMER
	Spec             string // SYMMETRIC_DEFAULT, RSA_2048, …
	Usage            string // ENCRYPT_DECRYPT, SIGN_VERIFY, …
	State            string // Enabled, Disabled, PendingDeletion, …
	DeletionDate     time.Time
	ValidTo          time.Time // imported key material's expiration
	Origin           string    // AWS_KMS, EXTERNAL, AWS_CLOUDHSM, EXTERNAL_KEY_STORE
	CustomKeyStoreID string
	MultiRegion      bool
}

// Grant is one entry of ListGrants.
type Grant struct {
	ID               string
	GranteePrincipal string
	// EncryptionContext is the grant's EncryptionContextSubset or …Equals constraint.
	EncryptionContext map[string]string
}

// Key states that DescribeKey reports. [KMS guide, Key states]
const (
	StateEnabled                = "Enabled"
	StateDisabled               = "Disabled"
	StatePendingDeletion        = "PendingDeletion"
	StatePendingImport          = "PendingImport"
	StateUnavailable            = "Unavailable"
	StateCreating               = "Creating"
	StateUpdating               = "Updating"
	StatePendingReplicaDeletion = "PendingReplicaDeletion"
)

// Error codes of KMS, as on the wire. [KMS API reference, Common errors and
// the errors of Decrypt, GenerateDataKey, DescribeKey]
const (
	CodeDisabled          = "DisabledException"
	CodeInvalidState      = "KMSInvalidStateException"
	CodeNotFound          = "NotFoundException"
	CodeAccessDenied      = "AccessDeniedException"
	CodeKeyUnavailable    = "KeyUnavailableException"
	CodeDependencyTimeout = "DependencyTimeoutException"
	CodeKMSInternal       = "KMSInternalException"
	CodeThrottling        = "ThrottlingException"
	CodeInvalidCiphertext = "InvalidCiphertextException"
	CodeIncorrectKey      = "IncorrectKeyException"
	CodeLimitExceeded     = "LimitExceededException"
	CodeInvalidGrantToken = "InvalidGrantTokenException"
)

// ServiceError is an error that KMS itself answered.
type ServiceError struct {
	Operation string // Decrypt, DescribeKey, …
	Code      string // one of the Code constants, or another code of AWS
	Message   string
}

// Error returns the operation, the code and AWS's message.
func (e *ServiceError) Error() string {
	return fmt.Sprintf("kms %s: %s: %s", e.Operation, e.Code, e.Message)
}
