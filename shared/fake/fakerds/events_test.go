package fakerds

import (
	"context"
	"errors"
	"regexp"
	"testing"
	"time"

	"latchkey/shared/database"
	"latchkey/shared/fake"
)

func TestEvent_fields(t *testing.T) {
	for id, kind := range eventKinds {
		if !regexp.MustCompile(`^RDS-EVENT-\d{4}$`).MatchString(id) || kind.category == "" || kind.text == "" {
			t.Errorf("%s: %+v", id, kind)
		}
	}
	w := newWorld(t, nil)
	w.ready("orders", testKey)
	w.must(w.Backups(testCaller).Create(ctx, "orders", "s", nil))
	w.advance(time.Hour)
	w.must(w.Restorer(testCaller).RestoreToTime(ctx, "orders", time.Time{}, testSpec("again", "")))
	w.advance(time.Hour)
	w.disable(testKey)
	w.advance(time.Hour)
	byID := map[string]Event{}
	for _, e := range w.events {
		if _, ok := byID[e.EventID]; !ok {
			byID[e.EventID] = e
		}
	}
	for id, want := range map[string]struct{ detailType, sourceType, arn, category, message string }{
		eventCreated:         {"RDS DB Instance Event", "DB_INSTANCE", "arn:aws:rds:eu-central-1:111122223333:db:orders", "creation", "DB instance created."},
		eventSnapshotCreated: {"RDS DB Snapshot Event", "SNAPSHOT", "arn:aws:rds:eu-central-1:111122223333:snapshot:s", "creation", "Manual snapshot created."},
		eventRestoredToTime:  {"RDS DB Instance Event", "DB_INSTANCE", "arn:aws:rds:eu-central-1:111122223333:db:again", "restoration", "Restored from DB instance orders to again."},
	} {
		e := byID[id]
		if e.DetailType() != want.detailType || e.SourceType != want.sourceType || e.SourceARN != want.arn ||
			e.Categories[0] != want.category || e.Message != want.message || e.At.IsZero() {
			t.Errorf("%s: %+v", id, e)
		}
	}
	if m := byID[eventKeyLost].Message; !regexp.MustCompile(`unable to access the KMS encryption key for database instance (orders|again)\.`).MatchString(m) {
		t.Errorf("message %q", m)
	}
}

func TestRDS_contextEnded(t *testing.T) {
	w := newWorld(t, nil)
	ended, cancel := context.WithCancel(ctx)
	cancel()
	if err := w.Fleet(testCaller).Create(ended, testSpec("orders", testKey)); !errors.Is(err, context.Canceled) {
		t.Fatalf("%v", err)
	}
	if len(w.Instances()) != 0 {
		t.Fatal("a call that had ended made an instance")
	}
}

// crashingKMS kills the caller where it first uses a grant.
type crashingKMS struct{ KMS }

func (crashingKMS) ServiceUse(context.Context, string, string, string, map[string]string) error {
	panic(fake.Crash{Fault: fake.CrashAfter})
}

// A crash inside a call leaves a twin that goes on answering.
func TestRDS_crash(t *testing.T) {
	w := newWorld(t, func(c *Config) { c.KMS = crashingKMS{c.KMS} })
	if fake.Survive(func() { _ = w.Fleet(testCaller).Create(ctx, testSpec("orders", testKey)) }) == nil {
		t.Fatal("did not crash")
	}
	_, err := w.Fleet(testCaller).Describe(ctx, "orders")
	wantCode(t, err, database.CodeInstanceNotFound)
	w.must(w.Fleet(testCaller).Create(ctx, testSpec("managed", "")))
}
