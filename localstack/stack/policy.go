package stack

import (
	"encoding/json"
	"slices"
	"strings"

	"latchkey/localstack/api"
	"latchkey/shared/coded"
	"latchkey/shared/customerkey"
	"latchkey/shared/customerkey/keypolicy"
)

// policy returns the key policy that a name of api.Policy… stands for (empty:
// KMS's default), or the JSON document that was given.
func (s *Stack) policy(name, account, region, tenantID string) (string, error) {
	switch {
	case name == "", name == api.PolicyDefault:
		return "", nil
	case strings.HasPrefix(strings.TrimSpace(name), "{"):
		return name, nil
	case name != api.PolicyLatchkey && name != api.PolicyWithoutGrant:
		return "", coded.Field("policy", "give a key policy as JSON, or default, latchkey or latchkey-without-grant", "%q is not a policy", clip(name))
	case tenantID == "":
		return "", coded.Field("tenant", "name the tenant that the key is for: the policy is bound to it", "policy %s needs a tenant", name)
	}
	own := []map[string]any{{
		"Sid": "AccountAdministers", "Effect": "Allow", "Principal": map[string]string{"AWS": "arn:aws:iam::" + account + ":root"},
		"Action": "kms:*", "Resource": "*",
	}}
	var ours []map[string]any
	statements := customerkey.Statement(customerkey.Want{TenantID: tenantID, Region: region, PlatformAccount: s.settings.Account})
	if err := json.Unmarshal([]byte(statements), &ours); err != nil {
		return "", coded.Wrap(coded.Internal, err, "reading the statements that the preflight asks for")
	}
	if name == api.PolicyWithoutGrant {
		ours = slices.DeleteFunc(ours, func(st map[string]any) bool { return st["Sid"] == keypolicy.GrantForRDS })
	}
	body, err := json.MarshalIndent(map[string]any{"Version": "2012-10-17", "Statement": append(own, ours...)}, "", "  ")
	if err != nil {
		return "", coded.Wrap(coded.Internal, err, "writing the key policy")
	}
	return string(body), nil
}

func clip(s string) string {
	if len(s) > 40 {
		return s[:40] + "…"
	}
	return s
}
