package simulation

import (
	"context"
	"flag"
	"strings"
	"sync/atomic"
	"testing"

	"latchkey/shared/objects"
)

var ledgerSeeds = flag.Int("ledger-seeds", 24, "how many histories to play with a ledger of key use")

// TestSimulation_Ledger plays histories with a ledger: whatever duplicates,
// delays, crashes and failures there were, it counts every use once.
func TestSimulation_Ledger(t *testing.T) {
	n := *ledgerSeeds
	if testing.Short() {
		n = min(n, 6)
	}
	var uses atomic.Int64
	each(n, func(seed uint64) bool {
		rep, err := Run(context.Background(), Options{Seed: seed, Ledger: true})
		if err != nil || rep.Broken != nil {
			t.Errorf("seed %d: %v %v", seed, rep.Broken, err)
		}
		uses.Add(rep.Uses)
		return !t.Failed()
	})
	t.Logf("%d histories, %d uses of customers' keys", n, uses.Load())
	if uses.Load() == 0 {
		t.Error("no key was used: the histories test nothing")
	}
}

// forgetful says that it has written every tenth file of the ledger, and has not.
type forgetful struct {
	objects.Store
	seen int
}

func (f *forgetful) Put(ctx context.Context, bucket, key string, body []byte, opt objects.Options) (objects.Info, error) {
	if strings.HasSuffix(key, ".parquet") {
		if f.seen++; f.seen%10 == 0 {
			return objects.Info{Key: key, Size: int64(len(body)), ETag: "x"}, nil
		}
	}
	return f.Store.Put(ctx, bucket, key, body, opt)
}

func TestSimulation_LedgerFindsLoss(t *testing.T) {
	var found atomic.Bool
	each(10, func(seed uint64) bool {
		rep, err := Run(context.Background(), Options{Seed: seed, Ledger: true, objects: func(s objects.Store) objects.Store { return &forgetful{Store: s} }})
		if err != nil {
			t.Errorf("seed %d: %v", seed, err)
		}
		found.CompareAndSwap(false, rep.Broken != nil && strings.Contains(rep.Broken.Error(), "every use is in the ledger once"))
		return !found.Load()
	})
	if !found.Load() {
		t.Error("a ledger that loses files survived 10 histories")
	}
}
