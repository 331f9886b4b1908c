package template

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	cftypes "github.com/aws/aws-sdk-go-v2/service/cloudformation/types"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"

	"latchkey/shared/coded"
)

// Deployed is a stack that was created.
type Deployed struct {
	Name     string
	Clients  Clients
	Declared Document // as synthesized
	Adapted  Document // as created
	Applied  []Applied
	Resolver Resolver
	listed   map[string]bool // by logical id
}

// Bounds of one stack's creation.
const (
	createTime = 5 * time.Minute
	createPoll = 250 * time.Millisecond
)

// Deploy uploads a stack's assets, creates it and waits until that is done. It
// says nothing yet about whether what the template declares is there: see Verify.
func Deploy(ctx context.Context, c Clients, account string, s Stack, rewrites []Rewrite) (*Deployed, error) {
	ctx, cancel := context.WithTimeout(ctx, createTime)
	defer cancel()
	adapted, applied, err := Adapt(s.Document, rewrites)
	if err != nil {
		return nil, err
	}
	d := &Deployed{Name: s.Name, Clients: c, Declared: s.Document, Adapted: adapted, Applied: applied, listed: map[string]bool{},
		Resolver: Resolver{Account: account, Region: c.Region, Stack: s.Name, Types: map[string]string{}, Physical: map[string]string{}, Attributes: map[string]string{}}}
	for _, a := range s.Assets {
		if err := d.upload(ctx, a); err != nil {
			return nil, err
		}
	}
	if err := d.create(ctx); err != nil {
		return nil, err
	}
	if err := d.learn(ctx); err != nil {
		return nil, err
	}
	return d, d.repair(ctx)
}

// upload puts an asset where the template looks for it.
func (d *Deployed) upload(ctx context.Context, a Asset) error {
	bucket, err := d.Resolver.sub(a.Bucket)
	if err != nil {
		return err
	}
	body, err := a.read()
	if err != nil {
		return err
	}
	return d.put(ctx, bucket, a.Key, body)
}

func (d *Deployed) put(ctx context.Context, bucket, key string, body []byte) error {
	in := &s3.CreateBucketInput{Bucket: &bucket}
	if d.Clients.Region != "us-east-1" {
		in.CreateBucketConfiguration = &s3types.CreateBucketConfiguration{LocationConstraint: s3types.BucketLocationConstraint(d.Clients.Region)}
	}
	_, err := d.Clients.S3.CreateBucket(ctx, in)
	var owned *s3types.BucketAlreadyOwnedByYou
	var exists *s3types.BucketAlreadyExists
	if err != nil && !errors.As(err, &owned) && !errors.As(err, &exists) {
		return coded.Wrap(coded.Internal, err, "creating bucket %s", bucket)
	}
	if _, err = d.Clients.S3.PutObject(ctx, &s3.PutObjectInput{Bucket: &bucket, Key: &key, Body: bytes.NewReader(body)}); err != nil {
		return coded.Wrap(coded.Internal, err, "uploading %s to %s", key, bucket)
	}
	return nil
}

// create makes the stack of a template in a bucket, since a template in the
// call itself may have 51,200 bytes at most. [CloudFormation guide, Quotas]
func (d *Deployed) create(ctx context.Context) error {
	body, err := json.Marshal(d.Adapted)
	if err != nil {
		return coded.Wrap(coded.Internal, err, "encoding the template of %s", d.Name)
	}
	bucket, key := "latchkey-local-templates-"+d.Clients.Region, d.Name+".json"
	if err := d.put(ctx, bucket, key, body); err != nil {
		return err
	}
	_, err = d.Clients.Formation.CreateStack(ctx, &cloudformation.CreateStackInput{
		StackName: &d.Name, TemplateURL: aws.String(strings.TrimSuffix(d.Clients.Endpoint, "/") + "/" + bucket + "/" + key),
		Capabilities: []cftypes.Capability{cftypes.CapabilityCapabilityNamedIam},
	})
	if err != nil {
		return coded.Wrap(coded.Internal, err, "creating stack %s", d.Name)
	}
	poll := time.NewTicker(createPoll)
	defer poll.Stop()
	for {
		done, err := d.status(ctx)
		if done || err != nil {
			return err
		}
		select {
		case <-poll.C:
		case <-ctx.Done():
			return coded.Wrap(coded.Internal, ctx.Err(), "waiting for stack %s", d.Name)
		}
	}
}

func (d *Deployed) status(ctx context.Context) (done bool, err error) {
	out, err := d.Clients.Formation.DescribeStacks(ctx, &cloudformation.DescribeStacksInput{StackName: &d.Name})
	if err != nil {
		return false, coded.Wrap(coded.Internal, err, "looking at stack %s", d.Name)
	}
	if len(out.Stacks) != 1 {
		return false, coded.New(coded.Internal, "stack %s is not there after its creation", d.Name)
	}
	switch st := out.Stacks[0].StackStatus; {
	case st == cftypes.StackStatusCreateComplete:
		return true, nil
	case strings.HasSuffix(string(st), "_IN_PROGRESS") && !strings.HasPrefix(string(st), "ROLLBACK"):
		return false, nil
	default:
		return false, coded.New(coded.Internal, "stack %s: %s: %s", d.Name, st, aws.ToString(out.Stacks[0].StackStatusReason))
	}
}

// named are the types that moto lists without a physical id, with the property
// that is their name.
var named = map[string]string{"AWS::Events::EventBus": "Name", "AWS::Events::Archive": "ArchiveName", "AWS::Events::Rule": "Name",
	"AWS::RDS::DBSubnetGroup": "DBSubnetGroupName", "AWS::RDS::DBParameterGroup": "DBParameterGroupName"}

// learn notes what the stack's resources are called.
func (d *Deployed) learn(ctx context.Context) error {
	pages := cloudformation.NewListStackResourcesPaginator(d.Clients.Formation, &cloudformation.ListStackResourcesInput{StackName: &d.Name})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return coded.Wrap(coded.Internal, err, "listing the resources of stack %s", d.Name)
		}
		for _, r := range page.StackResourceSummaries {
			d.listed[aws.ToString(r.LogicalResourceId)] = true
			if id := aws.ToString(r.PhysicalResourceId); id != "" {
				d.Resolver.Physical[aws.ToString(r.LogicalResourceId)] = id
			}
		}
	}
	for _, r := range d.Declared.Resources() {
		d.Resolver.Types[r.ID] = r.Type
		if name, _ := r.Properties[named[r.Type]].(string); d.listed[r.ID] && d.Resolver.Physical[r.ID] == "" && name != "" {
			d.Resolver.Physical[r.ID] = name
		}
		if physical := d.Resolver.Physical[r.ID]; r.Type == "AWS::DynamoDB::Table" && physical != "" {
			out, err := d.Clients.DynamoDB.DescribeTable(ctx, &dynamodb.DescribeTableInput{TableName: &physical})
			if err != nil {
				return fmt.Errorf("table %s: %w", physical, err)
			}
			d.Resolver.Attributes[r.ID+".StreamArn"] = aws.ToString(out.Table.LatestStreamArn)
		}
	}
	return nil
}
