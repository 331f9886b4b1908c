package rds_test

import (
	"context"
	"maps"
	"testing"
	"time"

	"latchkey/shared/coded"
	"latchkey/shared/database"
)

func TestWire_Snapshot(t *testing.T) {
	w := wire(t)
	w.create(t, "lk-snap")
	ctx := context.Background()
	tags := map[string]string{database.TagOwner: database.Owner, database.TagTenant: "acme"}
	if err := w.backups.Create(ctx, "lk-snap", "latchkey-snap-1", tags); err != nil {
		t.Fatal(err)
	}
	got, err := w.backups.Describe(ctx, "latchkey-snap-1")
	if err != nil || time.Since(got.CreatedAt) > time.Hour || got.ResourceID == "" || !maps.Equal(got.Tags, tags) {
		t.Fatalf("%+v, %v", got, err)
	}
	in, err := w.fleet.Describe(ctx, "lk-snap")
	if err != nil || got.ResourceID != in.ResourceID {
		t.Errorf("of %s, want %s, %v", got.ResourceID, in.ResourceID, err)
	}
	if got.SnapshotID != "latchkey-snap-1" || got.InstanceID != "lk-snap" || got.Status != "available" || got.KMSKeyARN != w.tenantKey {
		t.Errorf("got %+v", got)
	}
	if err := w.backups.Create(ctx, "lk-snap", "latchkey-snap-1", tags); code(err) != database.CodeSnapshotExists {
		t.Errorf("again: %v", err)
	}
	if err := w.backups.Create(ctx, "lk-nowhere", "latchkey-snap-2", tags); code(err) != database.CodeInstanceNotFound {
		t.Errorf("no such instance: %v", err)
	}
	if err := w.backups.Create(ctx, "lk-snap", "latchkey-snap-2", nil); !coded.Is(err, coded.Internal) {
		t.Errorf("without an owner: %v", err)
	}
	if err := w.backups.Delete(ctx, "latchkey-snap-1"); err != nil {
		t.Errorf("delete: %v", err)
	}
	if err := w.backups.Delete(ctx, "latchkey-snap-1"); code(err) != database.CodeSnapshotNotFound {
		t.Errorf("delete again: %v", err)
	}
	if _, err := w.backups.Describe(ctx, "latchkey-snap-1"); code(err) != database.CodeSnapshotNotFound {
		t.Errorf("describe a deleted one: %v", err)
	}
}

func TestWire_List_Snapshots(t *testing.T) {
	w := wire(t)
	ctx := context.Background()
	for _, id := range []string{"lk-ls-a", "lk-ls-b"} {
		w.create(t, id)
		for _, n := range []string{"1", "2"} {
			if err := w.backups.Create(ctx, id, "latchkey-"+id+"-"+n, ours); err != nil {
				t.Fatal(err)
			}
		}
	}
	page, next, err := w.backups.List(ctx, "lk-ls-a", "")
	if err != nil || next != "" || len(page) != 2 {
		t.Fatalf("%+v, next %q, %v", page, next, err)
	}
	for _, d := range page {
		if d.InstanceID != "lk-ls-a" {
			t.Errorf("a snapshot of %s", d.InstanceID)
		}
	}
}

func TestWire_Copy(t *testing.T) {
	w := wire(t)
	w.create(t, "lk-copy")
	ctx := context.Background()
	if err := w.backups.Create(ctx, "lk-copy", "latchkey-copy-1", ours); err != nil {
		t.Fatal(err)
	}
	for id, c := range map[string]struct{ key, want string }{
		"latchkey-copy-2": {w.anotherKey, w.anotherKey},
		"latchkey-copy-3": {"", w.tenantKey},
	} {
		if err := w.backups.Copy(ctx, "latchkey-copy-1", id, c.key, map[string]string{database.TagOwner: database.Owner, "copy": id}); err != nil {
			t.Fatal(err)
		}
		got, err := w.backups.Describe(ctx, id)
		if err != nil || got.KMSKeyARN != c.want || got.Tags["copy"] != id || got.Tags[database.TagOwner] != database.Owner {
			t.Errorf("%+v, %v", got, err)
		}
	}
	if err := w.backups.Copy(ctx, "latchkey-copy-1", "latchkey-copy-2", w.anotherKey, ours); code(err) != database.CodeSnapshotExists {
		t.Errorf("again: %v", err)
	}
	if err := w.backups.Copy(ctx, "latchkey-copy-none", "latchkey-copy-4", w.anotherKey, ours); code(err) != database.CodeSnapshotNotFound {
		t.Errorf("no such source: %v", err)
	}
	if err := w.backups.Copy(ctx, "latchkey-copy-1", "latchkey-copy-4", w.anotherKey, nil); !coded.Is(err, coded.Internal) {
		t.Errorf("without an owner: %v", err)
	}
}
