package reconcile_test

import (
	"errors"
	"testing"

	"latchkey/shared/catalog"
	"latchkey/shared/metric"
)

// A step that the end of its invocation cut short is no error of the step.
func TestPlane_Step_Errors(t *testing.T) {
	for name, c := range map[string]struct {
		ends bool
		want int64
	}{"failed": {false, 1}, "cut short": {true, 0}} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, nil)
			w.tenant("acme", "", "tracker")
			key := catalog.Key{Part: "database#acme/tracker", Sort: "."}
			it, err := w.raw.Get(ctx, key)
			w.must(err)
			w.clock.Set(it.DueAt)
			limited, end := contextThatEnds()
			defer end()
			broken := errors.New("the commit failed")
			w.tap.before = func(catalog.Tx) error {
				if c.ends {
					end()
				}
				return broken
			}
			before := w.counts.of(metric.StepErrors)
			if err := w.plane.Step(limited, key); !errors.Is(err, broken) {
				t.Fatalf("answered %v", err)
			}
			if got := w.counts.of(metric.StepErrors) - before; got != c.want {
				t.Errorf("%d step errors, want %d", got, c.want)
			}
		})
	}
}
