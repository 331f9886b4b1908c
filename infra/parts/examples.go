package parts

import (
	"strings"

	"github.com/aws/aws-cdk-go/awscdk/v2"
)

// ExamplesID is the parameter with which a stack is deployed although settings
// of it are still an example's.
const ExamplesID = "DeployExamples"

// RefuseExamples makes CloudFormation refuse the stack, before it makes anything,
// while the settings of some keys of the context are still an example's, unless
// the parameter ExamplesID is yes. Synthesizing is not refused: it shows what
// would be. [CloudFormation guide, Rules section]
func RefuseExamples(stack awscdk.Stack, keys []string) {
	if len(keys) == 0 {
		return
	}
	said := awscdk.NewCfnParameter(stack, name(ExamplesID), &awscdk.CfnParameterProps{
		Type: name("String"), Default: "no", AllowedValues: &[]*string{name("no"), name("yes")},
		Description: name("yes: deploy although the context still has an example's values"),
	})
	awscdk.NewCfnRule(stack, name("NoExamples"), &awscdk.CfnRuleProps{
		Assertions: &[]*awscdk.CfnRuleAssertion{{
			Assert: awscdk.Fn_ConditionEquals(said.ValueAsString(), "yes"),
			AssertDescription: name("The context of cdk.json still has an example's " + strings.Join(keys, " and ") +
				": give your own, or the parameter " + ExamplesID + "=yes"),
		}},
	})
}
