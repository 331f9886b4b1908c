package fakekms

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"sort"

	"latchkey/shared/customerkey"
	"latchkey/shared/fake"
)

// blob is a ciphertext: a version byte, the key's ARN with its length in two
// bytes, 16 digits of the material's id, a hash of the encryption context, the
// nonce and the sealed bytes.
type blob struct {
	arn, material []byte
	context       uint64
	nonce, sealed []byte
}

const (
	blobVersion  = 1
	blobMaterial = 16
	blobNonce    = 12
)

func parseBlob(b []byte) (blob, bool) {
	if len(b) < 3 || b[0] != blobVersion {
		return blob{}, false
	}
	n := 3 + int(binary.BigEndian.Uint16(b[1:]))
	if len(b) < n+blobMaterial+8+blobNonce {
		return blob{}, false
	}
	rest := b[n:]
	return blob{
		arn: b[3:n], material: rest[:blobMaterial], context: binary.BigEndian.Uint64(rest[blobMaterial:]),
		nonce: rest[blobMaterial+8:][:blobNonce], sealed: rest[blobMaterial+8+blobNonce:],
	}, true
}

// seal encrypts with AES-256-GCM and the encryption context as associated data.
// The nonce follows from plaintext and context, so that it repeats only where
// all else does.
func seal(key *key, m *material, ec map[string]string, plain []byte) ([]byte, error) {
	aead, err := m.sealer()
	if err != nil {
		return nil, err
	}
	ad := canonical(ec)
	h := hmac.New(sha256.New, m.Secret)
	h.Write(ad)
	h.Write(plain)
	nonce := h.Sum(nil)[:blobNonce]
	out := binary.BigEndian.AppendUint16([]byte{blobVersion}, uint16(len(key.ARN)))
	out = append(append(out, key.ARN...), m.ID[:blobMaterial]...)
	out = binary.BigEndian.AppendUint64(out, contextHash(ec))
	out = append(out, nonce...)
	return aead.Seal(out, nonce, plain, ad), nil
}

func open(c *call, m *material, b blob) ([]byte, error) {
	aead, err := m.sealer()
	if err != nil {
		return nil, err
	}
	plain, err := aead.Open(nil, b.nonce, b.sealed, canonical(c.ec))
	if err != nil {
		return nil, failf(c.op, customerkey.CodeInvalidCiphertext, "the ciphertext was altered")
	}
	return plain, nil
}

// canonical writes an encryption context so that no two contexts look alike.
func canonical(ec map[string]string) []byte {
	names := make([]string, 0, len(ec))
	for name := range ec {
		names = append(names, name)
	}
	sort.Strings(names)
	var out []byte
	for _, name := range names {
		for _, s := range [2]string{name, ec[name]} {
			out = append(binary.BigEndian.AppendUint32(out, uint32(len(s))), s...)
		}
	}
	return out
}

// contextHash tells contexts apart without sorting them.
func contextHash(ec map[string]string) uint64 {
	var sum uint64
	for name, value := range ec {
		sum += fake.Mix(hash(name) ^ fake.Mix(hash(value)))
	}
	return sum
}
