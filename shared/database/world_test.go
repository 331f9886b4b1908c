package database_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"latchkey/events"
	"latchkey/shared/customerkey"
	"latchkey/shared/database"
	"latchkey/shared/fake"
	"latchkey/shared/fake/fakerds"
)

const (
	testAccount  = "111122223333"
	testRegion   = "eu-central-1"
	testCaller   = "arn:aws:iam::111122223333:role/latchkey"
	testKey      = "arn:aws:kms:eu-central-1:444455556666:key/0a1b2c3d-0000-4000-8000-000000000001"
	testPlatform = "arn:aws:kms:eu-central-1:111122223333:key/0a1b2c3d-0000-4000-8000-00000000000f"
	day          = 24 * time.Hour
)

var (
	ctx   = context.Background()
	epoch = time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)
)

// stubKMS is the KMS behind RDS: it refuses every use while refuse is set.
type stubKMS struct {
	refuse error
	grants int
}

func (k *stubKMS) GrantForService(context.Context, string, string, string, map[string]string, []string) (string, error) {
	k.grants++
	return fmt.Sprintf("grant-%d", k.grants), k.refuse
}

func (k *stubKMS) ServiceUse(context.Context, string, string, string, map[string]string) error {
	return k.refuse
}

func (k *stubKMS) RetireServiceGrant(context.Context, string, string) error { return nil }

// world is one database's record with a twin of RDS around it. It holds every
// step against what all steps must keep to.
type world struct {
	testing.TB
	clock *fake.Clock
	kms   *stubKMS
	rds   *fakerds.RDS
	rules database.Rules

	rec  database.Record
	key  database.KeyView
	host *database.Record
	due  time.Time // of the next step; zero: never

	fail      map[string]error // by call: what it is answered with, without an effect
	hidden    bool             // Describe does not tell of master secrets
	changes   []string         // calls that change something, of all steps
	told      []events.Draft
	backups   map[string]time.Time // scheduled snapshots
	unknown   []string             // statuses that were not in the table
	asked     int                  // snapshots asked for
	refused   map[string]error     // those that RDS refused to take
	taken     map[[2]database.Phase]bool
	finalFate string // what becomes of final snapshots: empty: what RDS says
}

func newWorld(t testing.TB, change func(*fakerds.Config)) *world {
	t.Helper()
	w := &world{
		TB: t, clock: fake.NewClock(epoch), kms: &stubKMS{}, fail: map[string]error{}, backups: map[string]time.Time{},
		refused: map[string]error{}, taken: map[[2]database.Phase]bool{}, due: epoch,
		key: database.KeyView{ARN: testKey, Phase: customerkey.PhaseUsable},
		rec: database.Record{ID: "acme/tracker", Kind: database.KindDedicated, TenantID: "acme", Product: "tracker", Region: testRegion,
			KeyChoice: events.KeyCustomer, KeyARN: testKey, Backups: events.Backups30Days, Want: database.WantOpen,
			Phase: database.PhaseRequested, RequestedAt: epoch, PhaseAt: epoch},
	}
	cfg := fakerds.Config{Account: testAccount, Region: testRegion, Clock: w.clock, Seed: 7, KMS: w.kms}
	if change != nil {
		change(&cfg)
	}
	rds, err := fakerds.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	w.rds = rds
	w.rules = database.Rules{
		Fleet: fleet{rds.Fleet(testCaller), w}, Restorer: restorer{rds.Restorer(testCaller), w}, Inside: inside{rds.Inside(), w},
		Timing: database.DefaultTiming(),
		Settings: database.Settings{Class: "db.m7g.large", StorageGiB: 100, EngineVersion: "17", SubnetGroup: "latchkey",
			ParameterGroup: "latchkey-postgres17", MasterSecretKeyARN: testPlatform},
		NextSnapshot:  func(_ string, after time.Time) time.Time { return after.Add(30 * day) },
		UnknownStatus: func(s string) { w.unknown = append(w.unknown, s) },
	}
	return w
}

// step takes one step at the current time.
func (w *world) step() database.Result {
	w.Helper()
	now, before, from := w.clock.Now(), len(w.changes), w.rec
	out, err := w.rules.Step(ctx, w.rec, w.world(), now)
	if err != nil {
		w.Fatalf("%s: step from %s: %v", now, from.Phase, err)
	}
	if did := w.changes[before:]; len(did) > 1 || len(did) == 1 && out.Snapshot != nil {
		w.Fatalf("%s: one step from %s changed more than one thing: %v, and asked for the snapshot %v", now, from.Phase, did, out.Snapshot)
	}
	w.follow(from.Phase, out)
	if out.Record.Phase == database.PhaseParked && out.Record.Reason == "" {
		w.Fatalf("%s: parked without a reason", now)
	}
	w.told = append(w.told, w.valid(out.Events)...)
	w.rec = out.Record
	if out.Snapshot != nil {
		w.snapshot(out.Snapshot.Purpose)
	}
	w.due = now.Add(out.Wait)
	if out.Wait < 0 {
		w.due = time.Time{}
	}
	return out
}

