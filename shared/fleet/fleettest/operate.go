package fleettest

import (
	"latchkey/shared/conformance"
	"latchkey/shared/database"
)

var operateCases = []one{
	{Name: "NotFound", Run: func(t *conformance.T, s *suite) {
		s.gone(t, "lk-a")
		wantCode(t, "starting", s.fleet.Start(ctx, "lk-a"), database.CodeInstanceNotFound)
		wantCode(t, "stopping", s.fleet.Stop(ctx, "lk-a"), database.CodeInstanceNotFound)
		wantCode(t, "unprotecting", s.fleet.Unprotect(ctx, "lk-a"), database.CodeInstanceNotFound)
		wantCode(t, "deleting", s.fleet.Delete(ctx, "lk-a"), database.CodeInstanceNotFound)
	}},
	{Name: "Stop/and start", Run: func(t *conformance.T, s *suite) {
		before := s.made(t, "lk-a")
		wantCode(t, "stopping", s.fleet.Stop(ctx, "lk-a"), "")
		s.settle(t)
		s.wantStatus(t, "lk-a", database.StatusStopped)
		wantCode(t, "starting", s.fleet.Start(ctx, "lk-a"), "")
		s.settle(t)
		s.wantStatus(t, "lk-a", database.StatusAvailable)
		if after := s.instance(t, "lk-a"); after.ResourceID != before.ResourceID || after.Endpoint != before.Endpoint {
			t.Errorf("was %+v\nis %+v", before, after)
		}
	}},
	{Name: "Stop/takes time", Run: func(t *conformance.T, s *suite) {
		s.made(t, "lk-a")
		wantCode(t, "stopping", s.fleet.Stop(ctx, "lk-a"), "")
		s.wantStatus(t, "lk-a", stopping)
		wantCode(t, "starting meanwhile", s.fleet.Start(ctx, "lk-a"), database.CodeInvalidState)
		s.settle(t)
		wantCode(t, "starting", s.fleet.Start(ctx, "lk-a"), "")
		s.wantStatus(t, "lk-a", starting)
	}},
	{Name: "Stop/again", Run: func(t *conformance.T, s *suite) {
		s.made(t, "lk-a")
		wantCode(t, "stopping", s.fleet.Stop(ctx, "lk-a"), "")
		wantCode(t, "again at once", s.fleet.Stop(ctx, "lk-a"), database.CodeInvalidState)
		s.settle(t)
		wantCode(t, "again", s.fleet.Stop(ctx, "lk-a"), database.CodeInvalidState)
	}},
	{Name: "Stop/disabled key", Run: func(t *conformance.T, s *suite) {
		s.made(t, "lk-a")
		must(t, s.fleet.Stop(ctx, "lk-a"), "stopping")
		s.settle(t)
		must(t, s.Disable(ctx, s.tenant), "disabling")
		wantCode(t, "starting", s.fleet.Start(ctx, "lk-a"), database.CodeKeyNotAccessible)
	}},
	{Name: "Start/again", Run: func(t *conformance.T, s *suite) {
		s.made(t, "lk-a")
		wantCode(t, "starting what runs", s.fleet.Start(ctx, "lk-a"), database.CodeInvalidState)
		s.wantStatus(t, "lk-a", database.StatusAvailable)
	}},
	{Name: "Unprotect", Run: func(t *conformance.T, s *suite) {
		since := s.Now()
		s.made(t, "lk-a")
		for range 2 {
			wantCode(t, "unprotecting", s.fleet.Unprotect(ctx, "lk-a"), "")
		}
		s.settle(t)
		spec := s.design("lk-a")
		spec.DeletionProtection = false
		s.wantDesigned(t, spec, since)
	}},
}

var deleteCases = []one{
	{Name: "Delete/protected", Run: func(t *conformance.T, s *suite) {
		since := s.Now()
		s.made(t, "lk-a")
		wantCode(t, "deleting", s.fleet.Delete(ctx, "lk-a"), database.CodeInvalidCombination)
		s.wantDesigned(t, s.design("lk-a"), since)
	}},
	{Name: "Delete/unprotected", Run: func(t *conformance.T, s *suite) {
		s.deleted(t, "lk-a")
		s.gone(t, "lk-a")
		wantCode(t, "again", s.fleet.Delete(ctx, "lk-a"), database.CodeInstanceNotFound)
		if page, _, err := s.backups.List(ctx, "lk-a", ""); err != nil || len(page) != 0 {
			t.Errorf("a final snapshot: %+v, %v", page, err)
		}
	}},
	{Name: "Delete/takes time", Run: func(t *conformance.T, s *suite) {
		s.made(t, "lk-a")
		must(t, s.fleet.Unprotect(ctx, "lk-a"), "unprotecting")
		must(t, s.fleet.Delete(ctx, "lk-a"), "deleting")
		s.wantStatus(t, "lk-a", deleting)
		wantCode(t, "again", s.fleet.Delete(ctx, "lk-a"), database.CodeInvalidState)
		wantCode(t, "creating meanwhile", s.fleet.Create(ctx, s.design("lk-a")), database.CodeInstanceExists)
	}},
	{Name: "Delete/snapshots stay", Run: func(t *conformance.T, s *suite) {
		s.snapped(t, "lk-a", "s")
		s.unmade(t, "lk-a")
		if d := s.snapshot(t, "s"); d.Status != available || d.InstanceID != "lk-a" {
			t.Errorf("described as %+v", d)
		}
		page, next, err := s.backups.List(ctx, "lk-a", "")
		if err != nil || next != "" || len(page) != 1 || page[0].SnapshotID != "s" {
			t.Errorf("listed %+v, %q, %v", page, next, err)
		}
	}},
	{Name: "Delete/and create", Run: func(t *conformance.T, s *suite) {
		before := s.deleted(t, "lk-a")
		if after := s.made(t, "lk-a"); after.ResourceID == before.ResourceID {
			t.Errorf("the new %s has the resource id of the old, %s", after.InstanceID, after.ResourceID)
		}
	}},
	{Name: "Delete/stopped", Run: func(t *conformance.T, s *suite) {
		s.made(t, "lk-a")
		must(t, s.fleet.Stop(ctx, "lk-a"), "stopping")
		s.settle(t)
		s.unmade(t, "lk-a")
		s.gone(t, "lk-a")
	}},
	// Inference: the API reference lists KMSKeyNotAccessibleFault for
	// DeleteDBInstance and does not say when. Without a final snapshot there is
	// nothing to read.
	{Name: "Delete/disabled key", Run: func(t *conformance.T, s *suite) {
		s.made(t, "lk-a")
		must(t, s.Disable(ctx, s.tenant), "disabling")
		s.unmade(t, "lk-a")
		s.gone(t, "lk-a")
	}},
}

// deleted makes an instance and deletes it.
func (s *suite) deleted(t *conformance.T, id string) database.Instance {
	t.Helper()
	in := s.made(t, id)
	s.unmade(t, id)
	return in
}

// unmade deletes an instance and waits until it is gone.
func (s *suite) unmade(t *conformance.T, id string) {
	t.Helper()
	must(t, s.fleet.Unprotect(ctx, id), "unprotecting")
	must(t, s.fleet.Delete(ctx, id), "deleting")
	s.settle(t)
}
