// Empty is a function that does nothing, with the libraries that Latchkey's
// functions are made of: the measure for their cold starts.
package main

import (
	"context"
	"log"
	"log/slog"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/rds"

	"latchkey/shared/aws/tracing"
)

func main() {
	if err := tracing.Configure(slog.Default()); err != nil {
		log.Fatal(err)
	}
	cfg, err := config.LoadDefaultConfig(context.Background())
	if err != nil {
		log.Fatal(err)
	}
	tracing.Instrument(&cfg.APIOptions)
	table, keys, instances := dynamodb.NewFromConfig(cfg), kms.NewFromConfig(cfg), rds.NewFromConfig(cfg)
	lambda.Start(func(ctx context.Context) error {
		if _, err := table.ListTables(ctx, nil); err != nil {
			return err
		}
		if _, err := keys.ListKeys(ctx, nil); err != nil {
			return err
		}
		_, err := instances.DescribeDBInstances(ctx, nil)
		return err
	})
}
