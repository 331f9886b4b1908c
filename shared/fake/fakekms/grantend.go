package fakekms

import (
	"context"
	"sort"
	"strconv"
	"time"

	"latchkey/shared/customerkey"
)

// RetireGrant ends a grant as its retiring principal, as its grantee where the
// grant lists RetireGrant, or as the root user of the account that made it. [KMS
// API reference, RetireGrant]
func (k *KMS) RetireGrant(ctx context.Context, caller, arn, grantID string) error {
	who := parsePrincipal(caller)
	c := &call{op: opRetireGrant, who: &who, arn: arn, ownPermit: true, additional: map[string]any{"grantId": grantID}}
	return k.change(ctx, c, func(key *key) error {
		g, err := k.grantOf(c, key, grantID)
		if err != nil {
			return err
		}
		if who.account == "" {
			c.grantAccount = g.Account
		}
		may := who.is(g.Retiring) || who.is(g.Grantee) && g.Ops.has(opRetireGrant) || who.isRoot() && who.account == g.Account
		if !may {
			return denied(c, "because the principal cannot retire the grant")
		}
		k.end(key, g, c.now)
		return nil
	})
}

// RevokeGrant ends a grant.
func (k *KMS) RevokeGrant(ctx context.Context, caller, arn, grantID string) error {
	return k.manage(ctx, caller, arn, opRevokeGrant, map[string]any{"grantId": grantID}, func(c *call, key *key) error {
		g, err := k.grantOf(c, key, grantID)
		if err != nil {
			return err
		}
		k.end(key, g, c.now)
		return nil
	})
}

func (k *KMS) grantOf(c *call, key *key, id string) (*grant, error) {
	g := k.grants[id]
	if g == nil || g.KeyARN != key.ARN || g.GoneSeq != 0 {
		return nil, failf(c.op, customerkey.CodeNotFound, "Grant ID %s not found", id)
	}
	return g, nil
}

// end marks a grant as gone and forgets those that everyone has seen go.
func (k *KMS) end(key *key, g *grant, now time.Time) {
	g.GoneAt, g.GoneSeq = now, k.nextSeq()
	k.dirtyGrant(g)
	k.gone = append(k.gone, g)
	for len(k.gone) > 0 && now.Sub(k.gone[0].GoneAt) >= k.maxLag {
		k.purge(k.gone[0])
		k.gone = k.gone[1:]
	}
	k.notify(key.ARN)
}

func (k *KMS) purge(g *grant) {
	key := k.keys[g.KeyARN]
	if key == nil || k.grants[g.ID] != g {
		return
	}
	g.purged = true
	delete(k.grants, g.ID)
	k.forget(kindGrant, g.ID)
	if list := key.byGrantee[g.Grantee]; !g.Service {
		key.byGrantee[g.Grantee] = remaining(list)
	}
	if key.purged++; key.purged > len(key.grants)/2 {
		key.grants, key.purged = remaining(key.grants), 0
	}
}

func remaining(list []*grant) []*grant {
	out := list[:0]
	for _, g := range list {
		if !g.purged {
			out = append(out, g)
		}
	}
	clear(list[len(out):])
	return out
}

// ListGrants returns up to 50 of the key's grants that the caller sees, and the
// marker of the next page.
func (k *KMS) ListGrants(ctx context.Context, caller, arn, marker string) ([]customerkey.Grant, string, error) {
	who := parsePrincipal(caller)
	return k.listGrants(ctx, &who, arn, marker)
}

func (k *KMS) listGrants(ctx context.Context, who *principal, arn, marker string) (out []customerkey.Grant, next string, err error) {
	c := &call{op: opListGrants, who: who, arn: arn, request: map[string]any{"limit": grantsPage}}
	if marker != "" {
		c.request["marker"] = marker
	}
	err = k.read(ctx, c, func(key *key, _ *version) error {
		after := uint64(0)
		if marker != "" {
			if after, err = strconv.ParseUint(marker, 10, 64); err != nil {
				return failf(c.op, CodeInvalidMarker, "Marker %q", marker)
			}
		}
		from := sort.Search(len(key.grants), func(i int) bool { return key.grants[i].Seq > after })
		for _, g := range key.grants[from:] {
			if !k.visible(g, who, c.now) {
				continue
			}
			if len(out) == grantsPage {
				next = strconv.FormatUint(after, 10)
				return nil
			}
			out = append(out, customerkey.Grant{ID: g.ID, GranteePrincipal: g.Grantee, EncryptionContext: clone(g.constraints())})
			after = g.Seq
		}
		return nil
	})
	if err != nil {
		return nil, "", err
	}
	return out, next, nil
}

func clone(m map[string]string) map[string]string {
	if m == nil {
		return nil
	}
	out := make(map[string]string, len(m))
	for name, v := range m {
		out[name] = v
	}
	return out
}
