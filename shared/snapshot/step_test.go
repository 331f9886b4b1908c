package snapshot_test

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"latchkey/events"
	"latchkey/shared/coded"
	"latchkey/shared/database"
	"latchkey/shared/snapshot"
)

// rds is a stateful fake of the snapshots of one Region.
type rds struct {
	snapshots map[string]snapshot.Description
	now       time.Time
	fail      map[string]error // by operation
	changes   int              // calls that changed something
}

func newRDS() *rds {
	return &rds{snapshots: map[string]snapshot.Description{}, fail: map[string]error{}, now: t0}
}

func refuse(code string) error {
	return &database.ServiceError{Operation: "op", Code: code, Message: "no"}
}

func (r *rds) Create(_ context.Context, instanceID, id string, tags map[string]string) error {
	if err := r.fail["create"]; err != nil {
		return err
	}
	if _, ok := r.snapshots[id]; ok {
		return refuse(database.CodeSnapshotExists)
	}
	r.changes++
	r.snapshots[id] = snapshot.Description{SnapshotID: id, InstanceID: instanceID, Status: "creating", CreatedAt: r.now, Tags: tags}
	return nil
}

func (r *rds) Describe(_ context.Context, id string) (snapshot.Description, error) {
	if err := r.fail["describe"]; err != nil {
		return snapshot.Description{}, err
	}
	d, ok := r.snapshots[id]
	if !ok {
		return d, refuse(database.CodeSnapshotNotFound)
	}
	return d, nil
}

func (r *rds) List(context.Context, string, string) ([]snapshot.Description, string, error) {
	return nil, "", errors.New("not used")
}

func (r *rds) Copy(context.Context, string, string, string, map[string]string) error {
	return errors.New("not used")
}

func (r *rds) Delete(_ context.Context, id string) error {
	if err := r.fail["delete"]; err != nil {
		return err
	}
	d, ok := r.snapshots[id]
	if !ok {
		return refuse(database.CodeSnapshotNotFound)
	}
	r.changes++
	d.Status = "deleting"
	r.snapshots[id] = d
	return nil
}

func (r *rds) status(id, status string) {
	d := r.snapshots[id]
	d.Status = status
	r.snapshots[id] = d
}

func requested() snapshot.Record {
	return snapshot.New(snapshot.Request{
		DatabaseID: "acme/crm", TenantID: "acme", InstanceID: "lk-acme-crm",
		KeyARN:  "arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab",
		Purpose: snapshot.PurposeScheduled, Class: snapshot.Class7Days, Due: t0,
	}, t0)
}

var open = snapshot.Protect{DatabasePhase: database.PhaseAvailable}

// step steps once and checks what holds for every step.
func step(t *testing.T, rec snapshot.Record, r *rds, p snapshot.Protect) (snapshot.Record, time.Duration, []events.Draft) {
	t.Helper()
	before := r.changes
	next, wait, out, err := snapshot.Step(context.Background(), rec, r, p, r.now)
	if err != nil {
		t.Fatalf("Step in %s: %v", rec.Phase, err)
	}
	if r.changes > before+1 {
		t.Fatalf("Step in %s made %d changes", rec.Phase, r.changes-before)
	}
	if err := snapshot.Transitions.Check(rec.Phase, next.Phase); err != nil {
		t.Fatal(err)
	}
	return next, wait, out
}

func names(out []events.Draft) string {
	var s []string
	for _, d := range out {
		s = append(s, d.DetailType)
	}
	return strings.Join(s, ", ")
}

