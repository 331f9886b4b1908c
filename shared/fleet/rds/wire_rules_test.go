package rds_test

import (
	"context"
	"testing"
	"time"

	"latchkey/shared/customerkey"
	"latchkey/shared/database"
)

// inside stands for PostgreSQL, which moto does not run.
type inside struct{}

func (inside) Prepare(context.Context, database.Login) error { return nil }
func (inside) Fence(context.Context, database.Login) error   { return nil }
func (inside) Unfence(context.Context, database.Login) error { return nil }
func (inside) Verify(context.Context, database.Login) error  { return nil }
func (inside) Drop(context.Context, database.Login) error    { return nil }

// life steps a record with the rules until it is in a phase.
type life struct {
	t     *testing.T
	rules database.Rules
	rec   database.Record
	world database.World
	now   time.Time
}

// maxSteps bounds a walk from one phase to another.
const maxSteps = 20

func (l *life) until(phase database.Phase, status string) {
	l.t.Helper()
	for range maxSteps {
		out, err := l.rules.Step(context.Background(), l.rec, l.world, l.now)
		if err != nil {
			l.t.Fatal(err)
		}
		l.rec, l.now = out.Record, l.now.Add(time.Minute)
		if l.rec.Phase == phase && l.rec.Status == status {
			return
		}
		if l.rec.Phase == database.PhaseParked {
			break
		}
	}
	l.t.Fatalf("%s, RDS %q (%s) after %d steps; want %s, RDS %q", l.rec.Phase, l.rec.Status, l.rec.Reason, maxSteps, phase, status)
}

// TestWire_Rules walks a database through its life on the wire: made, locked and
// stopped with its key, back with it, and destroyed.
func TestWire_Rules(t *testing.T) {
	w := wire(t)
	now := time.Now().UTC()
	key := database.KeyView{ARN: w.tenantKey, Phase: customerkey.PhaseUsable}
	l := &life{t: t, now: now, world: database.World{Key: key}, rules: database.Rules{
		Fleet: w.fleet, Restorer: w.fleet, Inside: inside{}, Timing: database.DefaultTiming(),
		Settings: database.Settings{Class: "db.m7g.large", StorageGiB: 50, EngineVersion: "16.4",
			SubnetGroup: "latchkey-private", ParameterGroup: "latchkey-tls", MasterSecretKeyARN: w.platform},
		NextSnapshot: func(string, time.Time) time.Time { return time.Time{} },
	}, rec: database.Record{ID: "acme/wiki", Kind: database.KindDedicated, TenantID: "acme", KeyARN: w.tenantKey,
		Want: database.WantOpen, Phase: database.PhaseRequested}}
	l.until(database.PhaseAvailable, database.StatusAvailable)
	if l.rec.Endpoint == "" || l.rec.ResourceID == "" || !l.rec.MultiAZ {
		t.Errorf("available as %+v", l.rec)
	}
	l.world.Key = database.KeyView{ARN: w.tenantKey, Phase: customerkey.PhaseRevoked, LockedAt: l.now}
	l.until(database.PhaseTerminalRecoverable, database.StatusStopped)
	l.world.Key = key
	l.until(database.PhaseAvailable, database.StatusAvailable)
	l.rec.Want, l.world.Key = database.WantAbsent, database.KeyView{ARN: w.tenantKey, Phase: customerkey.PhaseRevoked}
	l.until(database.PhaseDeleted, database.StatusAvailable)
	if _, err := w.fleet.Describe(context.Background(), l.rec.InstanceID); code(err) != database.CodeInstanceNotFound {
		t.Errorf("the instance is left: %v", err)
	}
}
