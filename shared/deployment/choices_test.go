package deployment

import (
	"testing"
	"time"
)

func TestParseRetiredTrail(t *testing.T) {
	const trail = "111122223333/us-west-2/us-east-1/management"
	for s, want := range map[string]time.Time{
		trail + "@2026-03-01T20":   time.Date(2026, 3, 1, 20, 0, 0, 0, time.UTC),
		trail + "@2028-02-29T00":   time.Date(2028, 2, 29, 0, 0, 0, 0, time.UTC),
		trail + "@2026-13-01T20":   {},
		trail + "@2026-02-29T20":   {},
		trail + "@2026-03-01T24":   {},
		trail + "@2026-03-01":      {},
		trail:                      {},
		"management@2026-03-01T20": {},
		trail + "@2026-03-01T20@":  {},
		"":                         {},
	} {
		got, since, err := ParseRetiredTrail(s)
		if want.IsZero() != (err != nil) || !since.Equal(want) || err == nil && got != trail {
			t.Errorf("%q is %q, %s, %v", s, got, since, err)
		}
	}
}
