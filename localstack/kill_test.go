package main

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"latchkey/events"
	"latchkey/localstack/api"
	"latchkey/localstack/client"
)

const (
	killRounds      = 50
	killRoundsShort = 8
	killTenants     = 60
	killPuts        = 20                    // a process dies after fewer puts than that were answered
	killLater       = 15 * time.Millisecond // and at most so much later: in the middle of something
)

// TestUp_KillLoop kills `up` again and again at random moments while events
// are put and the clock is advanced, and then looks whether each event that was
// acknowledged was applied once, and each outgoing event sent once.
func TestUp_KillLoop(t *testing.T) {
	rounds := killRounds
	if testing.Short() {
		rounds = killRoundsShort
	}
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	s := &shop{rng: rand.New(rand.NewPCG(seed, 0)), tenants: map[string]*bought{}}
	dir := filepath.Join(t.TempDir(), "state")
	for round := range rounds {
		cmd, c := startKillable(t, dir)
		puts, later := s.rng.IntN(killPuts), time.Duration(s.rng.Int64N(int64(killLater)))
		answered := make(chan struct{})
		ctx, cancel := context.WithCancel(context.Background())
		var wait sync.WaitGroup
		wait.Add(2)
		go func() { defer wait.Done(); s.trade(ctx, c, puts, answered) }()
		go func() { defer wait.Done(); hurry(ctx, round, cmdURL(t, dir)) }()
		<-answered
		time.Sleep(later) // the other process lives in real time
		if err := cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		_ = cmd.Wait() // "signal: killed"
		cancel()
		wait.Wait()
	}
	cmd, c := startKillable(t, dir)
	defer func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	}()
	ctx := context.Background()
	s.settle(t, ctx, c)
	t.Logf("%d rounds, %d events acknowledged, %d put again after a kill", rounds, s.acknowledged, s.again)
	if s.acknowledged < rounds || s.again == 0 {
		t.Errorf("the test put next to nothing: %d acknowledged, %d again", s.acknowledged, s.again)
	}
	s.checkTenants(t, ctx, c)
	s.checkSent(t, ctx, c)
	checkNothingLeft(t, ctx, c)
}

func startKillable(t *testing.T, dir string) (*exec.Cmd, *client.Client) {
	t.Helper()
	cmd := exec.Command("localstack", "up", "--dir", dir, "--listen", "127.0.0.1:0")
	url, err := startUp(cmd, dir)
	if err != nil {
		t.Fatal(err)
	}
	c, err := client.New(url)
	if err != nil {
		t.Fatal(err)
	}
	return cmd, c
}

// shop is a commerce system that remembers what it has sold.
type shop struct {
	rng          *rand.Rand
	tenants      map[string]*bought
	names        []string
	open         []sale // not acknowledged yet
	acknowledged int
	again        int
}

type sale struct {
	id    string
	event json.RawMessage
	tries int
}

type bought struct {
	sequence int64
	seats    int // of the last licence
	changes  int // licence updates
}

// trade sells until the stack is gone. It closes answered once so many puts
// were, or none will be any more.
func (s *shop) trade(ctx context.Context, c *client.Client, puts int, answered chan struct{}) {
	tell := sync.OnceFunc(func() { close(answered) })
	defer tell()
	for n := 0; ; n++ {
		if n == puts {
			tell()
		}
		for len(s.open) < 4 {
			s.sell()
		}
		batch := make([]json.RawMessage, len(s.open))
		for i := range s.open {
			if s.open[i].tries++; s.open[i].tries == 2 {
				s.again++
			}
			batch[i] = s.open[i].event
		}
		out, err := c.Put(ctx, batch, s.rng.IntN(2) == 0)
		if err != nil {
			return
		}
		s.note(out)
	}
}

// note forgets the sales that the stack has answered for.
func (s *shop) note(out api.PutResult) {
	var open []sale
	for i, e := range out.Entries {
		if e.Status == api.Accepted {
			s.acknowledged++
			continue
		}
		open = append(open, s.open[i])
	}
	s.open = open
}

// sell makes a new tenant with a product, or changes the licence of one.
func (s *shop) sell() {
	if len(s.names) < killTenants && s.rng.IntN(3) == 0 {
		name := fmt.Sprintf("t%03d", len(s.names))
		s.names = append(s.names, name)
		s.tenants[name] = &bought{}
		s.emit(name, events.TypeTenantCreated, func(about events.Subject) any {
			return events.TenantCreated{Subject: about, Name: name, Hosts: []string{name + ".example.com"}, Realm: events.RealmEU,
				Placement: events.PlacementShared, Key: events.KeyChoice{Choice: events.KeyPlatform}}
		})
		s.emit(name, events.TypeProductActivated, func(about events.Subject) any {
			s.tenants[name].seats = 1
			return events.ProductActivated{Subject: about, Product: "tracker", License: events.License{Edition: "premium", Seats: 1}}
		})
		return
	}
	if len(s.names) == 0 {
		return
	}
	name := s.names[s.rng.IntN(len(s.names))]
	s.emit(name, events.TypeLicenseUpdated, func(about events.Subject) any {
		s.tenants[name].changes++
		s.tenants[name].seats++
		return events.LicenseUpdated{Subject: about, Product: "tracker", License: events.License{Edition: "premium", Seats: s.tenants[name].seats}}
	})
}

func (s *shop) emit(name, detailType string, detail func(events.Subject) any) {
	b := s.tenants[name]
	b.sequence++
	about := events.Subject{Version: events.DetailVersion, TenantID: name, Sequence: b.sequence}
	id := fmt.Sprintf("%s-%d", name, b.sequence)
	env, err := events.New(detailType, id, time.Date(2026, 1, 5, 8, 0, 0, 0, time.UTC), "eu-central-1", "111122223333", detail(about))
	if err != nil {
		panic(err) // the details above are well formed
	}
	body, err := env.Marshal()
	if err != nil {
		panic(err)
	}
	s.open = append(s.open, sale{id: id, event: body})
}
