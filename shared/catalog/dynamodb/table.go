package dynamodb

import (
	"context"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"latchkey/shared/catalog/dynamodb/schema"
)

// createTimeout bounds the wait for a new table; DynamoDB takes some seconds.
const createTimeout = 2 * time.Minute

// CreateTable makes a table for tests and emulators, and waits until it can be
// used. A deployed cell's table is made by the infrastructure, of the same
// schema, with deletion protection and point-in-time recovery.
func CreateTable(ctx context.Context, cfg aws.Config, table string) error {
	client, d := sdk.NewFromConfig(cfg), schema.Table()
	in := &sdk.CreateTableInput{
		TableName: &table, BillingMode: types.BillingModePayPerRequest,
		KeySchema:           keySchema(d.Partition, d.Sort),
		StreamSpecification: &types.StreamSpecification{StreamEnabled: aws.Bool(true), StreamViewType: types.StreamViewType(d.StreamView)},
	}
	attributes := map[schema.Attribute]bool{d.Partition: true, d.Sort: true}
	for _, x := range d.Indexes {
		attributes[x.Partition], attributes[x.Sort] = true, true
		projection := &types.Projection{ProjectionType: types.ProjectionTypeKeysOnly}
		if len(x.Include) > 0 {
			projection = &types.Projection{ProjectionType: types.ProjectionTypeInclude, NonKeyAttributes: x.Include}
		}
		in.GlobalSecondaryIndexes = append(in.GlobalSecondaryIndexes, types.GlobalSecondaryIndex{
			IndexName: aws.String(x.Name), KeySchema: keySchema(x.Partition, x.Sort), Projection: projection,
		})
	}
	for a := range attributes {
		in.AttributeDefinitions = append(in.AttributeDefinitions, types.AttributeDefinition{
			AttributeName: aws.String(a.Name), AttributeType: types.ScalarAttributeType(a.Type),
		})
	}
	if _, err := client.CreateTable(ctx, in); err != nil {
		return failed(ctx, err, "creating table %s", table)
	}
	exists := sdk.NewTableExistsWaiter(client)
	if err := exists.Wait(ctx, &sdk.DescribeTableInput{TableName: &table}, createTimeout); err != nil {
		return failed(ctx, err, "waiting for table %s", table)
	}
	_, err := client.UpdateTimeToLive(ctx, &sdk.UpdateTimeToLiveInput{TableName: &table,
		TimeToLiveSpecification: &types.TimeToLiveSpecification{AttributeName: aws.String(d.TTL), Enabled: aws.Bool(true)}})
	return failed(ctx, err, "setting the expiry of table %s", table)
}

func keySchema(partition, sort schema.Attribute) []types.KeySchemaElement {
	return []types.KeySchemaElement{
		{AttributeName: aws.String(partition.Name), KeyType: types.KeyTypeHash},
		{AttributeName: aws.String(sort.Name), KeyType: types.KeyTypeRange},
	}
}
