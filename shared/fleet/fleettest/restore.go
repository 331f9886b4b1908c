package fleettest

import (
	"time"

	"latchkey/shared/coded"
	"latchkey/shared/conformance"
	"latchkey/shared/database"
)

// restored is a spec that differs from its source's where a restore may differ.
func (s *suite) restored(id string) database.Spec {
	spec := s.design(id)
	spec.BackupRetentionDays = 7
	spec.Tags[database.TagTenant] = "restored"
	return spec
}

var restoreCases = []one{
	{Name: "Restore/as designed", Run: func(t *conformance.T, s *suite) {
		s.snapped(t, "lk-a", "s")
		since := s.Now()
		wantCode(t, "restoring", s.restorer.RestoreSnapshot(ctx, "s", s.restored("lk-b")), "")
		s.settle(t)
		s.wantDesigned(t, s.restored("lk-b"), since)
	}},
	{Name: "Restore/one zone", Run: func(t *conformance.T, s *suite) {
		s.snapped(t, "lk-a", "s")
		spec := s.restored("lk-b")
		spec.MultiAZ, spec.DeletionProtection = false, false
		must(t, s.restorer.RestoreSnapshot(ctx, "s", spec), "restoring")
		if in := s.instance(t, "lk-b"); in.MultiAZ || in.DeletionProtection {
			t.Errorf("Multi-AZ %t, protected %t", in.MultiAZ, in.DeletionProtection)
		}
	}},
	{Name: "Restore/resource id", Run: func(t *conformance.T, s *suite) {
		in, _ := s.snapped(t, "lk-a", "s")
		must(t, s.restorer.RestoreSnapshot(ctx, "s", s.restored("lk-b")), "restoring")
		if got := s.instance(t, "lk-b").ResourceID; got == in.ResourceID {
			t.Errorf("the restored instance has its source's resource id, %s", got)
		}
	}},
	{Name: "Restore/takes time", Run: func(t *conformance.T, s *suite) {
		s.snapped(t, "lk-a", "s")
		must(t, s.restorer.RestoreSnapshot(ctx, "s", s.restored("lk-b")), "restoring")
		s.wantStatus(t, "lk-b", creating)
	}},
	{Name: "Restore/again", Run: func(t *conformance.T, s *suite) {
		s.snapped(t, "lk-a", "s")
		must(t, s.restorer.RestoreSnapshot(ctx, "s", s.restored("lk-b")), "restoring")
		wantCode(t, "at once", s.restorer.RestoreSnapshot(ctx, "s", s.restored("lk-b")), database.CodeInstanceExists)
		s.settle(t)
		wantCode(t, "later", s.restorer.RestoreSnapshot(ctx, "s", s.restored("lk-b")), database.CodeInstanceExists)
		wantCode(t, "over its source", s.restorer.RestoreSnapshot(ctx, "s", s.restored("lk-a")), database.CodeInstanceExists)
	}},
	{Name: "Restore/no snapshot", Run: func(t *conformance.T, s *suite) {
		wantCode(t, "restoring", s.restorer.RestoreSnapshot(ctx, "s", s.restored("lk-b")), database.CodeSnapshotNotFound)
		s.gone(t, "lk-b")
	}},
	{Name: "Restore/another key", Run: func(t *conformance.T, s *suite) {
		s.snapped(t, "lk-a", "s")
		spec := s.restored("lk-b")
		spec.KMSKeyARN = s.key(t)
		wantRefused(t, "restoring", s.restorer.RestoreSnapshot(ctx, "s", spec), coded.Conflict)
		s.gone(t, "lk-b")
	}},
	{Name: "Restore/no key", Run: func(t *conformance.T, s *suite) {
		s.snapped(t, "lk-a", "s")
		spec := s.restored("lk-b")
		spec.KMSKeyARN = ""
		must(t, s.restorer.RestoreSnapshot(ctx, "s", spec), "restoring")
		if got := s.instance(t, "lk-b").KMSKeyARN; got != s.tenant {
			t.Errorf("restored under %s, want its source's key", got)
		}
	}},
	{Name: "Restore/of a copy", Run: func(t *conformance.T, s *suite) {
		s.snapped(t, "lk-a", "s")
		key := s.key(t)
		must(t, s.backups.Copy(ctx, "s", "c", key, ours), "copying")
		s.settle(t)
		spec, since := s.restored("lk-b"), s.Now()
		spec.KMSKeyARN = key
		wantCode(t, "restoring", s.restorer.RestoreSnapshot(ctx, "c", spec), "")
		s.settle(t)
		s.wantDesigned(t, spec, since)
	}},
	{Name: "Restore/other settings", Run: testRestoreSettings},
	{Name: "Restore/disabled key", Run: func(t *conformance.T, s *suite) {
		s.snapped(t, "lk-a", "s")
		must(t, s.Disable(ctx, s.tenant), "disabling")
		wantCode(t, "restoring", s.restorer.RestoreSnapshot(ctx, "s", s.restored("lk-b")), database.CodeKeyNotAccessible)
		s.gone(t, "lk-b")
	}},
	{Name: "Restore/of a deleted instance", Run: func(t *conformance.T, s *suite) {
		s.snapped(t, "lk-a", "s")
		s.unmade(t, "lk-a")
		wantCode(t, "restoring", s.restorer.RestoreSnapshot(ctx, "s", s.restored("lk-a")), "")
		s.settle(t)
		s.available(t, "lk-a")
	}},
	{Name: "Guarded/unowned restore", Run: func(t *conformance.T, s *suite) {
		s.snapped(t, "lk-a", "s")
		spec := s.restored("lk-b")
		delete(spec.Tags, database.TagOwner)
		wantRefused(t, "restoring", s.restorer.RestoreSnapshot(ctx, "s", spec), coded.Internal)
		s.gone(t, "lk-b")
	}},
}

