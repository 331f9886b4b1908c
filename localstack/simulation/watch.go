package simulation

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"latchkey/events"
	"latchkey/localstack/cell"
	"latchkey/shared/catalog"
	"latchkey/shared/database"
)

// watch sees what goes in and out of the plane.
type watch struct {
	run     *run
	applied map[string]int             // seen ids that were committed, per function and event
	out     map[string]events.Envelope // outgoing events by id
	latest  map[string]time.Time       // per subject: time of the latest first copy
	calls   int                        // of the catalog, within one delivery
}

// maxCalls bounds the calls of the catalog that one event may cost, with the
// haste that follows it; a fan-out is not part of it.
const maxCalls = 1500

func (w *watch) handled(d cell.Delivery) {
	if w.calls > maxCalls {
		w.run.breaks("bounded work per event", "%s took %d calls of the catalog", d.Event.DetailType, w.calls)
	}
	if d.Err != nil {
		w.run.Log("%s %s %s: %v", w.run.clock.Now().Format("01-02 15:04:05"), d.Function, d.Event.DetailType, d.Err)
		return
	}
	if d.Function == events.FunctionAuditKeys {
		return // its counts are held against the calls in the end
	}
	// An acknowledged event is recorded, or was of no kind that matters.
	if id := d.Function + "/" + d.Event.ID; w.applied[id] == 0 && !ignorable(d.Event) {
		w.run.breaks("no event lost", "%s %s was acknowledged and not recorded", d.Event.DetailType, id)
	}
}

func ignorable(env events.Envelope) bool {
	_, err := events.Parse(env)
	return err != nil
}

// sent sees an outgoing event. A second copy of one is allowed, for publishing
// is at least once; its content and the order of first copies are not free.
func (w *watch) sent(env events.Envelope) {
	if old, ok := w.out[env.ID]; ok {
		if string(old.Detail) != string(env.Detail) {
			w.run.breaks("no event applied twice", "outgoing %s %s has two contents", env.DetailType, env.ID)
		}
		return
	}
	w.out[env.ID] = env
	w.run.Log("%s OUT %s %s", env.Time.Format("01-02 15:04:05"), env.DetailType, env.Detail)
	detail, err := events.Parse(env)
	if err != nil {
		w.run.breaks("what we send is valid", "%s: %v", env.DetailType, err)
		return
	}
	subject := detail.(events.Outgoing).Subject()
	if env.Time.Before(w.latest[subject]) {
		w.run.breaks("per-tenant order", "%s of %s overtook a later one", env.DetailType, subject)
	}
	w.latest[subject] = env.Time
	switch e := detail.(type) {
	case *events.SnapshotEvent:
		if env.DetailType == events.TypeSnapshotDeleted {
			w.snapshotDeleted(e)
		}
	case *events.KeyEvent:
		if k := w.run.truth.byARN(e.KeyARN); k != nil && env.DetailType == events.TypeKeyLocked && k.isEvidence(*e.SignalAt) {
			k.sawLocked = true
		}
	}
}

// snapshotDeleted checks that no backup went while its database may need it.
func (w *watch) snapshotDeleted(e *events.SnapshotEvent) {
	db, err := w.run.cell.Audit.Database(w.run.ctx, e.DatabaseID)
	if err != nil {
		return
	}
	if db.Want != database.WantAbsent && db.Phase.InLock() && db.LockedAt.Before(e.At.Add(-10*time.Minute)) && db.PhaseAt.Before(e.At.Add(-10*time.Minute)) {
		w.run.breaks("nothing destroyed while it should live", "snapshot %s of %s was deleted while the database is %s", e.SnapshotID, e.DatabaseID, db.Phase)
	}
}

// racer stands between the plane and its catalog: it counts calls, keeps book
// of what was committed, and now and then lets something else happen between a
// step's look at the world and its commit, as another instance of a function
// would.
type racer struct {
	catalog.Store
	run    *run
	nested bool
}

func (s *racer) Get(ctx context.Context, key catalog.Key) (catalog.Item, error) {
	s.run.watch.calls++
	return s.Store.Get(ctx, key)
}

func (s *racer) Query(ctx context.Context, q catalog.Query) (catalog.Page, error) {
	s.run.watch.calls++
	return s.Store.Query(ctx, q)
}

func (s *racer) Commit(ctx context.Context, tx catalog.Tx) error {
	s.run.watch.calls++
	if !s.nested && s.run.cell != nil && s.run.rng.Float64() < 0.02 {
		s.nested = true
		err := s.run.cell.Interleave(ctx)
		s.nested = false
		if err != nil {
			return err
		}
	}
	return s.commit(ctx, tx)
}

// commit keeps book even where the answer gets lost after the effect.
func (s *racer) commit(ctx context.Context, tx catalog.Tx) error {
	if tx.Seen == nil {
		return s.Store.Commit(ctx, tx)
	}
	defer func() {
		if s.run.cell != nil && s.recorded(tx) {
			s.run.watch.applied[tx.Seen.ID] = 1
		}
	}()
	return s.Store.Commit(ctx, tx)
}

// recorded asks the catalog, without faults, whether an id was recorded, and
// changes nothing: the check cannot hold.
func (s *racer) recorded(tx catalog.Tx) bool {
	err := s.run.cell.Raw().Commit(context.Background(), catalog.Tx{
		Seen:   tx.Seen,
		Checks: []catalog.Check{{Key: catalog.Key{Part: "none#probe", Sort: "."}, IfVersion: 1}},
	})
	return errors.Is(err, catalog.ErrSeen)
}

func compact(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		return err.Error()
	}
	return string(b)
}
