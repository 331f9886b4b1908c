package dynamodb_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"latchkey/shared/aws/mototest"
	"latchkey/shared/catalog/dynamodb"
	"latchkey/shared/catalog/dynamodb/schema"
	"latchkey/shared/coded"
)

// TestCreateTable compares what moto then has with the schema.
func TestCreateTable(t *testing.T) {
	_, client, name := onMoto(t, at(epoch))
	out, err := client.DescribeTable(ctx, &sdk.DescribeTableInput{TableName: &name})
	if err != nil {
		t.Fatal(err)
	}
	table := out.Table
	if table.BillingModeSummary == nil || table.BillingModeSummary.BillingMode != types.BillingModePayPerRequest {
		t.Errorf("billing: %+v", table.BillingModeSummary)
	}
	if table.StreamSpecification == nil || table.StreamSpecification.StreamViewType != schema.StreamView {
		t.Errorf("stream: %+v", table.StreamSpecification)
	}
	var got, want []string
	for _, x := range table.GlobalSecondaryIndexes {
		got = append(got, fmt.Sprint(aws.ToString(x.IndexName), keyNames(x.KeySchema), x.Projection.ProjectionType, x.Projection.NonKeyAttributes))
	}
	for _, x := range schema.Table().Indexes {
		projection := types.ProjectionTypeKeysOnly
		if len(x.Include) > 0 {
			projection = types.ProjectionTypeInclude
		}
		want = append(want, fmt.Sprint(x.Name, []string{x.Partition.Name, x.Sort.Name}, projection, x.Include))
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) || !slices.Equal(keyNames(table.KeySchema), []string{schema.PK, schema.SK}) {
		t.Errorf("got  %v\nwant %v", got, want)
	}
	ttl, err := client.DescribeTimeToLive(ctx, &sdk.DescribeTimeToLiveInput{TableName: &name})
	if err != nil || aws.ToString(ttl.TimeToLiveDescription.AttributeName) != schema.TTL {
		t.Errorf("expiry: %+v, %v", ttl, err)
	}
	if err := dynamodb.CreateTable(ctx, mototest.Config(t, region), name); !coded.Is(err, coded.Pending) {
		t.Errorf("a second time: %v", err)
	}
}

func keyNames(elements []types.KeySchemaElement) []string {
	var names []string
	for _, e := range elements {
		names = append(names, aws.ToString(e.AttributeName))
	}
	return names
}
