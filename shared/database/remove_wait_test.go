package database_test

import (
	"strings"
	"testing"
	"time"

	"latchkey/shared/customerkey"
)

// A key that may come back any minute is waited for: its databases keep the
// chance of a final snapshot. A revoked one is not.
func TestRules_Step_DestroyWaitsForAnAnswer(t *testing.T) {
	for phase, waits := range map[customerkey.Phase]bool{
		customerkey.PhasePrecaution: true, customerkey.PhaseLocked: true,
		customerkey.PhaseRevoked: false, customerkey.PhaseAwaitingApproval: false, customerkey.PhaseLost: false,
	} {
		t.Run(string(phase), func(t *testing.T) {
			w := ready(t, nil)
			w.setKey(phase, false)
			w.destroy()
			w.run(10 * time.Minute)
			final := w.rec.Final != nil && w.rec.Final.Skipped != ""
			if final == waits || waits && !strings.Contains(w.rec.Reason, string(phase)) {
				t.Errorf("ten minutes on: final snapshot %+v, reason %q; want it to wait: %v", w.rec.Final, w.rec.Reason, waits)
			}
		})
	}
}
