package fakekms

import (
	"context"
	"errors"
	"time"

	"latchkey/shared/customerkey"
)

// call is one API call on its way through the twin.
type call struct {
	op           operation
	who          *principal
	arn          string // of the key; "" if the operation has none yet
	region       string // of the endpoint; from arn where empty
	ec           map[string]string
	via          string
	forAWS       bool
	grantOps     operationSet
	grantee      string
	dryRun       bool
	ownPermit    bool // the operation decides by itself who may call it (RetireGrant)
	invokedBy    string
	grantAccount string // account whose resource a service uses the key for
	now          time.Time
	request      map[string]any // request parameters beyond the usual, for CloudTrail
	response     map[string]any
	additional   map[string]any
	material     string // id of the key material that was used
}

// read makes a call that changes nothing. body gets the key as the caller sees it.
func (k *KMS) read(ctx context.Context, c *call, body func(*key, *version) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	k.mu.Lock()
	c.now = k.clock.Now()
	k.settle(c.now)
	key, v, err := k.begin(c)
	if err == nil {
		err = body(key, v)
	}
	return k.finish(c, err)
}

// change makes a call that may change keys; what it changed is saved before it returns.
func (k *KMS) change(ctx context.Context, c *call, body func(*key) error) error {
	return k.read(ctx, c, func(key *key, _ *version) error { return body(key) })
}

// finish saves what changed, ends the lock, logs the call and runs the callbacks.
func (k *KMS) finish(c *call, err error) error {
	if saveErr := k.save(); saveErr != nil {
		err = saveErr
	}
	after := k.after
	k.after = nil
	k.mu.Unlock()
	k.record(c, err)
	for _, f := range after {
		f()
	}
	return err
}

// begin checks outage, existence, permission and state.
func (k *KMS) begin(c *call) (*key, *version, error) {
	if c.region == "" {
		c.region = part(c.arn, 3)
	}
	if err := k.outage(c); err != nil {
		return nil, nil, err
	}
	if keyless.has(c.op) {
		return nil, nil, nil
	}
	key := k.keys[c.arn]
	if key == nil {
		if part(c.arn, 2) != "kms" || part(c.arn, 4) == "" {
			return nil, nil, failf(c.op, CodeInvalidARN, "Invalid arn %s", c.arn)
		}
		return nil, nil, failf(c.op, customerkey.CodeNotFound, "Key '%s' does not exist", c.arn)
	}
	v := key.now()
	if !operationSet(latest).has(c.op) {
		v = k.seenBy(key, c.who, c.now)
	}
	if err := k.authorize(c, key, v); err != nil {
		return key, v, err
	}
	return key, v, checkState(c.op, key.ARN, v.State)
}

// authorize asks the key policy, then the grants.
func (k *KMS) authorize(c *call, key *key, v *version) error {
	if c.ownPermit {
		return nil
	}
	d := notAllowed
	if c.who.account == key.Account || crossAccount.has(c.op) {
		if key.Manager == managerAWS && !readOnly.has(c.op) && !c.forAWS {
			return denied(c, "the key is managed by AWS")
		}
		r := request{who: c.who, op: c.op, ec: c.ec, via: c.via, forAWS: c.forAWS, grant: c.grantOps, grantee: c.grantee}
		d = v.policy.decide(&r)
	}
	switch {
	case d == allowedByPolicy, d == notAllowed && k.granted(c, key):
		return nil
	case d == explicitlyDenied:
		return denied(c, "with an explicit deny in a resource-based policy")
	}
	return denied(c, "because no resource-based policy allows the kms:"+c.op.String()+" action")
}

func denied(c *call, why string) error {
	return failf(c.op, customerkey.CodeAccessDenied, "User: %s is not authorized to perform: kms:%s on resource: %s %s",
		c.who.arn, c.op, c.arn, why)
}

// isService reports whether KMS itself answered with the error.
func isService(err error) (*customerkey.ServiceError, bool) {
	var e *customerkey.ServiceError
	ok := errors.As(err, &e)
	return e, ok
}
