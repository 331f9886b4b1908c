package reconcile_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"latchkey/events"
	"latchkey/shared/coded"
	"latchkey/shared/fake"
	"latchkey/shared/reconcile"
)

// busy has groups a, b, … with as many messages as counts say.
func busy(t *testing.T, counts ...int) (w *world, groups []string) {
	t.Helper()
	w = newWorld(t, nil)
	w.messages(1, 0)
	for i, n := range counts {
		g := fmt.Sprintf("group-%c", 'a'+i)
		groups = append(groups, g)
		for m := range n {
			w.queue(g, fmt.Sprintf("%s/%04d", g, m))
		}
	}
	return w, groups
}

// left requires that groups were left, for reasons of a code.
func left(t *testing.T, err error, code coded.Code, want ...string) {
	t.Helper()
	var l *reconcile.LeftError
	if !errors.As(err, &l) || !slices.Equal(l.Groups, want) || !coded.Is(err, code) {
		t.Fatalf("got %v (%s), want groups %v left (%s)", err, coded.Of(err), want, code)
	}
	if !strings.Contains(err.Error(), want[0]) {
		t.Errorf("%v does not name %s", err, want[0])
	}
}

// with returns the world's plane with its catalog behind a plan of faults.
func (w *world) with(plan fake.Plan) *reconcile.Plane {
	w.Helper()
	d := w.plane.Deps
	d.Store, d.Outbox = fake.Store(w.raw, plan), fake.Outbox(w.raw, plan)
	p, err := reconcile.New(d)
	w.must(err)
	return p
}

// All messages of the groups leave, in order, and no others.
func TestPlane_PublishGroups(t *testing.T) {
	counts := []int{250, 1, 0, 100, 3}
	for range 20 {
		counts = append(counts, 2)
	}
	w, groups := busy(t, counts...)
	w.queue("other", "other/0")
	b := &bus{}
	n, err := w.plane.PublishGroups(ctx, b, append(groups, groups...))
	w.must(err)
	got := map[string][]string{}
	for _, env := range b.taken {
		got[groupOf(env.ID)] = append(got[groupOf(env.ID)], env.ID)
	}
	for i, g := range groups {
		w.waiting(g)
		if len(got[g]) != counts[i] || !slices.IsSorted(got[g]) {
			t.Errorf("%s: %d left, want %d in order: %v", g, len(got[g]), counts[i], got[g])
		}
	}
	w.waiting("other", "other/0")
	if n != 394 || len(b.taken) != 394 || len(b.sizes) != 250 || slices.Max(b.sizes) != reconcile.BusBatch {
		t.Errorf("%d published in %d calls of at most %d", n, len(b.sizes), slices.Max(b.sizes))
	}
	n, err = w.plane.PublishGroups(ctx, b, groups)
	if n != 0 || err != nil {
		t.Errorf("once more: %d, %v", n, err)
	}
}

func TestPlane_PublishGroups_Refused(t *testing.T) {
	for _, code := range []coded.Code{coded.Retryable, coded.Internal} {
		t.Run(string(code), func(t *testing.T) {
			w, groups := busy(t, 3, 3, 3, 3)
			b := &bus{refuse: func(env events.Envelope) error {
				if env.ID == "group-b/0001" || env.ID == "group-d/0000" {
					return coded.New(code, "no")
				}
				return nil
			}}
			n, err := w.plane.PublishGroups(ctx, b, groups)
			left(t, err, code, "group-b", "group-d")
			if n != 7 {
				t.Errorf("%d published", n)
			}
			w.waiting("group-b", "group-b/0001", "group-b/0002")
			b.refuse = nil
			n, err = w.plane.PublishGroups(ctx, b, groups)
			w.must(err)
			if n != 5 {
				t.Errorf("%d published the second time", n)
			}
		})
	}
}

