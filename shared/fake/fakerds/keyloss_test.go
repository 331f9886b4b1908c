package fakerds

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"latchkey/shared/database"
)

const day = 24 * time.Hour

func (w *world) disable(key string) {
	w.kms.refuse[key] = kmsError("DisabledException")
	w.KeyChanged(key)
}

func (w *world) enable(key string) {
	delete(w.kms.refuse, key)
	w.KeyChanged(key)
}

// lostAt returns when RDS detected the loss.
func (w *world) lostAt(id string) time.Time {
	w.Helper()
	for _, e := range w.events {
		if e.SourceID == id && e.EventID == "RDS-EVENT-0418" {
			return e.At
		}
	}
	w.Fatalf("no loss of %s was detected", id)
	return time.Time{}
}

func TestRDS_keyLoss(t *testing.T) {
	lost := func(t *testing.T) *world {
		w := newWorld(t, nil)
		w.ready("orders", testKey)
		w.ready("other", otherKey)
		w.events = nil
		w.disable(testKey)
		w.advance(30 * time.Minute)
		return w
	}
	t.Run("two hours, then seven days", func(t *testing.T) {
		w := lost(t)
		detected := w.lostAt("orders")
		w.wantStatus("orders", "available")
		w.advance(detected.Add(2*time.Hour - time.Second).Sub(w.clock.Now()))
		w.wantStatus("orders", "available")
		w.advance(time.Second)
		w.wantStatus("orders", "inaccessible-encryption-credentials-recoverable")
		w.wantEvents("orders", "0418", "0419")
		w.advance(7*day - time.Second)
		w.wantStatus("orders", "inaccessible-encryption-credentials-recoverable")
		w.advance(time.Second)
		w.wantStatus("orders", "inaccessible-encryption-credentials")
		w.enable(testKey)
		w.advance(day)
		wantCode(t, w.Fleet(testCaller).Start(ctx, "orders"), database.CodeInvalidState)
		w.wantStatus("orders", "inaccessible-encryption-credentials")
		w.wantStatus("other", "available")
		w.wantEvents("other")
	})
	t.Run("back within the two hours", func(t *testing.T) {
		w := lost(t)
		w.enable(testKey)
		w.advance(10 * day)
		w.wantStatus("orders", "available")
		w.wantEvents("orders", "0418", "0420")
	})
	t.Run("back unnoticed at the end of the two hours", func(t *testing.T) {
		w := lost(t)
		delete(w.kms.refuse, testKey)
		w.advance(10 * day)
		w.wantStatus("orders", "available")
		w.wantEvents("orders", "0418", "0420")
	})
	t.Run("stopped within the two hours", func(t *testing.T) {
		w := lost(t)
		w.must(w.Fleet(testCaller).Stop(ctx, "orders"))
		w.advance(day)
		w.wantStatus("orders", "stopped")
		w.enable(testKey)
		w.must(w.Fleet(testCaller).Start(ctx, "orders"))
		w.advance(10 * day)
		w.wantStatus("orders", "available")
		w.wantEvents("orders", "0418", "0087", "0420", "0088")
	})
	t.Run("back within the seven days", func(t *testing.T) {
		w := lost(t)
		w.advance(3 * day)
		wantCode(t, w.Fleet(testCaller).Start(ctx, "orders"), database.CodeKeyNotAccessible)
		w.enable(testKey)
		w.advance(day)
		w.wantStatus("orders", "inaccessible-encryption-credentials-recoverable") // RDS does not start it by itself
		w.must(w.Fleet(testCaller).Start(ctx, "orders"))
		w.wantStatus("orders", "starting")
		w.advance(10 * day)
		w.wantStatus("orders", "available")
		w.wantEvents("orders", "0418", "0419", "0420", "0088")
	})
	t.Run("back but not started ends terminal", func(t *testing.T) {
		w := lost(t)
		w.advance(day)
		w.enable(testKey)
		w.advance(7 * day)
		w.wantStatus("orders", "inaccessible-encryption-credentials")
	})
	t.Run("started before the key's return is noticed", func(t *testing.T) {
		w := lost(t)
		w.advance(day)
		delete(w.kms.refuse, testKey)
		w.must(w.Fleet(testCaller).Start(ctx, "orders"))
		w.advance(8 * day)
		w.wantStatus("orders", "available")
		w.wantEvents("orders", "0418", "0419", "0420", "0088")
	})
	t.Run("LatestRestorableTime stands still", func(t *testing.T) {
		w := lost(t)
		want := w.lostAt("orders").Add(-5 * time.Minute)
		w.advance(3 * day)
		if got := w.get("orders").LatestRestorableTime; !got.Equal(want) {
			t.Fatalf("%s, want %s", got, want)
		}
		if got := w.get("other").LatestRestorableTime; !got.Equal(w.clock.Now().Add(-5 * time.Minute)) {
			t.Fatalf("the other's is %s", got)
		}
	})
}

