package api

import (
	"strconv"
	"strings"
	"time"

	"latchkey/shared/coded"
)

// MaxAdvance is the longest that the clock is moved in one go.
const MaxAdvance = 400 * 24 * time.Hour

const durationHint = "give a duration such as 90s, 36h, 7d or 1d12h, up to 400d"

// ParseDuration reads a duration as Go writes it, with days in front: 36h, 7d,
// 1d12h. It must be more than nothing and no more than MaxAdvance.
func ParseDuration(s string) (time.Duration, error) {
	var days time.Duration
	rest := s
	if head, tail, ok := strings.Cut(s, "d"); ok {
		n, err := strconv.ParseUint(head, 10, 16)
		if err != nil {
			return 0, coded.Field("duration", durationHint, "%q is not a duration", s)
		}
		days, rest = time.Duration(n)*24*time.Hour, tail
	}
	d := days
	if rest != "" {
		more, err := time.ParseDuration(rest)
		if err != nil {
			return 0, coded.Field("duration", durationHint, "%q is not a duration", s)
		}
		d += more
	}
	if d <= 0 || d > MaxAdvance || d < days {
		return 0, coded.Field("duration", durationHint, "%q is out of range", s)
	}
	return d, nil
}
