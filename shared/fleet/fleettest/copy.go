package fleettest

import (
	"maps"

	"latchkey/shared/coded"
	"latchkey/shared/conformance"
	"latchkey/shared/database"
)

var copyCases = []one{
	{Name: "Copy/another key", Run: func(t *conformance.T, s *suite) { testCopy(t, s, s.key(t)) }},
	{Name: "Copy/same key", Run: func(t *conformance.T, s *suite) { testCopy(t, s, "") }},
	{Name: "Copy/takes time", Run: func(t *conformance.T, s *suite) {
		s.snapped(t, "lk-a", "s")
		must(t, s.backups.Copy(ctx, "s", "c", s.key(t), ours), "copying")
		if d := s.snapshot(t, "c"); d.Status != creating {
			t.Errorf("at once %s", d.Status)
		}
	}},
	{Name: "Copy/again", Run: func(t *conformance.T, s *suite) {
		s.snapped(t, "lk-a", "s")
		must(t, s.backups.Copy(ctx, "s", "c", "", ours), "copying")
		wantCode(t, "at once", s.backups.Copy(ctx, "s", "c", "", ours), database.CodeSnapshotExists)
		s.settle(t)
		wantCode(t, "later", s.backups.Copy(ctx, "s", "c", s.key(t), ours), database.CodeSnapshotExists)
		wantCode(t, "onto itself", s.backups.Copy(ctx, "s", "s", "", ours), database.CodeSnapshotExists)
		if d := s.snapshot(t, "c"); d.KMSKeyARN != s.tenant {
			t.Errorf("now under %s", d.KMSKeyARN)
		}
	}},
	{Name: "Copy/no source", Run: func(t *conformance.T, s *suite) {
		wantCode(t, "copying", s.backups.Copy(ctx, "s", "c", s.tenant, ours), database.CodeSnapshotNotFound)
		s.noSnapshot(t, "c")
	}},
	{Name: "Copy/disabled key", Run: func(t *conformance.T, s *suite) {
		s.snapped(t, "lk-a", "s")
		key := s.key(t)
		must(t, s.Disable(ctx, key), "disabling")
		wantCode(t, "copying", s.backups.Copy(ctx, "s", "c", key, ours), database.CodeKeyNotAccessible)
		s.noSnapshot(t, "c")
	}},
	{Name: "Copy/disabled source key", Run: func(t *conformance.T, s *suite) {
		s.snapped(t, "lk-a", "s")
		must(t, s.Disable(ctx, s.tenant), "disabling")
		wantCode(t, "copying", s.backups.Copy(ctx, "s", "c", s.key(t), ours), database.CodeKeyNotAccessible)
		s.noSnapshot(t, "c")
	}},
	{Name: "Guarded/unowned copy", Run: func(t *conformance.T, s *suite) {
		s.snapped(t, "lk-a", "s")
		wantRefused(t, "copying", s.backups.Copy(ctx, "s", "c", "", nil), coded.Internal)
		s.noSnapshot(t, "c")
	}},
}

// testCopy: a copy is under the key that it is given, or its source's, has the
// tags that it is given, and is of the instance that its source is of.
func testCopy(t *conformance.T, s *suite, key string) {
	in, from := s.snapped(t, "lk-a", "s")
	tags := map[string]string{database.TagOwner: database.Owner, "copy": "of s"}
	since := s.Now()
	wantCode(t, "copying", s.backups.Copy(ctx, "s", "c", key, tags), "")
	s.settle(t)
	if key == "" {
		key = s.tenant
	}
	got := s.snapshot(t, "c")
	if got.Status != available || got.KMSKeyARN != key || got.InstanceID != "lk-a" || got.ResourceID != in.ResourceID || !maps.Equal(got.Tags, tags) {
		t.Errorf("described as %+v, want it under %s with %v", got, key, tags)
	}
	if got.CreatedAt.Before(since.Add(-1e9)) || got.CreatedAt.Before(from.CreatedAt) {
		t.Errorf("created at %s, its source at %s", got.CreatedAt, from.CreatedAt)
	}
	if again := s.snapshot(t, "s"); again.KMSKeyARN != s.tenant || !maps.Equal(again.Tags, ours) {
		t.Errorf("the source became %+v", again)
	}
}