// testRestoreSettings: the size and the engine's version are the source's, so a
// restore works whatever the settings have become since.
func testRestoreSettings(t *conformance.T, s *suite) {
	s.snapped(t, "lk-a", "s")
	for id, gib := range map[string]int{"lk-smaller": 20, "lk-larger": 100} {
		spec := s.restored(id)
		spec.StorageGiB, spec.EngineVersion = gib, "17.6"
		wantCode(t, id, s.restorer.RestoreSnapshot(ctx, "s", spec), "")
		spec.InstanceID += "-pit"
		wantCode(t, spec.InstanceID, s.restorer.RestoreToTime(ctx, "lk-a", time.Time{}, spec), "")
	}
}

var pointInTimeCases = []one{
	{Name: "PointInTime/as designed", Run: func(t *conformance.T, s *suite) {
		in, since := s.made(t, "lk-a"), s.Now()
		wantCode(t, "to the latest", s.restorer.RestoreToTime(ctx, "lk-a", time.Time{}, s.restored("lk-b")), "")
		wantCode(t, "to a time", s.restorer.RestoreToTime(ctx, "lk-a", in.LatestRestorableTime, s.restored("lk-c")), "")
		s.settle(t)
		s.wantDesigned(t, s.restored("lk-b"), since)
		s.wantDesigned(t, s.restored("lk-c"), since)
	}},
	{Name: "PointInTime/one zone", Run: func(t *conformance.T, s *suite) {
		s.made(t, "lk-a")
		spec := s.restored("lk-b")
		spec.MultiAZ, spec.DeletionProtection = false, false
		must(t, s.restorer.RestoreToTime(ctx, "lk-a", time.Time{}, spec), "restoring")
		if in := s.instance(t, "lk-b"); in.MultiAZ || in.DeletionProtection {
			t.Errorf("Multi-AZ %t, protected %t", in.MultiAZ, in.DeletionProtection)
		}
	}},
	{Name: "PointInTime/resource id", Run: func(t *conformance.T, s *suite) {
		in := s.made(t, "lk-a")
		must(t, s.restorer.RestoreToTime(ctx, "lk-a", time.Time{}, s.restored("lk-b")), "restoring")
		if got := s.instance(t, "lk-b").ResourceID; got == in.ResourceID {
			t.Errorf("the restored instance has its source's resource id, %s", got)
		}
	}},
	{Name: "PointInTime/too late", Run: func(t *conformance.T, s *suite) {
		at := s.made(t, "lk-a").LatestRestorableTime.Add(time.Hour)
		wantCode(t, "restoring", s.restorer.RestoreToTime(ctx, "lk-a", at, s.restored("lk-b")), database.CodeInvalidParameter)
		s.gone(t, "lk-b")
	}},
	{Name: "PointInTime/too early", Run: func(t *conformance.T, s *suite) {
		at := s.made(t, "lk-a").CreatedAt.Add(-time.Hour)
		wantCode(t, "restoring", s.restorer.RestoreToTime(ctx, "lk-a", at, s.restored("lk-b")), database.CodeInvalidParameter)
		s.gone(t, "lk-b")
	}},
	{Name: "PointInTime/again", Run: func(t *conformance.T, s *suite) {
		s.made(t, "lk-a")
		must(t, s.restorer.RestoreToTime(ctx, "lk-a", time.Time{}, s.restored("lk-b")), "restoring")
		wantCode(t, "again", s.restorer.RestoreToTime(ctx, "lk-a", time.Time{}, s.restored("lk-b")), database.CodeInstanceExists)
		wantCode(t, "over its source", s.restorer.RestoreToTime(ctx, "lk-a", time.Time{}, s.restored("lk-a")), database.CodeInstanceExists)
	}},
	{Name: "PointInTime/no source", Run: func(t *conformance.T, s *suite) {
		wantCode(t, "restoring", s.restorer.RestoreToTime(ctx, "lk-a", time.Time{}, s.restored("lk-b")), database.CodeInstanceNotFound)
		s.gone(t, "lk-b")
	}},
	{Name: "PointInTime/another key", Run: func(t *conformance.T, s *suite) {
		s.made(t, "lk-a")
		spec := s.restored("lk-b")
		spec.KMSKeyARN = s.key(t)
		wantRefused(t, "restoring", s.restorer.RestoreToTime(ctx, "lk-a", time.Time{}, spec), coded.Conflict)
		s.gone(t, "lk-b")
	}},
	{Name: "PointInTime/deleted source", Run: func(t *conformance.T, s *suite) {
		s.deleted(t, "lk-a")
		wantCode(t, "restoring", s.restorer.RestoreToTime(ctx, "lk-a", time.Time{}, s.restored("lk-b")), database.CodeInstanceNotFound)
	}},
	{Name: "PointInTime/disabled key", Run: func(t *conformance.T, s *suite) {
		s.made(t, "lk-a")
		must(t, s.Disable(ctx, s.tenant), "disabling")
		wantCode(t, "restoring", s.restorer.RestoreToTime(ctx, "lk-a", time.Time{}, s.restored("lk-b")), database.CodeKeyNotAccessible)
	}},
}
