package delivery_test

import (
	"context"
	"testing"

	"latchkey/shared/delivery"
)

type counts map[string]int64

func (c counts) Count(name string, n int64) { c[name] += n }

func TestCount(t *testing.T) {
	plain := context.Background()
	for _, c := range []struct {
		name string
		ctx  context.Context
		want int64
	}{
		{"first delivery", delivery.With(plain, 1), 1},
		{"second delivery", delivery.With(plain, 2), 0},
		{"last delivery", delivery.With(plain, 25), 0},
		{"no delivery", plain, 3},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := counts{}
			for range 3 {
				delivery.Count(c.ctx, got, "in")
			}
			delivery.Count(c.ctx, got, "broken")
			if got["in"] != c.want || got["broken"] != min(c.want, 1) {
				t.Errorf("counted %v, want %d", got, c.want)
			}
		})
	}
}
