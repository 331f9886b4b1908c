package parts

import (
	"strings"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/jsii-runtime-go"
	"github.com/cdklabs/cdk-nag-go/cdknag/v2"

	"latchkey/infra/grants"
)

// Accept states why a finding of cdk-nag on one resource is as it should be.
// Findings about wildcards are accepted one by one; see applies in cdk-nag's docs.
func Accept(r awscdk.CfnResource, rule, reason string, applies ...interface{}) {
	s := &cdknag.NagPackSuppression{Id: &rule, Reason: &reason}
	if len(applies) > 0 {
		s.AppliesTo = &applies
	}
	cdknag.NagSuppressions_AddResourceSuppressions(r, &[]*cdknag.NagPackSuppression{s}, jsii.Bool(false))
}

// suppressWildcards accepts each wildcard of a role for the reason that its
// statement gives. One without a reason stays a finding.
func suppressWildcards(role awscdk.CfnResource, statements []grants.Statement) {
	for _, s := range statements {
		if s.Wildcard == "" || s.Deny {
			continue
		}
		for _, resource := range s.Resources {
			if strings.Contains(resource, "*") {
				Accept(role, "AwsSolutions-IAM5", s.Wildcard, "Resource::"+nagName(resource))
			}
		}
	}
}

// nagName is a resource as cdk-nag writes it: references in angle brackets.
func nagName(resource string) string {
	return strings.NewReplacer("${", "<", "}", ">").Replace(resource)
}
