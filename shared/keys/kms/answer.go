package kms

import (
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"latchkey/shared/customerkey"
)

// description is DescribeKey's answer in the rules' form.
func description(m *types.KeyMetadata) customerkey.Description {
	if m == nil {
		return customerkey.Description{}
	}
	d := customerkey.Description{
		ARN:              aws.ToString(m.Arn),
		AccountID:        aws.ToString(m.AWSAccountId),
		Manager:          string(m.KeyManager),
		Spec:             string(m.KeySpec),
		Usage:            string(m.KeyUsage),
		State:            string(m.KeyState),
		Origin:           string(m.Origin),
		CustomKeyStoreID: aws.ToString(m.CustomKeyStoreId),
		MultiRegion:      aws.ToBool(m.MultiRegion),
	}
	if m.DeletionDate != nil {
		d.DeletionDate = m.DeletionDate.UTC()
	}
	if m.ValidTo != nil {
		d.ValidTo = m.ValidTo.UTC()
	}
	return d
}

// grant is one entry of ListGrants in the rules' form. A grant to an AWS service
// names it in either of two members. [KMS API reference, GrantListEntry]
func grant(g types.GrantListEntry) customerkey.Grant {
	out := customerkey.Grant{ID: aws.ToString(g.GrantId), GranteePrincipal: aws.ToString(g.GranteePrincipal)}
	if out.GranteePrincipal == "" {
		out.GranteePrincipal = aws.ToString(g.GranteeServicePrincipal)
	}
	if c := g.Constraints; c != nil {
		out.EncryptionContext = c.EncryptionContextEquals
		if len(out.EncryptionContext) == 0 {
			out.EncryptionContext = c.EncryptionContextSubset
		}
	}
	return out
}