func TestStep_life(t *testing.T) {
	r, rec := newRDS(), requested()
	rec, wait, out := step(t, rec, r, open)
	if rec.Phase != snapshot.PhaseCreating || wait <= 0 || len(out) != 0 {
		t.Fatalf("after the request: %s, wait %s, %s", rec.Phase, wait, names(out))
	}
	if tags := r.snapshots[rec.ID].Tags; tags[database.TagOwner] != database.Owner || tags[database.TagTenant] != "acme" {
		t.Errorf("tags = %v", tags)
	}
	if same, _, out := step(t, rec, r, open); same != rec || out != nil {
		t.Errorf("while creating, the record changed to %+v", same)
	}
	r.status(rec.ID, "available")
	r.now = r.now.Add(20 * time.Minute)
	rec, wait, out = step(t, rec, r, open)
	if rec.Phase != snapshot.PhaseAvailable || !rec.Usable() || names(out) != "Snapshot Created" {
		t.Fatalf("when complete: %s, %s", rec.Phase, names(out))
	}
	if !rec.TakenAt.Equal(t0) || !rec.DeleteAt.Equal(t0.Add(7*24*time.Hour)) || wait != rec.DeleteAt.Sub(r.now) {
		t.Errorf("taken %s, delete %s, wait %s", rec.TakenAt, rec.DeleteAt, wait)
	}
	r.now = rec.DeleteAt.Add(-time.Second)
	if rec, wait, _ = step(t, rec, r, open); rec.Phase != snapshot.PhaseAvailable || wait != time.Second {
		t.Fatalf("before its time: %s, wait %s", rec.Phase, wait)
	}
	r.now = rec.DeleteAt
	if rec, _, _ = step(t, rec, r, open); rec.Phase != snapshot.PhaseDeleting {
		t.Fatalf("at its time: %s", rec.Phase)
	}
	delete(r.snapshots, rec.ID)
	rec, wait, out = step(t, rec, r, open)
	if rec.Phase != snapshot.PhaseDeleted || wait != 0 || names(out) != "Snapshot Deleted" {
		t.Fatalf("at the end: %s, wait %s, %s", rec.Phase, wait, names(out))
	}
	if again, _, out := step(t, rec, r, open); again != rec || out != nil {
		t.Errorf("after the end, a step changed it")
	}
}

func TestStep_create(t *testing.T) {
	cases := []struct {
		name   string
		code   string
		age    time.Duration
		phase  snapshot.Phase
		reason string
		wait   time.Duration
		out    string
	}{
		{"quota", database.CodeSnapshotQuota, 0, snapshot.PhaseParked, "quota", time.Hour, ""},
		{"instance busy", database.CodeInvalidState, 0, snapshot.PhaseRequested, "cannot be read", 5 * time.Minute, ""},
		{"instance busy for a day", database.CodeInvalidState, 24 * time.Hour, snapshot.PhaseFailed, "a day", 0, "Snapshot Failed"},
		{"key", database.CodeKeyNotAccessible, 0, snapshot.PhaseFailed, "key cannot be used", 0, "Snapshot Failed"},
		{"no instance", database.CodeInstanceNotFound, 0, snapshot.PhaseFailed, "no instance", 0, "Snapshot Failed"},
		{"unheard of", "SomethingNew", 0, snapshot.PhaseParked, "SomethingNew", 24 * time.Hour, ""},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			r := newRDS()
			r.fail["create"] = refuse(c.code)
			r.now = t0.Add(c.age)
			rec, wait, out := step(t, requested(), r, open)
			if rec.Phase != c.phase || !strings.Contains(rec.Reason, c.reason) || wait != c.wait || names(out) != c.out {
				t.Errorf("got %s %q, wait %s, %s", rec.Phase, rec.Reason, wait, names(out))
			}
			if rec.Phase != snapshot.PhaseParked {
				return
			}
			delete(r.fail, "create")
			if rec, _, _ = step(t, rec, r, open); rec.Phase != snapshot.PhaseCreating || rec.Reason != "" {
				t.Errorf("once RDS accepts it: %s %q", rec.Phase, rec.Reason)
			}
		})
	}
}

