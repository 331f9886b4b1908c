package fakerds_test

import (
	"testing"

	"latchkey/shared/conformance"
	"latchkey/shared/fleet/fleettest"
)

// TestRDS_Conformance passes the suite of the adapter on Amazon RDS.
func TestRDS_Conformance(t *testing.T) {
	fleettest.Run(t, func(t *testing.T) fleettest.World { return fleettest.NewTwin(t) },
		conformance.Exception{Case: "Guarded/*", Shows: "want it refused as internal",
			Reason: "the twin is RDS, which makes what is asked for: the guards are the adapter's"})
}
