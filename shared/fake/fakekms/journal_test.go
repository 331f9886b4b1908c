package fakekms

import (
	"errors"
	"path/filepath"
	"reflect"
	"testing"
	"time"

	"latchkey/shared/customerkey"
	"latchkey/shared/fake"
)

// reopen starts the KMS over from its journal, on the same clock.
func (w *world) reopen(cfg Config) {
	w.t.Helper()
	cfg.Clock, cfg.Seed = w.clock, 1
	k, err := New(cfg)
	if err != nil {
		w.t.Fatal(err)
	}
	w.KMS = k
}

func TestKMS_journal(t *testing.T) {
	j, err := fake.OpenJournal(filepath.Join(t.TempDir(), "kms.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer j.Close()
	cfg := Config{Journal: j, MaxLag: DefaultMaxLag}
	w := newWorld(t, cfg)
	arn := w.key(CreateKeyInput{})
	imported := w.key(CreateKeyInput{Origin: originExternal})
	dying := w.inState(customerkey.StatePendingDeletion)
	storeID, inStore := w.inStore()
	ec := map[string]string{"aws:rds:db-id": "db-ABC"}
	kept, err := w.GrantForService(ctx, platform, arn, "rds.amazonaws.com", ec, []string{"Decrypt"})
	w.must(err)
	ended, err := w.GrantForService(ctx, platform, arn, "rds.amazonaws.com", ec, []string{"Decrypt"})
	w.must(err, w.RevokeGrant(ctx, customer, arn, ended))
	w.must(w.ImportKeyMaterial(ctx, customer, imported, []byte("secret"), epoch.Add(time.Hour)))
	w.must(w.EnableKeyRotation(ctx, customer, arn), w.DisconnectCustomKeyStore(ctx, customer, region, storeID))
	use := Use{KeyARN: arn, EncryptionContext: data}
	sealed, err := w.Encrypt(ctx, platform, use, []byte("row"))
	w.must(err)
	w.clock.Advance(time.Minute)
	w.must(w.DisableKey(ctx, customer, arn))
	before, err := w.DescribeKey(ctx, platform, arn)
	w.must(err)

	w.reopen(cfg)
	after, err := w.DescribeKey(ctx, platform, arn)
	if w.must(err); before != after {
		t.Errorf("a restart changed what is seen: %+v, %+v", before, after)
	}
	w.clock.Advance(DefaultMaxLag)
	w.wantCode("the kept grant", w.ServiceUse(ctx, arn, kept, "Decrypt", ec), customerkey.CodeDisabled)
	w.must(w.EnableKey(ctx, customer, arn))
	w.clock.Advance(DefaultMaxLag)
	w.wantCode("the kept grant of the enabled key", w.ServiceUse(ctx, arn, kept, "Decrypt", ec), "")
	w.wantCode("the ended grant", w.ServiceUse(ctx, arn, ended, "Decrypt", ec), customerkey.CodeAccessDenied)
	plain, err := w.Decrypt(ctx, platform, use, sealed)
	if w.must(err); string(plain) != "row" {
		t.Errorf("decrypted %q", plain)
	}
	for name, want := range map[string]string{dying: customerkey.StatePendingDeletion, inStore: customerkey.StateUnavailable, imported: customerkey.StateEnabled} {
		if got := w.state(name); got != want {
			t.Errorf("%s is %s, want %s", name, got, want)
		}
	}
	if at, due := w.NextAt(); !due || at != epoch.Add(time.Hour) {
		t.Errorf("next due %v %v", at, due)
	}
	fresh := w.key(CreateKeyInput{})
	w.must(w.Tick(w.clock.Set(epoch.AddDate(0, 0, 8))))
	w.reopen(cfg)
	if got := w.state(dying); got != customerkey.CodeNotFound {
		t.Errorf("a deleted key is %s after a restart", got)
	}
	if got := w.state(fresh); got != customerkey.StateEnabled {
		t.Errorf("a key made after the restart is %s", got)
	}
}

// failing is a journal that cannot write.
type failing struct{ fake.Journal }

var errDisk = errors.New("disk full")

func (failing) Save(string, string, []byte) error { return errDisk }

func TestKMS_journal_failure(t *testing.T) {
	w := newWorld(t, Config{Journal: failing{fake.NoJournal}})
	if _, err := w.CreateKey(ctx, customer, CreateKeyInput{Region: region}); !errors.Is(err, errDisk) {
		t.Errorf("CreateKey: %v", err)
	}
}

func TestKMS_deterministic(t *testing.T) {
	run := func() ([]Event, []string) {
		w := newWorld(t, Config{Seed: 7, MaxLag: time.Minute})
		arn := w.key(CreateKeyInput{})
		_, err := w.GenerateDataKey(ctx, platform, Use{KeyARN: arn})
		w.must(err, w.RotateKeyOnDemand(ctx, customer, arn))
		var ids []string
		for _, r := range w.records {
			ids = append(ids, r.EventID+" "+r.EventName)
		}
		return w.events, append(ids, arn)
	}
	events, ids := run()
	again, idsAgain := run()
	if !reflect.DeepEqual(events, again) || !reflect.DeepEqual(ids, idsAgain) {
		t.Errorf("%v %v\n%v %v", events, ids, again, idsAgain)
	}
}
