// Package digest proves that CloudTrail log files are all there and as
// CloudTrail wrote them.
//
// With log file validation on, CloudTrail writes a digest file about every
// hour: it lists the log files delivered in its period with their SHA-256
// hashes, names the digest before it with its hash and signature, and is itself
// signed (SHA-256 with RSA) with a key of the Region; the signature is in the
// object's metadata. [CloudTrail guide, CloudTrail digest file structure; Custom
// implementations of CloudTrail log file integrity validation]
//
// Verify checks every digest of a span of time, every log file they name, and
// the chain, and says hour by hour whether the log is proved complete. What the
// chain cannot show is a newest digest that was removed: its hour is then simply
// not proved.
package digest

import (
	"context"
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"io"
	"time"

	"latchkey/shared/coded"
	"latchkey/shared/keyusage/scan"
)

// Metadata of a digest object, without the x-amz-meta- prefix.
const (
	MetaSignature = "signature"
	MetaAlgorithm = "signature-algorithm"
)

// The only algorithms that CloudTrail documents.
const (
	SignatureAlgorithm = "SHA256withRSA"
	HashAlgorithm      = "SHA-256"
)

// maxDigestBytes bounds a digest file: some 300 bytes for each log file.
const maxDigestBytes = 64 << 20

// Objects reads the trail's bucket. Errors have a code: notfound when there is
// no such object.
type Objects interface {
	// Open returns an object as it is stored, and its metadata, names in lower case.
	Open(ctx context.Context, bucket, key string) (io.ReadCloser, map[string]string, error)
	// List returns some keys with a prefix that come after a key, in order; none:
	// there are no more.
	List(ctx context.Context, bucket, prefix, after string) ([]string, error)
}

// PublicKeys gives CloudTrail's public keys, as ListPublicKeys does.
type PublicKeys interface {
	// PublicKey returns the key of a fingerprint, PKCS #1 in DER; code notfound
	// when there is none.
	PublicKey(ctx context.Context, fingerprint string) ([]byte, error)
}

// File is the content of a digest file.
type File struct {
	AccountID             string    `json:"awsAccountId"`
	StartTime             string    `json:"digestStartTime"`
	EndTime               string    `json:"digestEndTime"`
	Bucket                string    `json:"digestS3Bucket"`
	Object                string    `json:"digestS3Object"`
	NewestEventTime       *string   `json:"newestEventTime"`
	OldestEventTime       *string   `json:"oldestEventTime"`
	PreviousBucket        *string   `json:"previousDigestS3Bucket"`
	PreviousObject        *string   `json:"previousDigestS3Object"`
	PreviousHash          *string   `json:"previousDigestHashValue"`
	PreviousHashAlgorithm *string   `json:"previousDigestHashAlgorithm"`
	PreviousSignature     *string   `json:"previousDigestSignature"`
	Fingerprint           string    `json:"digestPublicKeyFingerprint"`
	Algorithm             string    `json:"digestSignatureAlgorithm"`
	LogFiles              []LogFile `json:"logFiles"`
}

// LogFile is what a digest says of a log file. The hash is of the uncompressed content.
type LogFile struct {
	Bucket          string `json:"s3Bucket"`
	Object          string `json:"s3Object"`
	Hash            string `json:"hashValue"`
	HashAlgorithm   string `json:"hashAlgorithm"`
	NewestEventTime string `json:"newestEventTime"`
	OldestEventTime string `json:"oldestEventTime"`
}

// StringToSign is what CloudTrail signs: the end time, the place, the hash of
// the uncompressed digest file, and the signature of the digest before it, or
// the word null where there is none.
func (f *File) StringToSign(content []byte) []byte {
	previous := "null"
	if f.PreviousSignature != nil {
		previous = *f.PreviousSignature
	}
	sum := sha256.Sum256(content)
	return []byte(f.EndTime + "\n" + f.Bucket + "/" + f.Object + "\n" + hex.EncodeToString(sum[:]) + "\n" + previous)
}

// loaded is a digest file that was read, with what is needed to check it.
type loaded struct {
	File
	key       string // where it was found
	content   []byte
	signature string
	algorithm string
	start     time.Time
	end       time.Time
}

func load(ctx context.Context, objects Objects, bucket, key string) (*loaded, error) {
	body, meta, err := objects.Open(ctx, bucket, key)
	if err != nil {
		return nil, err
	}
	defer body.Close()
	content, err := readAll(ctx, body)
	if err != nil {
		return nil, err
	}
	d := &loaded{key: key, content: content, signature: meta[MetaSignature], algorithm: meta[MetaAlgorithm]}
	if err := json.Unmarshal(content, &d.File); err != nil {
		return nil, coded.Wrap(coded.Invalid, err, "digest file is not JSON of the known form")
	}
	if d.start, err = time.Parse(time.RFC3339, d.StartTime); err == nil {
		d.end, err = time.Parse(time.RFC3339, d.EndTime)
	}
	if err != nil || !d.start.Before(d.end) {
		return nil, coded.New(coded.Invalid, "digest file has no period: digestStartTime %q, digestEndTime %q", d.StartTime, d.EndTime)
	}
	return d, nil
}

func readAll(ctx context.Context, body io.Reader) ([]byte, error) {
	r, err := scan.Open(ctx, body, scan.Limits{FileBytes: maxDigestBytes})
	if err != nil {
		return nil, err
	}
	return io.ReadAll(r)
}

// hash returns the hash of the digest file, as the next one gives it.
func (d *loaded) hash() string {
	sum := sha256.Sum256(d.content)
	return hex.EncodeToString(sum[:])
}

// verify checks the signature.
func (d *loaded) verify(der []byte) error {
	public, err := x509.ParsePKCS1PublicKey(der)
	if err != nil {
		return coded.Wrap(coded.Invalid, err, "public key is not PKCS #1")
	}
	if d.algorithm != SignatureAlgorithm || d.Algorithm != SignatureAlgorithm {
		return coded.New(coded.Invalid, "signature algorithm is %q, in the file %q, not %s", d.algorithm, d.Algorithm, SignatureAlgorithm)
	}
	signature, err := hex.DecodeString(d.signature)
	if err != nil {
		return coded.Wrap(coded.Invalid, err, "signature is not hexadecimal")
	}
	sum := sha256.Sum256(d.StringToSign(d.content))
	if err := rsa.VerifyPKCS1v15(public, crypto.SHA256, sum[:], signature); err != nil {
		return coded.Wrap(coded.Invalid, err, "signature does not fit")
	}
	return nil
}
