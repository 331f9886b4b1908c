package rds

import (
	"context"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/rds"

	"latchkey/shared/coded"
	"latchkey/shared/database"
)

// RestoreSnapshot implements database.Restorer. The key, the engine version and
// the storage size are the snapshot's: the call has no parameter for the first
// two, and a size below the snapshot's is refused. A snapshot under another key
// than spec's is refused before anything is made. The master password is not
// managed yet (see ManagePassword).
// [RDS API reference, RestoreDBInstanceFromDBSnapshot]
func (f *Fleet) RestoreSnapshot(ctx context.Context, snapshotID string, spec database.Spec) error {
	if err := check(spec); err != nil {
		return err
	}
	from, err := describeSnapshot(ctx, f.client, f.cfg.Timeout, snapshotID)
	if err != nil {
		return err
	}
	if err := sameKey("snapshot "+snapshotID, from.KMSKeyARN, spec); err != nil {
		return err
	}
	return f.call(ctx, "RestoreDBInstanceFromDBSnapshot", func(ctx context.Context) error {
		_, err := f.client.RestoreDBInstanceFromDBSnapshot(ctx, f.restoreInput(snapshotID, spec))
		return err
	})
}

// RestoreToTime implements database.Restorer, with the same rules as
// RestoreSnapshot. A zero time is the latest restorable one.
// [RDS API reference, RestoreDBInstanceToPointInTime]
func (f *Fleet) RestoreToTime(ctx context.Context, sourceInstanceID string, at time.Time, spec database.Spec) error {
	if err := check(spec); err != nil {
		return err
	}
	from, err := f.Describe(ctx, sourceInstanceID)
	if err != nil {
		return err
	}
	if err := sameKey("instance "+sourceInstanceID, from.KMSKeyARN, spec); err != nil {
		return err
	}
	in := f.pointInTimeInput(sourceInstanceID, spec)
	if at.IsZero() {
		in.UseLatestRestorableTime = aws.Bool(true)
	} else {
		in.RestoreTime = aws.Time(at.UTC())
	}
	return f.call(ctx, "RestoreDBInstanceToPointInTime", func(ctx context.Context) error {
		_, err := f.client.RestoreDBInstanceToPointInTime(ctx, in)
		return err
	})
}

// sameKey refuses a source under another key than the instance is to have. Keys
// that are not named by an ARN cannot be compared.
func sameKey(source, keyARN string, spec database.Spec) error {
	if spec.KMSKeyARN == "" || keyARN == spec.KMSKeyARN || !strings.HasPrefix(keyARN, "arn:") {
		return nil
	}
	err := coded.New(coded.Conflict, "%s is under key %s, and %s is to be under %s", source, keyARN, spec.InstanceID, spec.KMSKeyARN)
	err.Hint = "a restore keeps its source's key: copy the snapshot under the new key first"
	return err
}

func (f *Fleet) restoreInput(snapshotID string, spec database.Spec) *sdk.RestoreDBInstanceFromDBSnapshotInput {
	return &sdk.RestoreDBInstanceFromDBSnapshotInput{
		DBSnapshotIdentifier:            &snapshotID,
		DBInstanceIdentifier:            &spec.InstanceID,
		DBInstanceClass:                 given(spec.Class),
		Engine:                          aws.String(Engine),
		StorageType:                     &f.cfg.StorageType,
		EnableIAMDatabaseAuthentication: aws.Bool(true),
		CACertificateIdentifier:         &f.cfg.CA,
		DBParameterGroupName:            given(spec.ParameterGroup),
		DBSubnetGroupName:               given(spec.SubnetGroup),
		VpcSecurityGroupIds:             f.cfg.SecurityGroupIDs,
		PubliclyAccessible:              aws.Bool(false),
		MultiAZ:                         &spec.MultiAZ,
		BackupRetentionPeriod:           aws.Int32(int32(spec.BackupRetentionDays)),
		CopyTagsToSnapshot:              aws.Bool(true),
		DeletionProtection:              &spec.DeletionProtection,
		AutoMinorVersionUpgrade:         aws.Bool(true),
		Tags:                            tagList(spec.Tags),
	}
}

func (f *Fleet) pointInTimeInput(sourceInstanceID string, spec database.Spec) *sdk.RestoreDBInstanceToPointInTimeInput {
	return &sdk.RestoreDBInstanceToPointInTimeInput{
		SourceDBInstanceIdentifier:      &sourceInstanceID,
		TargetDBInstanceIdentifier:      &spec.InstanceID,
		DBInstanceClass:                 given(spec.Class),
		Engine:                          aws.String(Engine),
		StorageType:                     &f.cfg.StorageType,
		EnableIAMDatabaseAuthentication: aws.Bool(true),
		CACertificateIdentifier:         &f.cfg.CA,
		DBParameterGroupName:            given(spec.ParameterGroup),
		DBSubnetGroupName:               given(spec.SubnetGroup),
		VpcSecurityGroupIds:             f.cfg.SecurityGroupIDs,
		PubliclyAccessible:              aws.Bool(false),
		MultiAZ:                         &spec.MultiAZ,
		BackupRetentionPeriod:           aws.Int32(int32(spec.BackupRetentionDays)),
		CopyTagsToSnapshot:              aws.Bool(true),
		DeletionProtection:              &spec.DeletionProtection,
		AutoMinorVersionUpgrade:         aws.Bool(true),
		Tags:                            tagList(spec.Tags),
	}
}
