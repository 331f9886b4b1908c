package reconcile_test

import (
	"context"
	"testing"
	"time"

	"latchkey/shared/coded"
	"latchkey/shared/database"
	"latchkey/shared/metric"
)

// walled is a network in which nothing reaches the inside of an instance to
// fence it.
type walled struct{ database.Inside }

func (walled) Fence(context.Context, database.Login) error {
	return coded.New(coded.Retryable, "dial tcp: i/o timeout")
}

// A locked database that cannot be fenced is counted for as long as somebody may
// still be in it, and only then: it is stopped once the revocation is confirmed.
func TestPlane_Step_Unfenced(t *testing.T) {
	w, arn := servedWorld(t)
	ports := w.plane.Regions[region]
	open := ports.Inside
	ports.Inside = walled{open}
	w.plane.Regions[region] = ports
	unfenced := func() int64 { return w.counts.of(metric.DatabasesUnfenced) }

	w.watch(w.disable(arn))
	w.sweep()
	w.served("acme", "tracker", false)
	if db := w.database("acme/tracker"); unfenced() == 0 || db.Fenced || db.Status != database.StatusAvailable {
		t.Fatalf("%d counted, fenced %v, RDS %s", unfenced(), db.Fenced, db.Status)
	}
	w.run(20 * time.Minute)
	db := w.database("acme/tracker")
	if db.Phase != database.PhaseTerminalRecoverable || db.Status != database.StatusStopped || w.rds.Backends(db.InstanceID, db.Role) != 0 {
		t.Fatalf("%s, RDS %s", db.Phase, db.Status)
	}
	counted := unfenced()
	w.run(24 * time.Hour)
	if unfenced() != counted {
		t.Errorf("%d counted of a stopped instance", unfenced()-counted)
	}
	ports.Inside = open
	w.plane.Regions[region] = ports
	w.must(w.kms.EnableKey(ctx, admin, arn))
	w.run(2 * time.Hour)
	w.served("acme", "tracker", true)
	if unfenced() != counted {
		t.Errorf("%d counted on the way back", unfenced()-counted)
	}
}
