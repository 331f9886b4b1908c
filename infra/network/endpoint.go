package network

import (
	"github.com/aws/aws-cdk-go/awscdk/v2/awsec2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslogs"
	"github.com/aws/jsii-runtime-go"

	"latchkey/infra/grants"
	"latchkey/infra/parts"
	"latchkey/shared/deployment"
)

// endpoint makes the only way to an AWS service: fence may read the master
// secrets that RDS keeps for this account's instances. The role is named in a
// condition, because a session's principal is not the role's. [Secrets Manager
// guide, Using a VPC endpoint; IAM guide, aws:PrincipalArn]
func (m *maker) endpoint() {
	policy := grants.Document(map[string]any{
		"Sid": "MasterSecrets", "Effect": "Allow", "Principal": "*",
		"Action":    "secretsmanager:GetSecretValue",
		"Resource":  "arn:${AWS::Partition}:secretsmanager:${AWS::Region}:${AWS::AccountId}:secret:rds!db-*",
		"Condition": map[string]any{"ArnEquals": map[string]any{"aws:PrincipalArn": m.props.FenceRole}},
	})
	awsec2.NewCfnVPCEndpoint(m.stack, m.name("Secrets"), &awsec2.CfnVPCEndpointProps{
		VpcId: parts.Text(m.net.VpcID), VpcEndpointType: jsii.String("Interface"),
		ServiceName:       parts.Text("com.amazonaws.${AWS::Region}.secretsmanager"),
		PrivateDnsEnabled: true, PolicyDocument: parts.Object(policy),
		SubnetIds: list(m.net.SubnetIDs...), SecurityGroupIds: list(m.to("EndpointGroup.GroupId")),
	})
}

// flowLogs record who talked to whom. [VPC guide, Publish flow logs to CloudWatch Logs]
func (m *maker) flowLogs() {
	group := "/" + deployment.Prefix + "/flow-logs"
	awslogs.NewCfnLogGroup(m.stack, m.name("FlowLogs"), &awslogs.CfnLogGroupProps{
		LogGroupName: &group, RetentionInDays: jsii.Number(float64(m.props.LogDays)),
	})
	_, role := parts.NewRole(m.stack, parts.RoleProps{
		ID: m.id + "FlowLogsRole", Name: grants.RoleName("flow-logs"), Service: "vpc-flow-logs.amazonaws.com",
		For:        "Writes the VPC's flow logs.",
		TrustedFor: "arn:${AWS::Partition}:ec2:${AWS::Region}:${AWS::AccountId}:vpc-flow-log/*",
		Statements: []grants.Statement{{
			Sid: "WriteFlowLogs", Actions: []string{"logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"},
			Resources: []string{"arn:${AWS::Partition}:logs:${AWS::Region}:${AWS::AccountId}:log-group:" + group + ":*"},
			Wildcard:  "VPC names the streams of the group.",
		}},
	})
	awsec2.NewCfnFlowLog(m.stack, m.name("FlowLog"), &awsec2.CfnFlowLogProps{
		ResourceType: jsii.String("VPC"), ResourceId: parts.Text(m.net.VpcID), TrafficType: jsii.String("ALL"),
		LogDestinationType: jsii.String("cloud-watch-logs"), LogGroupName: parts.Text(m.to("FlowLogs")),
		DeliverLogsPermissionArn: parts.Text(role), MaxAggregationInterval: jsii.Number(600),
		Tags: m.tags("databases"),
	})
}
