package reconcile_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"latchkey/events"
	"latchkey/shared/catalog"
	"latchkey/shared/customerkey"
	"latchkey/shared/database"
	"latchkey/shared/fake/fakekms"
	"latchkey/shared/metric"
)

// Calls that failed, keys that nobody uses, and records without a key.
func TestPlane_Handle_NoSignal(t *testing.T) {
	w, arn := servedWorld(t)
	cases := map[string]struct {
		env     events.Envelope
		counter string
	}{
		"failed": {w.kmsCall("DisableKey", customer, arn, func(r map[string]any) { r["errorCode"] = "AccessDenied" }), ""},
		"nobody's key": {w.kmsCall("DisableKey", customer, "arn:aws:kms:eu-central-1:444455556666:key/0a1b2c3d-0000-4000-8000-000000000009", nil),
			metric.ForeignKeys},
		"an alias": {w.kmsCall("DisableKey", customer, "", func(r map[string]any) { r["requestParameters"] = map[string]any{"keyId": "alias/mine"} }),
			metric.ForeignKeys},
		"rotation": {w.kmsCall("RotateKeyOnDemand", customer, arn, nil), ""},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			before := w.counts.of(c.counter)
			w.watch(c.env)
			w.watch(c.env)
			if c.counter != "" && w.counts.of(c.counter) != before+1 && w.counts.of(c.counter) != before+2 {
				t.Errorf("%s went from %d to %d", c.counter, before, w.counts.of(c.counter))
			}
			w.served("acme", "tracker", true)
		})
	}
}

// What KMS, RDS and CloudTrail say of a key, and what comes of it at once.
func TestPlane_Handle_Signals(t *testing.T) {
	grant := func(w *world) string { return w.database("acme/tracker").GrantID }
	withGrant := func(id string) func(map[string]any) {
		return func(r map[string]any) {
			r["requestParameters"].(map[string]any)["grantId"] = id
		}
	}
	cases := map[string]struct {
		prepare func(w *world, arn string)
		event   func(w *world, arn string) events.Envelope
		phase   customerkey.Phase
		cause   customerkey.Cause
	}{
		"KMS: deleted": {nil, func(w *world, arn string) events.Envelope { return w.kmsEvent(events.TypeKMSDeletion, arn) },
			customerkey.PhaseLocked, customerkey.CauseKeyGone},
		"KMS: material expired": {nil, func(w *world, arn string) events.Envelope { return w.kmsEvent(events.TypeKMSMaterialExpiry, arn) },
			customerkey.PhaseLocked, customerkey.CauseMaterialExpired},
		"KMS: rotated": {nil, func(w *world, arn string) events.Envelope { return w.kmsEvent(events.TypeKMSRotation, arn) },
			customerkey.PhaseUsable, ""},
		"RDS's grant revoked": {nil, func(w *world, arn string) events.Envelope {
			return w.kmsCall("RevokeGrant", customer, arn, withGrant(grant(w)))
		}, customerkey.PhaseLocked, customerkey.CauseGrantGone},
		"RDS's grant revoked, says a stranger": {nil, func(w *world, arn string) events.Envelope {
			return w.kmsCall("RevokeGrant", stranger, arn, withGrant(grant(w)))
		}, customerkey.PhaseUsable, ""},
		"another grant revoked": {nil, func(w *world, arn string) events.Envelope {
			return w.kmsCall("RevokeGrant", customer, arn, withGrant("0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"))
		}, customerkey.PhaseUsable, ""},
		"the grant of an instance that a restore replaced": {nil, func(w *world, arn string) events.Envelope {
			former := grant(w)
			w.regrant("acme/tracker", "grant-of-the-new-instance")
			return w.kmsCall("RevokeGrant", customer, arn, withGrant(former))
		}, customerkey.PhaseUsable, ""},
		"the grant of an instance that is being destroyed": {nil, func(w *world, arn string) events.Envelope {
			w.unwanted("acme/tracker")
			return w.kmsCall("RetireGrant", customer, arn, withGrant(grant(w)))
		}, customerkey.PhaseUsable, ""},
		"policy changed, for nothing": {nil, func(w *world, arn string) events.Envelope {
			return w.kmsCall("PutKeyPolicy", customer, arn, nil)
		}, customerkey.PhaseUsable, ""},
		"policy changed, against us": {func(w *world, arn string) {
			w.must(w.kms.PutKeyPolicy(ctx, admin, arn, fakekms.DefaultPolicy(customer)))
		}, func(w *world, arn string) events.Envelope { return w.kmsCall("PutKeyPolicy", customer, arn, nil) },
			customerkey.PhaseLocked, customerkey.CauseAccessDenied},
		"RDS cannot use the key, and we cannot": {func(w *world, arn string) { w.must(w.kms.DisableKey(ctx, admin, arn)) },
			func(w *world, _ string) events.Envelope { return w.rdsEvent(events.RDSKeyInaccessible) },
			customerkey.PhaseLocked, customerkey.CauseDisabled},
		"RDS cannot use the key, and we can": {nil,
			func(w *world, _ string) events.Envelope { return w.rdsEvent(events.RDSKeyInaccessible) }, customerkey.PhaseUsable, ""},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			w, arn := servedWorld(t)
			if grant(w) == "" {
				t.Fatal("RDS's grant is not known")
			}
			w.run(5 * time.Minute)
			if c.prepare != nil {
				c.prepare(w, arn)
			}
			w.watch(c.event(w, arn))
			if rec := w.key(arn); rec.Phase != c.phase || rec.Cause != c.cause {
				t.Errorf("the key is %s (%s), want %s (%s)", rec.Phase, rec.Cause, c.phase, c.cause)
			}
			w.served("acme", "tracker", c.phase.Serves())
		})
	}
}