func TestStep_retryable(t *testing.T) {
	cases := map[string]error{
		"throttled":    refuse(database.CodeThrottling),
		"their fault":  refuse(database.CodeInternalFailure),
		"broken cable": errors.New("connection reset"),
	}
	for name, cause := range cases {
		for _, op := range []string{"create", "describe", "delete"} {
			t.Run(name+"/"+op, func(t *testing.T) {
				r, rec := newRDS(), requested()
				r.fail[op] = cause
				if op != "create" {
					rec.Phase, rec.DeleteAt = snapshot.PhaseAvailable, t0.Add(-time.Hour)
					r.snapshots[rec.ID] = snapshot.Description{Status: "available", Tags: ours}
				}
				next, _, out, err := snapshot.Step(context.Background(), rec, r, open, t0)
				if !coded.Is(err, coded.Retryable) || !errors.Is(err, cause) || next != rec || out != nil {
					t.Errorf("got %v, record changed: %v", err, next != rec)
				}
			})
		}
	}
}

func TestStep_cancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	r := newRDS()
	r.fail["create"] = context.Canceled
	if _, _, _, err := snapshot.Step(ctx, requested(), r, open, t0); !errors.Is(err, context.Canceled) || coded.Is(err, coded.Retryable) {
		t.Errorf("err = %v, want the context's", err)
	}
}

var ours = map[string]string{database.TagOwner: database.Owner, database.TagDatabase: "acme/crm"}

func TestStep_adopt(t *testing.T) {
	r, rec := newRDS(), requested()
	if _, _, _, err := snapshot.Step(context.Background(), rec, r, open, t0); err != nil {
		t.Fatal(err)
	}
	// The process died before it stored the result.
	next, _, _ := step(t, rec, r, open)
	if next.Phase != snapshot.PhaseCreating || r.changes != 1 {
		t.Errorf("after a crash: %s, %d snapshots made", next.Phase, r.changes)
	}
	for _, tags := range []map[string]string{nil, {database.TagOwner: "someone"}, {database.TagOwner: database.Owner, database.TagDatabase: "other/crm"}} {
		r.snapshots[rec.ID] = snapshot.Description{Status: "available", Tags: tags}
		if next, _, _ := step(t, rec, r, open); next.Phase != snapshot.PhaseParked || !strings.Contains(next.Reason, "not ours") {
			t.Errorf("with tags %v: %s %q", tags, next.Phase, next.Reason)
		}
	}
}

func TestStep_creating(t *testing.T) {
	cases := []struct {
		status string // empty: not found
		age    time.Duration
		phase  snapshot.Phase
		out    string
	}{
		{"creating", time.Hour, snapshot.PhaseCreating, ""},
		{"something-new", time.Hour, snapshot.PhaseCreating, ""},
		{"available", time.Hour, snapshot.PhaseAvailable, "Snapshot Created"},
		{"failed", time.Hour, snapshot.PhaseFailed, "Snapshot Failed"},
		{"deleting", time.Hour, snapshot.PhaseFailed, "Snapshot Failed"},
		{"", time.Minute, snapshot.PhaseCreating, ""},
		{"", time.Hour, snapshot.PhaseFailed, "Snapshot Failed"},
	}
	for _, c := range cases {
		t.Run(c.status+"/"+c.age.String(), func(t *testing.T) {
			r := newRDS()
			rec, _, _ := step(t, requested(), r, open)
			r.status(rec.ID, c.status)
			if c.status == "" {
				delete(r.snapshots, rec.ID)
			}
			r.now = r.now.Add(c.age)
			rec, wait, out := step(t, rec, r, open)
			if rec.Phase != c.phase || names(out) != c.out {
				t.Errorf("got %s, %s", rec.Phase, names(out))
			}
			if c.status == "failed" {
				if rec, _, _ = step(t, rec, r, open); rec.Phase != snapshot.PhaseDeleting || wait == 0 {
					t.Errorf("what RDS has left of a failed one: %s, wait %s", rec.Phase, wait)
				}
			}
		})
	}
}

