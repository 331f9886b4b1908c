package grants

import (
	"latchkey/shared/database"
	"latchkey/shared/deployment"
)

// Names that Latchkey gives to instances and snapshots begin so; see
// database.InstanceName and snapshot.ID.
const (
	instances = "db:lk-*"
	snapshots = "snapshot:latchkey-*"
	automated = "snapshot:rds:lk-*" // RDS's own snapshots of instances
)

// generated is why statements about instances end in a "*".
const generated = "Names of instances and snapshots are made of tenants' and products' names, behind a prefix of ours."

// owned limits an action to what carries the ownership tag.
func owned() Conditions {
	return Conditions{"StringEquals": {"aws:ResourceTag/" + database.TagOwner: database.Owner}}
}

// owning limits an action to a request that puts the ownership tag on.
func owning() Conditions {
	return Conditions{"StringEquals": {"aws:RequestTag/" + database.TagOwner: database.Owner}}
}

// tagging is part of making anything with tags. Only tags of ours may be put on.
// [RDS guide, Grant permission to tag Amazon RDS resources during creation]
func tagging(resource string) Statement {
	when := owning()
	when["ForAllValues:StringLike"] = map[string]any{"aws:TagKeys": []string{"latchkey:*"}}
	return Statement{Sid: "Tag", Actions: []string{"rds:AddTagsToResource"}, Resources: []string{arn("rds", resource)}, When: when, Wildcard: generated}
}

// fleet is making and tending instances.
func fleet(in Place) []Statement {
	parameters, subnets := arn("rds", "pg:"+deployment.ParameterGroup), arn("rds", "subgrp:"+deployment.SubnetGroup)
	return append([]Statement{
		{Sid: "DescribeInstances", Actions: []string{"rds:DescribeDBInstances"}, Resources: []string{arn("rds", instances)}, Wildcard: generated},
		{Sid: "DescribeSnapshots", Actions: []string{"rds:DescribeDBSnapshots"}, Resources: []string{arn("rds", snapshots)}, Wildcard: generated},
		{
			Sid: "MakeInstances", When: owning(), Wildcard: generated,
			Actions:   []string{"rds:CreateDBInstance", "rds:RestoreDBInstanceFromDBSnapshot", "rds:RestoreDBInstanceToPointInTime"},
			Resources: []string{arn("rds", instances)},
		},
		{
			Sid:       "MakeInstancesOf",
			Actions:   []string{"rds:CreateDBInstance", "rds:RestoreDBInstanceFromDBSnapshot", "rds:RestoreDBInstanceToPointInTime"},
			Resources: []string{parameters, subnets, arn("rds", "og:default:postgres-17")},
		},
		{
			Sid: "RestoreFromSnapshots", Actions: []string{"rds:RestoreDBInstanceFromDBSnapshot"}, When: owned(), Wildcard: generated,
			Resources: []string{arn("rds", snapshots)},
		},
		tagging(instances),
		{
			// RDS checks it for whoever stops or deletes an instance that copies its tags
			// to snapshots, as ours do. Whether the tags are part of what is checked, AWS
			// does not say; so no condition is on them.
			// [AWS notice of 2024-08-15, changed permissions of DeleteDBInstance and StopDBInstance]
			Sid: "TagLastSnapshots", Actions: []string{"rds:AddTagsToResource"}, Wildcard: generated,
			Resources: []string{arn("rds", snapshots), arn("rds", automated)},
		},
		{
			Sid: "TendInstances", When: owned(), Wildcard: generated,
			Actions:   []string{"rds:DeleteDBInstance", "rds:ModifyDBInstance", "rds:StartDBInstance", "rds:StopDBInstance"},
			Resources: []string{arn("rds", instances)},
		},
		{
			// RDS makes its own role with the first instance of an account, for the
			// caller. [RDS guide, Using service-linked roles for Amazon RDS]
			Sid: "RoleOfRDS", Actions: []string{"iam:CreateServiceLinkedRole"},
			Resources: []string{"arn:${AWS::Partition}:iam::${AWS::AccountId}:role/aws-service-role/rds.amazonaws.com/AWSServiceRoleForRDS"},
			When:      Conditions{"StringEquals": {"iam:AWSServiceName": "rds.amazonaws.com"}},
		},
		{Sid: "GrantsOfKeys", Actions: []string{"kms:ListGrants"}, Resources: []string{anyKey}, Wildcard: customersKeys},
	}, append(grantToRDS(), masterSecret(in)...)...)
}

// masterSecret lets RDS make the secret of an instance's master password on the
// caller's behalf, under the platform's key.
// [RDS guide, Password management with AWS Secrets Manager, Permissions]
func masterSecret(in Place) []Statement {
	return []Statement{
		{
			Sid: "MasterSecret", Actions: []string{"secretsmanager:CreateSecret", "secretsmanager:TagResource"},
			Resources: []string{arn("secretsmanager", "secret:rds!db-*")},
			Wildcard:  "RDS names the secrets after the instances' resource ids.",
		},
		{
			Sid: "MasterSecretKey", Actions: []string{"kms:CreateGrant", "kms:Decrypt", "kms:DescribeKey", "kms:GenerateDataKey"},
			Resources: []string{in.PlatformKey},
			When: Conditions{"StringEquals": {"kms:ViaService": []string{
				"rds.${AWS::Region}.amazonaws.com", "secretsmanager.${AWS::Region}.amazonaws.com"}}},
		},
	}
}

// backups is taking and deleting manual snapshots.
func backups(Place) []Statement {
	return append([]Statement{
		{Sid: "DescribeSnapshots", Actions: []string{"rds:DescribeDBSnapshots"},
			Resources: []string{arn("rds", instances), arn("rds", snapshots)}, Wildcard: generated},
		{Sid: "MakeSnapshots", Actions: []string{"rds:CopyDBSnapshot", "rds:CreateDBSnapshot"}, When: owning(), Wildcard: generated,
			Resources: []string{arn("rds", snapshots)}},
		{Sid: "MakeSnapshotsOf", Actions: []string{"rds:CreateDBSnapshot"}, When: owned(), Wildcard: generated,
			Resources: []string{arn("rds", instances)}},
		{Sid: "CopySnapshots", Actions: []string{"rds:CopyDBSnapshot"}, When: owned(), Wildcard: generated,
			Resources: []string{arn("rds", snapshots)}},
		tagging(snapshots),
		{Sid: "DeleteSnapshots", Actions: []string{"rds:DeleteDBSnapshot"}, When: owned(), Wildcard: generated,
			Resources: []string{arn("rds", snapshots)}},
	}, grantToRDS()...)
}
