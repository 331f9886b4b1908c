package reconcile_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"latchkey/events"
	"latchkey/shared/catalog"
	"latchkey/shared/coded"
	"latchkey/shared/reconcile"
)

// bus takes events and refuses some.
type bus struct {
	refuse func(env events.Envelope) error // may be nil
	down   error
	taken  []events.Envelope
	sizes  []int
}

func (b *bus) PutEvents(_ context.Context, batch []events.Envelope) ([]error, error) {
	if b.down != nil {
		return nil, b.down
	}
	b.sizes = append(b.sizes, len(batch))
	failed := make([]error, len(batch))
	for i, env := range batch {
		if b.refuse != nil {
			failed[i] = b.refuse(env)
		}
		if failed[i] == nil {
			b.taken = append(b.taken, env)
		}
	}
	return failed, nil
}

// messages puts n numbered messages of each of several groups into the outbox,
// mixed up, and returns their ids by group.
func (w *world) messages(groups, n int) map[string][]string {
	w.Helper()
	_, err := w.plane.Publish(ctx, &bus{}) // what the start of the plane left
	w.must(err)
	ids := map[string][]string{}
	rng := rand.New(rand.NewPCG(1, 3))
	for range groups * n {
		g := fmt.Sprintf("group-%d", rng.IntN(groups))
		id := fmt.Sprintf("%s/%03d", g, len(ids[g]))
		w.queue(g, id)
		ids[g] = append(ids[g], id)
	}
	return ids
}

// queue puts one message into the outbox.
func (w *world) queue(group, id string) {
	w.Helper()
	env := w.envelope(id, events.TypeSiteCreated, &events.SiteEvent{Version: "1", ID: id, TenantID: group, Hosts: []string{}, Region: region, At: w.clock.Now()})
	body, err := env.Marshal()
	w.must(err, w.raw.Commit(ctx, catalog.Tx{Outbox: []catalog.Message{{ID: id, Group: group, Body: body}}}))
}

// waiting requires that a group's messages are these.
func (w *world) waiting(group string, want ...string) {
	w.Helper()
	var got []string
	pending, err := w.raw.PendingIn(ctx, group, catalog.MaxPage)
	w.must(err)
	for _, m := range pending {
		got = append(got, m.ID)
	}
	if !slices.Equal(got, want) {
		w.Errorf("in the outbox of %q is %q, want %q", group, got, want)
	}
}

// groupOf returns the group of a message's id.
func groupOf(id string) string { return id[:len("group-0")] }

// Messages leave in order within each group, at most ten in a call and no two of
// one group, and a message that fails holds back its own group only.
func TestPlane_Publish(t *testing.T) {
	w := newWorld(t, nil)
	want := w.messages(5, 40)
	rng := rand.New(rand.NewPCG(2, 3))
	b := &bus{refuse: func(events.Envelope) error {
		if rng.IntN(4) == 0 {
			return coded.New(coded.Retryable, "ThrottlingException")
		}
		return nil
	}}
	total := 0
	for range 200 {
		n, err := w.plane.Publish(ctx, b)
		w.must(err)
		total += n
	}
	got := map[string][]string{}
	for _, env := range b.taken {
		got[groupOf(env.ID)] = append(got[groupOf(env.ID)], env.ID)
	}
	for g, ids := range want {
		if !slices.Equal(got[g], ids) {
			t.Errorf("%s left as %v", g, got[g])
		}
	}
	if total != 200 || len(b.taken) != 200 || slices.Max(b.sizes) > reconcile.BusBatch || slices.Max(b.sizes) < 2 {
		t.Errorf("%d published, %d taken, at most %d in a call", total, len(b.taken), slices.Max(b.sizes))
	}
}

func TestPlane_Publish_OneGroupFails(t *testing.T) {
	w := newWorld(t, nil)
	want := w.messages(4, 10)
	b := &bus{refuse: func(env events.Envelope) error {
		if groupOf(env.ID) == "group-2" {
			return coded.New(coded.Retryable, "InternalFailure")
		}
		return nil
	}}
	n, err := w.plane.Publish(ctx, b)
	w.must(err)
	if n != 40-len(want["group-2"]) {
		t.Errorf("%d published, want all 40 but the %d of one group", n, len(want["group-2"]))
	}
	pending, err := w.raw.Pending(ctx, 100)
	w.must(err)
	for i, m := range pending {
		if m.ID != want["group-2"][i] {
			t.Errorf("message %d that is left is %s", i, m.ID)
		}
	}
}

// A message that we may not publish is an error, after the others were published.
func TestPlane_Publish_Forbidden(t *testing.T) {
	w := newWorld(t, nil)
	want := w.messages(4, 10)
	b := &bus{refuse: func(env events.Envelope) error {
		if groupOf(env.ID) == "group-1" {
			return coded.New(coded.Internal, "NotAuthorizedForSourceException")
		}
		return nil
	}}
	n, err := w.plane.Publish(ctx, b)
	if !coded.Is(err, coded.Internal) || !strings.Contains(err.Error(), "group-1") || n != 40-len(want["group-1"]) {
		t.Errorf("= %d, %v", n, err)
	}
	w.waiting("group-1", want["group-1"]...)
	w.waiting("group-2")
}

func TestPlane_Publish_BusDown(t *testing.T) {
	w := newWorld(t, nil)
	w.messages(3, 5)
	down := errors.New("bus is down")
	if n, err := w.plane.Publish(ctx, &bus{down: down}); n != 0 || !errors.Is(err, down) {
		t.Errorf("= %d, %v", n, err)
	}
	n, err := w.plane.Publish(ctx, &bus{})
	w.must(err)
	if n != 15 {
		t.Errorf("%d published afterwards", n)
	}
	if n, err := w.plane.Publish(ctx, &bus{}); n != 0 || err != nil {
		t.Errorf("an empty outbox: %d, %v", n, err)
	}
}

// A message whose id was not removed in time leaves again under the same id.
func TestPlane_Publish_Again(t *testing.T) {
	w, _ := servedWorld(t)
	first, second := &bus{}, &bus{}
	_, err := w.plane.Publish(ctx, first)
	w.must(err)
	if len(first.taken) < 5 {
		t.Fatalf("only %d events", len(first.taken))
	}
	again, _ := servedWorld(t) // the same history once more
	_, err = again.plane.Publish(ctx, second)
	w.must(err)
	for i := range first.taken {
		if first.taken[i].ID != second.taken[i].ID {
			t.Fatalf("event %d (%s) has the ids %s and %s", i, first.taken[i].DetailType, first.taken[i].ID, second.taken[i].ID)
		}
	}
	ids := map[string]bool{}
	for _, env := range first.taken {
		if ids[env.ID] || env.Source != events.SourceLatchkey || env.Time.After(w.clock.Now()) || env.Time.Before(epoch) {
			t.Errorf("event %+v", env)
		}
		ids[env.ID] = true
	}
}
