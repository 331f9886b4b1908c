package rds

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/rds"
)

// Start implements database.Fleet.
func (f *Fleet) Start(ctx context.Context, instanceID string) error {
	return f.call(ctx, "StartDBInstance", func(ctx context.Context) error {
		_, err := f.client.StartDBInstance(ctx, &sdk.StartDBInstanceInput{DBInstanceIdentifier: &instanceID})
		return err
	})
}

// Stop implements database.Fleet. RDS starts a stopped instance again by itself
// after seven days. [RDS guide, Stopping an Amazon RDS DB instance temporarily]
func (f *Fleet) Stop(ctx context.Context, instanceID string) error {
	return f.call(ctx, "StopDBInstance", func(ctx context.Context) error {
		_, err := f.client.StopDBInstance(ctx, &sdk.StopDBInstanceInput{DBInstanceIdentifier: &instanceID})
		return err
	})
}

// Unprotect implements database.Fleet.
func (f *Fleet) Unprotect(ctx context.Context, instanceID string) error {
	return f.modify(ctx, &sdk.ModifyDBInstanceInput{DBInstanceIdentifier: &instanceID, DeletionProtection: aws.Bool(false)})
}

// ManagePassword implements database.Restorer. A restored PostgreSQL instance
// needs it: the restoring calls take these parameters for Oracle only.
// [RDS API reference, RestoreDBInstanceFromDBSnapshot; RDS guide, Password management with AWS Secrets Manager]
func (f *Fleet) ManagePassword(ctx context.Context, instanceID, keyARN string) error {
	return f.modify(ctx, &sdk.ModifyDBInstanceInput{
		DBInstanceIdentifier: &instanceID, ManageMasterUserPassword: aws.Bool(true), MasterUserSecretKmsKeyId: given(keyARN),
	})
}

// modify changes an instance at once, and not in its next maintenance window.
func (f *Fleet) modify(ctx context.Context, in *sdk.ModifyDBInstanceInput) error {
	in.ApplyImmediately = aws.Bool(true)
	return f.call(ctx, "ModifyDBInstance", func(ctx context.Context) error {
		_, err := f.client.ModifyDBInstance(ctx, in)
		return err
	})
}

// Delete implements database.Fleet. Final snapshots are the rules' own, taken
// and verified before.
func (f *Fleet) Delete(ctx context.Context, instanceID string) error {
	return f.call(ctx, "DeleteDBInstance", func(ctx context.Context) error {
		_, err := f.client.DeleteDBInstance(ctx, &sdk.DeleteDBInstanceInput{
			DBInstanceIdentifier: &instanceID, SkipFinalSnapshot: aws.Bool(true), DeleteAutomatedBackups: aws.Bool(true),
		})
		return err
	})
}
