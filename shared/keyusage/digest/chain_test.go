package digest

import (
	"bytes"
	"cmp"
	"context"
	"crypto"
	"crypto/md5"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"io"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"latchkey/shared/coded"
	"latchkey/shared/keyusage/trailtest"
)

var testTrail = Trail{
	Bucket: "audit", AccountID: "111122223333", Region: "us-east-1", Name: "cell", HomeRegion: "us-east-1",
}

// bucket is a stored trail.
type bucket struct {
	objects  map[string][]byte
	metadata map[string]map[string]string
	keys     map[string][]byte // public keys by fingerprint
	fail     error             // of every Open, if set
}

func (b *bucket) Open(_ context.Context, name, key string) (io.ReadCloser, map[string]string, error) {
	if b.fail != nil {
		return nil, nil, b.fail
	}
	data, found := b.objects[key]
	if !found || name != testTrail.Bucket {
		return nil, nil, coded.New(coded.NotFound, "no object %s", key)
	}
	return io.NopCloser(bytes.NewReader(data)), b.metadata[key], nil
}

func (b *bucket) List(_ context.Context, _, prefix, after string) ([]string, error) {
	var keys []string
	for _, key := range slices.Sorted(maps.Keys(b.objects)) {
		if strings.HasPrefix(key, prefix) && key > after && len(keys) < 3 { // short pages
			keys = append(keys, key)
		}
	}
	return keys, nil
}

func (b *bucket) PublicKey(_ context.Context, fingerprint string) ([]byte, error) {
	if der, found := b.keys[fingerprint]; found {
		return der, nil
	}
	return nil, coded.New(coded.NotFound, "no public key %s", fingerprint)
}

var signer = sync.OnceValue(func() *rsa.PrivateKey {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	return key
})

// put signs and stores a digest file.
func (b *bucket) put(t *testing.T, f File) {
	t.Helper()
	der := x509.MarshalPKCS1PublicKey(&signer().PublicKey)
	fingerprint := md5.Sum(der)
	f.Fingerprint, f.Algorithm = hex.EncodeToString(fingerprint[:]), cmp.Or(f.Algorithm, SignatureAlgorithm)
	b.keys[f.Fingerprint] = der
	content, err := json.Marshal(f)
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(f.StringToSign(content))
	signature, err := rsa.SignPKCS1v15(nil, signer(), crypto.SHA256, sum[:])
	if err != nil {
		t.Fatal(err)
	}
	b.objects[f.Object] = trailtest.Gzip(content)
	b.metadata[f.Object] = map[string]string{MetaSignature: hex.EncodeToString(signature), MetaAlgorithm: SignatureAlgorithm}
}

func text(s string) *string { return &s }

// newBucket makes a chain of digests, each of an hour and with two log files;
// periods begin at 59 minutes past, as a trail's do at any minute.
func newBucket(t *testing.T, hours int) *bucket {
	t.Helper()
	b := &bucket{objects: map[string][]byte{}, metadata: map[string]map[string]string{}, keys: map[string][]byte{}}
	g := trailtest.New(trailtest.Config{Seed: 9, PerFile: 30 * time.Minute})
	first := time.Date(2025, 2, 28, 23, 59, 31, 0, time.UTC)
	previous := ""
	for h := range hours {
		start := first.Add(time.Duration(h) * time.Hour)
		f := digestFile(start)
		for n := 2 * h; n < 2*h+2; n++ {
			f.LogFiles = append(f.LogFiles, b.log(g, n))
		}
		if previous != "" {
			b.follow(&f, previous)
		}
		b.put(t, f)
		previous = f.Object
	}
	return b
}

func digestFile(start time.Time) File {
	end := start.Add(time.Hour)
	return File{
		AccountID: testTrail.AccountID, StartTime: start.Format(time.RFC3339), EndTime: end.Format(time.RFC3339),
		Bucket: testTrail.Bucket, Object: testTrail.DigestKey(end), LogFiles: []LogFile{},
	}
}

func (b *bucket) log(g *trailtest.Generator, n int) LogFile {
	doc := g.File(n, 20)
	sum := sha256.Sum256(doc)
	b.objects[g.Name(n)] = trailtest.Gzip(doc)
	return LogFile{Bucket: testTrail.Bucket, Object: g.Name(n), Hash: hex.EncodeToString(sum[:]), HashAlgorithm: HashAlgorithm}
}

// follow names the digest before.
func (b *bucket) follow(f *File, previous string) {
	content, err := readAll(context.Background(), bytes.NewReader(b.objects[previous]))
	if err != nil {
		panic(err)
	}
	sum := sha256.Sum256(content)
	f.PreviousBucket, f.PreviousObject = text(testTrail.Bucket), text(previous)
	f.PreviousHash, f.PreviousHashAlgorithm = text(hex.EncodeToString(sum[:])), text(HashAlgorithm)
	f.PreviousSignature = text(b.metadata[previous][MetaSignature])
}

// key of the digest that covers most of hour h.
func key(h int) string {
	return testTrail.DigestKey(time.Date(2025, 3, 1, h, 59, 31, 0, time.UTC))
}

// read returns a stored digest's content for a test to change.
func (b *bucket) read(t *testing.T, key string) (f File) {
	t.Helper()
	content, err := readAll(context.Background(), bytes.NewReader(b.objects[key]))
	if err == nil {
		err = json.Unmarshal(content, &f)
	}
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func (b *bucket) replace(t *testing.T, key, from, to string) {
	t.Helper()
	content, err := readAll(context.Background(), bytes.NewReader(b.objects[key]))
	if err != nil || !bytes.Contains(content, []byte(from)) {
		t.Fatalf("%s has no %q (%v)", key, from, err)
	}
	b.objects[key] = trailtest.Gzip(bytes.Replace(content, []byte(from), []byte(to), 1))
}
