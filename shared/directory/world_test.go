package directory_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"latchkey/events"
	"latchkey/shared/catalog/embedded"
	"latchkey/shared/coded"
	"latchkey/shared/directory"
	"latchkey/shared/fake"
)

var (
	ctx   = context.Background()
	epoch = time.Date(2026, 3, 2, 9, 15, 0, 0, time.UTC)
)

// bus is a cell's bus that keeps what it is given, except an event that is too
// large for EventBridge.
type bus struct {
	mu      sync.Mutex
	taken   []events.Envelope
	refuses error // each event
	down    error // each call
	room    int   // how many events it takes before it is throttled; 0: all
}

func (b *bus) PutEvents(_ context.Context, batch []events.Envelope) ([]error, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.down != nil {
		return nil, b.down
	}
	failed := make([]error, len(batch))
	for i := range batch {
		if b.room > 0 && len(b.taken) >= b.room {
			failed[i] = coded.New(coded.Retryable, "throttled")
		} else if eventBytes(batch[i]) >= events.MaxEventBytes {
			failed[i] = coded.New(coded.Invalid, "more bytes than EventBridge takes")
		} else if failed[i] = b.refuses; b.refuses == nil {
			b.taken = append(b.taken, batch[i])
		}
	}
	return failed, nil
}

// eventBytes counts as EventBridge does; 14 are the time's.
func eventBytes(env events.Envelope) int {
	return 14 + len(env.Source) + len(env.DetailType) + len(env.Detail) + len(strings.Join(env.Resources, ""))
}

// counts are metrics in memory.
type counts struct {
	mu sync.Mutex
	n  map[string]int64
}

func (c *counts) Count(name string, n int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.n[name] += n
}

// world is a directory on an embedded catalog, with a bus for each cell.
type world struct {
	*testing.T
	*directory.Directory
	buses  map[string]*bus
	counts *counts
}

func newWorld(t *testing.T, regions ...string) *world {
	t.Helper()
	w := &world{T: t, buses: map[string]*bus{}, counts: &counts{n: map[string]int64{}}}
	cells := map[string]directory.Bus{}
	for _, r := range regions {
		w.buses[r] = &bus{}
		cells[r] = w.buses[r]
	}
	clock := fake.NewClock(epoch)
	var err error
	w.Directory, err = directory.New(directory.Deps{Store: embedded.NewMemory(clock), Clock: clock, Cells: cells, Metrics: w.counts})
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// event makes a commerce event whose detail has the members besides.
func event(detailType, tenantID string, sequence int, members string) events.Envelope {
	if members != "" {
		members = "," + members
	}
	return events.Envelope{
		Version: "0", ID: fmt.Sprintf("%s-%d", tenantID, sequence), Source: events.SourceCommerce, DetailType: detailType, Time: epoch,
		Detail: json.RawMessage(fmt.Sprintf(`{"version":"1","tenantId":%q,"sequence":%d%s}`, tenantID, sequence, members)),
	}
}

const sharedPlatform = `"name":"A","placement":"shared","key":{"choice":"platform"}`

func created(tenantID, members string) events.Envelope {
	return event(events.TypeTenantCreated, tenantID, 1, sharedPlatform+","+members)
}

func (w *world) route(envs ...events.Envelope) {
	w.Helper()
	for _, env := range envs {
		if err := w.Route(ctx, env); err != nil {
			w.Fatal(err)
		}
	}
}
