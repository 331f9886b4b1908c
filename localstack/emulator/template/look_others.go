package template

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/rds"
	"github.com/aws/aws-sdk-go-v2/service/s3"
)

func lookKey(ctx context.Context, d *Deployed, _ Resource, physical string) (string, error) {
	out, err := d.Clients.KMS.DescribeKey(ctx, &kms.DescribeKeyInput{KeyId: &physical})
	if err == nil && !out.KeyMetadata.Enabled {
		return "it is not enabled", nil
	}
	return "", err
}

func lookAlias(ctx context.Context, d *Deployed, r Resource, _ string) (string, error) {
	var want struct{ AliasName, TargetKeyId string }
	if err := d.decode(r, &want); err != nil {
		return "", err
	}
	out, err := d.Clients.KMS.DescribeKey(ctx, &kms.DescribeKeyInput{KeyId: &want.AliasName})
	if err != nil {
		return "", err
	}
	if id := aws.ToString(out.KeyMetadata.KeyId); id != want.TargetKeyId && aws.ToString(out.KeyMetadata.Arn) != want.TargetKeyId {
		return "it points to " + id, nil
	}
	return "", nil
}

func lookBucket(ctx context.Context, d *Deployed, _ Resource, physical string) (string, error) {
	_, err := d.Clients.S3.HeadBucket(ctx, &s3.HeadBucketInput{Bucket: &physical})
	return "", err
}

func lookSubnetGroup(ctx context.Context, d *Deployed, _ Resource, physical string) (string, error) {
	_, err := d.Clients.RDS.DescribeDBSubnetGroups(ctx, &rds.DescribeDBSubnetGroupsInput{DBSubnetGroupName: &physical})
	return "", err
}

// lookParameterGroup compares the family and every parameter that is declared.
func lookParameterGroup(ctx context.Context, d *Deployed, r Resource, _ string) (string, error) {
	var want parameterGroup
	if err := d.decode(r, &want); err != nil {
		return "", err
	}
	group, err := d.Clients.RDS.DescribeDBParameterGroups(ctx, &rds.DescribeDBParameterGroupsInput{DBParameterGroupName: &want.DBParameterGroupName})
	if err != nil {
		return "", err
	}
	if len(group.DBParameterGroups) != 1 {
		return "no group has its name", nil
	}
	if family := aws.ToString(group.DBParameterGroups[0].DBParameterGroupFamily); family != want.Family {
		return "its family is " + family, nil
	}
	out, err := d.Clients.RDS.DescribeDBParameters(ctx, &rds.DescribeDBParametersInput{DBParameterGroupName: &want.DBParameterGroupName})
	if err != nil {
		return "", err
	}
	got := map[string]string{}
	for _, p := range out.Parameters {
		got[aws.ToString(p.ParameterName)] = aws.ToString(p.ParameterValue)
	}
	for _, name := range slices.Sorted(maps.Keys(want.Parameters)) {
		if got[name] != want.Parameters[name] {
			return fmt.Sprintf("its parameter %s is %q, not %q", name, got[name], want.Parameters[name]), nil
		}
	}
	return "", nil
}
