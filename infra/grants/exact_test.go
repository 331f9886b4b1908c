package grants

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"

	"latchkey/shared/deployment"
)

// exactly says of each action that is not harmless on what, and under which
// whole condition, it may be allowed; as literals, not of the code's constants.
// R:A stands for the cell's Region and account.
var exactly = map[string][]string{
	"kms:CreateGrant": {
		`kms:R:*:key/* {"ForAllValues:StringEquals":{"kms:GrantOperations":["DescribeKey"]},"StringEquals":{"kms:GranteePrincipal":"iam::A:root"}}`,
		`kms:R:*:key/* {"Bool":{"kms:GrantIsForAWSResource":"true"},"StringEquals":{"kms:ViaService":"rds.R.amazonaws.com"}}`,
		testKey + ` {"StringEquals":{"kms:ViaService":["rds.R.amazonaws.com","secretsmanager.R.amazonaws.com"]}}`,
	},
	"kms:Decrypt": {
		`kms:R:*:key/* {"ForAllValues:StringEquals":{"kms:EncryptionContextKeys":["latchkey:tenant"]},"StringLike":{"kms:EncryptionContext:latchkey:tenant":"?*"}}`,
		testKey + ` {"StringEquals":{"kms:ViaService":["rds.R.amazonaws.com","secretsmanager.R.amazonaws.com"]}}`,
		testKey + ` {"StringEquals":{"kms:ViaService":"secretsmanager.R.amazonaws.com"}}`,
		testKey + ` {"StringEquals":{"kms:ViaService":"s3.R.amazonaws.com"}}`,
	},
	"kms:GenerateDataKey": {
		`kms:R:*:key/* {"ForAllValues:StringEquals":{"kms:EncryptionContextKeys":["latchkey:tenant"]},"StringLike":{"kms:EncryptionContext:latchkey:tenant":"?*"}}`,
		testKey + ` {"StringEquals":{"kms:ViaService":["rds.R.amazonaws.com","secretsmanager.R.amazonaws.com"]}}`,
		testKey + ` {"StringEquals":{"kms:ViaService":"s3.R.amazonaws.com"}}`,
	},
	"kms:GenerateDataKeyWithoutPlaintext": {
		`kms:R:*:key/* {"ForAllValues:StringEquals":{"kms:EncryptionContextKeys":["latchkey:tenant"]},"StringLike":{"kms:EncryptionContext:latchkey:tenant":"?*"}}`,
	},
	"iam:CreateServiceLinkedRole": {
		`iam::A:role/aws-service-role/rds.amazonaws.com/AWSServiceRoleForRDS {"StringEquals":{"iam:AWSServiceName":"rds.amazonaws.com"}}`,
	},
	"rds:AddTagsToResource": {
		`rds:R:A:db:lk-* {"ForAllValues:StringLike":{"aws:TagKeys":["latchkey:*"]},"StringEquals":{"aws:RequestTag/latchkey:owner":"latchkey"}}`,
		`rds:R:A:snapshot:latchkey-* {"ForAllValues:StringLike":{"aws:TagKeys":["latchkey:*"]},"StringEquals":{"aws:RequestTag/latchkey:owner":"latchkey"}}`,
		`rds:R:A:snapshot:latchkey-* rds:R:A:snapshot:rds:lk-* {}`,
	},
	"rds:CreateDBInstance": {
		`rds:R:A:db:lk-* {"StringEquals":{"aws:RequestTag/latchkey:owner":"latchkey"}}`,
		`rds:R:A:pg:latchkey-postgres17 rds:R:A:subgrp:latchkey rds:R:A:og:default:postgres-17 {}`,
	},
	"rds:RestoreDBInstanceFromDBSnapshot": {
		`rds:R:A:db:lk-* {"StringEquals":{"aws:RequestTag/latchkey:owner":"latchkey"}}`,
		`rds:R:A:pg:latchkey-postgres17 rds:R:A:subgrp:latchkey rds:R:A:og:default:postgres-17 {}`,
		`rds:R:A:snapshot:latchkey-* {"StringEquals":{"aws:ResourceTag/latchkey:owner":"latchkey"}}`,
	},
	"rds:RestoreDBInstanceToPointInTime": {
		`rds:R:A:db:lk-* {"StringEquals":{"aws:RequestTag/latchkey:owner":"latchkey"}}`,
		`rds:R:A:pg:latchkey-postgres17 rds:R:A:subgrp:latchkey rds:R:A:og:default:postgres-17 {}`,
	},
	"rds:DeleteDBInstance": {`rds:R:A:db:lk-* {"StringEquals":{"aws:ResourceTag/latchkey:owner":"latchkey"}}`},
	"rds:ModifyDBInstance": {`rds:R:A:db:lk-* {"StringEquals":{"aws:ResourceTag/latchkey:owner":"latchkey"}}`},
	"rds:StartDBInstance":  {`rds:R:A:db:lk-* {"StringEquals":{"aws:ResourceTag/latchkey:owner":"latchkey"}}`},
	"rds:StopDBInstance":   {`rds:R:A:db:lk-* {"StringEquals":{"aws:ResourceTag/latchkey:owner":"latchkey"}}`},
	"rds:CreateDBSnapshot": {
		`rds:R:A:snapshot:latchkey-* {"StringEquals":{"aws:RequestTag/latchkey:owner":"latchkey"}}`,
		`rds:R:A:db:lk-* {"StringEquals":{"aws:ResourceTag/latchkey:owner":"latchkey"}}`,
	},
	"rds:CopyDBSnapshot": {
		`rds:R:A:snapshot:latchkey-* {"StringEquals":{"aws:RequestTag/latchkey:owner":"latchkey"}}`,
		`rds:R:A:snapshot:latchkey-* {"StringEquals":{"aws:ResourceTag/latchkey:owner":"latchkey"}}`,
	},
	"rds:DeleteDBSnapshot":        {`rds:R:A:snapshot:latchkey-* {"StringEquals":{"aws:ResourceTag/latchkey:owner":"latchkey"}}`},
	"rds:DescribeDBInstances":     {`rds:R:A:db:lk-* {}`},
	"rds-db:connect":              {`rds-db:R:A:dbuser:*/latchkey_fence rds-db:R:A:dbuser:*/latchkey rds-db:R:A:dbuser:*/t_* {}`},
	"secretsmanager:TagResource":  {`secretsmanager:R:A:secret:rds!db-* {}`},
	"secretsmanager:CreateSecret": {`secretsmanager:R:A:secret:rds!db-* {}`},
	"secretsmanager:GetSecretValue": {
		`secretsmanager:R:A:secret:rds!db-* {"StringEquals":{"secretsmanager:ResourceTag/aws:secretsmanager:owningService":"rds"}}`,
	},
	"lambda:InvokeFunction": {`lambda:R:A:function:latchkey-fence {}`},
	"events:PutEvents":      {`events:R:A:event-bus/latchkey {"StringEquals":{"events:source":"latchkey"}}`},
	"s3:ListBucket":         {`s3:::ledger s3:::trail {}`},
	"s3:GetObject":          {`s3:::trail/AWSLogs/* {}`, `s3:::ledger/* {}`},
	"s3:PutObject":          {`s3:::ledger/* {}`},
}

