package cell_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"latchkey/shared/catalog"
	"latchkey/shared/coded"
	"latchkey/shared/function/cell"
	"latchkey/shared/reconcile"
)

func TestSweep(t *testing.T) {
	w := newWorld(t, nil)
	var keys []catalog.Key
	for i := range 40 { // more than one round takes
		keys = append(keys, w.tenant(fmt.Sprintf("tenant-%02d", i)))
	}
	before := 0
	handler := cell.Sweep(w.host, w.plane, cell.Sweeping{
		Lanes: reconcile.SweepLanes(), Each: reconcile.Sweeping{PerShard: 2, AtOnce: 4}, Before: func(context.Context) error { before++; return nil },
	})
	if _, err := w.invoke(handler, `{}`); err != nil {
		t.Fatal(err)
	}
	for _, k := range keys {
		if w.version(k) == 1 {
			t.Errorf("%s was not stepped", k.Part)
		}
	}
	if before != 1 || !strings.Contains(w.out.String(), "due_lag_s") {
		t.Errorf("before ran %d times; metrics %s", before, w.out.String())
	}
}

// A catalog that does not answer fails the invocation; what runs before does too,
// and still the sweep goes on.
func TestSweep_Fails(t *testing.T) {
	down := &broken{}
	w := newWorld(t, down.wrap)
	key := w.tenant("acme")
	uncounted := errors.New("not counted")
	handler := cell.Sweep(w.host, w.plane, cell.Sweeping{
		Lanes: reconcile.SweepLanes(), Each: reconcile.Sweeping{PerShard: 2}, Before: func(context.Context) error { return uncounted },
	})
	if _, err := w.invoke(handler, `{}`); !errors.Is(err, uncounted) || w.version(key) == 1 {
		t.Errorf("= %v, version %d", err, w.version(key))
	}
	down.err = coded.New(coded.Retryable, "throttled")
	if _, err := w.invoke(handler, `{}`); !errors.Is(err, down.err) {
		t.Errorf("= %v", err)
	}
}
