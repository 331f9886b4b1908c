package stack

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
	"time"

	"latchkey/events"
	"latchkey/localstack/api"
	"latchkey/shared/coded"
	"latchkey/shared/fake"
)

var start = time.Date(2026, 1, 5, 8, 0, 0, 0, time.UTC)

// begin opens a stack and lets time pass until the test ends.
func begin(t *testing.T, dir string, wall *fake.Clock) *Stack {
	t.Helper()
	s, err := Open(context.Background(), Options{Dir: dir, Wall: wall})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { defer close(done); s.Run(ctx) }()
	t.Cleanup(func() {
		stop()
		<-done
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// killed returns a folder as a kill at this moment would leave it.
func killed(t *testing.T, s *Stack, dir string) string {
	t.Helper()
	to := t.TempDir()
	err := s.own(context.Background(), func() error {
		for _, name := range []string{"catalog.db", "journal.db", "objects.db"} {
			body, err := os.ReadFile(filepath.Join(dir, name))
			if err != nil {
				return err
			}
			if err := os.WriteFile(filepath.Join(to, name), body, 0o600); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return to
}

func commerce(t *testing.T, id, detailType string, detail any) events.Envelope {
	t.Helper()
	env, err := events.New(detailType, id, start, "eu-central-1", "111122223333", detail)
	if err != nil {
		t.Fatal(err)
	}
	return env
}

func created(t *testing.T, id, tenantID string, seq int64, key events.KeyChoice) events.Envelope {
	placement := events.PlacementShared
	if key.Choice == events.KeyCustomer {
		placement = events.PlacementDedicated
	}
	return commerce(t, id, events.TypeTenantCreated, events.TenantCreated{
		Subject: events.Subject{Version: events.DetailVersion, TenantID: tenantID, Sequence: seq},
		Name:    tenantID, Realm: events.RealmEU, Placement: placement, Key: key,
	})
}

func activated(t *testing.T, id, tenantID string, seq int64) events.Envelope {
	return commerce(t, id, events.TypeProductActivated, events.ProductActivated{
		Subject: events.Subject{Version: events.DetailVersion, TenantID: tenantID, Sequence: seq},
		Product: "tracker", License: events.License{Edition: "premium", Seats: 3},
	})
}

func advance(t *testing.T, s *Stack, d time.Duration) {
	t.Helper()
	if err := s.Advance(context.Background(), d); err != nil {
		t.Fatal(err)
	}
}

func put(t *testing.T, s *Stack, deliver bool, want api.Status, envs ...events.Envelope) []api.Entry {
	t.Helper()
	out, err := s.Put(context.Background(), envs, deliver)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range out {
		if e.Status != want {
			t.Fatalf("event %s is %s (%+v), want %s", e.ID, e.Status, e.Problem, want)
		}
	}
	return out
}

func TestStack_KillBeforeDelivery(t *testing.T) {
	dir := t.TempDir()
	wall := fake.NewClock(start)
	s := begin(t, dir, wall)
	put(t, s, false, api.Accepted, created(t, "e1", "acme", 1, events.KeyChoice{Choice: events.KeyPlatform}), activated(t, "e2", "acme", 2))
	again := begin(t, killed(t, s, dir), wall)
	advance(t, again, time.Hour)
	c, d, err := again.Plane().Context(context.Background(), "acme", "tracker")
	if err != nil || !d.Allow {
		t.Fatalf("after a kill: %+v %+v, %v", c, d, err)
	}
	page, err := again.Sent().List(0, 100)
	if err != nil {
		t.Fatal(err)
	}
	active := 0
	for _, e := range page.Items {
		if e.Event.DetailType == events.TypeTenantActive {
			active++
		}
	}
	if active != 1 {
		t.Errorf("Tenant Active was sent %d times", active)
	}
}

func TestStack_KillKeepsForwarding(t *testing.T) {
	dir := t.TempDir()
	wall := fake.NewClock(start)
	s := begin(t, dir, wall)
	ctx := context.Background()
	key, err := s.CreateKey(ctx, api.NewKey{Account: "444455556666", Region: "eu-central-1", Tenant: "acme", Policy: api.PolicyLatchkey})
	if err != nil {
		t.Fatal(err)
	}
	put(t, s, true, api.Accepted, created(t, "e1", "acme", 1, events.KeyChoice{Choice: events.KeyCustomer, ARN: key.ARN}), activated(t, "e2", "acme", 2))
	advance(t, s, time.Hour)
	again := begin(t, killed(t, s, dir), wall)
	if _, err := again.ChangeKey(ctx, key.ARN, api.OpDisable, api.KeyChange{}); err != nil {
		t.Fatal(err)
	}
	advance(t, again, 5*time.Second)
	rec, err := again.Plane().Key(ctx, key.ARN)
	if err != nil || !rec.Phase.Locked() || rec.LockSource != "cloudtrail" {
		t.Errorf("after DisableKey: %s by %q, %v; want a lock by the forwarded event", rec.Phase, rec.LockSource, err)
	}
}

func TestStack_PutRefused(t *testing.T) {
	s := begin(t, t.TempDir(), fake.NewClock(start))
	platform := events.KeyChoice{Choice: events.KeyPlatform}
	put(t, s, true, api.Accepted, created(t, "e1", "acme", 1, platform))
	out := put(t, s, true, api.DeadLetter, created(t, "e2", "acme", 2, platform))
	if p := out[0].Problem; p == nil || p.Code != coded.Conflict || p.Field != "detail.tenantId" || p.Hint == "" {
		t.Errorf("the second Tenant Created: %+v", p)
	}
	dead, err := s.DeadLetters(context.Background())
	if err != nil || len(dead) != 1 || dead[0].Event.ID != "e2" {
		t.Errorf("dead letters: %+v, %v", dead, err)
	}
	redriven, err := s.Redrive(context.Background())
	if err != nil || redriven != (api.Redriven{Left: 1}) {
		t.Errorf("Redrive() = %+v, %v", redriven, err)
	}
	broken := created(t, "e3", "acme", 3, platform)
	broken.Detail = json.RawMessage(`{"version":"1"}`)
	put(t, s, true, api.Rejected, broken)
	unknown := created(t, "e4", "acme", 3, platform)
	unknown.DetailType = "Tenant Renamed"
	put(t, s, true, api.Unknown, unknown)
}

func TestOpen_Settings(t *testing.T) {
	dir := t.TempDir()
	open := func(set Settings) error {
		s, err := Open(context.Background(), Options{Dir: dir, Wall: fake.NewClock(start), Settings: set})
		if err != nil {
			return err
		}
		return s.Close()
	}
	for _, tt := range []struct {
		name string
		set  Settings
		want coded.Code
	}{
		{"unsupported region", Settings{Regions: []string{"mars-1"}}, coded.Invalid},
		{"region twice", Settings{Regions: []string{"eu-west-1", "eu-west-1"}}, coded.Invalid},
		{"bad account", Settings{Account: "1234"}, coded.Invalid},
		{"new", Settings{Account: "999988887777", Seed: 7}, ""},
		{"as it is", Settings{}, ""},
		{"the same", Settings{Account: "999988887777", Seed: 7}, ""},
		{"another account", Settings{Account: "111122223333"}, coded.Conflict},
		{"another seed", Settings{Seed: 8}, coded.Conflict},
		{"a region less", Settings{Regions: []string{"eu-central-1"}}, coded.Conflict},
		{"another home", Settings{Regions: []string{"us-east-1", "eu-central-1"}}, coded.Conflict},
		{"a region more", Settings{Regions: []string{"eu-central-1", "us-east-1", "eu-west-2"}}, ""},
	} {
		if err := open(tt.set); coded.Of(err) != tt.want {
			t.Errorf("%s: %v, want code %q", tt.name, err, tt.want)
		}
	}
}

func TestOpen_Twice(t *testing.T) {
	dir := t.TempDir()
	begin(t, dir, fake.NewClock(start))
	_, err := Open(context.Background(), Options{Dir: dir})
	if !coded.Is(err, coded.Conflict) || coded.Hint(err) == "" {
		t.Errorf("a second Open: %v", err)
	}
}
