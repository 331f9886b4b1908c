package rds_test

import (
	"context"
	"testing"
	"time"

	"latchkey/shared/coded"
	"latchkey/shared/database"
)

var ours = map[string]string{database.TagOwner: database.Owner}

func TestWire_RestoreSnapshot(t *testing.T) {
	w := wire(t)
	w.create(t, "lk-rs")
	ctx := context.Background()
	if err := w.backups.Create(ctx, "lk-rs", "latchkey-rs-1", ours); err != nil {
		t.Fatal(err)
	}
	spec := w.restored("lk-rs-r1")
	if err := w.fleet.RestoreSnapshot(ctx, "latchkey-rs-1", spec); err != nil {
		t.Fatal(err)
	}
	wantRestored(t, w, "lk-rs-r1")
	if err := w.fleet.RestoreSnapshot(ctx, "latchkey-rs-1", spec); code(err) != database.CodeInstanceExists {
		t.Errorf("again: %v", err)
	}
	if err := w.fleet.RestoreSnapshot(ctx, "latchkey-rs-none", spec); code(err) != database.CodeSnapshotNotFound {
		t.Errorf("no such snapshot: %v", err)
	}
	spec.InstanceID, spec.KMSKeyARN = "lk-rs-r2", w.anotherKey
	if err := w.fleet.RestoreSnapshot(ctx, "latchkey-rs-1", spec); !coded.Is(err, coded.Conflict) {
		t.Errorf("another key: %v", err)
	}
	if _, err := w.fleet.Describe(ctx, "lk-rs-r2"); code(err) != database.CodeInstanceNotFound {
		t.Errorf("made under another key: %v", err)
	}
}

// wantRestored holds that a restored instance is as designed, but for the master
// password, of which moto knows more than AWS: there it is not managed yet.
func wantRestored(t *testing.T, w *world, id string) {
	t.Helper()
	got, want := designed(w.raw(t, id)), w.design(id)
	want["retention"] = int32(7)
	for _, name := range []string{"secret", "secret's key"} {
		delete(got, name)
		delete(want, name)
	}
	wantDesign(t, got, want)
}

// restored is a spec that differs from the source's where a restore may differ.
func (w *world) restored(id string) database.Spec {
	spec := w.spec(id)
	spec.BackupRetentionDays = 7
	return spec
}

func TestWire_RestoreToTime(t *testing.T) {
	w := wire(t)
	w.create(t, "lk-pit")
	ctx := context.Background()
	for name, at := range map[string]time.Time{"lk-pit-r1": time.Now().Add(-time.Minute), "lk-pit-r2": {}} {
		if err := w.fleet.RestoreToTime(ctx, "lk-pit", at, w.restored(name)); err != nil {
			t.Fatal(err)
		}
		wantRestored(t, w, name)
	}
	if err := w.fleet.RestoreToTime(ctx, "lk-pit-none", time.Time{}, w.restored("lk-pit-r3")); code(err) != database.CodeInstanceNotFound {
		t.Errorf("no such source: %v", err)
	}
	spec := w.restored("lk-pit-r3")
	spec.KMSKeyARN = w.anotherKey
	if err := w.fleet.RestoreToTime(ctx, "lk-pit", time.Time{}, spec); !coded.Is(err, coded.Conflict) {
		t.Errorf("another key: %v", err)
	}
}

func TestWire_ManagePassword(t *testing.T) {
	w := wire(t)
	w.create(t, "lk-secret")
	if err := w.fleet.ManagePassword(context.Background(), "lk-secret", w.anotherKey); err != nil {
		t.Fatal(err)
	}
	want := w.design("lk-secret")
	want["secret's key"] = w.anotherKey
	wantDesign(t, designed(w.raw(t, "lk-secret")), want)
}
