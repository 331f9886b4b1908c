// Package clock is the one source of time of the domain. Rules never call
// time.Now: a lock, a deadline or a schedule must come out the same in a test
// on a virtual clock as it does in production.
package clock

import "time"

// Clock tells the time, always in UTC.
type Clock interface {
	Now() time.Time
}

// System is the machine's clock.
type System struct{}

// Now returns the current time in UTC.
func (System) Now() time.Time { return time.Now().UTC() }
