package parts

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"

	"latchkey/infra/grants"
)

// RoleProps is what a role is made of.
type RoleProps struct {
	ID         string // logical id
	Name       string // of the role: unique in the account, so with the Region in it
	Service    string // that takes it, such as lambda.amazonaws.com
	For        string // what it is for, one sentence
	Statements []grants.Statement
	// TrustedFor limits who may take the role to a resource of ours
	// (aws:SourceArn); empty where the service does not support it.
	TrustedFor string
}

// NewRole makes a role with one inline policy and returns what refers to its ARN.
func NewRole(stack awscdk.Stack, p RoleProps) (role awsiam.CfnRole, arn string) {
	trust := map[string]any{"Effect": "Allow", "Principal": map[string]any{"Service": p.Service}, "Action": "sts:AssumeRole"}
	if p.TrustedFor != "" {
		// [IAM guide, The confused deputy problem]
		trust["Condition"] = map[string]any{
			"StringEquals": map[string]any{"aws:SourceAccount": "${AWS::AccountId}"},
			"ArnLike":      map[string]any{"aws:SourceArn": p.TrustedFor},
		}
	}
	role = awsiam.NewCfnRole(stack, name(p.ID), &awsiam.CfnRoleProps{
		RoleName:                 Text(p.Name),
		Description:              name(p.For),
		AssumeRolePolicyDocument: Object(grants.Document(trust)),
		Policies: &[]interface{}{&awsiam.CfnRole_PolicyProperty{
			PolicyName:     name("permissions"),
			PolicyDocument: Object(grants.Policy(p.Statements)),
		}},
	})
	suppressWildcards(role, p.Statements)
	return role, "${" + p.ID + ".Arn}"
}
