package rds

import (
	"context"
	"net"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/rds"
	"github.com/aws/aws-sdk-go-v2/service/rds/types"

	"latchkey/shared/database"
)

const describeInstances = "DescribeDBInstances"

// Describe implements database.Fleet.
func (f *Fleet) Describe(ctx context.Context, instanceID string) (database.Instance, error) {
	page, _, err := f.describe(ctx, &sdk.DescribeDBInstancesInput{DBInstanceIdentifier: &instanceID})
	if err == nil && len(page) == 0 {
		err = &database.ServiceError{Operation: describeInstances, Code: database.CodeInstanceNotFound, Message: "the answer is empty"}
	}
	if err != nil {
		return database.Instance{}, err
	}
	return page[0], nil
}

// List returns one page of the Region's instances, ours and others', and the
// marker of the next page; with resourceIDs (DbiResourceIds), only those.
func (f *Fleet) List(ctx context.Context, marker string, resourceIDs ...string) (page []database.Instance, next string, err error) {
	in := &sdk.DescribeDBInstancesInput{MaxRecords: aws.Int32(pageSize), Marker: given(marker)}
	if len(resourceIDs) > 0 {
		in.Filters = []types.Filter{{Name: aws.String("dbi-resource-id"), Values: resourceIDs}}
	}
	return f.describe(ctx, in)
}

func (f *Fleet) describe(ctx context.Context, in *sdk.DescribeDBInstancesInput) (page []database.Instance, next string, err error) {
	err = f.call(ctx, describeInstances, func(ctx context.Context) error {
		out, err := f.client.DescribeDBInstances(ctx, in)
		if err != nil {
			return err
		}
		for i := range out.DBInstances {
			page = append(page, instance(&out.DBInstances[i]))
		}
		next = aws.ToString(out.Marker)
		return nil
	})
	return page, next, err
}

// instance is one entry of DescribeDBInstances in the rules' form.
func instance(i *types.DBInstance) database.Instance {
	return database.Instance{
		InstanceID:           aws.ToString(i.DBInstanceIdentifier),
		ResourceID:           aws.ToString(i.DbiResourceId),
		Status:               aws.ToString(i.DBInstanceStatus),
		Endpoint:             endpoint(i.Endpoint),
		KMSKeyARN:            aws.ToString(i.KmsKeyId),
		MasterSecretARN:      masterSecret(i.MasterUserSecret),
		MultiAZ:              aws.ToBool(i.MultiAZ),
		SecondaryAZ:          aws.ToString(i.SecondaryAvailabilityZone),
		StorageEncrypted:     aws.ToBool(i.StorageEncrypted),
		DeletionProtection:   aws.ToBool(i.DeletionProtection),
		BackupRetentionDays:  int(aws.ToInt32(i.BackupRetentionPeriod)),
		LatestRestorableTime: utc(i.LatestRestorableTime),
		CreatedAt:            utc(i.InstanceCreateTime),
		Tags:                 tagMap(i.TagList),
	}
}

// masterSecret returns the ARN of the secret with the master password, or "" if
// RDS does not manage it.
func masterSecret(s *types.MasterUserSecret) string {
	if s == nil {
		return ""
	}
	return aws.ToString(s.SecretArn)
}

// endpoint returns host:port, or "" until RDS has assigned both.
func endpoint(e *types.Endpoint) string {
	if e == nil || aws.ToString(e.Address) == "" || aws.ToInt32(e.Port) == 0 {
		return ""
	}
	return net.JoinHostPort(*e.Address, strconv.Itoa(int(*e.Port)))
}

// utc returns the time, or zero if there is none.
func utc(t *time.Time) time.Time {
	if t == nil {
		return time.Time{}
	}
	return t.UTC()
}
