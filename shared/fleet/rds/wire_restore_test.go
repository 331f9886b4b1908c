package rds_test

import (
	"context"
	"testing"
	"time"

	"latchkey/shared/database"
)

var ours = map[string]string{database.TagOwner: database.Owner}

// TestWire_Restore holds what RDS tells of restored instances and the port does not.
func TestWire_Restore(t *testing.T) {
	w := wire(t)
	w.create(t, "lk-a")
	ctx := context.Background()
	if err := w.backups.Create(ctx, "lk-a", "latchkey-s", ours); err != nil {
		t.Fatal(err)
	}
	for id, restore := range map[string]func(database.Spec) error{
		"lk-snapshot": func(spec database.Spec) error { return w.fleet.RestoreSnapshot(ctx, "latchkey-s", spec) },
		"lk-time": func(spec database.Spec) error {
			return w.fleet.RestoreToTime(ctx, "lk-a", time.Now().Add(-time.Minute), spec)
		},
		"lk-latest": func(spec database.Spec) error { return w.fleet.RestoreToTime(ctx, "lk-a", time.Time{}, spec) },
	} {
		if err := restore(w.restored(id)); err != nil {
			t.Fatal(err)
		}
		wantRestored(t, w, id)
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
