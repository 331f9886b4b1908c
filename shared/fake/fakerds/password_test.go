package fakerds

import (
	"testing"
	"time"

	"latchkey/shared/database"
)

const secretKey = "arn:aws:kms:eu-central-1:111122223333:key/platform"

// restored makes an instance out of another one's snapshot.
func (w *world) restored(id string) database.Instance {
	w.Helper()
	w.ready("orders", testKey)
	w.must(w.Backups(testCaller).Create(ctx, "orders", "s", nil))
	w.advance(time.Hour)
	w.must(w.Restorer(testCaller).RestoreSnapshot(ctx, "s", testSpec(id, "")))
	w.advance(time.Hour)
	w.wantStatus(id, "available")
	return w.get(id)
}

func TestRestorer_ManagePassword(t *testing.T) {
	journal := memory{}
	w := newWorld(t, func(c *Config) { c.Journal = journal })
	if in := w.restored("again"); in.MasterSecretARN != "" {
		t.Fatalf("restored with the secret %s", in.MasterSecretARN)
	}
	r := w.Restorer(testCaller)
	w.events, w.calls = nil, nil
	w.must(r.ManagePassword(ctx, "again", secretKey))
	if c := w.calls[0]; c.Operation != "ModifyDBInstance" || c.Params["manageMasterUserPassword"] != true || c.Params["masterUserSecretKmsKeyId"] != secretKey {
		t.Errorf("recorded as %+v", c)
	}
	secret := w.get("again").MasterSecretARN
	if secret == "" || secret == w.get("orders").MasterSecretARN {
		t.Errorf("the secret is %q, of its source %q", secret, w.get("orders").MasterSecretARN)
	}
	w.wantStatus("again", "available")
	for status := ""; status != statusResetting; status = w.get("again").Status {
		at, ok := w.NextAt()
		if !ok {
			t.Fatal("the password is never changed")
		}
		w.advance(at.Sub(w.clock.Now()))
	}
	w.advance(time.Minute)
	w.wantStatus("again", "available")
	w.wantEvents("again", "0016")
	w.restart()
	if got := w.get("again").MasterSecretARN; got != secret {
		t.Errorf("after a restart the secret is %q, was %q", got, secret)
	}
	wantCode(t, r.ManagePassword(ctx, "again", secretKey), database.CodeInvalidCombination)
	wantCode(t, r.ManagePassword(ctx, "again", ""), "")
	wantCode(t, r.ManagePassword(ctx, "nobody", ""), database.CodeInstanceNotFound)
}

// An instance that is available for the first time is changed again and again
// before it stays so: the password comes after that.
func TestRestorer_ManagePassword_early(t *testing.T) {
	for seed := range uint64(20) {
		w := newWorld(t, func(c *Config) { c.Seed = seed })
		w.ready("orders", testKey)
		w.must(w.Restorer(testCaller).RestoreToTime(ctx, "orders", time.Time{}, testSpec("again", "")))
		for w.get("again").Status != "available" {
			at, _ := w.NextAt()
			w.advance(at.Sub(w.clock.Now()))
		}
		planned := len(w.instances["again"].Plan)
		w.must(w.Restorer(testCaller).ManagePassword(ctx, "again", secretKey))
		w.advance(time.Hour)
		w.wantStatus("again", "available")
		if ids := w.eventIDs("again"); ids[len(ids)-1] != "0016" {
			t.Errorf("seed %d, %d steps planned: events %v", seed, planned, ids)
		}
	}
}

func TestRestorer_ManagePassword_status(t *testing.T) {
	w := newWorld(t, nil)
	w.restored("again")
	w.must(w.Force(ctx, "again", "stopped"))
	wantCode(t, w.Restorer(testCaller).ManagePassword(ctx, "again", secretKey), database.CodeInvalidState)
}
