package fakerds

import (
	"context"
	"time"
)

// KMS is what RDS needs of KMS. Errors that KMS answers are
// *customerkey.ServiceError; any other error is taken for a KMS that does not answer.
type KMS interface {
	// GrantForService makes the grant that RDS uses for the whole life of an
	// instance, after checking that the caller (a principal's ARN) may create it
	// through the service. [aws-facts 4, 8]
	GrantForService(ctx context.Context, caller, keyARN, service string, encryptionContext map[string]string, ops []string) (grantID string, err error)
	// ServiceUse is RDS using its grant. It does not depend on the caller's permissions.
	ServiceUse(ctx context.Context, keyARN, grantID, op string, encryptionContext map[string]string) error
	// RetireServiceGrant is RDS giving its grant back.
	RetireServiceGrant(ctx context.Context, keyARN, grantID string) error
}

// service is the principal that RDS's grants are for.
const service = "rds.amazonaws.com"

// grantOps are the operations of RDS's grant. [RDS guide, AWS KMS key management]
var grantOps = []string{"Decrypt", "Encrypt", "GenerateDataKey", "GenerateDataKeyWithoutPlaintext",
	"ReEncryptFrom", "ReEncryptTo", "CreateGrant", "RetireGrant", "DescribeKey"}

// Event is an event of RDS, before EventBridge puts its envelope around it:
// the fields of detail, in the RDS guide's words.
type Event struct {
	SourceType string // DB_INSTANCE, SNAPSHOT
	SourceID   string
	SourceARN  string
	EventID    string // RDS-EVENT-0418
	Categories []string
	Message    string
	At         time.Time
	Tags       map[string]string // tags of the source; shared, not to be changed
}

// DetailType returns the event's detail-type on EventBridge.
func (e Event) DetailType() string {
	if e.SourceType == sourceSnapshot {
		return "RDS DB Snapshot Event"
	}
	return "RDS DB Instance Event"
}

// Call is one API call, as CloudTrail records it.
type Call struct {
	Caller       string // the principal's ARN
	Operation    string // CreateDBInstance
	Params       map[string]any
	Response     map[string]any // nil for a failed call
	ErrorCode    string         // CloudTrail's form ("InvalidDBInstanceStateFault"), or empty
	ErrorMessage string
	At           time.Time
	Region       string
	Account      string
	ReadOnly     bool
}
