package fleettest

import (
	"errors"
	"fmt"
	"maps"
	"strings"
	"time"

	"latchkey/shared/coded"
	"latchkey/shared/conformance"
	"latchkey/shared/database"
)

// Statuses on the way from one of package database to another; snapshots have
// the first two. [RDS guide, Viewing Amazon RDS DB instance status]
const (
	available = "available"
	creating  = "creating"
	starting  = "starting"
	stopping  = "stopping"
	deleting  = "deleting"
)

var snapshotCases = []one{
	{Name: "Snapshot/made", Run: func(t *conformance.T, s *suite) {
		in, since := s.made(t, "lk-a"), s.Now()
		tags := map[string]string{database.TagOwner: database.Owner, database.TagTenant: "acme"}
		wantCode(t, "creating", s.backups.Create(ctx, "lk-a", "s", tags), "")
		s.settle(t)
		got := s.snapshot(t, "s")
		if got.CreatedAt.Before(since.Add(-time.Minute)) || got.CreatedAt.After(s.Now()) || got.CreatedAt.Location() != time.UTC {
			t.Errorf("created at %s", got.CreatedAt)
		}
		if got.SnapshotID != "s" || got.InstanceID != "lk-a" || got.ResourceID != in.ResourceID || got.Status != available ||
			got.KMSKeyARN != s.tenant || !maps.Equal(got.Tags, tags) {
			t.Errorf("described as %+v of %+v", got, in)
		}
		s.wantStatus(t, "lk-a", database.StatusAvailable)
	}},
	{Name: "Snapshot/progress", Run: func(t *conformance.T, s *suite) {
		if _, d := s.snapped(t, "lk-a", "s"); d.Progress != 100 {
			t.Errorf("%s at %d %%", d.Status, d.Progress)
		}
	}},
	{Name: "Snapshot/takes time", Run: func(t *conformance.T, s *suite) {
		s.made(t, "lk-a")
		must(t, s.backups.Create(ctx, "lk-a", "s", ours), "creating")
		if d := s.snapshot(t, "s"); d.Status != creating || d.Progress == 100 {
			t.Fatalf("at once %s, %d %%", d.Status, d.Progress)
		}
		wantCode(t, "another", s.backups.Create(ctx, "lk-a", "s-2", ours), database.CodeInvalidState)
		wantCode(t, "deleting", s.backups.Delete(ctx, "s"), database.CodeSnapshotState)
		wantCode(t, "copying", s.backups.Copy(ctx, "s", "s-3", "", ours), database.CodeSnapshotState)
		wantCode(t, "restoring", s.restorer.RestoreSnapshot(ctx, "s", s.design("lk-b")), database.CodeSnapshotState)
	}},
	{Name: "Snapshot/again", Run: func(t *conformance.T, s *suite) {
		s.snapped(t, "lk-a", "s")
		before := s.snapshot(t, "s")
		wantCode(t, "creating", s.backups.Create(ctx, "lk-a", "s", ours), database.CodeSnapshotExists)
		if after := s.snapshot(t, "s"); fmt.Sprint(after) != fmt.Sprint(before) {
			t.Errorf("was %+v\nis %+v", before, after)
		}
	}},
	{Name: "Snapshot/no instance", Run: func(t *conformance.T, s *suite) {
		wantCode(t, "creating", s.backups.Create(ctx, "lk-a", "s", ours), database.CodeInstanceNotFound)
		s.noSnapshot(t, "s")
	}},
	{Name: "Snapshot/stopped", Run: func(t *conformance.T, s *suite) {
		s.made(t, "lk-a")
		must(t, s.fleet.Stop(ctx, "lk-a"), "stopping")
		s.settle(t)
		wantCode(t, "creating", s.backups.Create(ctx, "lk-a", "s", ours), database.CodeInvalidState)
	}},
	{Name: "Snapshot/disabled key", Run: testUnreadable},
	{Name: "Snapshot/bad name", Run: func(t *conformance.T, s *suite) {
		s.made(t, "lk-a")
		for _, id := range []string{"", "1a", "a-", "a--b", "a_b", strings.Repeat("a", 256)} {
			wantCode(t, fmt.Sprintf("creating %q", id), s.backups.Create(ctx, "lk-a", id, ours), database.CodeInvalidParameter)
		}
	}},
	{Name: "Snapshot/delete", Run: func(t *conformance.T, s *suite) {
		s.snapped(t, "lk-a", "s")
		wantCode(t, "deleting", s.backups.Delete(ctx, "s"), "")
		s.settle(t)
		s.noSnapshot(t, "s")
		wantCode(t, "again", s.backups.Delete(ctx, "s"), database.CodeSnapshotNotFound)
	}},
	{Name: "Guarded/unowned snapshot", Run: func(t *conformance.T, s *suite) {
		s.made(t, "lk-a")
		wantRefused(t, "creating", s.backups.Create(ctx, "lk-a", "s", nil), coded.Internal)
		s.noSnapshot(t, "s")
	}},
}

