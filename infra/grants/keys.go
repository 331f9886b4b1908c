package grants

import (
	"latchkey/shared/customerkey"
	"latchkey/shared/customerkey/keypolicy"
)

// anyKey is a key of any account in the cell's Region.
const anyKey = "arn:${AWS::Partition}:kms:${AWS::Region}:*:key/*"

// customersKeys is why statements about keys name no key.
const customersKeys = "Tenants bring the keys of their own accounts; whether a key lets us is its own policy's to say."

// forTenant binds data operations to the encryption context that Latchkey uses,
// and to nothing beside it. [KMS guide, Condition keys, kms:EncryptionContext]
func forTenant() Conditions {
	return Conditions{
		"StringLike":                {"kms:EncryptionContext:" + customerkey.ContextTenant: "?*"},
		"ForAllValues:StringEquals": {"kms:EncryptionContextKeys": []string{customerkey.ContextTenant}},
	}
}

// keys is looking at customers' keys: what preflight and probes call. The only
// grant that may be asked for directly is the harmless one that the preflight
// tries; see package keypolicy.
func keys(Place) []Statement {
	return []Statement{
		{
			Sid: "DescribeKeys", Actions: []string{"kms:DescribeKey"}, Resources: []string{"arn:${AWS::Partition}:kms:*:*:key/*"},
			Wildcard: customersKeys + " A key of the wrong Region is described to say so.",
		},
		{Sid: "ListGrants", Actions: []string{"kms:ListGrants"}, Resources: []string{anyKey}, Wildcard: customersKeys},
		{
			Sid: "TryKeys", Actions: []string{"kms:Decrypt", "kms:GenerateDataKey", "kms:GenerateDataKeyWithoutPlaintext"},
			Resources: []string{anyKey}, When: forTenant(), Wildcard: customersKeys,
		},
		{
			Sid: "TryGrants", Actions: []string{"kms:CreateGrant"}, Resources: []string{anyKey}, Wildcard: customersKeys,
			When: Conditions{
				"StringEquals":              {"kms:GranteePrincipal": "arn:${AWS::Partition}:iam::${AWS::AccountId}:root"},
				"ForAllValues:StringEquals": {"kms:GrantOperations": []string{keypolicy.ProbeOperation}},
			},
		},
	}
}

// grantToRDS lets RDS have the grant that it uses for the whole life of an
// instance or snapshot, and nobody else any grant.
// [RDS guide, AWS KMS key management; KMS guide, kms:GrantIsForAWSResource]
func grantToRDS() []Statement {
	return []Statement{{
		Sid: "KeyForRDS", Actions: []string{"kms:DescribeKey"}, Resources: []string{anyKey}, Wildcard: customersKeys,
	}, {
		Sid: "GrantToRDS", Actions: []string{"kms:CreateGrant"}, Resources: []string{anyKey},
		When: Conditions{
			"StringEquals": {"kms:ViaService": "rds.${AWS::Region}.amazonaws.com"},
			"Bool":         {"kms:GrantIsForAWSResource": "true"},
		},
		Wildcard: customersKeys,
	}}
}
