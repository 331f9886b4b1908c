// Package keystest is the contract of customerkey.Keys as a suite: what KMS and
// its embedded twin must both answer, one case per sentence. An implementation's
// own test calls Run.
//
// The answers are those of the KMS guide's key state table, of the errors that
// the KMS API reference lists for each operation, and of "Testing your
// permissions" for dry runs.
package keystest

import (
	"context"
	"slices"
	"testing"
	"time"

	"latchkey/shared/conformance"
	"latchkey/shared/customerkey"
)

// Regions that keys are made in.
const (
	Region      = "eu-central-1"
	OtherRegion = "us-west-2"
)

// World is what the cases arrange beside the port. What an implementation cannot
// arrange it answers with an error, which is an exception of its own.
type World interface {
	// Keys is the port, as a principal that the key policies allow all that a key
	// is used for.
	Keys() customerkey.Keys
	// Now is the time as the keys see it.
	Now() time.Time
	// Create makes a key and returns its ARN.
	Create(ctx context.Context, kind Kind) (arn string, err error)
	// Call calls an operation of the key's owner: DisableKey, EnableKey,
	// ScheduleKeyDeletion (in DeletionDays), CancelKeyDeletion,
	// DeleteImportedKeyMaterial or DisconnectCustomKeyStore (of the key's store).
	Call(ctx context.Context, operation, arn string) error
	// Deny has the key policy deny one operation to the port's principal.
	Deny(ctx context.Context, operation, arn string) error
	// Grant makes a grant, and Revoke ends it.
	Grant(ctx context.Context, arn string, in Grant) (id string, err error)
	Revoke(ctx context.Context, arn, grantID string) error
}

// DeletionDays is the waiting period of ScheduleKeyDeletion.
const DeletionDays = 7

// Kind is what kind of key is made; the zero Kind is a symmetric one of AWS_KMS.
type Kind struct {
	Region      string    // empty: Region
	Spec, Usage string    // empty: SYMMETRIC_DEFAULT, ENCRYPT_DECRYPT
	Origin      string    // empty: AWS_KMS; EXTERNAL_KEY_STORE: in a connected store of its own
	ExpiresAt   time.Time // for EXTERNAL: material is imported, which expires then; zero: none is
	MultiRegion bool
	AWSManaged  bool // the AWS managed key aws/rds
}

// Grant is what a grant is made with: it allows Decrypt.
type Grant struct {
	Grantee        string // ARN of a principal
	Subset, Equals map[string]string
}

// Run runs the suite on worlds without keys.
func Run(t *testing.T, open func(t *testing.T) World, exceptions ...conformance.Exception) {
	t.Helper()
	fresh := func(t *testing.T) *suite {
		w := open(t)
		return &suite{World: w, keys: w.Keys()}
	}
	conformance.Run(t, fresh,
		slices.Concat(describeCases, canaryCases, useCases(), refusalCases(), grantCases), exceptions...)
}

type (
	one   = conformance.Case[*suite]
	suite struct {
		World
		keys customerkey.Keys
	}
)
