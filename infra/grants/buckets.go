package grants

// TrailDelivers is what a bucket's policy has to say for one trail of this
// account to deliver into it, under a prefix.
// [CloudTrail guide, Amazon S3 bucket policy for CloudTrail]
func TrailDelivers(trail, bucket, prefix string) []map[string]any {
	of := "arn:${AWS::Partition}:s3:::" + bucket
	service := map[string]any{"Service": "cloudtrail.amazonaws.com"}
	from := map[string]any{"aws:SourceArn": arn("cloudtrail", "trail/"+trail)}
	return []map[string]any{
		{
			"Sid": "TrailLooks", "Effect": "Allow", "Principal": service, "Action": "s3:GetBucketAcl", "Resource": of,
			"Condition": map[string]any{"StringEquals": from},
		},
		{
			"Sid": "TrailWrites", "Effect": "Allow", "Principal": service, "Action": "s3:PutObject",
			"Resource": of + "/" + prefix + "AWSLogs/${AWS::AccountId}/*",
			"Condition": map[string]any{"StringEquals": map[string]any{
				"aws:SourceArn": from["aws:SourceArn"], "s3:x-amz-acl": "bucket-owner-full-control",
			}},
		},
	}
}

// AccessLogsDelivered is what a bucket's policy has to say for S3 to write the
// access logs of this account's buckets into it.
// [S3 guide, Enabling Amazon S3 server access logging]
func AccessLogsDelivered(bucket string) map[string]any {
	return map[string]any{
		"Sid": "AccessLogs", "Effect": "Allow", "Principal": map[string]any{"Service": "logging.s3.amazonaws.com"},
		"Action": "s3:PutObject", "Resource": "arn:${AWS::Partition}:s3:::" + bucket + "/*", "Condition": FromThisAccount(),
	}
}

// PutFrom lets another account put events of one source on a bus.
// [EventBridge guide, Using resource-based policies; condition events:source]
func PutFrom(account, bus, source string) map[string]any {
	return map[string]any{
		"Sid": "commerce-" + account, "Effect": "Allow",
		"Principal": map[string]any{"AWS": "arn:${AWS::Partition}:iam::" + account + ":root"},
		"Action":    "events:PutEvents", "Resource": BusARN(bus),
		"Condition": map[string]any{"StringEquals": map[string]any{"events:source": source}},
	}
}