func TestRDS_keyLoss_variants(t *testing.T) {
	recoverable := "inaccessible-encryption-credentials-recoverable"
	for name, tc := range map[string]struct {
		timing func(*Timing)
		spec   func(*database.Spec)
		lose   func(w *world)
		status string
		events []string
	}{
		"no backups":     {spec: func(s *database.Spec) { s.BackupRetentionDays = 0 }, lose: func(w *world) { w.disable(testKey) }, status: "available", events: []string{"0418"}},
		"grant revoked":  {lose: func(w *world) { w.kms.grants = nil; w.KeyChanged(testKey) }, status: recoverable, events: []string{"0418", "0419"}},
		"caller denied":  {lose: func(w *world) { w.kms.deny[testCaller] = true; w.KeyChanged(testKey) }, status: "available"},
		"no hint":        {lose: func(w *world) { w.kms.refuse[testKey] = kmsError("DisabledException") }, status: "available"},
		"periodic":       {timing: func(t *Timing) { t.Periodic = true }, lose: func(w *world) { w.kms.refuse[testKey] = kmsError("DisabledException") }, status: recoverable, events: []string{"0418", "0419"}},
		"KMS throttles":  {lose: func(w *world) { w.kms.refuse[testKey] = kmsError("ThrottlingException"); w.KeyChanged(testKey) }, status: "available"},
		"KMS is silent":  {lose: func(w *world) { w.kms.refuse[testKey] = errors.New("timeout"); w.KeyChanged(testKey) }, status: "available"},
		"deletion":       {lose: func(w *world) { w.kms.refuse[testKey] = kmsError("KMSInvalidStateException"); w.KeyChanged(testKey) }, status: recoverable, events: []string{"0418", "0419"}},
		"other key":      {lose: func(w *world) { w.disable(otherKey) }, status: "available"},
		"faster looking": {timing: func(t *Timing) { t.KeyCheck = time.Minute; t.InaccessibleAfter = time.Hour }, lose: func(w *world) { w.disable(testKey) }, status: recoverable, events: []string{"0418", "0419"}},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, func(c *Config) {
				if tc.timing != nil {
					tc.timing(&c.Timing)
				}
			})
			spec := testSpec("orders", testKey)
			if tc.spec != nil {
				tc.spec(&spec)
			}
			w.must(w.Fleet(testCaller).Create(ctx, spec))
			w.advance(time.Hour)
			w.events = nil
			tc.lose(w)
			w.advance(day)
			w.wantStatus("orders", tc.status)
			w.wantEvents("orders", tc.events...)
		})
	}
}

// A look right after the change may still be answered as before: the second one counts.
func TestRDS_keyLoss_eventualConsistency(t *testing.T) {
	w := newWorld(t, func(c *Config) { c.Timing.KeyCheck = time.Minute })
	w.ready("orders", testKey)
	w.events = nil
	w.KeyChanged(testKey)
	w.advance(5 * time.Minute)
	w.kms.refuse[testKey] = kmsError("DisabledException") // KMS is consistent from here on
	w.advance(2 * time.Minute)
	w.wantEvents("orders", "0418")
}

func TestRDS_keyLoss_stopped(t *testing.T) {
	for _, looks := range []bool{false, true} {
		t.Run(fmt.Sprintf("CheckStopped=%v", looks), func(t *testing.T) {
			w := newWorld(t, func(c *Config) { c.Timing.CheckStopped = looks })
			w.ready("orders", testKey)
			w.must(w.Fleet(testCaller).Stop(ctx, "orders"))
			w.advance(time.Hour)
			w.events = nil
			w.disable(testKey)
			w.advance(day)
			if looks {
				w.wantStatus("orders", "inaccessible-encryption-credentials-recoverable")
				w.wantEvents("orders", "0418", "0419")
				return
			}
			w.wantStatus("orders", "stopped")
			w.advance(6 * day)
			w.wantStatus("orders", "inaccessible-encryption-credentials-recoverable")
			w.wantEvents("orders", "0154", "0418", "0419")
			w.advance(7 * day)
			w.wantStatus("orders", "inaccessible-encryption-credentials")
		})
	}
}

// Without hints nothing is asked of KMS, whatever the number of instances.
func TestRDS_Tick_idleCost(t *testing.T) {
	w := newWorld(t, func(c *Config) { c.Quotas = Quotas{Instances: 500, StorageGiB: 1 << 30} })
	for n := range 200 {
		w.must(w.Fleet(testCaller).Create(ctx, testSpec(fmt.Sprintf("db-%d", n), testKey)))
	}
	w.advance(time.Hour)
	uses := w.kms.uses
	w.advance(60 * day)
	if w.kms.uses != uses {
		t.Fatalf("%d uses of the key in 60 idle days", w.kms.uses-uses)
	}
	if _, ok := w.NextAt(); ok {
		t.Fatal("something is due")
	}
}
