package tenant

import "time"

// Rules are the rules with their periods.
type Rules struct {
	// Grace is how long data is kept after a tenant was destroyed or a product
	// deactivated. Tenant Destroyed may give another period for its tenant.
	Grace time.Duration
	// AwaitCreated is how long events of a tenant wait for its Tenant Created
	// before the record is parked.
	AwaitCreated time.Duration
}

// DefaultRules are the design's.
func DefaultRules() Rules {
	return Rules{Grace: 30 * day, AwaitCreated: day}
}

const day = 24 * time.Hour

// Bounds of how often Step asks to be called again while it waits for a key or
// a database. Both poke the tenant when they change; this only makes up for a
// poke that was lost.
const (
	pollMin = time.Minute
	pollMax = time.Hour
)

// poll returns how long to wait for something that has been awaited since: as
// long again, within bounds.
func poll(since, now time.Time) time.Duration {
	return min(max(now.Sub(since), pollMin), pollMax)
}

// grace returns how long the data of a destroyed tenant is kept.
func (r Rules) grace(g Grace) time.Duration {
	if g.Days == nil {
		return r.Grace
	}
	return time.Duration(*g.Days) * day
}
