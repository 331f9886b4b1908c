package parts

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awskms"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssns"
	"github.com/aws/jsii-runtime-go"

	"latchkey/infra/grants"
)

// NewKey makes a key of ours with an alias. It rotates every year and is kept
// when its stack goes. The account's policies decide who uses it, and services
// are those that use it for the account. It returns what refers to its ARN.
func NewKey(stack awscdk.Stack, id, alias, says string, services ...map[string]any) (arn string) {
	statements := append([]map[string]any{grants.AccountOwnsKey()}, services...)
	key := awskms.NewCfnKey(stack, name(id), &awskms.CfnKeyProps{
		Description: name(says), EnableKeyRotation: true, PendingWindowInDays: jsii.Number(30),
		KeyPolicy: Object(grants.Document(statements...)),
	})
	Keep(key)
	Keep(awskms.NewCfnAlias(stack, name(id+"Alias"), &awskms.CfnAliasProps{AliasName: name(alias), TargetKeyId: awscdk.Fn_Ref(name(id))}))
	return "${" + id + ".Arn}"
}

// NewTopic makes the topic that alarms go to, under a key of ours, and mails
// them to an address, whose owner has to confirm it. It returns what refers to
// its ARN. [CloudWatch guide, Notifying users on alarm changes]
func NewTopic(stack awscdk.Stack, id, topicName, keyID, address string) (arn string) {
	arn = "${" + id + "}"
	awssns.NewCfnTopic(stack, name(id), &awssns.CfnTopicProps{TopicName: name(topicName), KmsMasterKeyId: awscdk.Fn_Ref(name(keyID))})
	awssns.NewCfnTopicPolicy(stack, name(id+"Policy"), &awssns.CfnTopicPolicyProps{
		Topics: &[]*string{awscdk.Fn_Ref(name(id))},
		PolicyDocument: Object(grants.Document(grants.TLSOnly("sns:Publish", arn), map[string]any{
			"Sid": "Alarms", "Effect": "Allow", "Principal": map[string]any{"Service": "cloudwatch.amazonaws.com"},
			"Action": "sns:Publish", "Resource": arn, "Condition": grants.FromThisAccount(),
		})),
	})
	awssns.NewCfnSubscription(stack, name(id+"Mail"), &awssns.CfnSubscriptionProps{
		TopicArn: awscdk.Fn_Ref(name(id)), Protocol: name("email"), Endpoint: name(address),
	})
	return arn
}
