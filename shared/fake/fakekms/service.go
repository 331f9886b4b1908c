package fakekms

import (
	"context"
	"strings"

	"latchkey/shared/customerkey"
)

// GrantForService does what an AWS service does when a caller gives it a key for
// a new resource: in the caller's name it calls DescribeKey, and CreateGrant for
// itself, with kms:ViaService and kms:GrantIsForAWSResource set. The grant holds
// for the life of the resource, whatever becomes of the caller's permission.
// service is "rds.amazonaws.com"; ops are names of API operations.
func (k *KMS) GrantForService(ctx context.Context, caller, keyARN, service string, encryptionContext map[string]string, ops []string) (grantID string, err error) {
	who := parsePrincipal(caller)
	via := strings.TrimSuffix(service, "amazonaws.com") + part(keyARN, 3) + ".amazonaws.com"
	c := call{op: opDescribeKey, who: &who, arn: keyARN, via: via, invokedBy: service}
	if err := k.read(ctx, &c, func(*key, *version) error { return nil }); err != nil {
		return "", err
	}
	c = call{op: opCreateGrant, who: &who, arn: keyARN, via: via, invokedBy: service, forAWS: true}
	return k.createGrant(ctx, &c, GrantInput{KeyARN: keyARN, GranteePrincipal: service, RetiringPrincipal: service,
		Operations: ops, EncryptionContextSubset: clone(encryptionContext)})
}

// ServiceUse is a use of the key by the service that holds the grant: it depends
// on the key's state and on the grant, not on any policy. The service sees a
// grant of its own at once (it has the grant token), and every other change after
// the lag of a principal.
func (k *KMS) ServiceUse(ctx context.Context, keyARN, grantID, op string, encryptionContext map[string]string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	o, ok := operationNamed(op)
	if !ok || !cryptographic.has(o) && o != opDescribeKey {
		return &customerkey.ServiceError{Operation: op, Code: CodeValidation, Message: "not a use of a key"}
	}
	k.mu.Lock()
	c := &call{op: o, arn: keyARN, ec: encryptionContext, ownPermit: true, now: k.clock.Now()}
	k.settle(c.now)
	g := k.grants[grantID]
	who := principal{arn: "AWS Internal"}
	if g != nil {
		who = principal{arn: g.Grantee, hash: hash(g.Grantee)}
		c.grantAccount = g.Account
	}
	c.who = &who
	key, _, err := k.begin(c)
	if gone := g == nil || g.KeyARN != keyARN || g.GoneSeq != 0 && k.reached(g.GoneAt, g.GoneSeq, &who, c.now); key != nil && gone {
		err = denied(c, "because the grant is gone")
	} else if key != nil && (!g.Ops.has(o) || !g.fits(encryptionContext)) {
		err = denied(c, "because the grant does not allow it")
	}
	if err == nil && cryptographic.has(o) {
		c.material = key.current().ID
	}
	return k.finish(c, err)
}

// RetireServiceGrant ends a service's grant when its resource is gone. A grant
// or key that is gone already is no error.
func (k *KMS) RetireServiceGrant(ctx context.Context, keyARN, grantID string) error {
	k.mu.Lock()
	g := k.grants[grantID]
	k.mu.Unlock()
	if g == nil {
		return ctx.Err()
	}
	err := k.RetireGrant(ctx, g.Retiring, keyARN, grantID)
	if e, ok := isService(err); ok && e.Code == customerkey.CodeNotFound {
		return nil
	}
	return err
}
