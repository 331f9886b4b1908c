package deployedtest

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"latchkey/events"
	"latchkey/localstack/cell"
	"latchkey/shared/catalog"
	"latchkey/shared/catalog/dynamodb"
	"latchkey/shared/clock"
	"latchkey/shared/deployment"
)

// Deploy puts the world on an emulator: its table through the store that the
// functions use, the ledger's bucket, and the functions, queues and the bus that
// `attach` asks, with a rule that gives operators' events to watch-keys.
func (w *World) Deploy(cfg aws.Config) {
	w.Helper()
	ctx := context.Background()
	w.must(dynamodb.CreateTable(ctx, cfg, deployment.Table))
	store := dynamodb.New(cfg, deployment.Table, clock.System{})
	for _, it := range w.Items() {
		w.must(store.Commit(ctx, catalog.Tx{Puts: []catalog.Put{{Item: it}}}))
	}
	w.bucket(ctx, cfg)
	template, err := json.Marshal(map[string]any{"Resources": w.resources()})
	w.must(err)
	stacks := cloudformation.NewFromConfig(cfg)
	name := aws.String("latchkey-cell")
	_, err = stacks.CreateStack(ctx, &cloudformation.CreateStackInput{StackName: name, TemplateBody: aws.String(string(template))})
	w.must(err)
	w.must(cloudformation.NewStackCreateCompleteWaiter(stacks).Wait(ctx, &cloudformation.DescribeStacksInput{StackName: name}, time.Minute))
}

func (w *World) bucket(ctx context.Context, cfg aws.Config) {
	w.Helper()
	client := s3.NewFromConfig(cfg, func(o *s3.Options) { o.UsePathStyle = true })
	_, bucket := cell.Buckets(Account, Region)
	_, err := client.CreateBucket(ctx, &s3.CreateBucketInput{Bucket: &bucket,
		CreateBucketConfiguration: &types.CreateBucketConfiguration{LocationConstraint: Region}})
	w.must(err)
	for after := ""; ; {
		list, err := w.Objects.List(ctx, bucket, "", after)
		w.must(err)
		if len(list) == 0 {
			return
		}
		for _, info := range list {
			o, err := w.Objects.Open(ctx, bucket, info.Key)
			w.must(err)
			body, err := io.ReadAll(o.Body)
			w.must(err)
			_, err = client.PutObject(ctx, &s3.PutObjectInput{Bucket: &bucket, Key: &info.Key, Body: bytes.NewReader(body), Metadata: o.Metadata})
			w.must(err)
			after = info.Key
		}
	}
}

// resources are those of the template that moto gets.
func (w *World) resources() map[string]any {
	type object = map[string]any
	values := Variables()
	all := map[string]any{
		"Role": object{"Type": "AWS::IAM::Role", "Properties": object{"AssumeRolePolicyDocument": object{"Version": "2012-10-17", "Statement": []any{
			object{"Effect": "Allow", "Principal": object{"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}}}}},
		"Bus": object{"Type": "AWS::Events::EventBus", "Properties": object{"Name": deployment.Bus}},
		"Approvals": object{"Type": "AWS::Events::Rule", "DependsOn": "watchkeys", "Properties": object{
			"Name": "approvals", "EventBusName": object{"Fn::GetAtt": []string{"Bus", "Name"}}, "State": "ENABLED",
			"EventPattern": object{"source": []string{events.SourceOperator}},
			"Targets":      []any{object{"Id": "queue", "Arn": "arn:aws:sqs:" + Region + ":" + Account + ":" + deployment.Name(events.FunctionWatchKeys)}}}},
	}
	for _, f := range deployment.Functions() {
		if f.Name == events.FunctionProvision || f.Name == events.FunctionAuditKeys {
			environ := object{}
			for _, name := range f.Env {
				environ[name] = values[name]
			}
			all["Function"+id(f.Name)] = object{"Type": "AWS::Lambda::Function", "Properties": object{
				"FunctionName": deployment.Name(f.Name), "Runtime": "python3.12", "Handler": "index.handler", "Code": object{"ZipFile": "handler = None"},
				"Role": object{"Fn::GetAtt": []string{"Role", "Arn"}}, "Environment": object{"Variables": environ}}}
		}
		if f.Queue != nil && f.Place == deployment.InCell {
			all[id(f.Name)] = object{"Type": "AWS::SQS::Queue", "Properties": object{"QueueName": deployment.Name(f.Name)}}
		}
		if f.Place == deployment.InCell && (f.Queue != nil || f.Stream != nil || f.Every > 0) {
			all["Dead"+id(f.Name)] = object{"Type": "AWS::SQS::Queue", "Properties": object{"QueueName": deployment.DeadLetters(deployment.Name(f.Name))}}
		}
	}
	return all
}

// Variables are what the functions of the cell are deployed with.
func Variables() map[string]string {
	trail, ledgers := cell.Buckets(Account, Region)
	return map[string]string{
		deployment.EnvAccount: Account, deployment.EnvTable: deployment.Table, deployment.EnvCommerceSource: events.SourceCommerce,
		deployment.EnvPlatformKey: "arn:aws:kms:" + Region + ":" + Account + ":key/11111111-2222-4333-8444-555555555555",
		deployment.EnvUnreachable: "30m", deployment.EnvShardCapacity: "50", deployment.EnvRegions: Region, deployment.EnvLogLevel: "info",
		deployment.EnvTrailBucket: trail, deployment.EnvTrailPrefix: "", deployment.EnvLedgerBucket: ledgers,
		deployment.EnvKnownPrincipals: cell.Role(Account), deployment.EnvRetiredTrails: "",
	}
}

// id makes a logical id of a function's name.
func id(name string) string {
	var b []byte
	for i := range len(name) {
		if name[i] != '-' {
			b = append(b, name[i])
		}
	}
	return string(b)
}
