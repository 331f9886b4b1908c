package database

import (
	"context"
	"fmt"
	"time"
)

// Fleet is what the rules need of RDS instances. Methods return a
// *ServiceError when RDS answered with an error. Instance ids are
// DBInstanceIdentifiers (names); deterministic, so that a call can be repeated.
type Fleet interface {
	// Describe returns the instance, or a ServiceError with CodeInstanceNotFound.
	Describe(ctx context.Context, instanceID string) (Instance, error)
	// Create starts to make an instance; CodeInstanceExists if the name is taken.
	Create(ctx context.Context, spec Spec) error
	// Start asks for StartDBInstance, allowed in stopped,
	// inaccessible-encryption-credentials-recoverable and incompatible-network.
	Start(ctx context.Context, instanceID string) error
	// Stop asks for StopDBInstance, allowed in available.
	Stop(ctx context.Context, instanceID string) error
	// Unprotect takes away deletion protection.
	Unprotect(ctx context.Context, instanceID string) error
	// Delete starts to delete the instance without a final snapshot and with its
	// automated backups (manual snapshots stay); refused under deletion protection.
	Delete(ctx context.Context, instanceID string) error
}

// Restorer makes instances out of backups, and gives them what a restore leaves
// out. Errors are as Fleet's.
type Restorer interface {
	// RestoreSnapshot starts to make the instance of spec from a snapshot.
	RestoreSnapshot(ctx context.Context, snapshotID string, spec Spec) error
	// RestoreToTime starts to make the instance of spec as source was at that moment.
	RestoreToTime(ctx context.Context, sourceInstanceID string, at time.Time, spec Spec) error
	// ManagePassword has RDS make a new master password and keep it in a secret
	// under that key (empty: the AWS managed one), which a restore does not do for
	// PostgreSQL. Allowed in available; CodeInvalidCombination where RDS does
	// already. [RDS guide, Password management with AWS Secrets Manager]
	ManagePassword(ctx context.Context, instanceID, secretKeyARN string) error
}

// Inside is what the rules need inside an instance (SQL over TLS, logged in
// with IAM database authentication, never with a secret under the tenant's key).
// Each call may be repeated.
type Inside interface {
	// Prepare creates the database, its login role and its grants.
	Prepare(ctx context.Context, at Login) error
	// Fence revokes the role's login and terminates its backends.
	Fence(ctx context.Context, at Login) error
	// Unfence lets the role log in again.
	Unfence(ctx context.Context, at Login) error
	// Verify logs in as the role and runs a query.
	Verify(ctx context.Context, at Login) error
	// Drop removes a shared database and its role from their shard.
	Drop(ctx context.Context, at Login) error
}

// Login names a database and its role in an instance.
type Login struct {
	InstanceID string
	Endpoint   string // host:port
	Database   string
	Role       string
}

// Spec is what an instance is made with.
type Spec struct {
	InstanceID          string
	Class               string // db.m7g.large
	StorageGiB          int
	EngineVersion       string // PostgreSQL
	KMSKeyARN           string // empty: the AWS managed key aws/rds
	MasterSecretKeyARN  string // key of the managed master password's secret: the platform's, never the tenant's
	MultiAZ             bool
	BackupRetentionDays int
	DeletionProtection  bool
	PubliclyAccessible  bool
	SubnetGroup         string
	ParameterGroup      string
	Tags                map[string]string
}

// Instance is what DescribeDBInstances says of an instance.
type Instance struct {
	InstanceID           string
	ResourceID           string // DbiResourceId, "db-…"; new with every restore
	Status               string // DBInstanceStatus
	Endpoint             string // host:port; empty until RDS has assigned one
	KMSKeyARN            string
	MasterSecretARN      string // of the secret with the master password; empty: RDS does not manage it
	MultiAZ              bool
	SecondaryAZ          string
	StorageEncrypted     bool
	DeletionProtection   bool
	BackupRetentionDays  int
	LatestRestorableTime time.Time
	CreatedAt            time.Time
	Tags                 map[string]string
}

// Error codes of RDS, as on the wire (the names without "Fault" are AWS's too).
// [RDS API reference, errors of CreateDBInstance, StartDBInstance, DeleteDBInstance, RestoreDBInstanceFromDBSnapshot, CreateDBSnapshot]
const (
	CodeInstanceNotFound  = "DBInstanceNotFound"
	CodeInstanceExists    = "DBInstanceAlreadyExists"
	CodeInvalidState      = "InvalidDBInstanceState"
	CodeKeyNotAccessible  = "KMSKeyNotAccessibleFault"
	CodeInstanceQuota     = "InstanceQuotaExceeded"
	CodeStorageQuota      = "StorageQuotaExceeded"
	CodeSnapshotNotFound  = "DBSnapshotNotFound"
	CodeSnapshotExists    = "DBSnapshotAlreadyExists"
	CodeSnapshotQuota     = "SnapshotQuotaExceeded"
	CodeSnapshotState     = "InvalidDBSnapshotState"
	CodePITRNotEnabled    = "PointInTimeRestoreNotEnabled"
	CodeInvalidParameter  = "InvalidParameterValue"
	CodeInsufficientClass = "InsufficientDBInstanceCapacity"
	CodeThrottling        = "Throttling"
	CodeInternalFailure   = "InternalFailure"

	// CodeInvalidCombination is of settings that exclude each other, of a version of
	// the engine that no instance is made with any more ("Cannot find version 16.2
	// for postgres"), and of deleting what is protected. [RDS API reference, Common
	// errors; for the version, messages of CreateDBInstance that were published]
	CodeInvalidCombination = "InvalidParameterCombination"
)

// ServiceError is an error that RDS itself answered.
type ServiceError struct {
	Operation string
	Code      string
	Message   string
}

// Error returns the operation, the code and AWS's message.
func (e *ServiceError) Error() string {
	return fmt.Sprintf("rds %s: %s: %s", e.Operation, e.Code, e.Message)
}
