package grants

import "latchkey/shared/deployment"

// ScheduleGroupARN is the group that a cell's schedules are in. A schedule's
// role trusts the group, not one schedule. [Scheduler guide, Confused deputy prevention]
const ScheduleGroupARN = "arn:${AWS::Partition}:scheduler:${AWS::Region}:${AWS::AccountId}:schedule-group/" + deployment.ScheduleGroup

// RoleName returns the name of a function's role. Roles are the account's, not
// the Region's, so the Region is in the name.
func RoleName(function string) string { return deployment.Prefix + "-${AWS::Region}-" + function }

// RoleARN returns the ARN of a function's role.
func RoleARN(function string) string {
	return "arn:${AWS::Partition}:iam::${AWS::AccountId}:role/" + RoleName(function)
}

// LogGroupName returns the name of a function's log group.
func LogGroupName(function string) string { return "/aws/lambda/" + deployment.Name(function) }

// arn returns the ARN of a resource of this account and Region.
func arn(service, resource string) string {
	return "arn:${AWS::Partition}:" + service + ":${AWS::Region}:${AWS::AccountId}:" + resource
}

// QueueARN returns the ARN of a queue by its name.
func QueueARN(name string) string { return arn("sqs", name) }

// FunctionARN returns the ARN of a function.
func FunctionARN(function string) string { return arn("lambda", "function:"+deployment.Name(function)) }

// BusARN returns the ARN of a bus by its name.
func BusARN(name string) string { return arn("events", "event-bus/"+name) }

// TableARN returns the ARN of a table by its name.
func TableARN(name string) string { return arn("dynamodb", "table/"+name) }

// RuleARN returns the ARN of a rule by the names of its bus and its own.
// [EventBridge guide, Resource-based policies; the default bus is not in it]
func RuleARN(bus, rule string) string {
	if bus == "default" {
		return arn("events", "rule/"+rule)
	}
	return arn("events", "rule/"+bus+"/"+rule)
}
