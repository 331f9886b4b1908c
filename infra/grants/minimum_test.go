package grants

import (
	"slices"
	"testing"

	"latchkey/shared/deployment"
)

// What AWS does with a function's role before any code of ours runs. Without one
// of these the function gets nothing, or leaves no trace; no call of ours fails.
var (
	// [Lambda guide, Creating and configuring an Amazon SQS event source mapping, Execution role permissions]
	queueMinimum = []string{"sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage"}
	// [Lambda guide, Process Amazon DynamoDB records with Lambda, Execution role permissions]
	streamMinimum = []string{"dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator"}
	// [Lambda guide, Giving Lambda functions access to resources in an Amazon VPC, Required IAM permissions]
	networkMinimum = []string{
		"ec2:AssignPrivateIpAddresses", "ec2:CreateNetworkInterface", "ec2:DeleteNetworkInterface",
		"ec2:DescribeNetworkInterfaces", "ec2:DescribeSubnets", "ec2:UnassignPrivateIpAddresses",
	}
	// [Lambda guide, Sending Lambda function logs to CloudWatch Logs]
	logMinimum = []string{"logs:CreateLogStream", "logs:PutLogEvents"}
	// [Lambda guide, Visualize Lambda function invocations using AWS X-Ray, Execution role permissions]
	traceMinimum = []string{"xray:PutTelemetryRecords", "xray:PutTraceSegments"}
)

const own = "${AWS::Region}:${AWS::AccountId}:"

// holds fails the test unless statements allow all actions on the resource, by
// its very name and without a condition.
func holds(t *testing.T, name string, statements []Statement, resource string, actions ...string) {
	t.Helper()
	for _, a := range actions {
		if !slices.ContainsFunc(statements, func(s Statement) bool {
			return !s.Deny && len(s.When) == 0 && slices.Contains(s.Actions, a) && slices.Contains(s.Resources, resource)
		}) {
			t.Errorf("%s may not %s on %s", name, a, resource)
		}
	}
}

// TestOf_Minimum holds that a function has what Lambda needs for whatever starts
// it, for what becomes of an invocation that fails, and for its log and trace.
func TestOf_Minimum(t *testing.T) {
	for _, f := range deployment.Functions() {
		may, name := Of(f, testPlace), "latchkey-"+f.Name
		holds(t, f.Name, may, "arn:${AWS::Partition}:logs:"+own+"log-group:/aws/lambda/"+name+":*", logMinimum...)
		holds(t, f.Name, may, "*", traceMinimum...)
		if f.Queue != nil {
			holds(t, f.Name, may, "arn:${AWS::Partition}:sqs:"+own+name, queueMinimum...)
		}
		if f.Stream != nil {
			holds(t, f.Name, may, "${Table.StreamArn}", streamMinimum...)
			holds(t, f.Name, may, "*", "dynamodb:ListStreams")
		}
		if f.Stream != nil || f.Every > 0 { // a destination on failure [Lambda guide, Capturing records of Lambda asynchronous invocations]
			holds(t, f.Name, may, "arn:${AWS::Partition}:sqs:"+own+name+"-dead-letters", "sqs:SendMessage")
		}
		if f.InVPC {
			holds(t, f.Name, may, "*", networkMinimum...)
		}
	}
}

// TestOfSchedule holds that a schedule may start its function and put away what
// it could not start, and nothing else.
// [Scheduler guide, Setting up an execution role; Configuring a dead-letter queue]
func TestOfSchedule(t *testing.T) {
	for _, f := range deployment.Functions() {
		may, name := OfSchedule(f), "latchkey-"+f.Name
		holds(t, f.Name, may, "arn:${AWS::Partition}:lambda:"+own+"function:"+name, "lambda:InvokeFunction")
		holds(t, f.Name, may, "arn:${AWS::Partition}:sqs:"+own+name+"-dead-letters", "sqs:SendMessage")
		for _, s := range may {
			if len(s.Actions) != 1 || len(s.Resources) != 1 || len(may) != 2 {
				t.Errorf("%s: the schedule may %v on %v", f.Name, s.Actions, s.Resources)
			}
		}
	}
}
