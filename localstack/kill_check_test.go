package main

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"latchkey/events"
	"latchkey/localstack/api"
	"latchkey/localstack/client"
	"latchkey/shared/tenant"
)

func cmdURL(t *testing.T, dir string) string {
	t.Helper()
	body, err := os.ReadFile(filepath.Join(dir, "up.json"))
	if err != nil {
		t.Fatal(err)
	}
	var r running
	if err := json.Unmarshal(body, &r); err != nil {
		t.Fatal(err)
	}
	return r.URL
}

// hurry advances the clock in some of the rounds, so that kills also hit the
// making of databases, until the stack is gone.
func hurry(ctx context.Context, round int, url string) {
	c, err := client.New(url)
	if err != nil || round%3 == 0 {
		return
	}
	for {
		if _, err := c.Advance(ctx, "3m"); err != nil {
			return
		}
	}
}

// settle puts what is not acknowledged, and lets everything come to rest.
func (s *shop) settle(t *testing.T, ctx context.Context, c *client.Client) {
	t.Helper()
	for range 10 {
		if len(s.open) == 0 {
			break
		}
		batch := make([]json.RawMessage, len(s.open))
		for i := range s.open {
			batch[i] = s.open[i].event
		}
		out, err := c.Put(ctx, batch, true)
		if err != nil {
			t.Fatal(err)
		}
		s.note(out)
	}
	if len(s.open) > 0 {
		t.Fatalf("%d events are not taken", len(s.open))
	}
	if _, err := c.Advance(ctx, "3h"); err != nil {
		t.Fatal(err)
	}
}

func (s *shop) checkTenants(t *testing.T, ctx context.Context, c *client.Client) {
	t.Helper()
	list, err := c.Tenants(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if len(list) != len(s.names) {
		t.Errorf("%d tenants, %d were sold", len(list), len(s.names))
	}
	for _, rec := range list {
		b := s.tenants[rec.ID]
		if b == nil {
			t.Errorf("tenant %s was never sold", rec.ID)
			continue
		}
		p := rec.Products["tracker"]
		if rec.Phase != tenant.PhaseActive || rec.MaxSequence != b.sequence || p.License.Value.Seats != b.seats || !p.Active.Value.On {
			t.Errorf("tenant %s: %s, sequence %d, %d seats; want active, %d, %d", rec.ID, rec.Phase, rec.MaxSequence, p.License.Value.Seats, b.sequence, b.seats)
		}
		if access, _, err := c.Access(ctx, rec.ID+".example.com", "tracker"); err != nil || !access.Allow {
			t.Errorf("tenant %s: %+v, %v", rec.ID, access, err)
		}
	}
}

// checkSent requires each outgoing event once, and none missing.
func (s *shop) checkSent(t *testing.T, ctx context.Context, c *client.Client) {
	t.Helper()
	ids := map[string]bool{}
	count := map[string]map[string]int{}
	seats := map[string]int{}
	for after, more := uint64(0), true; more; {
		page, err := c.Sent(ctx, after, 1000, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range page.Items {
			if ids[e.Event.ID] {
				t.Errorf("event %s was sent twice", e.Event.ID)
			}
			ids[e.Event.ID] = true
			s.tally(t, e, count, seats)
		}
		after, more = page.After, len(page.Items) > 0
	}
	for _, name := range s.names {
		for _, once := range []string{events.TypeSiteCreated, events.TypeTenantActive, events.TypeProductReady, events.TypeDatabaseAvailable} {
			if n := count[once][name]; n != 1 {
				t.Errorf("tenant %s: %q was sent %d times", name, once, n)
			}
		}
		if n := count[events.TypeProductChanged][name]; n > s.tenants[name].changes {
			t.Errorf("tenant %s: %d changes were sent of %d", name, n, s.tenants[name].changes)
		}
		if seats[name] != s.tenants[name].seats {
			t.Errorf("tenant %s: consumers were last told of %d seats, not %d", name, seats[name], s.tenants[name].seats)
		}
	}
}

func (s *shop) tally(t *testing.T, e api.Sent, count map[string]map[string]int, seats map[string]int) {
	t.Helper()
	var d struct {
		TenantID string
		License  *events.License
	}
	if err := json.Unmarshal(e.Event.Detail, &d); err != nil {
		t.Fatal(err)
	}
	if count[e.Event.DetailType] == nil {
		count[e.Event.DetailType] = map[string]int{}
	}
	count[e.Event.DetailType][d.TenantID]++
	if d.License != nil {
		seats[d.TenantID] = d.License.Seats
	}
}

func checkNothingLeft(t *testing.T, ctx context.Context, c *client.Client) {
	t.Helper()
	dead, err := c.DeadLetters(ctx)
	if err != nil || len(dead) > 0 {
		t.Errorf("dead letters: %+v, %v", dead, err)
	}
	parked, err := c.Parked(ctx)
	if err != nil || len(parked) > 0 {
		t.Errorf("parked: %+v, %v", parked, err)
	}
	checkQueue(t, ctx, c)
}

// checkQueue requires that no message is stuck. CloudTrail delivers files all the
// time, and what S3 says of one is some seconds on its way: that passes.
func checkQueue(t *testing.T, ctx context.Context, c *client.Client) {
	t.Helper()
	var queued int64
	for range 6 {
		counts, err := c.Counts(ctx)
		if err != nil {
			t.Fatal(err)
		}
		if queued = counts["queued_now"]; queued == 0 {
			return
		}
		if _, err := c.Advance(ctx, "10s"); err != nil {
			t.Fatal(err)
		}
	}
	t.Errorf("%d messages do not leave the queue", queued)
}
