package cell_test

import (
	"context"
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"latchkey/events"
	"latchkey/localstack/cell"
	"latchkey/shared/catalog/embedded"
	"latchkey/shared/customerkey"
	"latchkey/shared/fake"
	"latchkey/shared/fake/fakekms"
)

const (
	platform = "111122223333"
	customer = "444455556666"
	region   = "eu-central-1"
	admin    = "arn:aws:iam::444455556666:role/KeyAdmin"
)

var start = time.Date(2026, 1, 5, 8, 0, 0, 0, time.UTC)

func newCell(t *testing.T) *cell.Cell {
	t.Helper()
	clock := fake.NewClock(start)
	c, err := cell.New(context.Background(), cell.Config{
		Account: platform, Regions: []string{region}, Seed: 1, Clock: clock, Store: embedded.NewMemory(clock),
		Delay: cell.Delay{Min: 2 * time.Second, Max: 20 * time.Second},
		Sent: func(e events.Envelope) {
			t.Logf("%s %s %s", clock.Now().Format("01-02 15:04:05"), e.DetailType, e.Detail)
		},
		Handled: func(d cell.Delivery) {
			if d.Err != nil {
				t.Logf("handled %s %s: %v", d.Function, d.Event.DetailType, d.Err)
			}
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func commerce(t *testing.T, c *cell.Cell, id, detailType string, detail any) {
	t.Helper()
	body, err := json.Marshal(detail)
	if err != nil {
		t.Fatal(err)
	}
	env := events.Envelope{Version: "0", ID: id, DetailType: detailType, Source: events.SourceCommerce,
		Account: platform, Time: c.Clock.Now(), Region: region, Detail: body}
	if n, err := c.Put(env); err != nil || n != 1 {
		t.Fatalf("Put(%s) = %d, %v", id, n, err)
	}
}

func run(t *testing.T, c *cell.Cell, d time.Duration) {
	t.Helper()
	if err := c.Advance(context.Background(), c.Clock.Now().Add(d)); err != nil {
		t.Fatal(err)
	}
}

func TestCell_CustomerKeyLifecycle(t *testing.T) {
	c := newCell(t)
	ctx := context.Background()
	policy := customerkey.Statement(customerkey.Want{TenantID: "acme", Region: region, PlatformAccount: platform})
	full := fmt.Sprintf(`{"Version":"2012-10-17","Statement":[{"Sid":"Root","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::%s:root"},"Action":"kms:*","Resource":"*"},%s]}`, customer, policy[1:len(policy)-1])
	arn, err := c.KMS.CreateKey(ctx, admin, fakekms.CreateKeyInput{Region: region, Policy: full})
	if err != nil {
		t.Fatal(err)
	}
	c.Forward(customer)
	commerce(t, c, "e1", events.TypeTenantCreated, events.TenantCreated{Subject: events.Subject{Version: "1", TenantID: "acme", Sequence: 1}, Name: "Acme",
		Hosts: []string{"acme.example.com"}, Placement: "dedicated", Key: events.KeyChoice{Choice: "customer", ARN: arn}})
	commerce(t, c, "e2", events.TypeProductActivated, events.ProductActivated{Subject: events.Subject{Version: "1", TenantID: "acme", Sequence: 2}, Product: "tracker",
		License: events.License{Edition: "premium", Seats: 10}})
	run(t, c, time.Hour)
	_, d, err := c.Plane.Context(ctx, "acme.example.com", "tracker")
	if err != nil || !d.Allow {
		t.Fatalf("after an hour: %+v, %v", d, err)
	}
	t.Log("DISABLE")
	if err := c.KMS.DisableKey(ctx, admin, arn); err != nil {
		t.Fatal(err)
	}
	run(t, c, time.Minute)
	_, d, err = c.Plane.Context(ctx, "acme", "tracker")
	if err != nil || d.Allow {
		t.Fatalf("a minute after DisableKey: %+v, %v", d, err)
	}
	run(t, c, 48*time.Hour)
	t.Log("ENABLE")
	if err := c.KMS.EnableKey(ctx, admin, arn); err != nil {
		t.Fatal(err)
	}
	run(t, c, 2*time.Hour)
	_, d, err = c.Plane.Context(ctx, "acme", "tracker")
	if err != nil || !d.Allow {
		t.Fatalf("after EnableKey: %+v, %v", d, err)
	}
	t.Log(c.Counts.All())
}

// A cell without a ledger counts CloudTrail's files as events of no rule.
func TestCell_Put_withoutLedger(t *testing.T) {
	c := newCell(t)
	trail, _ := cell.Buckets(platform, region)
	detail := fmt.Sprintf(`{"version":"0","bucket":{"name":%q},"object":{"key":"AWSLogs/1/CloudTrail/x.json.gz"}}`, trail)
	env := events.Envelope{Version: "0", ID: "s3-1", DetailType: events.TypeS3ObjectCreated, Source: events.SourceS3, Account: platform,
		Time: c.Clock.Now(), Region: region, Detail: json.RawMessage(detail)}
	if n, err := c.Put(env); n != 0 || err != nil || c.Counts.Get(cell.CountUnrouted) != 1 {
		t.Errorf("Put = %d, %v, %d unrouted", n, err, c.Counts.Get(cell.CountUnrouted))
	}
}
