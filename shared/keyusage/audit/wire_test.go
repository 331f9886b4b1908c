package audit_test

import (
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"latchkey/events"
	"latchkey/shared/aws/mototest"
	"latchkey/shared/catalog"
	"latchkey/shared/catalog/dynamodb"
	"latchkey/shared/database"
	"latchkey/shared/fake"
	"latchkey/shared/function"
	"latchkey/shared/function/emf"
	"latchkey/shared/function/logging"
	"latchkey/shared/function/settings"
	"latchkey/shared/keyusage/audit"
	"latchkey/shared/keyusage/ledger"
	"latchkey/shared/keyusage/trailtest"
	"latchkey/shared/keyusage/usage"
	"latchkey/shared/objects/s3"
	"latchkey/shared/tenant"
)

const (
	region      = "eu-central-1"
	ledgerName  = "latchkey-ledger"
	catalogName = "latchkey-audit"
)

// wire is the function as it is wired in a cell, on an emulator.
func wire(t *testing.T) (*world, *sdk.Client) {
	t.Helper()
	res, err := http.Post(mototest.Endpoint(t)+"/moto-api/reset", "", nil)
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	cfg := mototest.Config(t, region)
	client := s3.NewClient(cfg)
	for _, name := range []string{bucket, ledgerName} {
		_, err := client.CreateBucket(context.Background(), &sdk.CreateBucketInput{Bucket: aws.String(name),
			CreateBucketConfiguration: &types.CreateBucketConfiguration{LocationConstraint: types.BucketLocationConstraintEuCentral1}})
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := dynamodb.CreateTable(context.Background(), cfg, catalogName); err != nil {
		t.Fatal(err)
	}
	start := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	c := fake.NewClock(start.Add(30 * time.Minute))
	w := &world{T: t, gen: trailtest.New(trailtest.Config{Seed: 1, Tenants: 2, Start: start})}
	store := dynamodb.New(cfg, catalogName, c)
	for _, tn := range w.gen.World.Tenants {
		w.put(store, "tenant#"+tn.ID, tenant.Record{ID: tn.ID}, catalog.Indexes{Tenant: tn.ID, KeyARN: "tenants/" + tn.KeyARN})
		w.put(store, "key#"+tn.KeyARN, map[string]string{"arn": tn.KeyARN, "tenantId": tn.ID, "region": "us-east-1"}, catalog.Indexes{})
		for _, d := range tn.Databases {
			w.put(store, "database#"+d.ID, database.Record{ID: d.ID, TenantID: tn.ID}, catalog.Indexes{Resource: d.ResourceID})
		}
	}
	h := function.Host{
		Name: events.FunctionAuditKeys, Region: region, AWS: cfg, Clock: c, Log: logging.New(&w.log, slog.LevelInfo, "audit-keys"),
		Metrics: emf.New(io.Discard, c, "audit-keys"), Limits: function.Limits{Timeout: time.Minute, AtOnce: 2},
	}
	l, err := audit.New(h, settings.Audit{Account: mototest.Account, Table: catalogName, TrailBucket: bucket, LedgerBucket: ledgerName,
		PlatformKey: "arn:aws:kms:eu-central-1:123456789012:key/1c500df3-1a3b-9563-fda1-db178a4a57a6"})
	if err != nil {
		t.Fatal(err)
	}
	w.handler = audit.Handler(h, l)
	return w, client
}

// TestWire: a file is put into the trail's bucket, its event is handled, and the
// API answers with what was in it.
func TestWire(t *testing.T) {
	w, client := wire(t)
	uses, databases := uint64(0), map[string]bool{}
	id := w.gen.World.Tenants[0].ID
	w.gen.Seen = func(u trailtest.Use) {
		if u.Tenant == id {
			uses++
		}
	}
	_, err := client.PutObject(context.Background(), &sdk.PutObjectInput{Bucket: aws.String(bucket), Key: aws.String(object),
		Body: strings.NewReader(string(w.gen.GzipFile(0, 300)))})
	if err != nil {
		t.Fatal(err)
	}
	sample, err := os.ReadFile("../../../functions/audit-keys/event.json")
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if got := w.invoke(string(sample)); got != `{"batchItemFailures":[]}` {
			t.Fatalf("%s; log:\n%s", got, w.log.String())
		}
	}
	list, err := client.ListObjectsV2(context.Background(), &sdk.ListObjectsV2Input{Bucket: aws.String(ledgerName), Prefix: aws.String(ledger.TablePrefix)})
	if err != nil || len(list.Contents) != 2 {
		t.Errorf("%d objects, %v", len(list.Contents), err)
	}
	status, body := w.get(id, map[string]string{"from": "2026-03-02", "to": "2026-03-03", "limit": "1000"})
	var page usage.Page
	if err := json.Unmarshal([]byte(body), &page); err != nil || status != 200 {
		t.Fatalf("%d %s", status, body)
	}
	var got uint64
	for _, r := range page.Items {
		got += r.Uses
		databases[r.Database] = true
	}
	if got != uses || got == 0 || !databases[w.gen.World.Tenants[0].Databases[0].ID] || len(page.Findings) == 0 {
		t.Errorf("%d uses of %v, want %d; %d findings", got, databases, uses, len(page.Findings))
	}
}