// More groups than a batch holds fail, one after the other, and the last one does not.
func TestPlane_PublishGroups_ManyRefused(t *testing.T) {
	w, groups := busy(t, slices.Repeat([]int{2}, 25)...)
	b := &bus{refuse: func(env events.Envelope) error {
		if groupOf(env.ID) != "group-y" {
			return coded.New(coded.Retryable, "ThrottlingException")
		}
		return nil
	}}
	n, err := w.plane.PublishGroups(ctx, b, groups)
	left(t, err, coded.Retryable, groups[:24]...)
	if n != 2 || !strings.Contains(err.Error(), "and 14 more groups") {
		t.Errorf("%d published; %v", n, err)
	}
}

func TestPlane_PublishGroups_BusDown(t *testing.T) {
	w, groups := busy(t, slices.Repeat([]int{1}, 25)...)
	b := &bus{down: coded.New(coded.Retryable, "ServiceUnavailable")}
	n, err := w.plane.PublishGroups(ctx, b, groups)
	left(t, err, coded.Retryable, groups...)
	if n != 0 || !errors.Is(err, b.down) {
		t.Errorf("= %d, %v", n, err)
	}
	b.down = coded.New(coded.Internal, "AccessDeniedException")
	_, err = w.plane.PublishGroups(ctx, b, groups)
	left(t, err, coded.Internal, groups...)
}

// Near the end of its time it begins nothing.
func TestPlane_PublishGroups_Time(t *testing.T) {
	soon, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	ended, end := context.WithCancel(ctx)
	end()
	for name, c := range map[string]context.Context{"soon": soon, "ended": ended} {
		t.Run(name, func(t *testing.T) {
			w, groups := busy(t, 2, 2)
			b := &bus{}
			n, err := w.plane.PublishGroups(c, b, groups)
			left(t, err, coded.Retryable, groups...)
			if n != 0 || len(b.sizes) != 0 {
				t.Errorf("%d published in %d calls", n, len(b.sizes))
			}
		})
	}
	t.Run("enough", func(t *testing.T) {
		w, groups := busy(t, 2, 2)
		enough, cancel := context.WithTimeout(ctx, time.Hour)
		defer cancel()
		n, err := w.plane.PublishGroups(enough, &bus{}, groups)
		if n != 4 || err != nil {
			t.Errorf("= %d, %v", n, err)
		}
	})
}

// A group has its limit, and what is above it is left for the next call.
func TestPlane_PublishGroups_Limit(t *testing.T) {
	w, groups := busy(t, 1_003, 2)
	n, err := w.plane.PublishGroups(ctx, &bus{}, groups)
	left(t, err, coded.Retryable, "group-a")
	if n != 1_002 {
		t.Errorf("%d published", n)
	}
	n, err = w.plane.PublishGroups(ctx, &bus{}, groups)
	if n != 3 || err != nil {
		t.Errorf("the rest: %d, %v", n, err)
	}
}

// What the catalog fails at is left, and published again where it was not removed.
func TestPlane_PublishGroups_CatalogFails(t *testing.T) {
	for _, c := range []struct {
		method string
		n      int
		fault  fake.Fault
		left   []string
		taken  int // by the bus, in both calls
	}{
		{"PendingIn", 2, fake.Error, []string{"group-b"}, 6},
		{"Published", 1, fake.Throttle, []string{"group-a", "group-b", "group-c"}, 9},
		{"Published", 1, fake.TimeoutAfter, []string{"group-a", "group-b", "group-c"}, 6},
		{"Published", 2, fake.Timeout, []string{"group-a", "group-b", "group-c"}, 9},
	} {
		t.Run(fmt.Sprintf("%s %d %s", c.method, c.n, c.fault), func(t *testing.T) {
			w, groups := busy(t, 2, 2, 2)
			b := &bus{}
			p := w.with(new(fake.Script).Fail(fake.PortOutbox, c.method, c.n, c.fault))
			_, err := p.PublishGroups(ctx, b, groups)
			left(t, err, coded.Retryable, c.left...)
			_, err = p.PublishGroups(ctx, b, groups)
			w.must(err)
			for _, g := range groups {
				w.waiting(g)
			}
			if len(b.taken) != c.taken {
				t.Errorf("the bus took %d", len(b.taken))
			}
		})
	}
}
