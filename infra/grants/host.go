package grants

import (
	"latchkey/shared/catalog/dynamodb/schema"
	"latchkey/shared/deployment"
)

// host is what every function may do: write its own log and trace.
func host(f deployment.Function) []Statement {
	return []Statement{
		{
			Sid: "OwnLog", Actions: []string{"logs:CreateLogStream", "logs:PutLogEvents"},
			Resources: []string{arn("logs", "log-group:"+LogGroupName(f.Name)+":*")},
			Wildcard:  "Lambda makes the names of the log streams in the function's own log group.",
		},
		{
			Sid: "Trace", Actions: []string{"xray:PutTelemetryRecords", "xray:PutTraceSegments"}, Resources: []string{"*"},
			Wildcard: "X-Ray has no resource for segments. [Service authorization reference, AWS X-Ray]",
		},
	}
}

// network is what Lambda does with the function's role to put it into the VPC.
// Code that runs in the function is refused the same calls.
// [Lambda guide, Giving Lambda functions access to resources in an Amazon VPC]
func network(f deployment.Function) []Statement {
	actions := []string{
		"ec2:AssignPrivateIpAddresses", "ec2:CreateNetworkInterface", "ec2:DeleteNetworkInterface",
		"ec2:DescribeNetworkInterfaces", "ec2:DescribeSubnets", "ec2:UnassignPrivateIpAddresses",
	}
	return []Statement{
		{
			Sid: "NetworkInterfaces", Actions: actions, Resources: []string{"*"},
			Wildcard: "Lambda checks for these actions on every resource before it makes the function's network interfaces, whose ids nobody knows before.",
		},
		{
			Sid: "NotFromCode", Deny: true, Actions: actions, Resources: []string{"*"},
			When:     Conditions{"ArnEquals": {"lambda:SourceFunctionArn": FunctionARN(f.Name)}},
			Wildcard: "A refusal is meant to be wide.",
		},
	}
}

// table is reading and writing one table. TransactWriteItems needs the actions
// of what is in it. [DynamoDB guide, IAM and transactions]
func table(name string, readOnly bool) []Statement {
	of := TableARN(name)
	var indexes []string
	for _, x := range schema.Table().Indexes {
		indexes = append(indexes, of+"/index/"+x.Name)
	}
	all := []Statement{
		{Sid: "ReadTable", Actions: []string{"dynamodb:BatchGetItem", "dynamodb:GetItem", "dynamodb:Query"}, Resources: []string{of}},
		{Sid: "ReadIndexes", Actions: []string{"dynamodb:Query"}, Resources: indexes},
	}
	if !readOnly {
		all = append(all, Statement{Sid: "WriteTable", Resources: []string{of}, Actions: []string{
			"dynamodb:BatchWriteItem", "dynamodb:ConditionCheckItem", "dynamodb:DeleteItem", "dynamodb:PutItem", "dynamodb:UpdateItem",
		}})
	}
	return all
}

// stream is what Lambda does with the function's role to read the table's stream.
// [Lambda guide, Using Lambda with Amazon DynamoDB]
func stream(in Place) []Statement {
	return []Statement{
		{
			Sid: "ReadStream", Actions: []string{"dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator"},
			Resources: []string{in.Stream},
		},
		{
			Sid: "FindStream", Actions: []string{"dynamodb:ListStreams"}, Resources: []string{"*"},
			Wildcard: "ListStreams has no resource. [Service authorization reference, Amazon DynamoDB]",
		},
	}
}

// bus is putting events of the one source that a function sends: who takes over
// publish or route can pose neither as an operator nor as another sender. Each
// entry of a call is checked. [EventBridge guide, Using IAM policy conditions;
// EventBridge API reference, PutEventsResultEntry, NotAuthorizedForSourceException]
func bus(in Place) []Statement {
	return []Statement{{
		Sid: "PutEvents", Actions: []string{"events:PutEvents"}, Resources: in.Buses,
		When: Conditions{"StringEquals": {"events:source": in.Source}},
	}}
}

func inside(Place) []Statement {
	return []Statement{{Sid: "CallFence", Actions: []string{"lambda:InvokeFunction"}, Resources: []string{FunctionARN(deployment.FunctionFence)}}}
}

// through limits the use of a key to calls that a service makes for the role.
// [KMS guide, Condition keys, kms:ViaService]
func through(service string) Conditions {
	return Conditions{"StringEquals": {"kms:ViaService": service + ".${AWS::Region}.amazonaws.com"}}
}
