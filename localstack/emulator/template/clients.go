package template

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/rds"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"latchkey/shared/coded"
)

// Clients are the emulator's services in one Region.
type Clients struct {
	Endpoint, Region string
	Formation        *cloudformation.Client
	DynamoDB         *dynamodb.Client
	Events           *eventbridge.Client
	KMS              *kms.Client
	Lambda           *lambda.Client
	RDS              *rds.Client
	S3               *s3.Client
	SQS              *sqs.Client
}

// Config returns a configuration for an emulator, with credentials that mean
// nothing but their name.
func Config(endpoint, region, name string) aws.Config {
	return aws.Config{
		Region: region, BaseEndpoint: &endpoint,
		Credentials: credentials.NewStaticCredentialsProvider(name, "local", ""),
	}
}

// NewClients returns the clients of a Region.
func NewClients(endpoint, region string) Clients {
	cfg := Config(endpoint, region, "local-stack")
	return Clients{
		Endpoint: endpoint, Region: region,
		Formation: cloudformation.NewFromConfig(cfg), DynamoDB: dynamodb.NewFromConfig(cfg), Events: eventbridge.NewFromConfig(cfg),
		KMS: kms.NewFromConfig(cfg), Lambda: lambda.NewFromConfig(cfg), RDS: rds.NewFromConfig(cfg), SQS: sqs.NewFromConfig(cfg),
		S3: s3.NewFromConfig(cfg, func(o *s3.Options) { o.UsePathStyle = true }),
	}
}

// Account returns the account that an emulator says its callers are in.
func Account(ctx context.Context, endpoint string) (string, error) {
	out, err := sts.NewFromConfig(Config(endpoint, "us-east-1", "local-stack")).GetCallerIdentity(ctx, nil)
	if err != nil {
		return "", coded.Wrap(coded.Internal, err, "asking the emulator for its account")
	}
	return aws.ToString(out.Account), nil
}
