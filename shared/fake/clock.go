package fake

import (
	"sync/atomic"
	"time"

	"latchkey/shared/clock"
)

// Clock is a virtual clock: it stands still until it is moved, and is never
// moved backwards. It is safe for concurrent use.
type Clock struct{ nanos atomic.Int64 }

// NewClock returns a virtual clock that shows start.
func NewClock(start time.Time) *Clock {
	c := &Clock{}
	c.nanos.Store(start.UnixNano())
	return c
}

// Now returns the virtual time in UTC.
func (c *Clock) Now() time.Time { return time.Unix(0, c.nanos.Load()).UTC() }

// Set moves the clock to t, or leaves it where it is if that is later, and
// returns the time it shows then.
func (c *Clock) Set(t time.Time) time.Time {
	to := t.UnixNano()
	for {
		now := c.nanos.Load()
		if to <= now || c.nanos.CompareAndSwap(now, to) {
			return c.Now()
		}
	}
}

// Advance moves the clock on by d, which does nothing if it is negative, and
// returns the time it shows then.
func (c *Clock) Advance(d time.Duration) time.Time {
	if d <= 0 {
		return c.Now()
	}
	return time.Unix(0, c.nanos.Add(int64(d))).UTC()
}

// Offset is a running clock that is ahead of another by an amount that can
// grow. It is safe for concurrent use.
type Offset struct {
	base  clock.Clock
	ahead atomic.Int64
}

// NewOffset returns a clock that is ahead of base by d (0 if d is negative).
func NewOffset(base clock.Clock, d time.Duration) *Offset {
	o := &Offset{base: base}
	o.ahead.Store(int64(max(d, 0)))
	return o
}

// Now returns the base clock's time plus the offset, in UTC.
func (o *Offset) Now() time.Time { return o.base.Now().Add(o.Ahead()).UTC() }

// Ahead returns the offset.
func (o *Offset) Ahead() time.Duration { return time.Duration(o.ahead.Load()) }

// Advance adds d to the offset, which does nothing if it is negative, and
// returns the new offset.
func (o *Offset) Advance(d time.Duration) time.Duration {
	return time.Duration(o.ahead.Add(int64(max(d, 0))))
}
