package fakekms

import (
	"context"

	"latchkey/events"
	"latchkey/shared/customerkey"
	"latchkey/shared/customerkey/keypolicy"
)

// As returns the port of the rules for one calling principal. As the adapter on
// AWS does, it refuses what is not the ARN of a key before KMS is asked: aliases
// too, since they can be moved.
func (k *KMS) As(caller string) customerkey.Keys { return &port{kms: k, who: parsePrincipal(caller)} }

type port struct {
	kms *KMS
	who principal
}

var _ customerkey.Keys = (*port)(nil)

// Describe implements customerkey.Keys.
func (p *port) Describe(ctx context.Context, arn string) (customerkey.Description, error) {
	if err := p.check(arn); err != nil {
		return customerkey.Description{}, err
	}
	return p.kms.describeKey(ctx, &p.who, arn)
}

// NewCanary implements customerkey.Keys.
func (p *port) NewCanary(ctx context.Context, arn string, ec map[string]string) ([]byte, error) {
	if err := p.check(arn); err != nil {
		return nil, err
	}
	dk, err := p.kms.generate(ctx, opGenerateDataKeyWithoutPlaintext, &p.who, Use{KeyARN: arn, EncryptionContext: ec})
	return dk.Ciphertext, err
}

// TryGenerateDataKey implements customerkey.Keys.
func (p *port) TryGenerateDataKey(ctx context.Context, arn string, ec map[string]string) error {
	if err := p.check(arn); err != nil {
		return err
	}
	_, err := p.kms.generate(ctx, opGenerateDataKey, &p.who, Use{KeyARN: arn, EncryptionContext: ec, DryRun: true})
	return allowed(err)
}

// TryDecrypt implements customerkey.Keys.
func (p *port) TryDecrypt(ctx context.Context, arn string, canary []byte, ec map[string]string) error {
	if err := p.check(arn); err != nil {
		return err
	}
	_, err := p.kms.decrypt(ctx, &p.who, Use{KeyARN: arn, EncryptionContext: ec, DryRun: true}, canary)
	return allowed(err)
}

// TryCreateGrant implements customerkey.Keys. It calls KMS directly, as the real
// one: a policy that allows kms:CreateGrant only with kms:ViaService or
// kms:GrantIsForAWSResource denies it.
func (p *port) TryCreateGrant(ctx context.Context, arn string) error {
	if err := p.check(arn); err != nil {
		return err
	}
	c := call{op: opCreateGrant, who: &p.who, arn: arn, dryRun: true}
	_, err := p.kms.createGrant(ctx, &c, GrantInput{KeyARN: arn, GranteePrincipal: "arn:aws:iam::" + p.who.account + ":root", DryRun: true,
		Operations: []string{keypolicy.ProbeOperation}})
	return allowed(err)
}

// Grants implements customerkey.Keys.
func (p *port) Grants(ctx context.Context, arn, marker string) ([]customerkey.Grant, string, error) {
	if err := p.check(arn); err != nil {
		return nil, "", err
	}
	return p.kms.listGrants(ctx, &p.who, arn, marker)
}

// check refuses what is not the ARN of a key; those that exist were checked
// when they were made.
func (p *port) check(arn string) error {
	p.kms.mu.Lock()
	_, known := p.kms.keys[arn]
	p.kms.mu.Unlock()
	if known {
		return nil
	}
	_, err := events.ParseKeyARN(arn)
	return err
}
