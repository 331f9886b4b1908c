package cell_test

import (
	"context"
	"strings"
	"testing"

	"latchkey/events"
	"latchkey/shared/catalog"
	"latchkey/shared/coded"
	"latchkey/shared/function/cell"
	"latchkey/shared/reconcile"
)

// bus takes all but the events of one tenant.
type bus struct{ refuse string }

func (b bus) PutEvents(_ context.Context, batch []events.Envelope) ([]error, error) {
	failed := make([]error, len(batch))
	for i, env := range batch {
		if b.refuse != "" && strings.Contains(string(env.Detail), b.refuse) {
			failed[i] = coded.New(coded.Retryable, "throttled")
		}
	}
	return failed, nil
}

func TestPublish(t *testing.T) {
	for refuse, want := range map[string]string{
		"": `{"batchItemFailures":[]}`, "bravo": `{"batchItemFailures":[{"itemIdentifier":"2"}]}`,
	} {
		w := newWorld(t, nil)
		var keys []catalog.Key
		for _, id := range []string{"alpha", "bravo", "charlie"} {
			w.tenant(id)
			keys = append(keys, catalog.Key{Part: "outbox#" + id, Sort: "m"})
		}
		if _, err := w.invoke(cell.Sweep(w.host, w.plane, cell.Sweeping{Lanes: reconcile.SweepLanes(), Each: reconcile.Sweeping{PerShard: 10}}), `{}`); err != nil {
			t.Fatal(err)
		}
		answer, err := w.invoke(cell.Publish(w.host, w.plane, bus{refuse}), written(epoch, keys...))
		if err != nil || answer != want {
			t.Errorf("refusing %q: %s, %v", refuse, answer, err)
		}
		for _, id := range []string{"alpha", "bravo", "charlie"} {
			left, err := w.store.PendingIn(ctx, id, 10)
			if err != nil || (len(left) > 0) != (id == refuse) {
				t.Errorf("refusing %q: %d messages of %s left, %v", refuse, len(left), id, err)
			}
		}
		if !strings.Contains(w.out.String(), `"events_out":`) {
			t.Errorf("metrics %s", w.out.String())
		}
	}
}

// What the stream no longer brings, the schedule publishes; what the bus refuses
// stays, and is told.
func TestPublishAll(t *testing.T) {
	for _, refuse := range []string{"", "bravo"} {
		w := newWorld(t, nil)
		for _, id := range []string{"alpha", "bravo"} {
			w.tenant(id)
		}
		if _, err := w.invoke(cell.Sweep(w.host, w.plane, cell.Sweeping{Lanes: reconcile.SweepLanes(), Each: reconcile.Sweeping{PerShard: 10}}), `{}`); err != nil {
			t.Fatal(err)
		}
		if _, err := w.invoke(cell.PublishAll(w.host, w.plane, bus{refuse}), `{}`); err != nil {
			t.Errorf("refusing %q: %v", refuse, err)
		}
		for _, id := range []string{"alpha", "bravo"} {
			left, err := w.store.PendingIn(ctx, id, 10)
			if err != nil || (len(left) > 0) != (id == refuse) {
				t.Errorf("refusing %q: %d messages of %s left, %v", refuse, len(left), id, err)
			}
		}
	}
}
