package parts

import (
	"maps"
	"slices"
	"strings"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awss3"
	"github.com/aws/jsii-runtime-go"

	"latchkey/infra/grants"
)

// BucketProps is what a bucket is made of.
type BucketProps struct {
	ID, Name string
	Key      string // ARN that objects are encrypted under; empty: S3's own
	// EachObject has S3 ask KMS about every object, and not keep a key of the
	// bucket's for a while. A service that writes needs kms:Decrypt for the latter.
	// [S3 guide, Reducing the cost of SSE-KMS with Amazon S3 Bucket Keys]
	EachObject bool
	LogsTo     string // logical id of the bucket that its access logs go to
	LogTarget  bool   // it is the one that access logs go to
	Announce   bool   // tell EventBridge of every object
	ExpireDays int    // when objects go; 0: never
	// ExpireBelow says of prefixes after how many days their objects go.
	ExpireBelow map[string]int
	Statements  []map[string]any // of its policy, beside TLS only
}

// oldVersionDays is how long an overwritten or deleted object can be had back.
const oldVersionDays = 90

// NewBucket makes a bucket that nobody can make public, that speaks TLS only,
// keeps versions, and stays when its stack goes. It returns its policy, which
// whatever writes into the bucket has to wait for.
// [S3 guide, Security best practices]
func NewBucket(stack awscdk.Stack, p BucketProps) (policy awss3.CfnBucketPolicy) {
	bucket := awss3.NewCfnBucket(stack, name(p.ID), &awss3.CfnBucketProps{
		BucketName:              Text(p.Name),
		BucketEncryption:        encryption(p),
		VersioningConfiguration: &awss3.CfnBucket_VersioningConfigurationProperty{Status: name("Enabled")},
		PublicAccessBlockConfiguration: &awss3.CfnBucket_PublicAccessBlockConfigurationProperty{
			BlockPublicAcls: true, BlockPublicPolicy: true, IgnorePublicAcls: true, RestrictPublicBuckets: true,
		},
		OwnershipControls: &awss3.CfnBucket_OwnershipControlsProperty{
			Rules: &[]interface{}{&awss3.CfnBucket_OwnershipControlsRuleProperty{ObjectOwnership: name("BucketOwnerEnforced")}},
		},
		LifecycleConfiguration:    &awss3.CfnBucket_LifecycleConfigurationProperty{Rules: lifecycle(p)},
		LoggingConfiguration:      logging(p),
		NotificationConfiguration: notification(p.Announce),
	})
	Keep(bucket)
	if p.LogsTo != "" { // S3 looks whether it may log there before it agrees to
		bucket.AddDependency(stack.Node().FindChild(name(p.LogsTo + "Policy")).(awscdk.CfnResource))
	}
	if p.LogTarget {
		p.Statements = append(p.Statements, grants.AccessLogsDelivered(p.Name))
		Accept(bucket, "AwsSolutions-S1", "It holds the access logs of the others; logging its own would never end.")
	}
	of := "${" + p.ID + ".Arn}"
	return awss3.NewCfnBucketPolicy(stack, name(p.ID+"Policy"), &awss3.CfnBucketPolicyProps{
		Bucket:         awscdk.Fn_Ref(name(p.ID)),
		PolicyDocument: Object(grants.Document(append([]map[string]any{grants.TLSOnly("s3:*", of, of+"/*")}, p.Statements...)...)),
	})
}

func encryption(p BucketProps) *awss3.CfnBucket_BucketEncryptionProperty {
	rule := &awss3.CfnBucket_ServerSideEncryptionRuleProperty{
		ServerSideEncryptionByDefault: &awss3.CfnBucket_ServerSideEncryptionByDefaultProperty{SseAlgorithm: name("AES256")},
	}
	if p.Key != "" {
		rule.BucketKeyEnabled = !p.EachObject
		rule.ServerSideEncryptionByDefault = &awss3.CfnBucket_ServerSideEncryptionByDefaultProperty{SseAlgorithm: name("aws:kms"), KmsMasterKeyId: Text(p.Key)}
	}
	return &awss3.CfnBucket_BucketEncryptionProperty{ServerSideEncryptionConfiguration: &[]interface{}{rule}}
}

func lifecycle(p BucketProps) *[]interface{} {
	tidy := &awss3.CfnBucket_RuleProperty{
		Id: name("tidy"), Status: name("Enabled"),
		AbortIncompleteMultipartUpload: &awss3.CfnBucket_AbortIncompleteMultipartUploadProperty{DaysAfterInitiation: jsii.Number(7)},
		NoncurrentVersionExpiration:    &awss3.CfnBucket_NoncurrentVersionExpirationProperty{NoncurrentDays: jsii.Number(oldVersionDays)},
	}
	if p.ExpireDays > 0 {
		tidy.ExpirationInDays = jsii.Number(float64(p.ExpireDays))
	}
	rules := []interface{}{tidy}
	for _, prefix := range slices.Sorted(maps.Keys(p.ExpireBelow)) {
		rules = append(rules, &awss3.CfnBucket_RuleProperty{
			Id: name(strings.Trim(prefix, "/")), Status: name("Enabled"), Prefix: name(prefix),
			ExpirationInDays: jsii.Number(float64(p.ExpireBelow[prefix])),
		})
	}
	return &rules
}

func logging(p BucketProps) interface{} {
	if p.LogsTo == "" {
		return nil
	}
	return &awss3.CfnBucket_LoggingConfigurationProperty{DestinationBucketName: awscdk.Fn_Ref(name(p.LogsTo)), LogFilePrefix: Text(p.Name + "/")}
}

func notification(announce bool) interface{} {
	if !announce {
		return nil
	}
	return &awss3.CfnBucket_NotificationConfigurationProperty{
		EventBridgeConfiguration: &awss3.CfnBucket_EventBridgeConfigurationProperty{EventBridgeEnabled: true},
	}
}
