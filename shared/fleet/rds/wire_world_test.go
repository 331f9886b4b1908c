package rds_test

import (
	"context"
	"encoding/xml"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awskms "github.com/aws/aws-sdk-go-v2/service/kms"
	sdk "github.com/aws/aws-sdk-go-v2/service/rds"
	"github.com/aws/aws-sdk-go-v2/service/rds/types"

	"latchkey/shared/aws/mototest"
	"latchkey/shared/database"
	"latchkey/shared/fleet/rds"
	"latchkey/shared/snapshot"
)

const (
	region        = "eu-central-1"
	securityGroup = "sg-0123456789abcdef0"
	patient       = time.Minute // an emulator on a busy machine is slower than RDS
)

// world is a Region of moto with what a cell's stack makes: a subnet group, a
// parameter group and two keys.
type world struct {
	client     *sdk.Client
	fleet      *rds.Fleet
	backups    snapshot.Backups
	tenantKey  string
	anotherKey string
	platform   string
}

func wire(t *testing.T) *world {
	t.Helper()
	reset(t)
	cfg := mototest.Config(t, region)
	w := &world{client: sdk.NewFromConfig(cfg)}
	w.fleet, w.backups = rds.New(w.client, rds.Config{SecurityGroupIDs: []string{securityGroup}, Timeout: patient})
	ctx := context.Background()
	_, err := w.client.CreateDBParameterGroup(ctx, &sdk.CreateDBParameterGroupInput{
		DBParameterGroupName: aws.String("latchkey-tls"), DBParameterGroupFamily: aws.String("postgres16"), Description: aws.String("forces TLS"),
	})
	if err != nil {
		t.Fatal(err)
	}
	_, err = w.client.CreateDBSubnetGroup(ctx, &sdk.CreateDBSubnetGroupInput{
		DBSubnetGroupName: aws.String("latchkey-private"), DBSubnetGroupDescription: aws.String("no way out"), SubnetIds: subnets(t),
	})
	if err != nil {
		t.Fatal(err)
	}
	keys := awskms.NewFromConfig(cfg)
	for _, into := range []*string{&w.tenantKey, &w.anotherKey, &w.platform} {
		out, err := keys.CreateKey(ctx, &awskms.CreateKeyInput{})
		if err != nil {
			t.Fatal(err)
		}
		*into = aws.ToString(out.KeyMetadata.Arn)
	}
	return w
}

// reset forgets what earlier tests made; tests of this package are not parallel.
func reset(t *testing.T) {
	t.Helper()
	res, err := http.Post(mototest.Endpoint(t)+"/moto-api/reset", "", nil)
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
}

// subnets returns the subnets of moto's default VPC, asked for without an SDK
// client of EC2, which nothing else here needs.
func subnets(t *testing.T) []string {
	t.Helper()
	form := url.Values{"Action": {"DescribeSubnets"}, "Version": {"2016-11-15"}}
	req, err := http.NewRequest(http.MethodPost, mototest.Endpoint(t), strings.NewReader(form.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=testing/20260101/"+region+"/ec2/aws4_request, SignedHeaders=host, Signature=0")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	var out struct {
		IDs []string `xml:"subnetSet>item>subnetId"`
	}
	if err := xml.NewDecoder(res.Body).Decode(&out); err != nil || len(out.IDs) < 2 {
		t.Fatalf("subnets %v, %v", out.IDs, err)
	}
	return out.IDs
}

// spec is what the rules ask for.
func (w *world) spec(id string) database.Spec {
	return database.Spec{
		InstanceID: id, Class: "db.m7g.large", StorageGiB: 50, EngineVersion: "16.4", KMSKeyARN: w.tenantKey,
		MasterSecretKeyARN: w.platform, MultiAZ: true, BackupRetentionDays: 30, DeletionProtection: true,
		SubnetGroup: "latchkey-private", ParameterGroup: "latchkey-tls",
		Tags: map[string]string{database.TagOwner: database.Owner, database.TagTenant: "acme", database.TagDatabase: "acme/" + id, database.TagKey: w.tenantKey},
	}
}

func (w *world) create(t *testing.T, id string) database.Spec {
	t.Helper()
	spec := w.spec(id)
	if err := w.fleet.Create(context.Background(), spec); err != nil {
		t.Fatal(err)
	}
	return spec
}

// raw returns an instance as the API shows it.
func (w *world) raw(t *testing.T, id string) types.DBInstance {
	t.Helper()
	out, err := w.client.DescribeDBInstances(context.Background(), &sdk.DescribeDBInstancesInput{DBInstanceIdentifier: &id})
	if err != nil {
		t.Fatal(err)
	}
	return out.DBInstances[0]
}

func code(err error) string {
	var service *database.ServiceError
	if errors.As(err, &service) {
		return service.Code
	}
	return ""
}
