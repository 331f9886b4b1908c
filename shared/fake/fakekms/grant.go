package fakekms

import (
	"context"
	"time"

	"latchkey/shared/customerkey"
)

// Limits of grants. [KMS guide, Quotas; KMS API reference, ListGrants]
const (
	maxGrants  = 50000
	grantsPage = 50
)

// GrantInput is what a grant is made with.
type GrantInput struct {
	KeyARN            string
	GranteePrincipal  string
	RetiringPrincipal string
	Operations        []string // names of API operations
	Name              string
	// EncryptionContextSubset must be part of the context of each use; Equals must be all of it.
	EncryptionContextSubset, EncryptionContextEquals map[string]string
	DryRun                                           bool
}

// grant is one grant. Exported fields are what the journal keeps.
type grant struct {
	ID, KeyARN, Name  string
	Grantee, Retiring string
	Creator           string // ARN of the principal that called CreateGrant
	Account           string // of Creator
	Service           bool   // made by an AWS service for its own use
	Ops               operationSet
	Subset, Equals    map[string]string `json:",omitempty"`
	At                time.Time
	Seq               uint64
	GoneAt            time.Time
	GoneSeq           uint64 // 0: not retired or revoked
	purged            bool
}

func (g *grant) constraints() map[string]string {
	if len(g.Equals) > 0 {
		return g.Equals
	}
	return g.Subset
}

// fits reports whether an encryption context is within the grant's constraints.
func (g *grant) fits(ec map[string]string) bool {
	for name, want := range g.constraints() {
		if got, ok := ec[name]; !ok || got != want {
			return false
		}
	}
	return len(g.Equals) == 0 || len(ec) == len(g.Equals)
}

// visible reports whether a principal sees the grant.
func (k *KMS) visible(g *grant, who *principal, now time.Time) bool {
	if g.purged || g.GoneSeq != 0 && k.reached(g.GoneAt, g.GoneSeq, who, now) {
		return false
	}
	return k.reached(g.At, g.Seq, who, now)
}

// granted reports whether a grant allows the call to its caller.
func (k *KMS) granted(c *call, key *key) bool {
	for _, name := range [2]string{c.who.arn, c.who.role} {
		for _, g := range key.byGrantee[name] {
			if g.Ops.has(c.op) && k.visible(g, c.who, c.now) && (!cryptographic.has(c.op) || g.fits(c.ec)) {
				return true
			}
		}
	}
	return false
}

// CreateGrant lets a principal use the key, and returns the grant's id. The
// grantee sees the grant after a lag.
func (k *KMS) CreateGrant(ctx context.Context, caller string, in GrantInput) (string, error) {
	who := parsePrincipal(caller)
	return k.createGrant(ctx, &call{op: opCreateGrant, who: &who, arn: in.KeyARN, dryRun: in.DryRun}, in)
}

func (k *KMS) createGrant(ctx context.Context, c *call, in GrantInput) (id string, err error) {
	c.ec = in.EncryptionContextSubset
	if len(in.EncryptionContextEquals) > 0 {
		c.ec = in.EncryptionContextEquals
	}
	var unknown string
	c.grantOps, unknown = grantableOf(in.Operations)
	c.grantee = in.GranteePrincipal
	c.request = in.params()
	err = k.change(ctx, c, func(key *key) error {
		switch {
		case unknown != "" || len(in.Operations) == 0 || in.GranteePrincipal == "":
			return failf(c.op, CodeValidation, "Operations %v, GranteePrincipal %q: %q cannot be granted",
				in.Operations, in.GranteePrincipal, unknown)
		case len(key.grants)-key.purged >= maxGrants:
			return failf(c.op, customerkey.CodeLimitExceeded, "%s has %d grants", key.ARN, maxGrants)
		case c.dryRun:
			return dryRuns[c.op]
		}
		g := &grant{
			ID: k.newID("grant", 32), KeyARN: key.ARN, Name: in.Name, Grantee: in.GranteePrincipal,
			Retiring: in.RetiringPrincipal, Creator: c.who.arn, Account: c.who.account, Service: c.forAWS, Ops: c.grantOps,
			Subset: in.EncryptionContextSubset, Equals: in.EncryptionContextEquals, At: c.now, Seq: k.nextSeq(),
		}
		k.add(key, g)
		k.dirtyGrant(g)
		id = g.ID
		c.response = map[string]any{"grantId": id, "keyId": key.ARN}
		return nil
	})
	return id, err
}

// grantableOf returns the operations of their names, and a name that no grant may list.
func grantableOf(names []string) (ops operationSet, unknown string) {
	for _, name := range names {
		if o, ok := operationNamed(name); ok && grantable.has(o) {
			ops |= 1 << o
		} else if !otherGrantable[name] {
			unknown = name
		}
	}
	return ops, unknown
}

// otherGrantable are operations that a grant may list and the twin does not have.
var otherGrantable = map[string]bool{"ReEncryptFrom": true, "ReEncryptTo": true, "Sign": true, "Verify": true,
	"GetPublicKey": true, "GenerateDataKeyPair": true, "GenerateDataKeyPairWithoutPlaintext": true,
	"GenerateMac": true, "VerifyMac": true, "DeriveSharedSecret": true}

func (in GrantInput) params() map[string]any {
	p := map[string]any{"granteePrincipal": in.GranteePrincipal, "operations": in.Operations}
	if in.RetiringPrincipal != "" {
		p["retiringPrincipal"] = in.RetiringPrincipal
	}
	if len(in.EncryptionContextEquals) > 0 {
		p["constraints"] = map[string]any{"encryptionContextEquals": in.EncryptionContextEquals}
	} else if len(in.EncryptionContextSubset) > 0 {
		p["constraints"] = map[string]any{"encryptionContextSubset": in.EncryptionContextSubset}
	}
	return p
}

// add puts a grant into the indexes.
func (k *KMS) add(key *key, g *grant) {
	k.grants[g.ID] = g
	key.grants = append(key.grants, g)
	if !g.Service {
		key.byGrantee[g.Grantee] = append(key.byGrantee[g.Grantee], g)
	}
}
