package api

import (
	"testing"
	"time"

	"latchkey/shared/coded"
)

func TestParseDuration(t *testing.T) {
	for in, want := range map[string]time.Duration{
		"90s": 90 * time.Second, "36h": 36 * time.Hour, "7d": 168 * time.Hour, "1d12h": 36 * time.Hour,
		"400d": MaxAdvance, "0.5h": 30 * time.Minute,
		"": 0, "0s": 0, "-1h": 0, "d": 0, "1.5d": 0, "-1d": 0, "1d-2h": 0, "401d": 0, "99999d": 0, "7": 0, "soon": 0, "1h1d": 0,
	} {
		got, err := ParseDuration(in)
		if got != want || (want == 0) != coded.Is(err, coded.Invalid) {
			t.Errorf("ParseDuration(%q) = %s, %v; want %s", in, got, err, want)
		}
	}
}
