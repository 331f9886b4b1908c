package fakerds

import (
	"context"
	"errors"
	"strings"

	"latchkey/shared/customerkey"
	"latchkey/shared/database"
)

// verdict is what RDS makes of an attempt to use a key.
type verdict int

const (
	keyUsable  verdict = iota
	keyLost            // KMS said no
	keyUnknown         // KMS could not say: RDS tries again later (inference)
)

// tryKey uses the instance's grant.
func (r *RDS) tryKey(ctx context.Context, i *instance) verdict {
	err := r.useKey(ctx, i.Spec.KMSKeyARN, i.Grant, "Decrypt", i.context())
	var answered *customerkey.ServiceError
	switch {
	case err == nil:
		return keyUsable
	case !errors.As(err, &answered):
		return keyUnknown
	}
	switch answered.Code {
	case customerkey.CodeThrottling, customerkey.CodeKMSInternal, customerkey.CodeDependencyTimeout, customerkey.CodeKeyUnavailable:
		return keyUnknown // [aws-facts 16]
	}
	return keyLost
}

// useKey uses a grant of RDS on a key.
func (r *RDS) useKey(ctx context.Context, keyARN, grant, op string, encryptionContext map[string]string) error {
	if r.cfg.KMS == nil || keyARN == r.cfg.Managed {
		return nil
	}
	return r.cfg.KMS.ServiceUse(ctx, keyARN, grant, op, encryptionContext)
}

// takeGrant makes the grant for a new resource on the caller's behalf and uses
// it once. Any failure is KMSKeyNotAccessibleFault. [aws-facts 4, 8]
func (r *RDS) takeGrant(ctx context.Context, q request, keyARN, resourceID, op string) (grant string, err error) {
	if r.cfg.KMS == nil || keyARN == r.cfg.Managed {
		return "", nil
	}
	if parts := strings.SplitN(keyARN, ":", 6); len(parts) < 6 || parts[2] != "kms" || parts[3] != r.cfg.Region {
		return "", q.keyFault(keyARN)
	}
	encryptionContext := map[string]string{"aws:rds:db-id": resourceID}
	grant, err = r.cfg.KMS.GrantForService(ctx, q.caller, keyARN, service, encryptionContext, grantOps)
	if err != nil {
		return "", q.keyError(ctx, keyARN)
	}
	if err := r.cfg.KMS.ServiceUse(ctx, keyARN, grant, op, encryptionContext); err != nil {
		r.retire(ctx, keyARN, grant)
		return "", q.keyError(ctx, keyARN)
	}
	return grant, nil
}

// useVolumes is EBS using the key in RDS's name for the instance's volumes: to
// make them (GenerateDataKeyWithoutPlaintext), and to attach them (Decrypt).
// [KMS guide, How Amazon RDS uses AWS KMS: encryption context; How Amazon EBS
// uses AWS KMS]
func (r *RDS) useVolumes(ctx context.Context, i *instance, op string) error {
	for _, volume := range r.volumes(i) {
		encryptionContext := i.context()
		encryptionContext["aws:ebs:id"] = volume
		if err := r.useKey(ctx, i.Spec.KMSKeyARN, i.Grant, op, encryptionContext); err != nil {
			return err
		}
	}
	return nil
}

// retire gives a grant back. A grant that cannot be given back stays, as it
// would in AWS: it is no use without its resource.
func (r *RDS) retire(ctx context.Context, keyARN, grant string) {
	if r.cfg.KMS != nil && grant != "" {
		_ = r.cfg.KMS.RetireServiceGrant(ctx, keyARN, grant)
	}
}

// keyError is what a failed use of a key is answered with: the caller's own
// end, or the fault.
func (q request) keyError(ctx context.Context, keyARN string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	return q.keyFault(keyARN)
}

func (q request) keyFault(keyARN string) error {
	return q.fail(database.CodeKeyNotAccessible,
		"The specified KMS key [%s] does not exist, is not enabled or you do not have permissions to access it.", keyARN)
}
