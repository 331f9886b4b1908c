package rds

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/rds"

	"latchkey/shared/coded"
	"latchkey/shared/database"
)

// Create implements database.Fleet. The instance is encrypted, has no public
// address, forces TLS through its parameter group, takes logins with IAM
// database authentication, and keeps its master password in Secrets Manager. No
// initial database is made: preparing the instance makes the product's.
func (f *Fleet) Create(ctx context.Context, spec database.Spec) error {
	if err := check(spec); err != nil {
		return err
	}
	return f.call(ctx, "CreateDBInstance", func(ctx context.Context) error {
		_, err := f.client.CreateDBInstance(ctx, f.createInput(spec))
		return err
	})
}

// check refuses what no instance of ours may be, whatever the caller wants.
func check(spec database.Spec) error {
	switch {
	case spec.Tags[database.TagOwner] != database.Owner:
		return coded.New(coded.Internal, "instance %s lacks the tag %s: it could never be changed or deleted", spec.InstanceID, database.TagOwner)
	case spec.PubliclyAccessible:
		return coded.New(coded.Internal, "instance %s would have a public address", spec.InstanceID)
	case spec.BackupRetentionDays < 1:
		// Without backups RDS has no recoverable state for a lost key either.
		// [RDS guide, Encrypting Amazon RDS resources]
		return coded.New(coded.Internal, "instance %s would have no backups", spec.InstanceID)
	}
	return nil
}

func (f *Fleet) createInput(spec database.Spec) *sdk.CreateDBInstanceInput {
	return &sdk.CreateDBInstanceInput{
		DBInstanceIdentifier:            &spec.InstanceID,
		DBInstanceClass:                 &spec.Class,
		Engine:                          aws.String(Engine),
		EngineVersion:                   given(spec.EngineVersion),
		AllocatedStorage:                aws.Int32(int32(spec.StorageGiB)),
		StorageType:                     &f.cfg.StorageType,
		StorageEncrypted:                aws.Bool(true),
		KmsKeyId:                        given(spec.KMSKeyARN),
		MasterUsername:                  aws.String(MasterUsername),
		ManageMasterUserPassword:        aws.Bool(true),
		MasterUserSecretKmsKeyId:        given(spec.MasterSecretKeyARN),
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

// given returns nil for a parameter that is not given.
func given(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}
