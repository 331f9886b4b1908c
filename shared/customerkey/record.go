package customerkey

import (
	"hash/fnv"
	"math/bits"
	"time"

	"latchkey/events"
)

// Phase is where a key's record stands. Only Usable and Unreachable serve.
type Phase string

// The phases of a key.
const (
	PhasePending          Phase = "pending"           // registered; the preflight has not passed
	PhaseUsable           Phase = "usable"            // the key serves
	PhaseUnreachable      Phase = "unreachable"       // KMS gives no answer; served through for a while
	PhasePrecaution       Phase = "precaution"        // locked because KMS gave no answer for too long
	PhaseLocked           Phase = "locked"            // a trusted signal of revocation was seen
	PhaseRevoked          Phase = "revoked"           // the revocation is confirmed; databases are marked terminal
	PhaseAwaitingApproval Phase = "awaiting-approval" // usable again; the tenant wants to approve the way back
	PhaseLost             Phase = "lost"              // the key is deleted for good
	PhaseRetired          Phase = "retired"           // no tenant uses it any more
)

// Serves reports whether a tenant of a key in this phase may be served.
func (p Phase) Serves() bool { return p == PhaseUsable || p == PhaseUnreachable }

// Locked reports whether a key in this phase fences its databases.
func (p Phase) Locked() bool {
	switch p {
	case PhasePrecaution, PhaseLocked, PhaseRevoked, PhaseAwaitingApproval, PhaseLost:
		return true
	}
	return false
}

// Confirmed reports whether databases of a key in this phase are marked terminal.
func (p Phase) Confirmed() bool {
	return p == PhaseRevoked || p == PhaseAwaitingApproval || p == PhaseLost
}

// Cause says why a key cannot be used.
type Cause string

// The causes of a revocation, and the one of a precaution.
const (
	CauseDisabled          Cause = "disabled"
	CausePendingDeletion   Cause = "pending-deletion"
	CauseMaterialDeleted   Cause = "material-deleted"
	CauseMaterialExpired   Cause = "material-expired"
	CauseStoreDisconnected Cause = "store-disconnected"
	CauseAccessDenied      Cause = "access-denied"
	CauseGrantGone         Cause = "grant-gone"
	CauseKeyGone           Cause = "key-gone"
	CauseUnreachable       Cause = "unreachable"
)

// How the way back starts once the key is usable again.
const (
	ReturnAutomatic = "automatic"
	ReturnApproval  = "approval"
)

// Timing holds the intervals of the rules.
type Timing struct {
	Probe       time.Duration // between two probes of a healthy key; under five minutes, less the prober's own period
	Dense       time.Duration // between two probes while something is going on
	Consistency time.Duration // how long KMS may take to show a change everywhere [KMS guide, Programming: eventual consistency]
	Steady      time.Duration // how long a key must stay usable before the lock is undone
	Confirm     time.Duration // a trusted signal that nothing refuted for so long is confirmed
	Unreachable time.Duration // how long an unreachable key is served through
	Window      time.Duration // RDS's recoverable window [RDS guide, Encrypting RDS resources: 7 days]
}

// DefaultTiming is the design's.
func DefaultTiming() Timing {
	return Timing{
		Probe:       4 * time.Minute,
		Dense:       30 * time.Second,
		Consistency: 5 * time.Minute,
		Steady:      time.Minute,
		Confirm:     10 * time.Minute,
		Unreachable: 30 * time.Minute,
		Window:      7 * 24 * time.Hour,
	}
}

// warningDays are the days of a revocation on which the tenant is warned.
var warningDays = []int{1, 3, 6}