// follow holds the phases that a step went through, each of which it tells of,
// against the table.
func (w *world) follow(from database.Phase, out database.Result) {
	w.Helper()
	through := []database.Phase{}
	for _, d := range out.Events {
		e, ok := d.Detail.(*events.DatabaseEvent)
		if !ok {
			continue
		}
		through = append(through, database.Phase(e.Phase))
		if d.DetailType == events.TypeDatabaseTerminal && !onRDSsWord(e.Evidence) {
			w.Fatalf("%s: terminal on the evidence %q", w.clock.Now(), e.Evidence)
		}
	}
	for _, to := range append(through, out.Record.Phase) {
		if err := database.Transitions.Check(from, to); err != nil {
			w.Fatalf("%s: %v", w.clock.Now(), err)
		}
		w.taken[[2]database.Phase{from, to}] = true
		from = to
	}
}

// onRDSsWord reports whether the last piece of evidence is what RDS said of an
// instance that no plain start brings back.
func onRDSsWord(evidence []string) bool {
	if len(evidence) == 0 {
		return false
	}
	last := evidence[len(evidence)-1]
	return strings.HasSuffix(last, "RDS: "+database.StatusTerminal) || strings.HasSuffix(last, "RDS: no such instance") ||
		strings.HasPrefix(last, "the window ended at ") && strings.HasSuffix(last, "RDS: "+database.StatusRecoverable)
}

// world returns what a step knows beside the record.
func (w *world) world() database.World {
	return database.World{
		Key: w.key, Host: w.host,
		Newest: func() (newest database.Backup, found bool, err error) {
			for id, at := range w.backups {
				if at.After(newest.TakenAt) {
					newest, found = database.Backup{SnapshotID: id, TakenAt: at}, true
				}
			}
			return newest, found, w.fail["Newest"]
		},
		FinalSnapshot: func(id string) (string, string, error) {
			if w.finalFate != "" {
				return w.finalFate, "stub", nil
			}
			if err := w.refused[id]; err != nil {
				return "failed", err.Error(), nil
			}
			d, err := w.rds.Backups(testCaller).Describe(ctx, id)
			return d.Status, "", err
		},
	}
}

// valid checks that drafts are events that their contract lets out.
func (w *world) valid(drafts []events.Draft) []events.Draft {
	w.Helper()
	for _, d := range drafts {
		d.Detail.Stamp("e-1", w.clock.Now())
		if _, err := events.New(d.DetailType, "id", w.clock.Now(), testRegion, testAccount, d.Detail); err != nil {
			w.Fatalf("event %q: %v", d.DetailType, err)
		}
	}
	return drafts
}

// snapshot does what the engine does when a step asks for a snapshot.
func (w *world) snapshot(purpose string) {
	w.Helper()
	w.asked++
	id := fmt.Sprintf("snap-%s-%d", purpose, w.asked)
	err := w.rds.Backups(testCaller).Create(ctx, w.rec.InstanceID, id, map[string]string{database.TagOwner: database.Owner})
	if err != nil {
		w.refused[id] = err
	}
	if purpose == database.PurposeFinal {
		w.rec.Final = &database.Final{SnapshotID: id}
		return
	}
	if err == nil {
		w.backups[id] = w.clock.Now()
	}
}

// run lets time pass, stepping the record whenever it is due.
func (w *world) run(d time.Duration) {
	w.Helper()
	until := w.clock.Now().Add(d)
	for steps := 0; ; {
		now := w.clock.Now()
		if err := w.rds.Tick(now); err != nil {
			w.Fatal(err)
		}
		if !w.due.IsZero() && !w.due.After(now) {
			if steps++; steps > 100_000 {
				w.Fatal("the record stays due")
			}
			w.step()
			continue
		}
		next := until
		for _, at := range []func() (time.Time, bool){w.rds.NextAt, func() (time.Time, bool) { return w.due, !w.due.IsZero() }} {
			if t, ok := at(); ok && t.Before(next) {
				next = t
			}
		}
		if !next.After(now) {
			return
		}
		w.clock.Set(next)
	}
}

// ready returns a world whose database serves.
func ready(t testing.TB, change func(*fakerds.Config)) *world {
	t.Helper()
	w := newWorld(t, change)
	w.run(2 * time.Hour)
	w.is(database.PhaseAvailable)
	w.told, w.changes = nil, nil
	return w
}

// is requires the record's phase.
func (w *world) is(want database.Phase) {
	w.Helper()
	if w.rec.Phase != want {
		w.Fatalf("%s: the record is %s (%s; RDS %s), want %s", w.clock.Now(), w.rec.Phase, w.rec.Reason, w.rec.Status, want)
	}
}

// setKey makes the key's record be in a phase, and the key itself usable or not.
func (w *world) setKey(phase customerkey.Phase, usable bool) {
	w.key.Phase, w.key.Reason = phase, "the customer disabled the key"
	if phase.Locked() && w.key.LockedAt.IsZero() {
		w.key.LockedAt = w.clock.Now()
	}
	if !phase.Locked() {
		w.key.LockedAt, w.key.Reason = time.Time{}, ""
	}
	w.kms.refuse = nil
	if !usable {
		w.kms.refuse = &customerkey.ServiceError{Operation: "Decrypt", Code: customerkey.CodeDisabled}
	}
	w.rds.KeyChanged(testKey)
	w.due = w.clock.Now()
}

// toldOf returns the detail-types of what was told so far.
func (w *world) toldOf() []string {
	out := []string{}
	for _, d := range w.told {
		out = append(out, d.DetailType)
	}
	return out
}

func (w *world) instance(id string) database.Instance {
	w.Helper()
	in, err := w.rds.Fleet(testCaller).Describe(ctx, id)
	if err != nil {
		w.Fatal(err)
	}
	return in
}
