// Package fleet wires the control plane for the functions that step databases.
// It is apart from package cell so that functions which may not touch RDS do not
// link it.
package fleet

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	kmssdk "github.com/aws/aws-sdk-go-v2/service/kms"
	lambdasdk "github.com/aws/aws-sdk-go-v2/service/lambda"
	rdssdk "github.com/aws/aws-sdk-go-v2/service/rds"

	"latchkey/shared/aws/awsclient"
	"latchkey/shared/aws/awserror"
	"latchkey/shared/coded"
	"latchkey/shared/database"
	"latchkey/shared/fleet/rds"
	"latchkey/shared/function"
	"latchkey/shared/function/cell"
	"latchkey/shared/function/settings"
	"latchkey/shared/inside/lambda"
	"latchkey/shared/keys/kms"
	"latchkey/shared/reconcile"
	"latchkey/shared/snapshot"
)

// New returns a control plane that steps tenants and databases at once. Of the
// keys it only lists the grants that RDS made.
func New(ctx context.Context, h function.Host, s settings.Fleet) (*reconcile.Plane, error) {
	cfg, err := cell.Configure(h, s.Plane)
	if err != nil {
		return nil, err
	}
	cfg.Settings = database.Settings{
		Class: s.Class, StorageGiB: s.StorageGiB, EngineVersion: s.EngineVersion,
		SubnetGroup: s.SubnetGroup, ParameterGroup: s.ParameterGroup,
	}
	cfg.Schedule = snapshot.Monthly
	if s.Snapshots == settings.ScheduleDaily {
		cfg.Schedule = snapshot.Daily
	}
	ports, err := ports(ctx, h, s)
	if err != nil {
		return nil, err
	}
	return cell.Plane(h, s.Table, cfg, ports, reconcile.Tenants, reconcile.Databases)
}

func ports(ctx context.Context, h function.Host, s settings.Fleet) (reconcile.Ports, error) {
	patient, err := awsclient.Load(ctx, lambda.Patient(function.ClientOptions(h.Limits.Timeout)))
	if err != nil {
		return reconcile.Ports{}, err
	}
	client := rdssdk.NewFromConfig(h.AWS)
	fleet, _ := rds.New(client, rds.Config{SecurityGroupIDs: s.SecurityGroups})
	return reconcile.Ports{
		Keys:  kms.New(kmssdk.NewFromConfig(h.AWS), kms.Config{PlatformAccount: s.Account}),
		Fleet: fleet, Restorer: fleet,
		Inside: lambda.New(lambdasdk.NewFromConfig(patient), lambda.Config{Function: s.Fence, MasterSecret: masterSecret(client)}),
	}, nil
}

// masterSecret finds the secret that RDS keeps an instance's master password in.
func masterSecret(client *rdssdk.Client) func(context.Context, string) (string, error) {
	return func(ctx context.Context, instanceID string) (string, error) {
		out, err := client.DescribeDBInstances(ctx, &rdssdk.DescribeDBInstancesInput{DBInstanceIdentifier: &instanceID})
		if err != nil {
			return "", awserror.RDS("DescribeDBInstances", err)
		}
		for _, i := range out.DBInstances {
			if i.MasterUserSecret != nil {
				return aws.ToString(i.MasterUserSecret.SecretArn), nil
			}
		}
		return "", coded.New(coded.NotFound, "instance %s has no master password that RDS manages", instanceID)
	}
}
