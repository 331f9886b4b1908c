package customerkey_test

import (
	"testing"
	"time"

	"latchkey/events"
	"latchkey/shared/customerkey"
)

// Every write call that changes whether a key can be used, with what it says.
// [KMS API reference; the list that package events calls changes]
var callEffects = map[string]struct {
	effect customerkey.Effect
	cause  customerkey.Cause
}{
	"DisableKey":                {customerkey.EffectRevoke, customerkey.CauseDisabled},
	"ScheduleKeyDeletion":       {customerkey.EffectRevoke, customerkey.CausePendingDeletion},
	"DeleteImportedKeyMaterial": {customerkey.EffectRevoke, customerkey.CauseMaterialDeleted},
	"DisconnectCustomKeyStore":  {customerkey.EffectRevoke, customerkey.CauseStoreDisconnected},
	"DeleteCustomKeyStore":      {customerkey.EffectRevoke, customerkey.CauseStoreDisconnected},
	"EnableKey":                 {customerkey.EffectRestore, ""},
	"CancelKeyDeletion":         {customerkey.EffectRestore, ""},
	"ImportKeyMaterial":         {customerkey.EffectRestore, ""},
	"ConnectCustomKeyStore":     {customerkey.EffectRestore, ""},
	"PutKeyPolicy":              {customerkey.EffectLook, ""},
	"RetireGrant":               {customerkey.EffectLook, ""},
	"RevokeGrant":               {customerkey.EffectLook, ""},
	"UpdatePrimaryRegion":       {customerkey.EffectLook, ""},
	"CreateGrant":               {customerkey.EffectNote, ""},
	"ReplicateKey":              {customerkey.EffectNote, ""},
	"EnableKeyRotation":         {customerkey.EffectNote, ""},
	"DisableKeyRotation":        {customerkey.EffectNote, ""},
	"RotateKeyOnDemand":         {customerkey.EffectNote, ""},
}

func kmsCall(name, errorCode string) *events.KMSCall {
	return &events.KMSCall{CloudTrailRecord: events.CloudTrailRecord{EventName: name, ErrorCode: errorCode, EventTime: epoch.Add(-time.Minute)}}
}

var kmsEnvelope = events.Envelope{ID: "e-7", Account: testAccount, Time: epoch}

func TestFromKMSCall(t *testing.T) {
	for _, name := range events.KMSCalls(events.KMSChange) {
		want, ok := callEffects[name]
		if !ok {
			t.Errorf("%s is a change to package events and has no effect here", name)
			continue
		}
		t.Run(name, func(t *testing.T) {
			sig, ok := customerkey.FromKMSCall(kmsEnvelope, kmsCall(name, ""))
			if !ok || sig.Effect != want.effect || sig.Cause != want.cause || sig.Source != customerkey.SourceCloudTrail {
				t.Errorf("= %+v, %v; want %v", sig, ok, want)
			}
			if sig.EventID != "e-7" || sig.Account != testAccount || sig.Name != name || !sig.At.Equal(epoch.Add(-time.Minute)) {
				t.Errorf("= %+v: not this event", sig)
			}
			failed, ok := customerkey.FromKMSCall(kmsEnvelope, kmsCall(name, "AccessDenied"))
			if !ok || failed.Effect != customerkey.EffectNote {
				t.Errorf("a call that failed = %+v, %v; want a note", failed, ok)
			}
		})
	}
	if n := len(events.KMSCalls(events.KMSChange)); n != len(callEffects) {
		t.Errorf("package events knows %d changes, the table here %d", n, len(callEffects))
	}
}

func TestFromKMSCall_Uses(t *testing.T) {
	for _, name := range events.KMSCalls(events.KMSUse) {
		if sig, ok := customerkey.FromKMSCall(kmsEnvelope, kmsCall(name, "")); ok {
			t.Errorf("a %s that worked = %+v, want no signal", name, sig)
		}
		sig, ok := customerkey.FromKMSCall(kmsEnvelope, kmsCall(name, "AccessDenied"))
		if !ok || sig.Effect != customerkey.EffectLook || sig.Source != customerkey.SourceDenied {
			t.Errorf("a denied %s = %+v, %v; want a look", name, sig, ok)
		}
	}
}

