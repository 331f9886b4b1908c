package fakerds

import (
	"slices"
	"testing"
	"time"

	"latchkey/shared/coded"
	"latchkey/shared/database"
)

func (w *world) login(id string) database.Login {
	return database.Login{InstanceID: id, Endpoint: w.get(id).Endpoint, Database: "app", Role: "app_user"}
}

func (w *world) values(id string) []string {
	w.Helper()
	rows, err := w.Read(ctx, id, "app")
	w.must(err)
	var vs []string
	for _, r := range rows {
		vs = append(vs, r.Value)
	}
	return vs
}

func TestRestorer_RestoreSnapshot(t *testing.T) {
	w := newWorld(t, nil)
	source := w.ready("orders", testKey)
	w.must(w.Inside().Prepare(ctx, w.login("orders")))
	w.must(w.Write(ctx, "orders", "app", "before", w.clock.Now()))
	w.must(w.Inside().Fence(ctx, w.login("orders")))
	w.must(w.Backups(testCaller).Create(ctx, "orders", "s", nil))
	w.advance(time.Hour)
	w.must(w.Inside().Unfence(ctx, w.login("orders")))
	w.must(w.Write(ctx, "orders", "app", "after", w.clock.Now()))

	r := w.Restorer(testCaller)
	w.must(r.RestoreSnapshot(ctx, "s", testSpec("again", "")))
	w.wantStatus("again", "creating")
	w.advance(time.Hour)
	i := w.get("again")
	if i.Status != "available" || i.ResourceID == source.ResourceID || i.KMSKeyARN != testKey || i.Endpoint == source.Endpoint {
		t.Fatalf("%+v", i)
	}
	w.wantEvents("again", "0043", "0001", "0002")
	if got := w.values("again"); !slices.Equal(got, []string{"before"}) {
		t.Errorf("restored rows %v", got)
	}
	if err := w.Connect(ctx, "again", "app_user"); !coded.Is(err, coded.Conflict) {
		t.Errorf("a role that was fenced in the snapshot logs in: %v", err)
	}
	if err := w.Connect(ctx, "orders", "app_user"); err != nil {
		t.Errorf("the restore changed its source: %v", err)
	}

	wantCode(t, r.RestoreSnapshot(ctx, "nothing", testSpec("x", "")), database.CodeSnapshotNotFound)
	wantCode(t, r.RestoreSnapshot(ctx, "s", testSpec("orders", "")), database.CodeInstanceExists)
	w.kms.refuse[testKey] = kmsError("DisabledException")
	wantCode(t, r.RestoreSnapshot(ctx, "s", testSpec("x", "")), database.CodeKeyNotAccessible)
}

func TestRestorer_RestoreToTime(t *testing.T) {
	w := newWorld(t, nil)
	w.ready("orders", testKey)
	w.must(w.Inside().Prepare(ctx, w.login("orders")))
	start := w.clock.Now()
	for _, v := range []string{"0h", "1h", "2h", "3h"} {
		w.must(w.Write(ctx, "orders", "app", v, w.clock.Now()))
		w.advance(time.Hour)
	}
	w.must(w.Inside().Fence(ctx, w.login("orders")))
	r := w.Restorer(testCaller)
	w.must(r.RestoreToTime(ctx, "orders", start.Add(2*time.Hour), testSpec("then", testKey)))
	w.must(r.RestoreToTime(ctx, "orders", time.Time{}, testSpec("latest", "")))
	w.advance(time.Hour)
	if got := w.values("then"); !slices.Equal(got, []string{"0h", "1h", "2h"}) {
		t.Errorf("rows as of 2h: %v", got)
	}
	if err := w.Connect(ctx, "then", "app_user"); err != nil {
		t.Errorf("a role that was not fenced then: %v", err)
	}
	if got := w.values("latest"); len(got) != 4 {
		t.Errorf("latest rows: %v", got)
	}
	w.wantEvents("then", "0019", "0001", "0002")

	latest := w.get("orders").LatestRestorableTime
	wantCode(t, r.RestoreToTime(ctx, "orders", latest.Add(time.Second), testSpec("x", "")), database.CodeInvalidParameter)
	wantCode(t, r.RestoreToTime(ctx, "orders", start.Add(-2*time.Hour), testSpec("x", "")), database.CodeInvalidParameter)
	wantCode(t, r.RestoreToTime(ctx, "nobody", latest, testSpec("x", "")), database.CodeInstanceNotFound)
	w.advance(31 * day)
	wantCode(t, r.RestoreToTime(ctx, "orders", start.Add(2*time.Hour), testSpec("x", "")), database.CodeInvalidParameter)
}

