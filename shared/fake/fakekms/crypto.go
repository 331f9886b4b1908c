package fakekms

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"strings"

	"latchkey/shared/customerkey"
)

// maxPlaintext is the longest plaintext of Encrypt, in bytes. [KMS API reference, Encrypt]
const maxPlaintext = 4096

// Use asks for a use of a key's material.
type Use struct {
	KeyARN            string // Decrypt may leave it empty: the ciphertext names its key
	EncryptionContext map[string]string
	DryRun            bool   // the answer is DryRunOperationException where it would be allowed
	Via               string // service that calls in the caller's name (kms:ViaService), "secretsmanager.eu-central-1.amazonaws.com"
}

// DataKey is the answer of GenerateDataKey.
type DataKey struct {
	Plaintext, Ciphertext []byte
	KeyMaterialID         string
}

func (u Use) call(o operation, who *principal) call {
	return call{op: o, who: who, arn: u.KeyARN, ec: u.EncryptionContext, via: u.Via, dryRun: u.DryRun, invokedBy: serviceOf(u.Via)}
}

// GenerateDataKey makes a data key of 32 bytes.
func (k *KMS) GenerateDataKey(ctx context.Context, caller string, u Use) (DataKey, error) {
	who := parsePrincipal(caller)
	return k.generate(ctx, opGenerateDataKey, &who, u)
}

// GenerateDataKeyWithoutPlaintext makes a data key and returns its ciphertext only.
func (k *KMS) GenerateDataKeyWithoutPlaintext(ctx context.Context, caller string, u Use) ([]byte, error) {
	who := parsePrincipal(caller)
	dk, err := k.generate(ctx, opGenerateDataKeyWithoutPlaintext, &who, u)
	return dk.Ciphertext, err
}

func (k *KMS) generate(ctx context.Context, o operation, who *principal, u Use) (dk DataKey, err error) {
	c := u.call(o, who)
	err = k.read(ctx, &c, func(key *key, _ *version) error {
		if err := checkUsage(&c, key); err != nil || c.dryRun {
			return orDryRun(&c, err)
		}
		m := key.current()
		plain := k.dataKey(m)
		sealed, err := seal(key, m, u.EncryptionContext, plain)
		if err != nil {
			return err
		}
		dk = DataKey{Plaintext: plain, Ciphertext: sealed, KeyMaterialID: m.ID}
		c.material = m.ID
		return nil
	})
	return dk, err
}

// Encrypt seals up to 4096 bytes.
func (k *KMS) Encrypt(ctx context.Context, caller string, u Use, plaintext []byte) (sealed []byte, err error) {
	who := parsePrincipal(caller)
	c := u.call(opEncrypt, &who)
	err = k.read(ctx, &c, func(key *key, _ *version) error {
		if err := checkUsage(&c, key); err != nil {
			return err
		}
		if len(plaintext) == 0 || len(plaintext) > maxPlaintext {
			return failf(c.op, CodeValidation, "Plaintext has %d bytes, not 1 … %d", len(plaintext), maxPlaintext)
		}
		if c.dryRun {
			return dryRuns[c.op]
		}
		c.material = key.current().ID
		sealed, err = seal(key, key.current(), u.EncryptionContext, plaintext)
		return err
	})
	return sealed, err
}

// Decrypt opens a ciphertext under the encryption context it was sealed with. A
// dry run checks all but the authenticity of the ciphertext.
func (k *KMS) Decrypt(ctx context.Context, caller string, u Use, ciphertext []byte) ([]byte, error) {
	who := parsePrincipal(caller)
	return k.decrypt(ctx, &who, u, ciphertext)
}

func (k *KMS) decrypt(ctx context.Context, who *principal, u Use, ciphertext []byte) (plain []byte, err error) {
	b, ok := parseBlob(ciphertext)
	if u.KeyARN == "" && !ok {
		return nil, failf(opDecrypt, customerkey.CodeInvalidCiphertext, "the ciphertext is malformed")
	}
	if u.KeyARN == "" {
		u.KeyARN = string(b.arn)
	}
	c := u.call(opDecrypt, who)
	err = k.read(ctx, &c, func(key *key, _ *version) error {
		if err := checkUsage(&c, key); err != nil {
			return err
		}
		m, err := k.find(&c, key, b, ok)
		if err != nil || c.dryRun {
			return orDryRun(&c, err)
		}
		c.material = m.ID
		plain, err = open(&c, m, b)
		return err
	})
	return plain, err
}

// find returns the material that a ciphertext was sealed under.
func (k *KMS) find(c *call, key *key, b blob, ok bool) (*material, error) {
	if !ok {
		return nil, failf(c.op, customerkey.CodeInvalidCiphertext, "the ciphertext is malformed")
	}
	if string(b.arn) != key.ARN && !related(string(b.arn), key) {
		return nil, failf(c.op, customerkey.CodeIncorrectKey, "The key ID in the request does not identify a CMK that can perform this operation.")
	}
	for i := len(key.Materials) - 1; i >= 0; i-- {
		m := &key.Materials[i]
		if string(b.material) != m.ID[:len(b.material)] {
			continue
		}
		if b.context != contextHash(c.ec) {
			break
		}
		return m, nil
	}
	return nil, failf(c.op, customerkey.CodeInvalidCiphertext, "the ciphertext cannot be decrypted under this key and encryption context")
}

// related reports whether a ciphertext of arn can be opened by a multi-Region
// key: they share account, id and material.
func related(arn string, key *key) bool {
	return key.MultiRegion && part(arn, 4) == key.Account && strings.HasSuffix(arn, "/"+key.ID)
}

func checkUsage(c *call, key *key) error {
	if key.Usage != usageEncrypt || key.Spec != specSymmetric {
		return failf(c.op, CodeInvalidKeyUsage, "%s key usage is %s which is not valid for %s.", key.ARN, key.Usage, c.op)
	}
	return nil
}

// orDryRun returns err, or the error of an allowed dry run.
func orDryRun(c *call, err error) error {
	if err == nil {
		return dryRuns[c.op]
	}
	return err
}

// dataKey returns 32 bytes that follow from the seed and do not repeat.
func (k *KMS) dataKey(m *material) []byte {
	b := binary.BigEndian.AppendUint64(nil, k.seed)
	b = binary.BigEndian.AppendUint64(b, k.nextSeq())
	b = binary.BigEndian.AppendUint64(b, uint64(k.clock.Now().UnixNano()))
	h := hmac.New(sha256.New, m.Secret)
	h.Write(b)
	return h.Sum(nil)
}

// serviceOf returns the service principal of a kms:ViaService value:
// "rds.us-east-1.amazonaws.com" → "rds.amazonaws.com".
func serviceOf(via string) string {
	name, rest, ok := strings.Cut(via, ".")
	if !ok || !strings.HasSuffix(rest, "amazonaws.com") {
		return ""
	}
	return name + ".amazonaws.com"
}
