package directory_test

import (
	"context"
	"strings"
	"sync"
	"testing"

	"latchkey/events"
	"latchkey/shared/catalog"
	"latchkey/shared/coded"
	"latchkey/shared/directory"
)

// lagging is a store that loses the first races.
type lagging struct {
	catalog.Store
	races int
}

func (s *lagging) Commit(ctx context.Context, tx catalog.Tx) error {
	if s.races > 0 {
		s.races--
		return catalog.ErrConflict
	}
	return s.Store.Commit(ctx, tx)
}

func TestDirectory_Route_Races(t *testing.T) {
	for races, code := range map[int]coded.Code{3: "", 100: coded.Retryable} {
		w := newWorld(t, "eu-central-1")
		w.Store = &lagging{w.Store, races}
		if err := w.Route(ctx, created("acme", `"realm":"EU"`)); coded.Of(err) != code {
			t.Errorf("after %d lost races: %v", races, err)
		}
	}
}

// Of many deliveries at once, one places the tenant.
func TestDirectory_Route_AtOnce(t *testing.T) {
	w := newWorld(t, "eu-central-1", "us-east-1")
	var wg sync.WaitGroup
	for i := range 20 {
		wg.Go(func() {
			region := []string{"eu-central-1", "us-east-1"}[i%2]
			_ = w.Route(ctx, event(events.TypeTenantCreated, "acme", i+1, sharedPlatform+`,"region":"`+region+`"`))
		})
	}
	wg.Wait()
	if a, b := len(w.buses["eu-central-1"].taken), len(w.buses["us-east-1"].taken); a*b != 0 || a+b == 0 {
		t.Errorf("%d went to one Region and %d to the other", a, b)
	}
}

func TestNew_Missing(t *testing.T) {
	if _, err := directory.New(directory.Deps{}); err == nil || !strings.Contains(err.Error(), "Cells, Clock, Metrics, Store") {
		t.Errorf("= %v", err)
	}
}
