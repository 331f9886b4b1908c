package stack

import (
	"fmt"
	"sync"
	"time"

	bolt "go.etcd.io/bbolt"

	"latchkey/shared/clock"
	"latchkey/shared/fake"
)

// Leases: the clock never shows a time later than the one that is saved as its
// lease, so a restart after a kill begins no earlier than where the clock was.
const (
	shortLease = 5 * time.Second  // while it follows the wall clock
	longLease  = 10 * time.Minute // at most, while it catches up
)

// Clock is the stack's virtual clock: the wall clock plus an amount that grows
// when it is advanced. It stands still between two calls of Set, and never goes
// back, not even over a restart. It implements cell.Clock.
type Clock struct {
	shown *fake.Clock
	wall  clock.Clock
	speed float64
	db    *bolt.DB

	mu     sync.Mutex
	ahead  time.Duration // of the wall clock, as of scaled
	scaled time.Time     // wall time up to which speed is accounted for in ahead
	lease  time.Time
	err    error // why the lease could not be extended
}

// clockState is what is saved.
type clockState struct {
	Ahead time.Duration `json:"aheadNanos"`
	Lease time.Time     `json:"lease"`
}

// openClock returns the clock at the latest time that it may have shown, or at
// the wall clock's in a new folder.
func openClock(db *bolt.DB, wall clock.Clock, speed float64) (*Clock, error) {
	if speed <= 0 {
		speed = 1
	}
	now := wall.Now().UTC()
	state := clockState{Lease: now}
	if _, err := loadJSON(db, "clock", &state); err != nil {
		return nil, err
	}
	return &Clock{
		shown: fake.NewClock(state.Lease), wall: wall, speed: speed, db: db,
		ahead: max(state.Ahead, state.Lease.Sub(now)), scaled: now, lease: state.Lease,
	}, nil
}

// Now implements clock.Clock.
func (c *Clock) Now() time.Time { return c.shown.Now() }

// Target returns the time that the clock should show now.
func (c *Clock) Target() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.target()
}

func (c *Clock) target() time.Time {
	now := c.wall.Now().UTC()
	if since := now.Sub(c.scaled); since > 0 && c.speed != 1 {
		c.ahead += time.Duration(float64(since) * (c.speed - 1))
	}
	c.scaled = now
	return now.Add(c.ahead)
}

// Skip makes the clock's target later by d, for good, and returns it.
func (c *Clock) Skip(d time.Duration) (time.Time, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	target := c.target().Add(d)
	if err := saveJSON(c.db, "clock", clockState{Ahead: c.ahead + d, Lease: c.lease}); err != nil {
		return time.Time{}, err
	}
	c.ahead += d
	return target, nil
}

// Set implements cell.Clock. It leaves the clock where it is, with Err, if the
// lease cannot be saved.
func (c *Clock) Set(t time.Time) time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	if t.After(c.lease) {
		room := max(time.Duration(float64(shortLease)*max(c.speed, 1)), min(longLease, c.target().Sub(t)))
		if c.err = saveJSON(c.db, "clock", clockState{Ahead: c.ahead, Lease: t.Add(room)}); c.err != nil {
			return c.shown.Now()
		}
		c.lease = t.Add(room)
	}
	return c.shown.Set(t)
}

// Err returns why the clock could not be moved the last time, or nil.
func (c *Clock) Err() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.err != nil {
		return fmt.Errorf("the clock cannot be moved: %w", c.err)
	}
	return nil
}

// save gives the rest of the lease back.
func (c *Clock) save() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.target()
	c.lease = c.shown.Now()
	return saveJSON(c.db, "clock", clockState{Ahead: c.ahead, Lease: c.lease})
}

// Ahead returns how far the clock's target is ahead of the wall clock, and the
// wall clock's time.
func (c *Clock) Ahead() (ahead time.Duration, wall time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	target := c.target()
	return target.Sub(c.scaled), c.scaled
}

// Speed returns how fast the clock runs against the wall clock.
func (c *Clock) Speed() float64 { return c.speed }
