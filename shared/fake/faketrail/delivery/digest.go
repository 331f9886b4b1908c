package delivery

import (
	"context"
	"crypto"
	"crypto/md5" // CloudTrail's fingerprints of public keys are MD5
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"time"

	"latchkey/shared/coded"
	"latchkey/shared/keyusage/digest"
)

// signer is the Region's private key.
type signer struct {
	key         *rsa.PrivateKey
	der         []byte
	fingerprint string
}

// needSigner makes the key pair where there is none yet.
func (d *Delivery) needSigner() error {
	if d.signer != nil {
		return nil
	}
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return err
	}
	d.signer = newSigner(key)
	d.keep(kindSigner, signerID, x509.MarshalPKCS1PrivateKey(key))
	return nil
}

func parseSigner(der []byte) (*signer, error) {
	key, err := x509.ParsePKCS1PrivateKey(der)
	if err != nil {
		return nil, err
	}
	return newSigner(key), nil
}

func newSigner(key *rsa.PrivateKey) *signer {
	der := x509.MarshalPKCS1PublicKey(&key.PublicKey)
	sum := md5.Sum(der)
	return &signer{key, der, hex.EncodeToString(sum[:])}
}

// PublicKey returns the key that digests are verified with, as CloudTrail's
// ListPublicKeys does: PKCS #1 in DER; code notfound for another fingerprint.
func (d *Delivery) PublicKey(_ context.Context, fingerprint string) ([]byte, error) {
	if d.signer == nil || fingerprint != d.signer.fingerprint {
		return nil, coded.New(coded.NotFound, "no public key %s", fingerprint)
	}
	return d.signer.der, nil
}

// Trail says where the digests of a Region are.
func (d *Delivery) Trail(region string) digest.Trail {
	return digest.Trail{Bucket: d.cfg.Bucket, AccountID: d.cfg.Account, Region: region, Name: d.cfg.Name, HomeRegion: d.cfg.HomeRegion}
}

// digest closes the Region's period: it writes what was delivered in it, signed
// and chained to the digest before.
func (d *Delivery) digest(ctx context.Context, name string, r *region) error {
	if err := d.needSigner(); err != nil {
		return err
	}
	end := r.Start.Add(digestEvery)
	f := digest.File{
		AccountID: d.cfg.Account, StartTime: r.Start.Format(time.RFC3339), EndTime: end.Format(time.RFC3339),
		Bucket: d.cfg.Bucket, Object: d.Trail(name).DigestKey(end),
		Fingerprint: d.signer.fingerprint, Algorithm: digest.SignatureAlgorithm, LogFiles: r.Logs,
	}
	if f.LogFiles == nil {
		f.LogFiles = []digest.LogFile{}
	}
	if r.Oldest != "" {
		f.OldestEventTime, f.NewestEventTime = &r.Oldest, &r.Newest
	}
	if r.Last != nil {
		sum := sha256.Sum256(r.Content)
		hash, algorithm := hex.EncodeToString(sum[:]), digest.HashAlgorithm
		f.PreviousBucket, f.PreviousObject = &r.Last.Bucket, &r.Last.Object
		f.PreviousHash, f.PreviousHashAlgorithm, f.PreviousSignature = &hash, &algorithm, &r.Signed
	}
	content, err := json.Marshal(f)
	if err != nil {
		return err
	}
	sum := sha256.Sum256(f.StringToSign(content))
	signature, err := rsa.SignPKCS1v15(nil, d.signer.key, crypto.SHA256, sum[:])
	if err != nil {
		return err
	}
	body, err := pack(content)
	if err != nil {
		return err
	}
	signed := hex.EncodeToString(signature)
	err = d.to.PutObject(ctx, f.Object, body, map[string]string{
		digest.MetaSignature: signed, digest.MetaAlgorithm: digest.SignatureAlgorithm,
	})
	if err != nil {
		return fmt.Errorf("delivering %s: %w", f.Object, err)
	}
	r.Last, r.Content, r.Signed = &f, content, signed
	r.Logs, r.Oldest, r.Newest, r.Start = nil, "", "", end
	r.dirty = true
	return nil
}