// A restored instance and its source share history, and nothing that comes after.
func TestRestorer_RestoreToTime_apart(t *testing.T) {
	w := newWorld(t, nil)
	w.ready("orders", testKey)
	w.must(w.Inside().Prepare(ctx, w.login("orders")))
	for range 3 { // so that the history has room to grow in place
		w.must(w.Write(ctx, "orders", "app", "old", w.clock.Now()))
	}
	w.advance(time.Hour)
	w.must(w.Restorer(testCaller).RestoreToTime(ctx, "orders", time.Time{}, testSpec("again", "")))
	w.advance(time.Hour)
	w.must(w.Write(ctx, "again", "app", "in the copy", w.clock.Now()))
	w.must(w.Write(ctx, "orders", "app", "in the source", w.clock.Now()))
	w.must(w.Restorer(testCaller).RestoreToTime(ctx, "again", w.get("again").LatestRestorableTime, testSpec("third", "")))
	w.advance(time.Hour)
	w.must(w.Restorer(testCaller).RestoreToTime(ctx, "again", w.get("again").LatestRestorableTime, testSpec("fourth", "")))
	w.advance(time.Hour)
	if got := w.values("fourth"); !slices.Equal(got, []string{"old", "old", "old", "in the copy"}) {
		t.Fatalf("%v", got)
	}
}

func TestRestorer_RestoreToTime_source(t *testing.T) {
	t.Run("backups disabled", func(t *testing.T) {
		w := newWorld(t, nil)
		spec := testSpec("orders", testKey)
		spec.BackupRetentionDays = 0
		w.must(w.Fleet(testCaller).Create(ctx, spec))
		w.advance(time.Hour)
		wantCode(t, w.Restorer(testCaller).RestoreToTime(ctx, "orders", w.clock.Now(), testSpec("x", "")), database.CodePITRNotEnabled)
	})
	for _, refuse := range []bool{false, true} {
		t.Run("terminal", func(t *testing.T) {
			w := newWorld(t, func(c *Config) { c.Timing.RefuseInaccessible = refuse })
			w.ready("orders", testKey)
			w.must(w.Inside().Prepare(ctx, w.login("orders")))
			w.must(w.Write(ctx, "orders", "app", "kept", w.clock.Now()))
			w.advance(time.Hour)
			w.disable(testKey)
			w.advance(8 * day)
			w.wantStatus("orders", "inaccessible-encryption-credentials")
			r := w.Restorer(testCaller)
			latest := w.get("orders").LatestRestorableTime
			if refuse {
				wantCode(t, r.RestoreToTime(ctx, "orders", latest, testSpec("x", "")), database.CodeInvalidState)
				return
			}
			wantCode(t, r.RestoreToTime(ctx, "orders", latest, testSpec("x", "")), database.CodeKeyNotAccessible)
			w.enable(testKey)
			w.must(r.RestoreToTime(ctx, "orders", latest, testSpec("x", "")))
			w.advance(time.Hour)
			if got := w.values("x"); !slices.Equal(got, []string{"kept"}) {
				t.Errorf("rows %v", got)
			}
		})
	}
}
