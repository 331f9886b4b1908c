package deployment

// PlatformKeyServices are the services whose own calls the policy of the
// platform's key allows: CloudTrail writes the cell's trail under it, and
// CloudWatch publishes alarms to a topic under it. A condition of the policy keeps
// each to this account's trail and alarms; so whatever else calls in their name is
// refused. [CloudTrail guide, Configuring AWS KMS key policies for CloudTrail; SNS
// guide, Key management: enabling compatibility between event sources and
// encrypted topics]
var PlatformKeyServices = []string{"cloudtrail.amazonaws.com", "cloudwatch.amazonaws.com"}
