package rds_test

import (
	"context"
	"encoding/xml"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awskms "github.com/aws/aws-sdk-go-v2/service/kms"
	sdk "github.com/aws/aws-sdk-go-v2/service/rds"
	"github.com/aws/aws-sdk-go-v2/service/rds/types"

	"latchkey/shared/aws/mototest"
	"latchkey/shared/database"
	"latchkey/shared/fleet/fleettest"
	"latchkey/shared/fleet/rds"
	"latchkey/shared/snapshot"
)

const (
	region        = fleettest.Region
	securityGroup = "sg-0123456789abcdef0"
	patient       = time.Minute // an emulator on a busy machine is slower than RDS
)

// world is a Region of moto with what a cell's stack makes: a subnet group, a
// parameter group and two keys.
type world struct {
	client     *sdk.Client
	keys       *awskms.Client
	fleet      *rds.Fleet
	backups    snapshot.Backups
	tenantKey  string
	anotherKey string
	platform   string
	taken      int // of enabled
}

// wire is a world whose keys are made.
func wire(t *testing.T) *world {
	t.Helper()
	w := empty(t)
	for _, into := range []*string{&w.tenantKey, &w.anotherKey, &w.platform} {
		arn, err := w.Key(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		*into = arn
	}
	return w
}

// groups makes the groups, of which this process's moto has one set.
var groups sync.Once

// empty is a world without instances and snapshots, also those of the tests
// before; tests of this package are not parallel.
func empty(t *testing.T) *world {
	t.Helper()
	cfg := mototest.Config(t, region)
	w := &world{client: sdk.NewFromConfig(cfg), keys: awskms.NewFromConfig(cfg)}
	w.fleet, w.backups = rds.New(w.client, rds.Config{SecurityGroupIDs: []string{securityGroup}, Timeout: patient})
	groups.Do(func() { w.group(t) })
	if err := w.clear(context.Background()); err != nil {
		t.Fatal(err)
	}
	return w
}

func (w *world) group(t *testing.T) {
	t.Helper()
	ctx := context.Background()
	_, err := w.client.CreateDBParameterGroup(ctx, &sdk.CreateDBParameterGroupInput{
		DBParameterGroupName: aws.String(fleettest.ParameterGroup), DBParameterGroupFamily: aws.String("postgres16"), Description: aws.String("forces TLS"),
	})
	if err != nil {
		t.Fatal(err)
	}
	_, err = w.client.CreateDBSubnetGroup(ctx, &sdk.CreateDBSubnetGroupInput{
		DBSubnetGroupName: aws.String(fleettest.SubnetGroup), DBSubnetGroupDescription: aws.String("no way out"), SubnetIds: subnets(t),
	})
	if err != nil {
		t.Fatal(err)
	}
}

// clear deletes all instances and snapshots.
func (w *world) clear(ctx context.Context) error {
	snapshots, err := w.client.DescribeDBSnapshots(ctx, &sdk.DescribeDBSnapshotsInput{})
	if err != nil {
		return err
	}
	for _, s := range snapshots.DBSnapshots {
		if err := w.backups.Delete(ctx, *s.DBSnapshotIdentifier); err != nil {
			return err
		}
	}
	for range maxPages {
		page, _, err := w.fleet.List(ctx, "")
		if err != nil || len(page) == 0 {
			return err
		}
		for _, in := range page {
			if err := errors.Join(w.fleet.Unprotect(ctx, in.InstanceID), w.fleet.Delete(ctx, in.InstanceID)); err != nil {
				return err
			}
		}
	}
	return errors.New("there is no end to the instances")
}

// maxPages is more than the instances of any test fill.
const maxPages = 10

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
func (w *world) spec(id string) database.Spec { return fleettest.Design(id, w.tenantKey, w.platform) }

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
