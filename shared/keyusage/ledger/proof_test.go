package ledger_test

import (
	"bytes"
	"context"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"strings"
	"sync"
	"testing"
	"time"

	"latchkey/shared/coded"
	"latchkey/shared/keyusage/digest"
	"latchkey/shared/keyusage/ledger/ledgerreport"
	"latchkey/shared/keyusage/trailtest"
	"latchkey/shared/objects"
)

// signer writes digests as CloudTrail does.
type signer struct {
	*world
	key   *rsa.PrivateKey
	trail digest.Trail
	last  *digest.File
	hash  string
	sign  string
	late  bool // the next digests are of late files
}

// signingKey is made once: it takes long.
var signingKey = sync.OnceValues(func() (*rsa.PrivateKey, error) { return rsa.GenerateKey(rand.Reader, 2048) })

func newSigner(w *world) *signer {
	key, err := signingKey()
	if err != nil {
		w.Fatal(err)
	}
	return &signer{world: w, key: key, trail: digest.Trail{Bucket: trail, AccountID: account, Region: region, Name: "all_events", HomeRegion: region}}
}

// PublicKey implements digest.PublicKeys.
func (s *signer) PublicKey(_ context.Context, fingerprint string) ([]byte, error) {
	if fingerprint != "f1" {
		return nil, coded.New(coded.NotFound, "no key %s", fingerprint)
	}
	return x509.MarshalPKCS1PublicKey(&s.key.PublicKey), nil
}

// digest writes the digest of the hour that ends at a time, and returns its key.
func (s *signer) digest(end time.Time, logs map[string][]byte) string {
	s.Helper()
	key := s.trail.DigestKey(end)
	if s.late {
		key = strings.TrimSuffix(key, ".json.gz") + "_backfill.json.gz"
	}
	f := digest.File{
		AccountID: account, StartTime: end.Add(-time.Hour).Format(time.RFC3339), EndTime: end.Format(time.RFC3339),
		Bucket: trail, Object: key, Fingerprint: "f1", Algorithm: digest.SignatureAlgorithm,
	}
	if s.last != nil {
		f.PreviousBucket, f.PreviousObject, f.PreviousHash, f.PreviousSignature = &s.last.Bucket, &s.last.Object, &s.hash, &s.sign
	}
	for name, doc := range logs {
		sum := sha256.Sum256(doc)
		f.LogFiles = append(f.LogFiles, digest.LogFile{Bucket: trail, Object: name, Hash: hex.EncodeToString(sum[:]), HashAlgorithm: digest.HashAlgorithm})
	}
	content, err := json.Marshal(f)
	if err != nil {
		s.Fatal(err)
	}
	signed := sha256.Sum256(f.StringToSign(content))
	signature, err := rsa.SignPKCS1v15(nil, s.key, crypto.SHA256, signed[:])
	if err != nil {
		s.Fatal(err)
	}
	sum := sha256.Sum256(content)
	last, sign := f, hex.EncodeToString(signature)
	if !s.late {
		s.last, s.hash, s.sign = &last, hex.EncodeToString(sum[:]), sign
	}
	_, err = s.objects.Put(ctx, trail, key, trailtest.Gzip(content), objects.Options{Metadata: map[string]string{
		digest.MetaSignature: sign, digest.MetaAlgorithm: digest.SignatureAlgorithm}})
	if err != nil {
		s.Fatal(err)
	}
	return key
}

// TestLedger_Proved: an hour is proved if its digests are, and the ledger has
// read what they name as they name it.
func TestLedger_Proved(t *testing.T) {
	w := newWorld(t, trailtest.Config{Seed: 41, Tenants: 1, PerFile: time.Hour})
	s := newSigner(w)
	deps := w.deps()
	deps.PublicKeys = s
	l := w.open(deps)
	hours := func() (proved []bool, why string) {
		t.Helper()
		list, err := l.Proved(ctx, start, start.Add(4*time.Hour))
		if err != nil {
			t.Fatal(err)
		}
		for _, h := range list {
			proved = append(proved, h.Proved)
			why += h.Why + "; "
		}
		return proved, why
	}
	if list, err := l.Proved(ctx, start, start.Add(4*time.Hour)); list != nil || err != nil {
		t.Errorf("before any digest: %v, %v", list, err)
	}
	var keys []string
	var docs [][]byte
	for n := range 4 { // over midnight
		doc := w.gen.File(n, 50)
		docs = append(docs, doc)
		keys = append(keys, w.deliver(w.gen.Name(n), doc))
		if n != 2 {
			ingest(t, l, keys[n])
		}
		ingest(t, l, s.digest(start.Add(time.Duration(n+1)*time.Hour), map[string][]byte{keys[n]: doc}))
	}
	// Hour 1 waits for the digest of hour 2, in which its last files may be; the
	// file in it was not read.
	if got, why := hours(); !equal(got, true, false, false, false) || !strings.Contains(why, "log-unread: "+keys[2]) {
		t.Errorf("%v: %s", got, why)
	}
	ingest(t, l, keys[2], s.digest(start.Add(5*time.Hour), nil))
	if got, why := hours(); !equal(got, true, true, true, true) {
		t.Errorf("after the late file: %v: %s", got, why)
	}
	rep, err := ledgerreport.Make(ctx, l, w.gen.World.Tenants[0].ID, start, start.Add(4*time.Hour))
	if err != nil || rep.Proof == nil || rep.Proof.Proved != 4 {
		t.Errorf("report: %+v, %v", rep.Proof, err)
	}

	// The digest names other content than the ledger has read.
	changed := bytes.Clone(docs[3])
	changed[len(changed)-3] = ' '
	ingest(t, l, s.digest(start.Add(6*time.Hour), map[string][]byte{keys[3]: changed}))
	if _, err := l.Prove(ctx, s.trail, start.Add(2*time.Hour), start.Add(6*time.Hour)); err != nil {
		t.Fatal(err)
	}
	late, err := l.Proved(ctx, start.Add(4*time.Hour), start.Add(6*time.Hour))
	if err != nil || late[1].Proved || !strings.Contains(late[1].Why, "log-changed: "+keys[3]) {
		t.Errorf("%+v, %v", late, err)
	}
}

