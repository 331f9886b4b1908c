package template

import (
	"context"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	dbtypes "github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/aws-sdk-go-v2/service/dynamodbstreams"
	streamtypes "github.com/aws/aws-sdk-go-v2/service/dynamodbstreams/types"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	lambdatypes "github.com/aws/aws-sdk-go-v2/service/lambda/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	sqstypes "github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"latchkey/localstack/emulator/feeds"
	"latchkey/localstack/emulator/runtime"
	"latchkey/shared/aws/mototest"
)

// small deploys the assembly of testdata to a Region of its own.
func small(t *testing.T, region string, rewrites []Rewrite) (*Deployed, error) {
	t.Helper()
	url := mototest.Endpoint(t)
	stacks, err := Load("testdata/assembly")
	if err != nil {
		t.Fatal(err)
	}
	return Deploy(context.Background(), NewClients(url, region), mototest.Account, stacks[0], rewrites)
}

func TestDeploy(t *testing.T) {
	d, err := small(t, "eu-central-1", Rewrites())
	if err != nil {
		t.Fatal(err)
	}
	report, err := d.Verify(context.Background())
	if err != nil || report.Err() != nil {
		t.Fatal(err, report.Err())
	}
	want := map[Verdict]string{
		There: "Alias Bucket Bus Dead FromQueue Function Key Queue Rule Table", Listed: "Role", Removed: "FromStream",
		Ignored: "Api Every Group Integration QueuePolicy Route",
	}
	got := map[Verdict]string{}
	for _, f := range report {
		got[f.Verdict] = strings.TrimSpace(got[f.Verdict] + " " + f.ID)
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	t.Run("what runs", func(t *testing.T) { testModel(t, d) })
}

func testModel(t *testing.T, d *Deployed) {
	functions, err := d.Functions(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	const arn = "arn:aws:lambda:eu-central-1:123456789012:function:latchkey-small"
	if want := []runtime.Function{{
		Name: "latchkey-small", ARN: arn, Region: "eu-central-1", Role: "small-eu-central-1", Timeout: 30 * time.Second, MemoryMB: 256,
		Env: map[string]string{"LATCHKEY_TABLE": "small", "LATCHKEY_ACCOUNT": mototest.Account, "LATCHKEY_TRAIL_PREFIX": ""},
	}}; !reflect.DeepEqual(functions, want) {
		t.Errorf("functions %+v", functions)
	}
	queues, streams, err := d.Mappings()
	if err != nil {
		t.Fatal(err)
	}
	if want := []feeds.Mapping{{
		Function: "latchkey-small", SourceARN: "arn:aws:sqs:eu-central-1:123456789012:small", Batch: 7, Window: 5 * time.Second, Partial: true, Retries: -1,
	}}; !reflect.DeepEqual(queues, want) {
		t.Errorf("queues %+v", queues)
	}
	want := feeds.Mapping{
		Function: "latchkey-small", SourceARN: d.Resolver.Attributes["Table.StreamArn"], Batch: 100, Start: "TRIM_HORIZON", Retries: 2, MaxAge: time.Hour,
		Bisect: true, Filters: []string{`{"eventName":["INSERT"]}`}, OnFailure: "arn:aws:sqs:eu-central-1:123456789012:small-dead",
	}
	if !reflect.DeepEqual(streams, []feeds.Mapping{want}) || !strings.Contains(want.SourceARN, ":table/small/stream/") {
		t.Errorf("streams %+v", streams)
	}
	schedules, err := d.Schedules()
	if err != nil || !reflect.DeepEqual(schedules, []Schedule{{"small", "rate(1 minute)", "latchkey-small", `{"n":1}`}}) {
		t.Errorf("schedules %+v, %v", schedules, err)
	}
	routes, err := d.Routes()
	if err != nil || !reflect.DeepEqual(routes, []feeds.Route{{Method: "GET", Path: "/things/{id}", Function: "latchkey-small"}}) {
		t.Errorf("routes %+v, %v", routes, err)
	}
}

// TestVerify_Finds breaks what was deployed, one thing at a time.
func TestVerify_Finds(t *testing.T) {
	ctx := context.Background()
	d, err := small(t, "eu-west-1", Rewrites())
	if err != nil {
		t.Fatal(err)
	}
	c := d.Clients
	for _, tc := range []struct {
		id, says string
		break_   func() error
	}{
		{"Rule", "its state is DISABLED", func() error {
			_, err := c.Events.DisableRule(ctx, &eventbridge.DisableRuleInput{Name: aws.String("small"), EventBusName: aws.String("small")})
			return err
		}},
		{"Queue", "VisibilityTimeout is 5, not 180", func() error {
			_, err := c.SQS.SetQueueAttributes(ctx, &sqs.SetQueueAttributesInput{QueueUrl: aws.String(d.Resolver.Physical["Queue"]), Attributes: map[string]string{"VisibilityTimeout": "5"}})
			return err
		}},
		{"Function", `its variable LATCHKEY_TABLE is "other"`, func() error {
			_, err := c.Lambda.UpdateFunctionConfiguration(ctx, &lambda.UpdateFunctionConfigurationInput{FunctionName: aws.String("latchkey-small"),
				Environment: &lambdatypes.Environment{Variables: map[string]string{"LATCHKEY_TABLE": "other", "LATCHKEY_ACCOUNT": mototest.Account, "LATCHKEY_TRAIL_PREFIX": ""}}})
			return err
		}},
		{"Bucket", "NotFound", func() error {
			_, err := c.S3.DeleteBucket(ctx, &s3.DeleteBucketInput{Bucket: aws.String(d.Resolver.Physical["Bucket"])})
			return err
		}},
		{"Key", "it is not enabled", func() error {
			_, err := c.KMS.DisableKey(ctx, &kms.DisableKeyInput{KeyId: aws.String(d.Resolver.Physical["Key"])})
			return err
		}},
		{"Alias", "alias/small", func() error {
			_, err := c.KMS.DeleteAlias(ctx, &kms.DeleteAliasInput{AliasName: aws.String("alias/small")})
			return err
		}},
		{"FromQueue", "nothing maps", func() error {
			out, err := c.Lambda.ListEventSourceMappings(ctx, nil)
			if err == nil {
				_, err = c.Lambda.DeleteEventSourceMapping(ctx, &lambda.DeleteEventSourceMappingInput{UUID: out.EventSourceMappings[0].UUID})
			}
			return err
		}},
		{"Table", "small", func() error {
			_, err := c.DynamoDB.DeleteTable(ctx, &dynamodb.DeleteTableInput{TableName: aws.String("small")})
			return err
		}},
		{"Bus", "small", func() error {
			_, err := c.Events.RemoveTargets(ctx, &eventbridge.RemoveTargetsInput{Rule: aws.String("small"), EventBusName: aws.String("small"), Ids: []string{"queue"}})
			if err == nil {
				_, err = c.Events.DeleteRule(ctx, &eventbridge.DeleteRuleInput{Name: aws.String("small"), EventBusName: aws.String("small")})
			}
			if err == nil {
				_, err = c.Events.DeleteEventBus(ctx, &eventbridge.DeleteEventBusInput{Name: aws.String("small")})
			}
			return err
		}},
	} {
		t.Run(tc.id, func(t *testing.T) {
			if err := tc.break_(); err != nil {
				t.Fatal(err)
			}
			report, err := d.Verify(ctx)
			if err != nil {
				t.Fatal(err)
			}
			for _, f := range report {
				if f.ID == tc.id && (f.Verdict != Wrong && f.Verdict != Missing || !strings.Contains(f.Detail, tc.says)) {
					t.Errorf("%+v", f)
				}
			}
			if report.Err() == nil || !strings.Contains(report.Err().Error(), tc.id+" (AWS::") {
				t.Errorf("error %v", report.Err())
			}
		})
	}
}

// TestRewrites_Needed shows for each rewrite what goes wrong without it: one
// that the emulator no longer needs fails here.
func TestRewrites_Needed(t *testing.T) {
	ctx := context.Background()
	regions := []string{"us-east-1", "us-west-2", "ap-southeast-2", "ca-central-1"}
	broken := map[string]func(t *testing.T, d *Deployed, err error) bool{
		"no-bootstrap-version": func(_ *testing.T, _ *Deployed, err error) bool { return err != nil },
		"key-policy-text": func(t *testing.T, d *Deployed, err error) bool {
			report := verified(t, d, err)
			return report != nil && strings.Contains(report.Error(), "Key (AWS::KMS::Key) is missing")
		},
		"queue-mappings-off": func(t *testing.T, d *Deployed, err error) bool {
			if report := verified(t, d, err); report != nil {
				t.Fatal(report)
			}
			url := aws.String(d.Resolver.Physical["Queue"])
			if _, err := d.Clients.SQS.SendMessage(ctx, &sqs.SendMessageInput{QueueUrl: url, MessageBody: aws.String("{}")}); err != nil {
				return true // moto failed when it tried to run the function
			}
			out, err := d.Clients.SQS.ReceiveMessage(ctx, &sqs.ReceiveMessageInput{QueueUrl: url, MessageSystemAttributeNames: []sqstypes.MessageSystemAttributeName{"All"}})
			return err != nil || len(out.Messages) == 0 || out.Messages[0].Attributes["ApproximateReceiveCount"] != "1"
		},
		"stream-mappings-out": func(t *testing.T, d *Deployed, err error) bool {
			if report := verified(t, d, err); report != nil {
				t.Fatal(report)
			}
			_, err = d.Clients.DynamoDB.PutItem(ctx, &dynamodb.PutItemInput{TableName: aws.String("small"), Item: map[string]dbtypes.AttributeValue{"pk": &dbtypes.AttributeValueMemberS{Value: "x"}}})
			return err != nil || records(t, d) == 0
		},
	}
	for i, r := range Rewrites() {
		t.Run(r.Name, func(t *testing.T) {
			var others []Rewrite
			for _, o := range Rewrites() {
				if o.Name != r.Name {
					others = append(others, o)
				}
			}
			if broken[r.Name] == nil {
				t.Fatal("nothing here shows that it is needed")
			}
			d, err := small(t, regions[i], others)
			if !broken[r.Name](t, d, err) {
				t.Errorf("all is well without it: %s", r.Reason)
			}
		})
	}
}

func verified(t *testing.T, d *Deployed, err error) error {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	report, err := d.Verify(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	return report.Err()
}

// records counts what the table's stream holds.
func records(t *testing.T, d *Deployed) int {
	t.Helper()
	ctx := context.Background()
	client := dynamodbstreams.NewFromConfig(Config(d.Clients.Endpoint, d.Clients.Region, "local-stack"))
	arn := aws.String(d.Resolver.Attributes["Table.StreamArn"])
	stream, err := client.DescribeStream(ctx, &dynamodbstreams.DescribeStreamInput{StreamArn: arn})
	if err != nil {
		t.Fatal(err)
	}
	at, err := client.GetShardIterator(ctx, &dynamodbstreams.GetShardIteratorInput{StreamArn: arn, ShardId: stream.StreamDescription.Shards[0].ShardId, ShardIteratorType: streamtypes.ShardIteratorTypeTrimHorizon})
	if err != nil {
		t.Fatal(err)
	}
	out, err := client.GetRecords(ctx, &dynamodbstreams.GetRecordsInput{ShardIterator: at.ShardIterator})
	if err != nil {
		t.Fatal(err)
	}
	return len(out.Records)
}