// written is what a statement allows on what, in the form of the table.
func written(s Statement) string {
	when := "{}"
	if len(s.When) > 0 {
		b, err := json.Marshal(s.When)
		if err != nil {
			return err.Error()
		}
		when = string(b)
	}
	return strings.NewReplacer("arn:${AWS::Partition}:", "", "${AWS::Region}", "R", "${AWS::AccountId}", "A").Replace(strings.Join(s.Resources, " ") + " " + when)
}

// TestOf_Exactly holds that an action of the table is allowed as the table says
// and in no other way, and that everything that the table says is allowed.
func TestOf_Exactly(t *testing.T) {
	found := map[string]bool{}
	for _, f := range deployment.Functions() {
		for _, s := range Of(f, testPlace) {
			for _, a := range s.Actions {
				if exactly[a] == nil || s.Deny {
					continue
				}
				if !slices.Contains(exactly[a], written(s)) {
					t.Errorf("%s: %s: %s is allowed on %s", f.Name, s.Sid, a, written(s))
				}
				found[a+" "+written(s)] = true
			}
		}
	}
	for _, a := range slices.Sorted(maps.Keys(exactly)) {
		for _, w := range exactly[a] {
			if !found[a+" "+w] {
				t.Errorf("nobody may %s on %s", a, w)
			}
		}
	}
}

// TestOf_Known holds that an action that the table lacks is one that only reads,
// writes what is the function's own, or is held elsewhere.
func TestOf_Known(t *testing.T) {
	others := []string{
		"cloudtrail:ListPublicKeys", "kms:DescribeKey", "kms:ListGrants", "rds:DescribeDBSnapshots",
	}
	for _, f := range deployment.Functions() {
		for _, s := range Of(f, testPlace) {
			for _, a := range s.Actions {
				service, _, _ := strings.Cut(a, ":")
				own := slices.Contains([]string{"dynamodb", "ec2", "logs", "sqs", "xray"}, service) // see TestOf_Minimum, TestTable_Calls
				if exactly[a] == nil && !own && !slices.Contains(others, a) {
					t.Errorf("%s: %s: say in the table on what %s may be allowed", f.Name, s.Sid, a)
				}
			}
		}
	}
}
