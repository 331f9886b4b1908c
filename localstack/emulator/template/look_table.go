package template

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// table is a table's properties as the template has them.
type table struct {
	KeySchema              []keyElement
	GlobalSecondaryIndexes []struct {
		IndexName string
		KeySchema []keyElement
	}
	StreamSpecification *struct{ StreamViewType string }
}

type keyElement struct{ AttributeName, KeyType string }

// lookTable compares keys, indexes and stream.
func lookTable(ctx context.Context, d *Deployed, r Resource, physical string) (string, error) {
	var want table
	if err := d.decode(r, &want); err != nil {
		return "", err
	}
	out, err := d.Clients.DynamoDB.DescribeTable(ctx, &dynamodb.DescribeTableInput{TableName: &physical})
	if err != nil {
		return "", err
	}
	if wanted, got := want.keys(), keysOf(out.Table); !slices.Equal(wanted, got) {
		return fmt.Sprintf("its keys and indexes are %s, not %s", strings.Join(got, ", "), strings.Join(wanted, ", ")), nil
	}
	if s := want.StreamSpecification; s != nil {
		got := out.Table.StreamSpecification
		if got == nil || string(got.StreamViewType) != s.StreamViewType || aws.ToString(out.Table.LatestStreamArn) == "" {
			return "it has no stream of " + s.StreamViewType, nil
		}
	}
	return "", nil
}

// keys lists the keys of the table and its indexes, sorted.
func (t table) keys() []string {
	var out []string
	for _, k := range t.KeySchema {
		out = append(out, k.AttributeName+" "+k.KeyType)
	}
	for _, x := range t.GlobalSecondaryIndexes {
		for _, k := range x.KeySchema {
			out = append(out, x.IndexName+": "+k.AttributeName+" "+k.KeyType)
		}
	}
	slices.Sort(out)
	return out
}

// keysOf is keys of what is there.
func keysOf(d *types.TableDescription) []string {
	var t table
	for _, k := range d.KeySchema {
		t.KeySchema = append(t.KeySchema, keyElement{aws.ToString(k.AttributeName), string(k.KeyType)})
	}
	out := t.keys()
	for _, x := range d.GlobalSecondaryIndexes {
		for _, k := range x.KeySchema {
			out = append(out, aws.ToString(x.IndexName)+": "+aws.ToString(k.AttributeName)+" "+string(k.KeyType))
		}
	}
	slices.Sort(out)
	return out
}
