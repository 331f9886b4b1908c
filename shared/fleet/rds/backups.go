package rds

import (
	"context"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/rds"
	"github.com/aws/aws-sdk-go-v2/service/rds/types"

	"latchkey/shared/coded"
	"latchkey/shared/database"
	"latchkey/shared/snapshot"
)

const describeSnapshots = "DescribeDBSnapshots"

// Create implements snapshot.Backups. The snapshot is under its instance's key.
// [RDS guide, Encrypting Amazon RDS resources]
func (b *Backups) Create(ctx context.Context, instanceID, snapshotID string, tags map[string]string) error {
	if err := checkTags(snapshotID, tags); err != nil {
		return err
	}
	return b.call(ctx, "CreateDBSnapshot", func(ctx context.Context) error {
		_, err := b.client.CreateDBSnapshot(ctx, &sdk.CreateDBSnapshotInput{
			DBInstanceIdentifier: &instanceID, DBSnapshotIdentifier: &snapshotID, Tags: tagList(tags),
		})
		return err
	})
}

// Describe implements snapshot.Backups.
func (b *Backups) Describe(ctx context.Context, snapshotID string) (snapshot.Description, error) {
	return describeSnapshot(ctx, b.client, b.timeout, snapshotID)
}

func describeSnapshot(ctx context.Context, client *sdk.Client, timeout time.Duration, snapshotID string) (snapshot.Description, error) {
	found := snapshot.Description{}
	err := within(ctx, timeout, describeSnapshots, func(ctx context.Context) error {
		out, err := client.DescribeDBSnapshots(ctx, &sdk.DescribeDBSnapshotsInput{DBSnapshotIdentifier: &snapshotID})
		if err == nil && len(out.DBSnapshots) > 0 {
			found = description(&out.DBSnapshots[0])
		}
		return err
	})
	if err == nil && found.SnapshotID == "" {
		err = &database.ServiceError{Operation: describeSnapshots, Code: database.CodeSnapshotNotFound, Message: "the answer is empty"}
	}
	return found, err
}

// List implements snapshot.Backups.
func (b *Backups) List(ctx context.Context, instanceID, marker string) (page []snapshot.Description, next string, err error) {
	err = b.call(ctx, describeSnapshots, func(ctx context.Context) error {
		out, err := b.client.DescribeDBSnapshots(ctx, &sdk.DescribeDBSnapshotsInput{
			DBInstanceIdentifier: &instanceID, SnapshotType: aws.String("manual"),
			MaxRecords: aws.Int32(pageSize), Marker: given(marker),
		})
		if err != nil {
			return err
		}
		for i := range out.DBSnapshots {
			page = append(page, description(&out.DBSnapshots[i]))
		}
		next = aws.ToString(out.Marker)
		return nil
	})
	return page, next, err
}

// Copy implements snapshot.Backups. An empty key is the source's.
// [RDS API reference, CopyDBSnapshot]
func (b *Backups) Copy(ctx context.Context, sourceID, targetID, kmsKeyARN string, tags map[string]string) error {
	if err := checkTags(targetID, tags); err != nil {
		return err
	}
	return b.call(ctx, "CopyDBSnapshot", func(ctx context.Context) error {
		_, err := b.client.CopyDBSnapshot(ctx, &sdk.CopyDBSnapshotInput{
			SourceDBSnapshotIdentifier: &sourceID, TargetDBSnapshotIdentifier: &targetID,
			KmsKeyId: given(kmsKeyARN), Tags: tagList(tags),
		})
		return err
	})
}

// Delete implements snapshot.Backups.
func (b *Backups) Delete(ctx context.Context, snapshotID string) error {
	return b.call(ctx, "DeleteDBSnapshot", func(ctx context.Context) error {
		_, err := b.client.DeleteDBSnapshot(ctx, &sdk.DeleteDBSnapshotInput{DBSnapshotIdentifier: &snapshotID})
		return err
	})
}

func checkTags(snapshotID string, tags map[string]string) error {
	if tags[database.TagOwner] != database.Owner {
		return coded.New(coded.Internal, "snapshot %s lacks the tag %s: it could never be deleted", snapshotID, database.TagOwner)
	}
	return nil
}

// description is one entry of DescribeDBSnapshots in the rules' form. CreatedAt
// of a copy is the copy's own. [RDS API reference, DBSnapshot, SnapshotCreateTime]
func description(s *types.DBSnapshot) snapshot.Description {
	return snapshot.Description{
		SnapshotID: aws.ToString(s.DBSnapshotIdentifier),
		InstanceID: aws.ToString(s.DBInstanceIdentifier),
		ResourceID: aws.ToString(s.DbiResourceId),
		Status:     aws.ToString(s.Status),
		KMSKeyARN:  aws.ToString(s.KmsKeyId),
		CreatedAt:  utc(s.SnapshotCreateTime),
		Progress:   int(aws.ToInt32(s.PercentProgress)),
		Tags:       tagMap(s.TagList),
	}
}
