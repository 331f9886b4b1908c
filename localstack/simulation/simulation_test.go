package simulation

import (
	"context"
	"flag"
	"os"
	"runtime"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"testing"

	"latchkey/shared/reconcile"
)

var (
	seedCount = flag.Int("seeds", 500, "how many histories to play")
	oneSeed   = flag.Uint64("seed", 0, "play this history alone, and print it")
)

// TestSimulation plays many histories; -seeds 20000 plays more, -seed N one of
// them again with all that happens in it.
func TestSimulation(t *testing.T) {
	if *oneSeed != 0 {
		rep, err := Run(context.Background(), Options{Seed: *oneSeed, Log: t.Logf})
		if err != nil || rep.Broken != nil {
			t.Fatalf("seed %d: %v %v", *oneSeed, rep.Broken, err)
		}
		t.Logf("%+v", rep)
		return
	}
	n := *seedCount
	if testing.Short() {
		n = min(n, 50)
	}
	collectRarely(t)
	var total Report
	var mu sync.Mutex
	each(n, func(seed uint64) bool {
		rep, err := Run(context.Background(), Options{Seed: seed})
		mu.Lock()
		defer mu.Unlock()
		total.Steps += rep.Steps
		total.Events += rep.Events
		total.Faults += rep.Faults
		total.Locks += rep.Locks
		total.Days += rep.Days
		if err != nil || rep.Broken != nil {
			t.Errorf("seed %d: %v %v\nreplay: go test ./localstack/simulation -run TestSimulation -v -seed %d", seed, rep.Broken, err, seed)
		}
		return !t.Failed()
	})
	t.Logf("%d histories, %.0f virtual days, %d events, %d steps, %d faults, %d locks", n, total.Days, total.Events, total.Steps, total.Faults, total.Locks)
	if total.Locks == 0 || total.Faults == 0 {
		t.Error("the histories held no locks or no faults: they test nothing")
	}
}

// collectRarely lets the heap grow to some 70 MB until the test ends: a history
// without a ledger keeps little and drops a lot, and the collector took a third
// of the time.
func collectRarely(t *testing.T) {
	old := debug.SetGCPercent(1000)
	t.Cleanup(func() { debug.SetGCPercent(old) })
}

// each calls play with seeds 1 … n on all cores until one returns false.
func each(n int, play func(seed uint64) bool) {
	var next atomic.Uint64
	var stop atomic.Bool
	var wg sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for seed := next.Add(1); seed <= uint64(n) && !stop.Load(); seed = next.Add(1) {
				if !play(seed) {
					stop.Store(true)
				}
			}
		}()
	}
	wg.Wait()
}

// mutants are bugs that the simulation must find.
var mutants = map[string]reconcile.Hooks{
	"skip the version check":                    {SkipVersions: true},
	"forget which events were applied":          {SkipSeen: true},
	"acknowledge before the commit":             {AckFirst: true},
	"trust any account":                         {TrustAnyone: true},
	"one usable verdict undoes a lock":          {UnlockAtOnce: true},
	"decide access without the key":             {ServeLocked: true},
	"mark before the revocation is confirmed":   {MarkUntimely: true},
	"commit without the outgoing events":        {DropOutbox: true},
	"forget that locked databases keep backups": {ForgetHolds: true},
	"delete data without a grace period":        {IgnoreDestroy: true},
}

// mutantSeeds is how many histories a planted bug may survive.
const mutantSeeds = 300

func TestSimulation_FindsPlantedBugs(t *testing.T) {
	collectRarely(t)
	for name, hooks := range mutants {
		t.Run(name, func(t *testing.T) {
			var found atomic.Pointer[string]
			var tries atomic.Int64
			each(mutantSeeds, func(seed uint64) bool {
				tries.Add(1)
				rep, err := Run(context.Background(), Options{Seed: seed, Hooks: hooks})
				if err == nil && rep.Broken == nil {
					return true
				}
				s := ""
				if rep.Broken != nil {
					s = rep.Broken.Error()
				} else {
					s = err.Error()
				}
				found.Store(&s)
				return false
			})
			if found.Load() == nil {
				t.Fatalf("survived %d histories", mutantSeeds)
			}
			t.Logf("found after %d histories: %s", tries.Load(), *found.Load())
		})
	}
}

func TestMain(m *testing.M) {
	flag.Parse()
	os.Exit(m.Run())
}