// Record is a key's record. It is a value: rules return a changed copy.
type Record struct {
	ARN          string    `json:"arn"`
	Account      string    `json:"account"` // of the key: the only one whose signals are trusted
	Region       string    `json:"region"`
	TenantID     string    `json:"tenantId"` // whose encryption context the probes use
	Phase        Phase     `json:"phase"`
	RegisteredAt time.Time `json:"registeredAt"`
	Return       string    `json:"return"`
	Canary       []byte    `json:"canary,omitempty"` // ciphertext only
	StoreID      string    `json:"storeId,omitempty"`

	Cause      Cause     `json:"cause,omitempty"`
	Reason     string    `json:"reason,omitempty"`
	LockSource string    `json:"lockSource,omitempty"` // which kind of signal locked it
	SignalAt   time.Time `json:"signalAt,omitzero"`    // when the customer acted, by the signal that locked
	LockedAt   time.Time `json:"lockedAt,omitzero"`
	Confirmed  time.Time `json:"confirmedAt,omitzero"`
	// RecoverableUntil is the end of the window counted from the lock; a
	// database has its own, counted from RDS's status once that is seen.
	RecoverableUntil time.Time `json:"recoverableUntil,omitzero"`
	DeletionDate     time.Time `json:"deletionDate,omitzero"` // of a pending deletion
	Warned           int       `json:"warned,omitempty"`      // how many of the warning days are done

	LastProbeAt      time.Time `json:"lastProbeAt,omitzero"`
	LastVerdict      string    `json:"lastVerdict,omitempty"`
	LastUsableAt     time.Time `json:"lastUsableAt,omitzero"`
	LastRevokedAt    time.Time `json:"lastRevokedAt,omitzero"` // latest evidence of a revocation
	UsableSince      time.Time `json:"usableSince,omitzero"`   // start of an unbroken run of usable verdicts while locked
	UnreachableSince time.Time `json:"unreachableSince,omitzero"`
	GoneSince        time.Time `json:"goneSince,omitzero"` // KMS says NotFound since
	DenseUntil       time.Time `json:"denseUntil,omitzero"`
	Approved         bool      `json:"approved,omitempty"` // a person lets the databases come back
	LookNow          bool      `json:"lookNow,omitempty"`  // a signal asks for a probe at once
	GrantID          string    `json:"grantId,omitempty"`  // the lost grant, with CauseGrantGone

	Missing   []Requirement `json:"missing,omitempty"`   // what the last preflight found wanting
	Statement string        `json:"statement,omitempty"` // the policy statements that would mend it
	Fanout    Fanout        `json:"fanout,omitzero"`

	// Changes are what happened since the record was read. They are stored
	// beside the record, one item each, and not in it: a probe reads the record
	// every few minutes and its history never.
	Changes []Change `json:"-"`
}

// Fanout is the progress of telling a key's databases about a change. The
// lock itself never waits for it.
type Fanout struct {
	Active bool   `json:"active,omitempty"`
	Cursor string `json:"cursor,omitempty"`
	Poked  int64  `json:"poked,omitempty"`
}

// New returns the record of a key that a tenant has named.
func New(arn, tenantID, returnMode string, now time.Time) (Record, error) {
	parsed, err := events.ParseKeyARN(arn)
	if err != nil {
		return Record{}, err
	}
	if returnMode == "" {
		returnMode = ReturnAutomatic
	}
	rec := Record{
		ARN: arn, Account: parsed.Account, Region: parsed.Region, TenantID: tenantID,
		Phase: PhasePending, RegisteredAt: now, Return: returnMode,
	}
	return rec.noted(Change{At: now, To: PhasePending, Source: SourceRegistration, Detail: "named by tenant " + tenantID}), nil
}

// moved returns rec in another phase, with the change noted and its databases
// to be told.
func (rec Record) moved(to Phase, c Change) Record {
	c.From, c.To = rec.Phase, to
	rec.Phase = to
	rec.Fanout = Fanout{Active: true}
	return rec.noted(c)
}

// noted returns rec with something worth remembering. It shares no memory with
// other copies of the record.
func (rec Record) noted(c Change) Record {
	if c.To == "" {
		c.To = rec.Phase
	}
	rec.Changes = append(rec.Changes[:len(rec.Changes):len(rec.Changes)], c)
	return rec
}

// NextProbe returns when the key is to be probed after now: soon while
// something is going on, else at the key's own moment in the period, so that
// probes of many keys spread evenly.
func (rec Record) NextProbe(t Timing, now time.Time) time.Time {
	switch {
	case rec.Phase == PhaseLost || rec.Phase == PhaseRetired:
		return time.Time{}
	case now.Before(rec.DenseUntil), rec.Phase == PhaseLocked, rec.Phase == PhasePrecaution,
		!rec.UnreachableSince.IsZero(), rec.Phase == PhaseRevoked && !rec.UsableSince.IsZero(),
		!rec.GoneSince.IsZero():
		return now.Add(t.Dense)
	}
	h := fnv.New32a()
	h.Write([]byte(rec.ARN))
	period := int64(t.Probe)
	share, _ := bits.Mul64(uint64(h.Sum32())<<32, uint64(period)) // the hash's share of the period; the product has 70 bits
	offset := int64(share)
	next := (now.UnixNano()-offset)/period*period + period + offset
	return time.Unix(0, next).UTC()
}
