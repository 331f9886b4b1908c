package reconcile_test

import (
	"testing"
	"time"

	"latchkey/events"
	"latchkey/shared/catalog"
	"latchkey/shared/database"
	"latchkey/shared/metric"
)

// advance gives an event of RDS to the function that steps databases and snapshots.
func (w *world) advance(env events.Envelope) {
	w.Helper()
	w.must(w.plane.Handle(ctx, events.FunctionAdvance, env))
}

// News of an instance brings its record's next look forward.
func TestPlane_Handle_Instance(t *testing.T) {
	w, _ := servedWorld(t)
	w.must(w.rds.Force(ctx, w.database("acme/tracker").InstanceID, "rebooting"))
	env := w.rdsEvent(events.RDSFailoverStarted)
	w.advance(env)
	if rec := w.database("acme/tracker"); rec.Phase != database.PhaseBusy {
		t.Errorf("the database is %s, want busy at once", rec.Phase)
	}
	w.must(w.rds.Force(ctx, w.database("acme/tracker").InstanceID, "available"))
	w.advance(env) // a duplicate pokes nobody
	if rec := w.database("acme/tracker"); rec.Phase != database.PhaseBusy || w.counts.of(metric.Duplicates) != 1 {
		t.Errorf("after a duplicate: %s, %d counted", rec.Phase, w.counts.of(metric.Duplicates))
	}
	w.advance(w.rdsEvent(events.RDSFailoverCompleted))
	if rec := w.database("acme/tracker"); rec.Phase != database.PhaseAvailable {
		t.Errorf("the database is %s", rec.Phase)
	}
}

// News of what is not ours is remembered and nothing else.
func TestPlane_Handle_ForeignInstance(t *testing.T) {
	w, _ := servedWorld(t)
	for _, source := range []string{"DB_INSTANCE", "SNAPSHOT"} {
		detailType, arn, id := events.TypeRDSInstance, "arn:aws:rds:eu-central-1:111122223333:db:somebodys", events.RDSInstanceStopped
		if source == "SNAPSHOT" {
			detailType, arn, id = events.TypeRDSSnapshot, "arn:aws:rds:eu-central-1:111122223333:snapshot:somebodys", events.RDSSnapshotCreated
		}
		env := w.envelope("", detailType, &events.RDSEvent{EventCategories: []string{"notification"}, SourceType: source, SourceARN: arn,
			Date: w.clock.Now().Format(time.RFC3339), Message: "news", SourceIdentifier: "somebodys", EventID: id})
		w.tap.before = func(tx catalog.Tx) error {
			if len(tx.Puts) != 0 || tx.Seen == nil {
				t.Errorf("%s: commit %+v", source, tx)
			}
			return nil
		}
		w.advance(env)
		w.watch(env)
	}
}

// News of a snapshot steps the snapshot's record.
func TestPlane_Handle_Snapshot(t *testing.T) {
	w, _ := servedWorld(t)
	next := w.database("acme/tracker").NextSnapshotAt
	w.run(next.Sub(w.clock.Now()) + time.Minute)
	page, err := w.plane.Snapshots(ctx, "", 10)
	w.must(err)
	if len(page.Items) != 1 {
		t.Fatalf("%d snapshots", len(page.Items))
	}
	id := page.Items[0].ID
	item := catalog.Key{Part: "snapshot#acme/tracker", Sort: id}
	before, err := w.raw.Get(ctx, item)
	w.must(err)
	w.advance(w.envelope("", events.TypeRDSSnapshot, &events.RDSEvent{EventCategories: []string{"creation"}, SourceType: "SNAPSHOT",
		SourceARN: "arn:aws:rds:" + region + ":" + platform + ":snapshot:" + id, Date: w.clock.Now().Format(time.RFC3339),
		Message: "news", SourceIdentifier: id, EventID: events.RDSSnapshotCreating}))
	after, err := w.raw.Get(ctx, item)
	w.must(err)
	if after.Version < before.Version+2 {
		t.Errorf("the snapshot's record went from version %d to %d, want a poke and a step", before.Version, after.Version)
	}
}
