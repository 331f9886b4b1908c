package grants

// AccountOwnsKey is the statement of a key's policy that leaves it to the
// account's own policies who may use it. Without it nobody could change the key
// any more. [KMS guide, Default key policy]
func AccountOwnsKey() map[string]any {
	return map[string]any{
		"Sid": "Account", "Effect": "Allow", "Principal": map[string]any{"AWS": "arn:${AWS::Partition}:iam::${AWS::AccountId}:root"},
		"Action": "kms:*", "Resource": "*",
	}
}

// AlarmsUseKey lets CloudWatch publish to a topic under the key.
// [SNS guide, Key management: enabling compatibility between event sources and encrypted topics]
func AlarmsUseKey() map[string]any {
	return serviceUsesKey("Alarms", "cloudwatch.amazonaws.com", []string{"kms:Decrypt", "kms:GenerateDataKey"}, FromThisAccount())
}

// TrailUsesKey lets CloudTrail write its files under the key, for one trail, into
// a bucket without a bucket key: with one, it would need kms:Decrypt too.
// [CloudTrail guide, Configuring AWS KMS key policies for CloudTrail]
func TrailUsesKey(trail string) map[string]any {
	source := arn("cloudtrail", "trail/"+trail)
	return serviceUsesKey("Trail", "cloudtrail.amazonaws.com", []string{"kms:DescribeKey", "kms:GenerateDataKey*"}, map[string]any{
		"StringEquals": map[string]any{"aws:SourceArn": source},
	})
}

func serviceUsesKey(sid, service string, actions []string, when map[string]any) map[string]any {
	return map[string]any{
		"Sid": sid, "Effect": "Allow", "Principal": map[string]any{"Service": service},
		"Action": actions, "Resource": "*", "Condition": when,
	}
}

// FromThisAccount limits what a service does to what it does for this account.
// [IAM guide, The confused deputy problem]
func FromThisAccount() map[string]any {
	return map[string]any{"StringEquals": map[string]any{"aws:SourceAccount": "${AWS::AccountId}"}}
}
