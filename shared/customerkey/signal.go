package customerkey

import (
	"time"

	"latchkey/events"
)

// Effect is what a signal says about the customer's will.
type Effect string

// The effects. Whether a signal is believed is Observe's to decide.
const (
	EffectRevoke  Effect = "revoke"  // the key was taken away
	EffectRestore Effect = "restore" // the key was given back: look
	EffectLook    Effect = "look"    // something changed that may matter: look
	EffectNote    Effect = "note"    // worth a line in the history only
)

// Where a signal came from; the label of the lock-latency metric.
const (
	SourceCloudTrail = "cloudtrail" // a management call, forwarded from the key's account or local
	SourceKMS        = "kms"        // KMS's own events
	SourceRDS        = "rds"        // RDS-EVENT-0418, 0419, 0420
	SourceDenied     = "denied"     // a denied call in our own CloudTrail
	SourceProbe      = "probe"
	SourceOperator   = "operator"

	// SourceRegistration is of changes that a tenant's registration or end makes.
	SourceRegistration = "registration"
)

// Signal is one piece of news about a key.
type Signal struct {
	Effect       Effect
	Cause        Cause
	Source       string
	EventID      string
	Account      string    // whose event bus the event started on; EventBridge sets it, no one can forge it
	At           time.Time // when it happened
	Name         string    // DisableKey, RDS-EVENT-0419, …
	GrantID      string    // of RevokeGrant and RetireGrant; of RDS's news, the grant that RDS uses for the instance
	DeletionDate time.Time
}

// callSignals maps every write call that changes whether a key can be used
// (facts 18) to its effect. PutKeyPolicy may take us out or let us in: only a
// look can tell. A grant matters only if it is one that RDS uses, which the
// caller knows; see GrantSignal.
var callSignals = map[string]struct {
	Effect Effect
	Cause  Cause
}{
	"DisableKey":                {EffectRevoke, CauseDisabled},
	"ScheduleKeyDeletion":       {EffectRevoke, CausePendingDeletion},
	"DeleteImportedKeyMaterial": {EffectRevoke, CauseMaterialDeleted},
	"DisconnectCustomKeyStore":  {EffectRevoke, CauseStoreDisconnected},
	"DeleteCustomKeyStore":      {EffectRevoke, CauseStoreDisconnected},
	"EnableKey":                 {EffectRestore, ""},
	"CancelKeyDeletion":         {EffectRestore, ""},
	"ImportKeyMaterial":         {EffectRestore, ""},
	"ConnectCustomKeyStore":     {EffectRestore, ""},
	"PutKeyPolicy":              {EffectLook, ""},
	"CreateGrant":               {EffectNote, ""},
	"RetireGrant":               {EffectLook, ""},
	"RevokeGrant":               {EffectLook, ""},
	"UpdatePrimaryRegion":       {EffectLook, ""},
	"ReplicateKey":              {EffectNote, ""},
	"EnableKeyRotation":         {EffectNote, ""},
	"DisableKeyRotation":        {EffectNote, ""},
	"RotateKeyOnDemand":         {EffectNote, ""},
}

// FromKMSCall returns the signal in a KMS call that CloudTrail recorded. A
// write call that failed changed nothing and is only noted; a data call that
// was denied or refused makes us look. ok is false when the call says nothing.
func FromKMSCall(env events.Envelope, call *events.KMSCall) (sig Signal, ok bool) {
	sig = Signal{
		Source: SourceCloudTrail, EventID: env.ID, Account: env.Account,
		At: call.EventTime.UTC(), Name: call.EventName, GrantID: call.GrantID(),
	}
	if sig.At.IsZero() {
		sig.At = env.Time.UTC()
	}
	known, isWrite := callSignals[call.EventName]
	switch {
	case isWrite && call.Failed():
		sig.Effect = EffectNote
	case isWrite:
		sig.Effect, sig.Cause = known.Effect, known.Cause
	case call.Failed():
		sig.Effect, sig.Source = EffectLook, SourceDenied
	default:
		return Signal{}, false
	}
	return sig, true
}

// FromKMSEvent returns the signal in one of KMS's own events, by detail-type.
func FromKMSEvent(env events.Envelope) (sig Signal, ok bool) {
	sig = Signal{Source: SourceKMS, EventID: env.ID, Account: env.Account, At: env.Time.UTC(), Name: env.DetailType}
	switch env.DetailType {
	case events.TypeKMSDeletion:
		sig.Effect, sig.Cause = EffectRevoke, CauseKeyGone
	case events.TypeKMSMaterialExpiry:
		sig.Effect, sig.Cause = EffectRevoke, CauseMaterialExpired
	case events.TypeKMSRotation:
		sig.Effect = EffectNote
	default:
		return Signal{}, false
	}
	return sig, true
}

// FromRDSEvent returns the signal in RDS's events about a key it cannot use.
// RDS speaks from our own account of what it met, which may be an outage: it
// makes us look.
func FromRDSEvent(env events.Envelope, eventID, grantID string) (sig Signal, ok bool) {
	sig = Signal{Effect: EffectLook, Source: SourceRDS, EventID: env.ID, Account: env.Account, At: env.Time.UTC(), Name: eventID}
	switch eventID {
	case events.RDSKeyInaccessible, events.RDSKeyLongInaccessible:
		sig.GrantID = grantID
		return sig, true
	case events.RDSKeyAccessible:
		return sig, true
	}
	return Signal{}, false
}

// GrantSignal turns the news that a grant was revoked or retired into a
// revocation, once the caller knows that RDS uses that grant for a database.
func GrantSignal(sig Signal) Signal {
	sig.Effect, sig.Cause = EffectRevoke, CauseGrantGone
	return sig
}
