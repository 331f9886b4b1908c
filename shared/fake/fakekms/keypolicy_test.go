package fakekms

import (
	"encoding/json"
	"testing"

	"latchkey/shared/customerkey"
	"latchkey/shared/customerkey/keypolicy"
)

// TestKMS_keypolicy holds what package keypolicy promises of its statements, on
// the twin: the dry run and RDS's grant pass, and no other grant does.
func TestKMS_keypolicy(t *testing.T) {
	w := newWorld(t, Config{})
	statements := keypolicy.Statements(keypolicy.For{Account: "111111111111", Tenant: "acme", Region: region})
	var texts []string
	for _, s := range statements {
		b, err := json.Marshal(s)
		w.must(err)
		texts = append(texts, string(b))
	}
	arn := w.key(CreateKeyInput{Policy: policyFor(texts...)})
	w.must(w.As(platform).TryCreateGrant(ctx, arn))
	_, err := w.GrantForService(ctx, platform, arn, "rds.amazonaws.com", nil, []string{"Decrypt", "DescribeKey", "CreateGrant"})
	w.must(err)
	_, err = w.GrantForService(ctx, platform, arn, "ec2.amazonaws.com", nil, []string{"Decrypt"})
	w.wantCode("grant by another service", err, customerkey.CodeAccessDenied)
	root := "arn:aws:iam::111111111111:root"
	for name, in := range map[string]GrantInput{
		"direct grant to decrypt":    {KeyARN: arn, GranteePrincipal: root, Operations: []string{"Decrypt"}},
		"direct grant with decrypt":  {KeyARN: arn, GranteePrincipal: root, Operations: []string{"DescribeKey", "Decrypt"}},
		"direct grant to a stranger": {KeyARN: arn, GranteePrincipal: stranger, Operations: []string{"DescribeKey"}},
	} {
		_, err := w.CreateGrant(ctx, platform, in)
		w.wantCode(name, err, customerkey.CodeAccessDenied)
	}
	_, err = w.CreateGrant(ctx, platform, GrantInput{KeyARN: arn, GranteePrincipal: root, Operations: []string{"DescribeKey"}})
	w.must(err)
	without := append([]string{}, texts[:2]...) // all that is before GrantForRDS
	w.must(w.PutKeyPolicy(ctx, customer, arn, policyFor(append(without, texts[3:]...)...)))
	w.clock.Advance(DefaultMaxLag)
	w.wantCode("dry run without the statement", w.As(platform).TryCreateGrant(ctx, arn), customerkey.CodeAccessDenied)
}
