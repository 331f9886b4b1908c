package grants

// s3 returns the ARN of a bucket, or of objects in it.
func s3(name string) string { return "arn:${AWS::Partition}:s3:::" + name }

// ledger reads CloudTrail's files and keeps the ledger's. Who may list a bucket
// is told of an object that is not there; anybody else only that it is refused.
// [S3 API reference, GetObject, Permissions] CloudTrail's public keys are for the
// digest files' signatures; the action knows no resources.
// [CloudTrail API reference, ListPublicKeys; Service Authorization Reference, AWS CloudTrail]
func ledger(in Place) []Statement {
	all := []Statement{
		{Sid: "ListBuckets", Actions: []string{"s3:ListBucket"}, Resources: []string{s3(in.LedgerBucket), s3(in.TrailBucket)}},
		{
			Sid: "ReadTrail", Actions: []string{"s3:GetObject"},
			Resources: []string{s3(in.TrailBucket + "/" + in.TrailPrefix + "AWSLogs/*")},
			Wildcard:  "CloudTrail names its files.",
		},
		{
			Sid: "Ledger", Actions: []string{"s3:GetObject", "s3:PutObject"}, Resources: []string{s3(in.LedgerBucket + "/*")},
			Wildcard: "All objects of the bucket are the ledger's.",
		},
		{
			Sid: "LedgerKey", Actions: []string{"kms:Decrypt", "kms:GenerateDataKey"}, Resources: []string{in.PlatformKey},
			When: through("s3"),
		},
		{
			Sid: "PublicKeys", Actions: []string{"cloudtrail:ListPublicKeys"}, Resources: []string{"*"},
			Wildcard: "The keys are CloudTrail's own, of the Region, and public: the action has no resources.",
		},
	}
	if in.TrailKey != "" && in.TrailKey != in.PlatformKey {
		all = append(all, Statement{Sid: "TrailKey", Actions: []string{"kms:Decrypt"}, Resources: []string{in.TrailKey}, When: through("s3")})
	}
	return all
}