// TestLedger_Proved_lost: an hour that was proved, and no longer is.
func TestLedger_Proved_lost(t *testing.T) {
	w := newWorld(t, trailtest.Config{Seed: 41, Tenants: 1, PerFile: time.Hour})
	s := newSigner(w)
	deps := w.deps()
	deps.PublicKeys = s
	l := w.open(deps)
	first := s.digest(start.Add(time.Hour), nil)
	ingest(t, l, first, s.digest(start.Add(2*time.Hour), nil))
	if list, err := l.Proved(ctx, start, start.Add(time.Hour)); err != nil || !list[0].Proved {
		t.Fatalf("%+v, %v", list, err)
	}
	if _, err := w.objects.Put(ctx, trail, first, []byte("{}"), objects.Options{}); err != nil {
		t.Fatal(err)
	}
	if _, err := l.Prove(ctx, s.trail, start, start.Add(2*time.Hour)); err != nil {
		t.Fatal(err)
	}
	if list, err := l.Proved(ctx, start, start.Add(time.Hour)); err != nil || list[0].Proved || !strings.Contains(list[0].Why, "it had been proved before") {
		t.Errorf("%+v, %v", list, err)
	}
}

func TestParseKey(t *testing.T) {
	want := digest.Trail{Bucket: "b", Prefix: "p/q", Organization: "o-abc", AccountID: account, Region: region, Name: "all_events", HomeRegion: "eu-central-1"}
	end := time.Date(2025, 3, 1, 5, 3, 7, 0, time.UTC)
	got, at, ok := digest.ParseKey("b", want.DigestKey(end))
	if !ok || got != want || !at.Equal(end) {
		t.Errorf("%+v %s %v", got, at, ok)
	}
	for _, key := range []string{"", "a/b.json.gz", "AWSLogs/1/CloudTrail-Digest/r/2025/03/01/1_CloudTrail-Digest_r_n_h_x.json.gz"} {
		if _, _, ok := digest.ParseKey("b", key); ok {
			t.Errorf("%q is a digest's key", key)
		}
	}
}

func equal(got []bool, want ...bool) bool {
	if len(got) != len(want) {
		return false
	}
	for i := range got {
		if got[i] != want[i] {
			return false
		}
	}
	return true
}

// TestLedger_Proved_withoutUses: a digest may name files that hold no uses, and
// are not read for any.
func TestLedger_Proved_withoutUses(t *testing.T) {
	const key = "AWSLogs/" + account + "/CloudTrail-Insight/us-east-1/2025/03/01/" + account + "_CloudTrail-Insight_us-east-1_20250301T2205Z_a.json.gz"
	content := []byte(`{"Records":[{"eventCategory":"Insight"}]}`)
	for name, c := range map[string]struct {
		stored []byte // nil: none
		why    string
	}{
		"as signed": {trailtest.Gzip(content), ""},
		"changed":   {trailtest.Gzip([]byte(`{"Records":[]}`)), "log-changed"},
		"no gzip":   {trailtest.Gzip(content)[:20], "log-broken"},
		"gone":      {nil, "log-missing"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, trailtest.Config{Tenants: 1})
			s := newSigner(w)
			deps := w.deps()
			deps.PublicKeys = s
			l := w.open(deps)
			ingest(t, l, s.digest(start, nil))
			if c.stored != nil {
				if _, err := w.objects.Put(ctx, trail, key, c.stored, objects.Options{}); err != nil {
					t.Fatal(err)
				}
			}
			ingest(t, l, s.digest(start.Add(time.Hour), map[string][]byte{key: content}), s.digest(start.Add(2*time.Hour), nil))
			list, err := l.Proved(ctx, start, start.Add(time.Hour))
			if err != nil || len(list) != 1 || list[0].Proved != (c.why == "") || !strings.HasPrefix(list[0].Why, c.why) {
				t.Errorf("%+v, %v", list, err)
			}
		})
	}
}
