package parts

import (
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsdynamodb"

	"latchkey/shared/catalog/dynamodb/schema"
	"latchkey/shared/deployment"
)

// NewTable makes a table of the catalog's schema: billed on demand, with
// point-in-time recovery and deletion protection, and kept when its stack goes.
// It returns what refers to the ARN of its stream.
//
// It is encrypted under a key that DynamoDB owns, on purpose: with a key in our
// account a silent KMS would take the table away within minutes, while tenants
// are to be served for as long as LATCHKEY_UNREACHABLE_LIMIT says. [DynamoDB
// guide, Encryption at rest, usage notes]
func NewTable(stack awscdk.Stack, id, tableName string, alarms *Alarms) (streamARN string) {
	d := schema.Table()
	table := awsdynamodb.NewCfnTable(stack, name(id), &awsdynamodb.CfnTableProps{
		TableName:              name(tableName),
		BillingMode:            name("PAY_PER_REQUEST"),
		KeySchema:              keySchema(d.Partition, d.Sort),
		AttributeDefinitions:   attributes(d),
		GlobalSecondaryIndexes: indexes(d),
		StreamSpecification:    &awsdynamodb.CfnTable_StreamSpecificationProperty{StreamViewType: name(d.StreamView)},
		TimeToLiveSpecification: &awsdynamodb.CfnTable_TimeToLiveSpecificationProperty{
			AttributeName: name(d.TTL), Enabled: true,
		},
		PointInTimeRecoverySpecification: &awsdynamodb.CfnTable_PointInTimeRecoverySpecificationProperty{PointInTimeRecoveryEnabled: true},
		SseSpecification:                 &awsdynamodb.CfnTable_SSESpecificationProperty{SseEnabled: false},
		DeletionProtectionEnabled:        true,
	})
	Keep(table)
	for _, alarm := range tableAlarms(tableName) {
		alarms.Add(alarm)
	}
	return "${" + id + ".StreamArn}"
}

// tableAlarms watch for requests that DynamoDB throttles, of the table and of
// each index. [DynamoDB guide, DynamoDB metrics and dimensions]
func tableAlarms(table string) []Alarm {
	of := func(name, says, metricName string, dimensions map[string]string) Alarm {
		return Alarm{
			Name: name, Says: says, Section: SectionThrottled, Period: 5 * time.Minute, Last: 2, Above: 10,
			Metric: Metric{Namespace: "AWS/DynamoDB", Name: metricName, Dimensions: dimensions, Of: "Sum"},
		}
	}
	label := strings.TrimPrefix(strings.TrimPrefix(table, deployment.Prefix), "-")
	if label == "" {
		label = "table"
	}
	whole := map[string]string{"TableName": table}
	all := []Alarm{
		of(label+"-reads-throttled", "DynamoDB throttles reads of "+table+".", "ReadThrottleEvents", whole),
		of(label+"-writes-throttled", "DynamoDB throttles writes to "+table+".", "WriteThrottleEvents", whole),
	}
	for _, x := range schema.Table().Indexes {
		index := map[string]string{"TableName": table, "GlobalSecondaryIndexName": x.Name}
		all = append(all, of(label+"-index-"+x.Name+"-writes-throttled", "DynamoDB throttles writes to "+table+" because of index "+x.Name+".", "WriteThrottleEvents", index))
	}
	return all
}

// Keep leaves a resource there when it is taken out of its stack, is replaced or
// the stack is deleted, but not when the very deployment that made it fails: its
// name is fixed, and the next attempt would find it taken. What cannot be deleted
// (a table with deletion protection, a bucket with something in it) stays then
// too; docs/deploy.md has what to do.
// [CloudFormation guide, DeletionPolicy attribute, RetainExceptOnCreate]
func Keep(r awscdk.CfnResource) {
	r.ApplyRemovalPolicy(awscdk.RemovalPolicy_RETAIN_ON_UPDATE_OR_DELETE, nil)
}

func keySchema(partition, sort schema.Attribute) *[]interface{} {
	return &[]interface{}{
		&awsdynamodb.CfnTable_KeySchemaProperty{AttributeName: name(partition.Name), KeyType: name("HASH")},
		&awsdynamodb.CfnTable_KeySchemaProperty{AttributeName: name(sort.Name), KeyType: name("RANGE")},
	}
}

// attributes are those of the keys, each once, in the order of their names.
func attributes(d schema.Definition) *[]interface{} {
	all := map[string]schema.Type{d.Partition.Name: d.Partition.Type, d.Sort.Name: d.Sort.Type}
	for _, x := range d.Indexes {
		all[x.Partition.Name], all[x.Sort.Name] = x.Partition.Type, x.Sort.Type
	}
	out := []interface{}{}
	for _, a := range slices.Sorted(maps.Keys(all)) {
		out = append(out, &awsdynamodb.CfnTable_AttributeDefinitionProperty{AttributeName: name(a), AttributeType: name(string(all[a]))})
	}
	return &out
}

func indexes(d schema.Definition) *[]interface{} {
	out := []interface{}{}
	for _, x := range d.Indexes {
		projection := &awsdynamodb.CfnTable_ProjectionProperty{ProjectionType: name("KEYS_ONLY")}
		if len(x.Include) > 0 {
			projection = &awsdynamodb.CfnTable_ProjectionProperty{ProjectionType: name("INCLUDE"), NonKeyAttributes: Texts(x.Include...)}
		}
		out = append(out, &awsdynamodb.CfnTable_GlobalSecondaryIndexProperty{
			IndexName: name(x.Name), KeySchema: keySchema(x.Partition, x.Sort), Projection: projection,
		})
	}
	return &out
}
