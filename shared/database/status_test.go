package database_test

import (
	"testing"

	"latchkey/shared/database"
)

// guideStatuses are the statuses of a DB instance, in the guide's order, with
// the phase that each means for a healthy record. [RDS guide, Viewing Amazon RDS
// DB instance status; read January 2026. backtracking is of Aurora MySQL only.]
var guideStatuses = []struct {
	status string
	phase  database.Phase
}{
	{"available", database.PhaseAvailable},
	{"backing-up", database.PhaseBusy},
	{"configuring-activity-stream", database.PhaseBusy},
	{"configuring-enhanced-monitoring", database.PhaseBusy},
	{"configuring-iam-database-auth", database.PhaseBusy},
	{"configuring-log-exports", database.PhaseBusy},
	{"converting-to-vpc", database.PhaseBusy},
	{"creating", database.PhaseCreating},
	{"delete-precheck", database.PhaseDeleting},
	{"deleting", database.PhaseDeleting},
	{"failed", database.PhaseParked},
	{"inaccessible-encryption-credentials", database.PhaseTerminal},
	{"inaccessible-encryption-credentials-recoverable", database.PhaseTerminalRecoverable},
	{"incompatible-create", database.PhaseParked},
	{"incompatible-network", database.PhaseParked},
	{"incompatible-option-group", database.PhaseParked},
	{"incompatible-parameters", database.PhaseParked},
	{"incompatible-restore", database.PhaseParked},
	{"insufficient-capacity", database.PhaseParked},
	{"maintenance", database.PhaseBusy},
	{"modifying", database.PhaseBusy},
	{"moving-to-vpc", database.PhaseBusy},
	{"rebooting", database.PhaseBusy},
	{"resetting-master-credentials", database.PhaseBusy},
	{"renaming", database.PhaseBusy},
	{"restore-error", database.PhaseParked},
	{"starting", database.PhaseBusy},
	{"stopped", database.PhaseBusy},
	{"stopping", database.PhaseBusy},
	{"storage-config-upgrade", database.PhaseBusy},
	{"storage-full", database.PhaseParked},
	{"storage-initialization", database.PhaseBusy},
	{"storage-optimization", database.PhaseBusy},
	{"upgrading", database.PhaseBusy},
}

// startable are the statuses in which StartDBInstance is accepted.
// [RDS API reference, StartDBInstance; facts 2]
var startable = map[string]bool{"stopped": true, "inaccessible-encryption-credentials-recoverable": true, "incompatible-network": true}

func TestStatuses(t *testing.T) {
	for _, g := range guideStatuses {
		t.Run(g.status, func(t *testing.T) {
			s, known := database.StatusOf(g.status)
			if !known || s.Phase != g.phase {
				t.Fatalf("StatusOf = %+v, known %v; want %s", s, known, g.phase)
			}
			if s.CanStart != startable[g.status] || s.CanStop != (g.status == "available") {
				t.Errorf("CanStart %v, CanStop %v", s.CanStart, s.CanStop)
			}
			if (s.Phase == database.PhaseParked) != (s.Bad != "") {
				t.Errorf("%s with the reason %q", s.Phase, s.Bad)
			}
			if s.Reachable && s.Phase != database.PhaseAvailable && s.Phase != database.PhaseBusy {
				t.Errorf("%s and reachable", s.Phase)
			}
		})
	}
	if len(database.Statuses) != len(guideStatuses) {
		t.Errorf("the table has %d statuses, the guide %d", len(database.Statuses), len(guideStatuses))
	}
}

func TestStatusOf_Unknown(t *testing.T) {
	s, known := database.StatusOf("defragmenting")
	if known || s != (database.Status{Phase: database.PhaseBusy}) {
		t.Errorf("StatusOf = %+v, %v; want busy, unreachable and unknown", s, known)
	}
}

// What a record that serves becomes when RDS reports each status.
func TestRules_Step_EveryStatus(t *testing.T) {
	for _, g := range guideStatuses {
		t.Run(g.status, func(t *testing.T) {
			w := ready(t, nil)
			if err := w.rds.Force(ctx, w.rec.InstanceID, g.status); err != nil {
				t.Fatal(err)
			}
			w.step()
			s := database.Statuses[g.status]
			want := database.PhaseAvailable
			switch {
			case startable[g.status] && g.phase != database.PhaseParked, g.phase == database.PhaseTerminal:
				want = database.PhaseLocked // the way back is that of a lock
			case g.phase == database.PhaseParked:
				want = database.PhaseParked
			case !s.Reachable:
				want = database.PhaseBusy
			}
			w.is(want)
			if w.rec.Status != g.status || len(w.changes) != 0 || len(w.unknown) != 0 {
				t.Errorf("status %q, changes %v, unknown %v", w.rec.Status, w.changes, w.unknown)
			}
		})
	}
	t.Run("unknown", func(t *testing.T) {
		w := ready(t, nil)
		if err := w.rds.Force(ctx, w.rec.InstanceID, "defragmenting"); err != nil {
			t.Fatal(err)
		}
		w.step()
		w.is(database.PhaseBusy)
		if len(w.unknown) != 1 || w.unknown[0] != "defragmenting" {
			t.Errorf("counted %v, want the unknown status once", w.unknown)
		}
		if err := w.rds.Force(ctx, w.rec.InstanceID, "available"); err != nil {
			t.Fatal(err)
		}
		w.step()
		w.is(database.PhaseAvailable)
	})
}

func TestPhase(t *testing.T) {
	inLock := map[database.Phase]bool{database.PhaseLocked: true, database.PhaseTerminalRecoverable: true,
		database.PhaseTerminal: true, database.PhaseUnrecoverable: true}
	keeps := map[database.Phase]bool{database.PhaseRestoring: true, database.PhaseParked: true}
	for _, p := range database.Transitions.States() {
		if p.InLock() != inLock[p] || p.KeepsBackups() != (inLock[p] || keeps[p]) {
			t.Errorf("%s: in lock %v, keeps backups %v", p, p.InLock(), p.KeepsBackups())
		}
	}
}