// testUnreadable: what cannot be read is not backed up. The API reference does not
// say how CreateDBSnapshot tells it, at once or by a snapshot that fails; it lists
// InvalidDBInstanceState among the operation's errors, and no error about keys.
func testUnreadable(t *conformance.T, s *suite) {
	s.made(t, "lk-a")
	must(t, s.Disable(ctx, s.tenant), "disabling")
	err := s.backups.Create(ctx, "lk-a", "s", ours)
	var service *database.ServiceError
	if errors.As(err, &service) && (service.Code == database.CodeInvalidState || service.Code == database.CodeKeyNotAccessible) {
		return
	}
	must(t, err, "creating")
	s.settle(t)
	if d := s.snapshot(t, "s"); d.Status == available {
		t.Errorf("a snapshot under a disabled key is %s", d.Status)
	}
}

// noSnapshot requires that there is no such snapshot.
func (s *suite) noSnapshot(t *conformance.T, id string) {
	t.Helper()
	_, err := s.backups.Describe(ctx, id)
	wantCode(t, "describing "+id, err, database.CodeSnapshotNotFound)
}

// manySnapshots do not fit on one page of 100.
const manySnapshots = 130

var listCases = []one{
	{Name: "List/of one instance", Run: func(t *conformance.T, s *suite) {
		s.snapped(t, "lk-a", "a-1")
		s.snapped(t, "lk-b", "b-1")
		must(t, s.backups.Create(ctx, "lk-a", "a-2", ours), "creating")
		s.settle(t)
		s.wantList(t, "lk-a", map[string]bool{"a-1": true, "a-2": true})
		s.wantList(t, "lk-b", map[string]bool{"b-1": true})
	}},
	{Name: "List/none", Run: func(t *conformance.T, s *suite) {
		s.made(t, "lk-a")
		s.wantList(t, "lk-a", map[string]bool{})
	}},
	{Name: "List/pages", Run: func(t *conformance.T, s *suite) {
		s.wantList(t, "lk-a", s.many(t))
	}},
	{Name: "List/page size", Run: func(t *conformance.T, s *suite) {
		s.many(t)
		page, next, err := s.backups.List(ctx, "lk-a", "")
		if err != nil || len(page) > 100 || next == "" {
			t.Errorf("a page of %d, next %q, %v", len(page), next, err)
		}
	}},
}

// many makes snapshots for more than one page.
func (s *suite) many(t *conformance.T) map[string]bool {
	t.Helper()
	s.snapped(t, "lk-a", "s-0")
	want := map[string]bool{"s-0": true}
	for n := 1; n < manySnapshots; n++ {
		id := fmt.Sprintf("s-%d", n)
		must(t, s.backups.Copy(ctx, "s-0", id, "", ours), "copying")
		want[id] = true
	}
	s.settle(t)
	return want
}

// wantList requires each of an instance's snapshots once, over all pages, and as
// Describe tells them.
func (s *suite) wantList(t *conformance.T, instanceID string, want map[string]bool) {
	t.Helper()
	marker, seen := "", map[string]bool{}
	for range manySnapshots {
		page, next, err := s.backups.List(ctx, instanceID, marker)
		must(t, err, "listing")
		for _, d := range page {
			if seen[d.SnapshotID] || !want[d.SnapshotID] {
				t.Errorf("listed %s of %s, twice: %t", d.SnapshotID, instanceID, seen[d.SnapshotID])
			}
			seen[d.SnapshotID] = true
			if one := s.snapshot(t, d.SnapshotID); fmt.Sprint(one) != fmt.Sprint(d) {
				t.Errorf("listed as %+v\ndescribed as %+v", d, one)
			}
		}
		if marker = next; next == "" {
			break
		}
	}
	if marker != "" || len(seen) != len(want) {
		t.Errorf("%d snapshots of %s, want %d; next %q", len(seen), instanceID, len(want), marker)
	}
}
