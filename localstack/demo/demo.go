package demo

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"runtime/debug"
	"strings"
	"time"

	"latchkey/shared/coded"
	"latchkey/shared/reconcile"
)

// Bounds of Options.Tenants.
const (
	DefaultTenants = 20
	MinTenants     = 12 // the ones with a part, and one without
	MaxTenants     = 5000
)

// Options choose a story.
type Options struct {
	Tenants int       // MinTenants … MaxTenants; 0: DefaultTenants
	Seed    uint64    // 0: 1
	JSON    bool      // print one Report instead of the story
	Out     io.Writer // coloured if it is a terminal and NO_COLOR is not set

	hooks reconcile.Hooks // bugs planted on purpose, by tests
	flaws flaws           // the same, around the ledger
}

// Report is what a story came to. Counts are of things of their kind over the
// whole story, but for Parked.
type Report struct {
	Tenants           int      `json:"tenants"`
	Databases         int      `json:"databases"` // of tenants, that were made
	MultiAZ           int      `json:"multi_az"`  // of those, on an instance of which RDS says so
	Snapshots         int      `json:"snapshots"` // taken
	Locked            int      `json:"locked"`    // locks of a key
	LockWall          WallTime `json:"lock_wall_ms"`
	ServedAfterLock   int      `json:"served_after_lock"`
	Refused           int      `json:"refused"`             // requests refused, with a reason
	MarkedTerminal    int      `json:"marked_terminal"`     // databases
	RecoveredInWindow int      `json:"recovered_in_window"` // databases started again, without a restore
	Terminal          int      `json:"terminal"`            // databases
	Restored          int      `json:"restored"`            // databases
	Unrecoverable     int      `json:"unrecoverable"`       // databases
	Destroyed         int      `json:"destroyed"`           // tenants
	Parked            int      `json:"parked"`              // records that wait for a person at the end
	EventsIn          int      `json:"events_in"`           // deliveries to functions
	EventsOut         int      `json:"events_out"`
	EventsLost        int      `json:"events_lost"` // in and out
	DuplicatesIgnored int      `json:"duplicates_ignored"`
	WallMS            float64  `json:"wall_ms"`

	// Of the recorded keys, those of the home Region's customers with a part,
	// up to the hour of the last chapter.
	KeyUses             int `json:"key_uses"`      // in the ledger
	KeyUsesMade         int `json:"key_uses_made"` // calls that were made
	KeyUsesDenied       int `json:"key_uses_denied"`
	UsedAfterRevocation int `json:"used_after_revocation"`
	Findings            int `json:"findings"` // told as outgoing events, of every kind
	HoursRecorded       int `json:"hours_recorded"`
	HoursProved         int `json:"hours_proved"` // complete, by CloudTrail's digests

	Broken []string `json:"broken,omitempty"` // promises that did not hold
}

// WallTime is how long locks took in real time, from the function's start to
// the commit that refuses every tenant of the key, in milliseconds.
type WallTime struct {
	P50 float64 `json:"p50"`
	P99 float64 `json:"p99"`
}

// gcPercent trades memory for time: a story's live heap is small and it makes
// much garbage. softLimit bounds it where the ledger is read, which is more.
const (
	gcPercent = 400
	softLimit = 160 << 20
	perTenant = 128 << 10 // live, generously
)

// Run tells the story. The error is coded.Invalid for options out of range, and
// coded.Internal if something promised did not hold.
func Run(ctx context.Context, o Options) error {
	if o.Tenants == 0 {
		o.Tenants = DefaultTenants
	}
	if o.Tenants < MinTenants || o.Tenants > MaxTenants {
		return coded.Field("tenants", fmt.Sprintf("give %d … %d", MinTenants, MaxTenants), "%d is out of range", o.Tenants)
	}
	if o.Seed == 0 {
		o.Seed = 1
	}
	defer debug.SetGCPercent(debug.SetGCPercent(gcPercent))
	defer debug.SetMemoryLimit(debug.SetMemoryLimit(softLimit + int64(o.Tenants)*perTenant))
	began := time.Now()
	s, err := newStory(ctx, o)
	if err != nil {
		return fmt.Errorf("starting the cell: %w", err)
	}
	for _, chapter := range s.chapters() {
		if chapter(); s.err != nil {
			return s.err
		}
	}
	s.report.WallMS = milliseconds(time.Since(began))
	return s.finish()
}

// chapters returns the story in its order.
func (s *story) chapters() []func() {
	return []func(){
		s.signUp, s.firstNight, s.takeKey, s.otherWays, s.commerceGoesOn, s.keyServiceFails,
		s.backInTime, s.deletedForGood, s.pastTheDeadline, s.whoUsed, s.verify,
	}
}

// finish prints the end of the story.
func (s *story) finish() error {
	broken := s.broken()
	s.report.Broken = broken
	if s.JSON {
		enc := json.NewEncoder(s.Out)
		enc.SetIndent("", "  ")
		if err := enc.Encode(s.report); err != nil {
			return fmt.Errorf("printing the report: %w", err)
		}
	} else {
		s.summary()
		s.printPromises()
	}
	switch {
	case s.out.err != nil:
		return fmt.Errorf("printing the story: %w", s.out.err)
	case len(broken) > 0:
		return coded.New(coded.Internal, "%d of what was promised did not hold: %s", len(broken), strings.Join(broken, "; "))
	}
	return nil
}

func milliseconds(d time.Duration) float64 {
	return float64(d.Round(time.Microsecond)) / float64(time.Millisecond)
}
