package fakekms

import (
	"bytes"
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"time"

	"latchkey/shared/customerkey"
)

// maxOnDemand is the number of on-demand rotations of a key. [KMS guide, Quotas]
const maxOnDemand = 25

// newMaterial returns material with a secret.
func newMaterial(secret []byte) material {
	id := sha256.Sum256(secret)
	return material{ID: hex.EncodeToString(id[:]), Secret: secret}
}

// sealer returns the cipher of the material.
func (m *material) sealer() (cipher.AEAD, error) {
	if m.aead == nil {
		block, err := aes.NewCipher(m.Secret)
		if err != nil {
			return nil, err
		}
		if m.aead, err = cipher.NewGCM(block); err != nil {
			return nil, err
		}
	}
	return m.aead, nil
}

// rotateMaterial gives the key new material that follows from the seed.
func (k *KMS) rotateMaterial(key *key) {
	b := binary.BigEndian.AppendUint64([]byte(key.ARN), k.seed)
	b = binary.BigEndian.AppendUint64(b, k.nextSeq())
	secret := sha256.Sum256(b)
	key.Materials = append(key.Materials, newMaterial(secret[:]))
}

// rotate gives a key, and its replicas, new material; what was sealed under the
// old can still be decrypted.
func (k *KMS) rotate(key *key, at time.Time) {
	k.rotateMaterial(key)
	for _, arn := range key.Replicas {
		if r := k.keys[arn]; r != nil {
			r.Materials = append(r.Materials, newMaterial(key.current().Secret))
			k.dirty(r)
		}
	}
	k.happened(key, EventRotation, "RotateKey", at)
}

// rotateOnSchedule rotates a key, and looks again a day later at one that cannot
// be rotated now. [KMS guide, Rotating AWS KMS keys: a key that is not enabled is
// not rotated; it is once it is enabled again]
func (k *KMS) rotateOnSchedule(key *key, at time.Time) {
	key.NextRotation = at.AddDate(0, 0, 1)
	if key.state() == customerkey.StateEnabled {
		k.rotate(key, at)
		key.NextRotation = at.AddDate(0, 0, key.RotationDays)
	}
	k.schedule(key, dueRotation)
	k.dirty(key)
}

// checkRotatable refuses keys whose material KMS does not make, and replicas.
func checkRotatable(c *call, key *key) error {
	if key.Origin != originKMS || key.Spec != specSymmetric || key.MultiRegion && !key.isPrimary() {
		return failf(c.op, CodeUnsupportedOperation, "%s origin is %s which is not valid for this operation.", key.ARN, key.Origin)
	}
	return nil
}

// EnableKeyRotation has the key rotated every 365 days.
func (k *KMS) EnableKeyRotation(ctx context.Context, caller, arn string) error {
	return k.manage(ctx, caller, arn, opEnableKeyRotation, nil, func(c *call, key *key) error {
		if err := checkRotatable(c, key); err != nil {
			return err
		}
		key.RotationDays = defaultRotationDays
		key.NextRotation = c.now.AddDate(0, 0, key.RotationDays)
		k.schedule(key, dueRotation)
		k.dirty(key)
		return nil
	})
}

// DisableKeyRotation ends automatic rotation.
func (k *KMS) DisableKeyRotation(ctx context.Context, caller, arn string) error {
	return k.manage(ctx, caller, arn, opDisableKeyRotation, nil, func(c *call, key *key) error {
		if err := checkRotatable(c, key); err != nil {
			return err
		}
		key.RotationDays, key.NextRotation = 0, time.Time{}
		k.dirty(key)
		return nil
	})
}

// RotateKeyOnDemand rotates the key at once.
func (k *KMS) RotateKeyOnDemand(ctx context.Context, caller, arn string) error {
	return k.manage(ctx, caller, arn, opRotateKeyOnDemand, nil, func(c *call, key *key) error {
		if err := checkRotatable(c, key); err != nil {
			return err
		}
		if key.OnDemand >= maxOnDemand {
			return failf(c.op, customerkey.CodeLimitExceeded, "%s was rotated on demand %d times", key.ARN, key.OnDemand)
		}
		key.OnDemand++
		k.rotate(key, c.now)
		k.dirty(key)
		c.response = map[string]any{"keyId": key.ARN}
		return nil
	})
}

// ImportKeyMaterial gives a key of origin EXTERNAL its material (any bytes stand
// for it), until validTo (zero: it does not expire), and makes it usable. Only
// the material that was imported first is taken later.
func (k *KMS) ImportKeyMaterial(ctx context.Context, caller, arn string, secret []byte, validTo time.Time) error {
	request := map[string]any{"expirationModel": "KEY_MATERIAL_DOES_NOT_EXPIRE"}
	if !validTo.IsZero() {
		request = map[string]any{"expirationModel": "KEY_MATERIAL_EXPIRES", "validTo": trailDate(validTo)}
	}
	return k.manage(ctx, caller, arn, opImportKeyMaterial, request, func(c *call, key *key) error {
		sum := sha256.Sum256(secret)
		switch {
		case key.Origin != originExternal:
			return failf(c.op, CodeUnsupportedOperation, "%s origin is %s which is not valid for this operation.", key.ARN, key.Origin)
		case !validTo.IsZero() && !validTo.After(c.now):
			return failf(c.op, CodeValidation, "ValidTo %s is not in the future", validTo.Format(time.RFC3339))
		case len(key.Materials) > 0 && !bytes.Equal(key.current().Secret, sum[:]):
			return failf(c.op, CodeIncorrectMaterial, "the key material is not the one that was imported into %s before", key.ARN)
		case len(key.Materials) == 0:
			key.Materials = []material{newMaterial(sum[:])}
		}
		if key.now().State == customerkey.StatePendingImport {
			key.Enabled = true
		}
		key.current().Missing = false
		key.ValidTo = validTo.UTC()
		if validTo.IsZero() {
			key.ValidTo = time.Time{}
		}
		k.schedule(key, dueExpiration)
		k.touch(key, c.now)
		c.response = map[string]any{"keyId": key.ARN, "keyMaterialId": key.current().ID}
		return nil
	})
}

// DeleteImportedKeyMaterial takes the material away, until it is imported again;
// where there is none it does nothing.
func (k *KMS) DeleteImportedKeyMaterial(ctx context.Context, caller, arn string) error {
	return k.manage(ctx, caller, arn, opDeleteImportedKeyMaterial, nil, func(c *call, key *key) error {
		if key.Origin != originExternal {
			return failf(c.op, CodeUnsupportedOperation, "%s origin is %s which is not valid for this operation.", key.ARN, key.Origin)
		}
		if len(key.Materials) == 0 || key.current().Missing {
			return nil
		}
		key.current().Missing, key.ValidTo = true, time.Time{}
		k.touch(key, c.now)
		return nil
	})
}
