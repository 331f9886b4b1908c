package cell

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudtrail"
	"github.com/aws/jsii-runtime-go"

	"latchkey/infra/grants"
	"latchkey/infra/parts"
	"latchkey/shared/deployment"
)

// Logical ids of what is kept.
const (
	keyID      = "PlatformKey"
	tableID    = "Table"
	ledgerID   = "LedgerBucket"
	trailID    = "TrailBucket"
	accessID   = "AccessLogBucket"
	trailName  = deployment.Prefix
	perRegion  = "-${AWS::AccountId}-${AWS::Region}" // bucket names are the world's
	trailDays  = 7 * 366
	accessDays = 400
)

// key makes the platform's key, and the topic under it that alarms go to.
func (c *Cell) key() {
	s := c.props.Settings
	services := []map[string]any{grants.AlarmsUseKey()}
	if !c.trailed() {
		services = append(services, grants.TrailUsesKey(trailName))
	}
	const says = "The platform's own key: databases without a customer's key, master passwords, the ledger."
	c.place.PlatformKey = parts.NewKey(c.Stack, keyID, deployment.PlatformKeyAlias, says, services...)
	topic := parts.NewTopic(c.Stack, "Alarms", deployment.Name("alarms"), keyID, s.Alarms)
	c.alarms = parts.NewAlarms(c.Stack, topic, s.RunbookBase)
}

// storage makes what keeps data: the table and the buckets.
func (c *Cell) storage() {
	c.place.Table, c.place.ReadOnly = deployment.Table, []string{deployment.FunctionTenantContext}
	c.place.Stream = parts.NewTable(c.Stack, tableID, deployment.Table, c.alarms)
	c.place.LedgerBucket = deployment.Prefix + "-ledger" + perRegion
	parts.NewBucket(c.Stack, parts.BucketProps{ID: accessID, Name: deployment.Prefix + "-access-logs" + perRegion, ExpireDays: accessDays, LogTarget: true})
	parts.NewBucket(c.Stack, parts.BucketProps{ID: ledgerID, Name: c.place.LedgerBucket, Key: c.place.PlatformKey, LogsTo: accessID,
		ExpireBelow: map[string]int{resultsPrefix: resultDays}})
	trail := c.props.Settings.Trail(c.props.Region)
	c.place.TrailBucket, c.place.TrailPrefix, c.place.TrailKey = trail.Bucket, trail.Prefix, trail.Key
	if !c.trailed() {
		c.trail()
	}
}

// trailed reports whether CloudTrail delivers the Region's files already.
func (c *Cell) trailed() bool { return c.props.Settings.Trail(c.props.Region).Bucket != "" }

// trail makes a trail of the Region's management events, KMS's data operations
// among them, with digest files that prove the files complete. Its bucket has no
// bucket key: CloudTrail would need kms:Decrypt for that to make the trail at
// all, and for no trail alone; of its few files each may ask KMS.
// [CloudTrail guide, Logging management events; Validating log file integrity;
// Configuring AWS KMS key policies for CloudTrail, Required KMS key policy elements]
func (c *Cell) trail() {
	c.place.TrailBucket = deployment.Prefix + "-trail" + perRegion
	c.place.TrailKey = c.place.PlatformKey
	policy := parts.NewBucket(c.Stack, parts.BucketProps{
		ID: trailID, Name: c.place.TrailBucket, Key: c.place.PlatformKey, EachObject: true, LogsTo: accessID, Announce: true,
		ExpireDays: trailDays, Statements: grants.TrailDelivers(trailName, c.place.TrailBucket, c.place.TrailPrefix),
	})
	trail := awscloudtrail.NewCfnTrail(c.Stack, jsii.String("Trail"), &awscloudtrail.CfnTrailProps{
		TrailName: jsii.String(trailName), IsLogging: true, EnableLogFileValidation: true,
		IsMultiRegionTrail: false, IncludeGlobalServiceEvents: false,
		S3BucketName: awscdk.Fn_Ref(jsii.String(trailID)), KmsKeyId: parts.Text(c.place.PlatformKey),
		EventSelectors: &[]interface{}{&awscloudtrail.CfnTrail_EventSelectorProperty{
			IncludeManagementEvents: true, ReadWriteType: jsii.String("All"),
		}},
	})
	trail.AddDependency(policy)
}
