package emulator

import (
	"context"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	kmstypes "github.com/aws/aws-sdk-go-v2/service/kms/types"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	sqstypes "github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"latchkey/localstack/emulator/template"
	"latchkey/shared/coded"
	"latchkey/shared/deployment"
)

// keysOf is KMS as another account has it. [moto documentation, Multi-account support]
func (s *Stack) keysOf(region, account string) *kms.Client {
	return kms.NewFromConfig(template.Config(s.Emulator.URL, region, "customer"), func(o *kms.Options) {
		o.APIOptions = append(o.APIOptions, func(stack *middleware.Stack) error {
			return smithyhttp.SetHeaderValue("X-Moto-Account-Id", account)(stack)
		})
	})
}

// CustomerKey makes a key in a customer's account and returns its ARN. The
// emulator takes any policy, so what it has to allow is not shown.
func (s *Stack) CustomerKey(ctx context.Context, region, account string) (arn string, err error) {
	out, err := s.keysOf(region, account).CreateKey(ctx, &kms.CreateKeyInput{
		KeyUsage: kmstypes.KeyUsageTypeEncryptDecrypt, Policy: aws.String(`{"Version":"2012-10-17","Statement":[]}`),
	})
	if err != nil {
		return "", coded.Wrap(coded.Internal, err, "making a key in account %s", account)
	}
	return aws.ToString(out.KeyMetadata.Arn), nil
}

// DisableKey disables a customer's key, as the customer.
func (s *Stack) DisableKey(ctx context.Context, region, account, arn string) error {
	id := arn[strings.LastIndexByte(arn, '/')+1:] // moto answers 500 to an ARN
	if _, err := s.keysOf(region, account).DisableKey(ctx, &kms.DisableKeyInput{KeyId: &id}); err != nil {
		return coded.Wrap(coded.Internal, err, "disabling %s", arn)
	}
	return nil
}

// EnableKey enables a customer's key, as the customer.
func (s *Stack) EnableKey(ctx context.Context, region, account, arn string) error {
	id := arn[strings.LastIndexByte(arn, '/')+1:]
	if _, err := s.keysOf(region, account).EnableKey(ctx, &kms.EnableKeyInput{KeyId: &id}); err != nil {
		return coded.Wrap(coded.Internal, err, "enabling %s", arn)
	}
	return nil
}

// maxLetters bounds what DeadLetters takes.
const maxLetters = 1000

// DeadLetters takes what is in the dead-letter queues of functions.
func (s *Stack) DeadLetters(ctx context.Context, region string, functions ...string) ([]string, error) {
	var out []string
	for _, f := range functions {
		c := s.Regions[region].Clients
		url, err := queueURL(ctx, c, deployment.DeadLetters(deployment.Name(f)))
		if err != nil {
			return nil, err
		}
		for len(out) < maxLetters {
			got, err := c.SQS.ReceiveMessage(ctx, &sqs.ReceiveMessageInput{QueueUrl: &url, MaxNumberOfMessages: 10})
			if err != nil {
				return nil, coded.Wrap(coded.Internal, err, "receiving from %s", url)
			}
			if len(got.Messages) == 0 {
				break
			}
			var done []sqstypes.DeleteMessageBatchRequestEntry
			for _, m := range got.Messages {
				out = append(out, aws.ToString(m.Body))
				done = append(done, sqstypes.DeleteMessageBatchRequestEntry{Id: m.MessageId, ReceiptHandle: m.ReceiptHandle})
			}
			if _, err := c.SQS.DeleteMessageBatch(ctx, &sqs.DeleteMessageBatchInput{QueueUrl: &url, Entries: done}); err != nil {
				return nil, coded.Wrap(coded.Internal, err, "deleting from %s", url)
			}
		}
	}
	return out, nil
}