func TestStep_held(t *testing.T) {
	for _, phase := range everyPhase {
		for _, newest := range []bool{false, true} {
			t.Run(string(phase)+map[bool]string{true: "/newest", false: "/older"}[newest], func(t *testing.T) {
				r, rec := newRDS(), requested()
				rec.Phase, rec.TakenAt, rec.DeleteAt = snapshot.PhaseAvailable, t0.Add(-time.Hour), t0
				r.snapshots[rec.ID] = snapshot.Description{Status: "available", Tags: ours}
				gone := phase == "" || phase == database.PhaseDeleting || phase == database.PhaseDeleted
				held := phase == "invented-later" || phase.KeepsBackups() || newest && phase != database.PhaseAvailable && !gone

				next, wait, _ := step(t, rec, r, snapshot.Protect{DatabasePhase: phase, NewestUsable: newest})
				if (next.Held != "") != held || (r.changes == 0) != held {
					t.Fatalf("held = %q, deleted: %v; want held: %v", next.Held, r.changes > 0, held)
				}
				if !held {
					return
				}
				if wait != 24*time.Hour {
					t.Errorf("looked at again in %s", wait)
				}
				if next, _, _ = step(t, next, r, open); next.Phase != snapshot.PhaseDeleting || next.Held != "" {
					t.Errorf("once its database is available: %s %q", next.Phase, next.Held)
				}
			})
		}
	}
}

var everyPhase = append(database.Transitions.States(), "", "invented-later")

func TestStep_delete(t *testing.T) {
	cases := []struct {
		name  string
		tags  map[string]string
		fail  string
		gone  bool
		phase snapshot.Phase
		held  bool
	}{
		{"not ours", map[string]string{}, "", false, snapshot.PhaseAvailable, true},
		{"being copied", ours, database.CodeSnapshotState, false, snapshot.PhaseAvailable, false},
		{"lost a race", ours, database.CodeSnapshotNotFound, false, snapshot.PhaseDeleted, false},
		{"gone already", ours, "", true, snapshot.PhaseDeleted, false},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			r, rec := newRDS(), requested()
			rec.Phase, rec.DeleteAt = snapshot.PhaseAvailable, t0
			if !c.gone {
				r.snapshots[rec.ID] = snapshot.Description{Status: "available", Tags: c.tags}
			}
			if c.fail != "" {
				r.fail["delete"] = refuse(c.fail)
			}
			next, wait, _ := step(t, rec, r, open)
			if next.Phase != c.phase || (next.Held != "") != c.held || (wait == 0) != (c.phase == snapshot.PhaseDeleted) {
				t.Errorf("got %s, held %q, wait %s", next.Phase, next.Held, wait)
			}
		})
	}
}

func TestStep_unknownPhase(t *testing.T) {
	if _, _, _, err := snapshot.Step(context.Background(), snapshot.Record{Phase: "x"}, newRDS(), open, t0); !coded.Is(err, coded.Internal) {
		t.Errorf("err = %v, want internal", err)
	}
}

func TestStep_eventsKeepTheirSchema(t *testing.T) {
	r, rec := newRDS(), requested()
	r.fail["create"] = refuse(database.CodeKeyNotAccessible)
	_, _, out := step(t, rec, r, open)
	delete(r.fail, "create")
	rec, _, _ = step(t, rec, r, open)
	r.status(rec.ID, "available")
	_, _, created := step(t, rec, r, open)
	for _, d := range append(out, created...) {
		d.Detail.Stamp("e-1", t0)
		if _, err := events.New(d.DetailType, "id-1", t0, "eu-central-1", "111122223333", d.Detail); err != nil {
			t.Errorf("%s: %v", d.DetailType, err)
		}
	}
}

func TestRecord_JSON(t *testing.T) {
	rec := requested()
	rec.Held, rec.DeleteAt = "why", t0
	b, err := json.Marshal(rec)
	if err != nil {
		t.Fatal(err)
	}
	var back snapshot.Record
	if err := json.Unmarshal(b, &back); err != nil || back != rec {
		t.Errorf("round trip: %v\n%+v\n%+v", err, rec, back)
	}
}

func TestTransitions(t *testing.T) {
	if lost := snapshot.Transitions.Unreachable(); lost != nil {
		t.Errorf("unreachable: %v", lost)
	}
	if !snapshot.Transitions.Final(snapshot.PhaseDeleted) {
		t.Error("deleted is not final")
	}
	if !strings.HasPrefix(snapshot.Diagram(), "stateDiagram-v2\n") {
		t.Error("Diagram is no state diagram")
	}
}
