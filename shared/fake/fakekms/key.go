package fakekms

import (
	"crypto/cipher"
	"encoding/hex"
	"time"

	"latchkey/shared/customerkey"
	"latchkey/shared/fake"
)

const (
	managerAWS      = "AWS"
	managerCustomer = "CUSTOMER"

	originKMS      = "AWS_KMS"
	originExternal = "EXTERNAL"
	originStore    = "EXTERNAL_KEY_STORE"
	originHSM      = "AWS_CLOUDHSM"

	specSymmetric = "SYMMETRIC_DEFAULT"
	usageEncrypt  = "ENCRYPT_DECRYPT"
)

// key is a KMS key. Exported fields are what the journal keeps.
type key struct {
	ARN, Account, Region, ID     string
	Manager, Spec, Usage, Origin string
	StoreID, Description         string
	CreatedAt                    time.Time

	Enabled        bool // when nothing below hides it
	DeletionDate   time.Time
	DeletionDays   int    // waiting period, while replicas hold up the deletion
	Transient      string // Creating or Updating, until TransientUntil
	TransientUntil time.Time
	StoreOff       bool // the custom key store is disconnected

	Materials    []material // the last one encrypts
	ValidTo      time.Time  // of imported material
	RotationDays int        // 0: no automatic rotation
	NextRotation time.Time
	OnDemand     int // rotations on demand so far

	MultiRegion bool
	Primary     string   // ARN of the primary, for a multi-Region key
	Replicas    []string // of a primary

	Policy   string
	Versions []version // oldest first; the last is the key as it is

	grants    []*grant            // by Seq
	purged    int                 // of grants
	byGrantee map[string][]*grant // without the services' grants
}

// version is what callers see of a key after one change.
type version struct {
	At           time.Time
	Seq          uint64 // 0 for the key as it was made, which is seen at once
	State        string
	DeletionDate time.Time
	ValidTo      time.Time
	Policy       string
	policy       *policy
}

// material is one version of a key's material.
type material struct {
	ID      string // keyMaterialId
	Secret  []byte // 32 bytes
	Missing bool   // imported material that was deleted or has expired
	aead    cipher.AEAD
}

func (key *key) now() *version { return &key.Versions[len(key.Versions)-1] }

// state works out the key's state; what comes first hides what comes after. [KMS
// guide, Key states, with note 13: a key pending deletion stays so when its store goes]
func (key *key) state() string {
	switch {
	case !key.DeletionDate.IsZero():
		return customerkey.StatePendingDeletion
	case key.DeletionDays > 0:
		return customerkey.StatePendingReplicaDeletion
	case key.Transient != "":
		return key.Transient
	case len(key.Materials) == 0 || key.current().Missing:
		return customerkey.StatePendingImport
	case key.StoreOff:
		return customerkey.StateUnavailable
	case !key.Enabled:
		return customerkey.StateDisabled
	}
	return customerkey.StateEnabled
}

func (key *key) current() *material { return &key.Materials[len(key.Materials)-1] }

func (key *key) isPrimary() bool { return key.MultiRegion && key.Primary == key.ARN }

// seenBy returns the newest version that has reached a principal.
func (k *KMS) seenBy(key *key, who *principal, now time.Time) *version {
	last := len(key.Versions) - 1
	for i := last; i > 0; i-- {
		if k.reached(key.Versions[i].At, key.Versions[i].Seq, who, now) {
			return &key.Versions[i]
		}
	}
	return &key.Versions[0]
}

// reached reports whether a change has reached a principal. The lag follows from
// the seed, the change and the principal alone, so it is the same after a restart.
func (k *KMS) reached(at time.Time, seq uint64, who *principal, now time.Time) bool {
	if k.maxLag == 0 || seq == 0 || now.Sub(at) >= k.maxLag {
		return true
	}
	lag := fake.Mix(k.seed^fake.Mix(seq)^who.hash) % uint64(k.maxLag)
	return now.Sub(at) >= time.Duration(lag)
}

// touch makes a version of the key as it is now, and drops those that everyone is past.
func (k *KMS) touch(key *key, now time.Time) {
	before := key.now()
	v := version{At: now, Seq: k.nextSeq(), State: key.state(), DeletionDate: key.DeletionDate,
		ValidTo: key.ValidTo, Policy: key.Policy, policy: before.policy}
	if key.Policy != before.Policy {
		v.policy, _ = compile(key.Policy, key.ARN) // was compiled when it was accepted
	}
	stateChanged := v.State != before.State
	keep := key.Versions
	for len(keep) > 1 && now.Sub(keep[1].At) >= k.maxLag {
		keep = keep[1:]
	}
	if k.maxLag == 0 {
		keep = nil
	}
	key.Versions = append(append([]version(nil), keep...), v)
	k.dirty(key)
	if stateChanged {
		k.notify(key.ARN)
	}
}

// notify tells of a change after the call.
func (k *KMS) notify(arn string) {
	if k.changed != nil {
		k.after = append(k.after, func() { k.changed(arn) })
	}
}

func (k *KMS) nextSeq() uint64 {
	k.seq++
	return k.seq
}

// newID returns hexadecimal digits that follow from the seed and the next change.
func (k *KMS) newID(purpose string, bytes int) string {
	h := fake.Mix(k.seed ^ hash(purpose) ^ fake.Mix(k.nextSeq()))
	raw := make([]byte, bytes)
	for i := range raw {
		if i%8 == 0 {
			h = fake.Mix(h)
		}
		raw[i] = byte(h >> (8 * (i % 8)))
	}
	return hex.EncodeToString(raw)
}

func (key *key) describe(v *version) customerkey.Description {
	return customerkey.Description{
		ARN: key.ARN, AccountID: key.Account, Manager: key.Manager, Spec: key.Spec, Usage: key.Usage,
		State: v.State, DeletionDate: v.DeletionDate, ValidTo: v.ValidTo, Origin: key.Origin,
		CustomKeyStoreID: key.StoreID, MultiRegion: key.MultiRegion,
	}
}