func TestFromKMSCall_WithoutTime(t *testing.T) {
	call := kmsCall("DisableKey", "")
	call.EventTime = time.Time{}
	if sig, _ := customerkey.FromKMSCall(kmsEnvelope, call); !sig.At.Equal(epoch) {
		t.Errorf("At = %s, want the envelope's time", sig.At)
	}
}

func TestFromKMSCall_Grant(t *testing.T) {
	call := kmsCall("RevokeGrant", "")
	call.RequestParameters = &events.KMSRequest{GrantID: "g-1"}
	sig, _ := customerkey.FromKMSCall(kmsEnvelope, call)
	if sig.Effect != customerkey.EffectLook || sig.GrantID != "g-1" {
		t.Errorf("RevokeGrant = %+v, want a look at g-1", sig)
	}
	if sig = customerkey.GrantSignal(sig); sig.Effect != customerkey.EffectRevoke || sig.Cause != customerkey.CauseGrantGone || sig.GrantID != "g-1" {
		t.Errorf("GrantSignal = %+v", sig)
	}
}

func TestFromKMSEvent(t *testing.T) {
	cases := map[string]struct {
		ok     bool
		effect customerkey.Effect
		cause  customerkey.Cause
	}{
		events.TypeKMSDeletion:       {true, customerkey.EffectRevoke, customerkey.CauseKeyGone},
		events.TypeKMSMaterialExpiry: {true, customerkey.EffectRevoke, customerkey.CauseMaterialExpired},
		events.TypeKMSRotation:       {true, customerkey.EffectNote, ""},
		events.TypeCloudTrailCall:    {},
	}
	for detailType, c := range cases {
		t.Run(detailType, func(t *testing.T) {
			env := kmsEnvelope
			env.DetailType = detailType
			sig, ok := customerkey.FromKMSEvent(env)
			if ok != c.ok || sig.Effect != c.effect || sig.Cause != c.cause {
				t.Errorf("= %+v, %v", sig, ok)
			}
		})
	}
}

func TestFromRDSEvent(t *testing.T) {
	grant := map[string]string{events.RDSKeyInaccessible: "g-1", events.RDSKeyLongInaccessible: "g-1", events.RDSKeyAccessible: ""}
	for _, e := range events.RDSEvents() {
		suspect, about := grant[e.ID]
		sig, ok := customerkey.FromRDSEvent(kmsEnvelope, e.ID, "g-1")
		if ok != about || ok && (sig.Effect != customerkey.EffectLook || sig.Source != customerkey.SourceRDS || sig.Name != e.ID || sig.GrantID != suspect) {
			t.Errorf("%s = %+v, %v; want a look: %v", e.ID, sig, ok, about)
		}
	}
}

// RDS's news makes its grant suspect: the next probe looks for it, and locks
// when it is gone.
func TestRules_Observe_SuspectGrant(t *testing.T) {
	for name, there := range map[string]bool{"there": true, "gone": false} {
		t.Run(name, func(t *testing.T) {
			rec, now := inPhase(t, customerkey.PhaseUsable)
			sig, _ := customerkey.FromRDSEvent(events.Envelope{ID: "e-8", Account: testPlatform, Time: now}, events.RDSKeyInaccessible, "g-1")
			rec = rules.Observe(rec, sig, now).Record
			if rec.Phase != customerkey.PhaseUsable || !rec.LookNow {
				t.Fatalf("RDS's word alone: %s, look %v", rec.Phase, rec.LookNow)
			}
			keys := newStub()
			if there {
				keys.grants = [][]customerkey.Grant{{{ID: "g-1"}}}
			}
			out := rules.Step(ctx, keys, rec, testRegion, now).Record
			if out.Phase.Serves() != there || there && out.GrantID != "" || !there && (out.Cause != customerkey.CauseGrantGone || out.GrantID != "g-1") {
				t.Errorf("= %s, %s, grant %q", out.Phase, out.Cause, out.GrantID)
			}
		})
	}
}
