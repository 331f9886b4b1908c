package demo

import (
	"strings"
	"time"

	"latchkey/localstack/cell"
	"latchkey/shared/customerkey"
	"latchkey/shared/fake/faketrail"
	"latchkey/shared/keyusage"
	"latchkey/shared/keyusage/digest"
	"latchkey/shared/objects"
	"latchkey/shared/objects/embedded"
)

// every is how often CloudTrail delivers in this story, a sixth as often as
// it usually does: the story is to be quick.
const every = 30 * time.Minute

// trail is what the story's CloudTrail records, and the truth to hold the
// ledger against: every call, counted where it is made, by none of the ledger's
// ways.
type trail struct {
	keys  map[string]*key // recorded, by ARN: of the home Region's customers with a part
	made  map[call]uint64
	after map[string]int // uses that succeeded though the key had been revoked, by ARN
}

// call is what calls are counted by: as CloudTrail names them, by the hour.
type call struct {
	key, operation, code string
	hour                 int64 // since 1970
}

func newTrail() *trail {
	return &trail{keys: map[string]*key{}, made: map[call]uint64{}, after: map[string]int{}}
}

// record lets a key's calls be recorded, if its customer has a part in the
// story and is at home: thousands of keys would make it slow.
func (t *trail) record(k *key) {
	if k.owner.named && k.region == regions[0] {
		t.keys[k.arn] = k
	}
}

func (t *trail) ledger(o Options) *cell.Ledger {
	var store objects.Store = embedded.NewMemory()
	if o.flaws.objects != nil {
		store = o.flaws.objects(store)
	}
	return &cell.Ledger{Objects: store, Wants: t.wants, Every: every, Known: o.flaws.known}
}

// keyOf returns the recorded key that a call is about, or nil.
func (t *trail) keyOf(c faketrail.Call) *key {
	if c.Source != "kms.amazonaws.com" || len(c.Resources) == 0 {
		return nil
	}
	return t.keys[c.Resources[0].ARN]
}

func (t *trail) wants(c faketrail.Call) bool { return t.keyOf(c) != nil }

// count takes note of a call in the platform's account; it wants no record of it.
func (t *trail) count(c faketrail.Call) bool {
	k := t.keyOf(c)
	if k == nil {
		return false
	}
	code := c.ErrorCode
	if code == customerkey.CodeAccessDenied {
		code = "AccessDenied" // as CloudTrail writes it
	}
	t.made[call{k.arn, c.Name, code, c.At.Unix() / 3600}]++
	uses := c.Name == "Decrypt" || c.Name == "Encrypt" || strings.HasPrefix(c.Name, "GenerateDataKey")
	if uses && code == "" && !k.revokedAt.IsZero() && c.At.After(k.revokedAt.Add(kmsLag)) {
		t.after[k.arn]++
	}
	return false
}

// linger uses a key while its owner holds it back: somebody with a way in
// enables it for two minutes.
func (s *story) linger(k *key) {
	if s.err == nil {
		s.fail("EnableKey", s.cell.KMS.EnableKey(s.ctx, k.admin(), k.arn))
	}
	s.pass(2 * kmsLag)
	s.use(k, cell.Role(platform), customerkey.EncryptionContext(k.owner.id))
	if s.err == nil {
		s.fail("DisableKey", s.cell.KMS.DisableKey(s.ctx, k.admin(), k.arn))
	}
}

// usage is what the ledger says of the recorded keys.
type usage struct {
	rollups  []keyusage.Rollup
	findings []keyusage.Finding
	hours    []digest.Hour
}

// readLedger asks the ledger for the keys' customers, up to a whole hour.
func (s *story) readLedger(until time.Time) (u usage) {
	for _, k := range s.ring {
		if s.trail.keys[k.arn] == nil || s.err != nil {
			continue
		}
		sum, err := s.cell.Ledger.Collect(s.ctx, k.owner.id, epoch, until)
		if s.fail("asking the ledger", err); err != nil {
			return u
		}
		u.rollups, u.findings = append(u.rollups, sum.Rollups...), append(u.findings, sum.Found...)
	}
	hours, err := s.cell.Ledger.Proved(s.ctx, epoch, until)
	s.fail("asking what is proved", err)
	u.hours = hours
	return u
}

// flaws are wrong on purpose, for tests.
type flaws struct {
	objects func(objects.Store) objects.Store // between the trail, the ledger and their buckets
	known   []string                          // principals that are taken for expected
	linger  bool                              // a key is used while it is revoked
}