// edit changes a database's record behind the plane's back.
func (w *world) edit(id string, change func(*database.Record)) {
	w.Helper()
	it, err := w.raw.Get(ctx, catalog.Key{Part: "database#" + id, Sort: "."})
	w.must(err)
	var rec database.Record
	w.must(json.Unmarshal(it.Body, &rec))
	change(&rec)
	it.Body, err = json.Marshal(rec)
	w.must(err, w.raw.Commit(ctx, catalog.Tx{Puts: []catalog.Put{{Item: it, IfVersion: it.Version}}}))
}

func (w *world) regrant(id, grantID string) {
	w.Helper()
	w.edit(id, func(r *database.Record) { r.GrantID = grantID })
}

func (w *world) unwanted(id string) {
	w.Helper()
	w.edit(id, func(r *database.Record) { r.Want = database.WantAbsent })
}

func (w *world) kmsEvent(detailType, arn string) events.Envelope {
	w.Helper()
	env := w.envelope("", detailType, &events.KMSKeyEvent{KeyID: arn[strings.LastIndex(arn, "/")+1:]})
	env.Account, env.Resources = customer, []string{arn}
	return env
}

// rdsEvent makes an event of RDS about acme's instance.
func (w *world) rdsEvent(id string) events.Envelope {
	w.Helper()
	instance := w.database("acme/tracker").InstanceID
	arn := "arn:aws:rds:" + region + ":" + platform + ":db:" + instance
	return w.envelope("", events.TypeRDSInstance, &events.RDSEvent{EventCategories: []string{"failure"}, SourceType: "DB_INSTANCE", SourceARN: arn,
		Date: w.clock.Now().Format(time.RFC3339), Message: "news", SourceIdentifier: instance, EventID: id})
}

// News of a custom key store reaches the keys that are in it, and no others.
func TestPlane_Handle_CustomKeyStore(t *testing.T) {
	w := newWorld(t, nil)
	store, err := w.kms.CreateCustomKeyStore(ctx, admin, region, "vault")
	w.must(err, w.kms.ConnectCustomKeyStore(ctx, admin, region, store))
	inside := []string{
		w.customerKey(fakekms.CreateKeyInput{Origin: "AWS_CLOUDHSM", CustomKeyStoreID: store}, "acme"),
		w.customerKey(fakekms.CreateKeyInput{Origin: "AWS_CLOUDHSM", CustomKeyStoreID: store}, "beta"),
	}
	outside := w.customerKey(keyInput, "gamma")
	for i, id := range []string{"acme", "beta", "gamma"} {
		w.tenant(id, append(inside, outside)[i], "tracker")
	}
	w.run(time.Hour)
	forged := w.kmsCall("DisconnectCustomKeyStore", stranger, "", func(r map[string]any) {
		r["requestParameters"] = map[string]any{"customKeyStoreId": store}
	})
	w.watch(forged)
	for _, id := range []string{"acme", "beta", "gamma"} {
		w.served(id, "tracker", true)
	}
	w.must(w.kms.DisconnectCustomKeyStore(ctx, admin, region, store))
	env := w.trail[len(w.trail)-1]
	w.watch(env)
	w.watch(env)
	for _, arn := range inside {
		if rec := w.key(arn); !rec.Phase.Locked() || rec.Cause != customerkey.CauseStoreDisconnected {
			t.Errorf("%s is %s (%s)", arn, rec.Phase, rec.Cause)
		}
	}
	w.served("acme", "tracker", false)
	w.served("beta", "tracker", false)
	w.served("gamma", "tracker", true)
	if n := w.counts.of(metric.Locks); n != 2 {
		t.Errorf("%d locks counted of 2", n)
	}
}
