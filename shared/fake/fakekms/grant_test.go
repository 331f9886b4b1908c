package fakekms

import (
	"testing"
	"time"

	"latchkey/shared/customerkey"
)

func TestKMS_CreateGrant(t *testing.T) {
	w := newWorld(t, Config{})
	arn := w.key(CreateKeyInput{Policy: policyFor()})
	create := func(in GrantInput) string {
		t.Helper()
		in.KeyARN = arn
		id, err := w.CreateGrant(ctx, customer, in)
		w.must(err)
		return id
	}
	encrypt := func(ec map[string]string) error {
		_, err := w.Encrypt(ctx, platform, Use{KeyARN: arn, EncryptionContext: ec}, []byte("x"))
		return err
	}
	w.wantCode("before", encrypt(data), customerkey.CodeAccessDenied)
	subset := create(GrantInput{GranteePrincipal: platform, Operations: []string{"Encrypt"}, EncryptionContextSubset: data})
	more := map[string]string{"latchkey:tenant": "t-1", "x": "y"}
	w.wantCode("subset", encrypt(more), "")
	w.wantCode("another tenant", encrypt(map[string]string{"latchkey:tenant": "t-2"}), customerkey.CodeAccessDenied)
	_, err := w.DescribeKey(ctx, platform, arn)
	w.wantCode("an operation that is not granted", err, customerkey.CodeAccessDenied)
	_, err = w.Encrypt(ctx, "arn:aws:sts::111111111111:assumed-role/latchkey-keys/s", Use{KeyARN: arn, EncryptionContext: data}, []byte("x"))
	w.wantCode("a session of the grantee", err, "")
	w.must(w.RevokeGrant(ctx, customer, arn, subset))
	w.wantCode("revoked", encrypt(data), customerkey.CodeAccessDenied)
	w.wantCode("revoked twice", w.RevokeGrant(ctx, customer, arn, subset), customerkey.CodeNotFound)
	create(GrantInput{GranteePrincipal: platform, Operations: []string{"Encrypt"}, EncryptionContextEquals: data})
	w.wantCode("equals", encrypt(data), "")
	w.wantCode("more than equals", encrypt(more), customerkey.CodeAccessDenied)
	for name, in := range map[string]GrantInput{
		"operation": {KeyARN: arn, GranteePrincipal: platform, Operations: []string{"DisableKey"}},
		"none":      {KeyARN: arn, GranteePrincipal: platform},
		"grantee":   {KeyARN: arn, Operations: []string{"Decrypt"}},
	} {
		_, err := w.CreateGrant(ctx, customer, in)
		w.wantCode(name, err, CodeValidation)
	}
}

func TestKMS_RetireGrant(t *testing.T) {
	w := newWorld(t, Config{})
	arn := w.key(CreateKeyInput{Policy: policyFor()})
	for _, tc := range []struct {
		name, retiring, caller string
		ops                    []string
		code                   string
	}{
		{"retiring principal", stranger, stranger, []string{"Decrypt"}, ""},
		{"grantee", "", platform, []string{"Decrypt"}, customerkey.CodeAccessDenied},
		{"grantee with RetireGrant", "", platform, []string{"Decrypt", "RetireGrant"}, ""},
		{"root of the creator's account", "", "arn:aws:iam::222222222222:root", []string{"Decrypt"}, ""},
		{"someone", "", stranger, []string{"Decrypt"}, customerkey.CodeAccessDenied},
	} {
		id, err := w.CreateGrant(ctx, customer, GrantInput{KeyARN: arn, GranteePrincipal: platform, RetiringPrincipal: tc.retiring, Operations: tc.ops})
		w.must(err)
		w.wantCode(tc.name, w.RetireGrant(ctx, tc.caller, arn, id), tc.code)
	}
}

func TestKMS_grantConsistency(t *testing.T) {
	w := newWorld(t, Config{MaxLag: DefaultMaxLag})
	arn := w.key(CreateKeyInput{Policy: policyFor()})
	id, err := w.CreateGrant(ctx, customer, GrantInput{KeyARN: arn, GranteePrincipal: platform, Operations: []string{"DescribeKey"}})
	w.must(err)
	describe := func() error {
		_, err := w.DescribeKey(ctx, platform, arn)
		return err
	}
	w.wantCode("a new grant", describe(), customerkey.CodeAccessDenied)
	w.clock.Advance(DefaultMaxLag)
	w.wantCode("after the lag", describe(), "")
	w.must(w.RevokeGrant(ctx, customer, arn, id))
	w.wantCode("revoked, not seen yet", describe(), "")
	w.clock.Advance(DefaultMaxLag)
	w.wantCode("revoked and seen", describe(), customerkey.CodeAccessDenied)
}

func TestKMS_ListGrants(t *testing.T) {
	w := newWorld(t, Config{})
	arn := w.key(CreateKeyInput{})
	var ids []string
	for range 2*grantsPage + 1 {
		id, err := w.GrantForService(ctx, platform, arn, "rds.amazonaws.com", data, []string{"Decrypt"})
		w.must(err)
		ids = append(ids, id)
	}
	for _, id := range ids[:grantsPage+10] {
		w.must(w.RetireServiceGrant(ctx, arn, id))
	}
	if len(w.grants) != grantsPage-9 {
		t.Errorf("%d grants are kept", len(w.grants))
	}
	for range 20 {
		_, err := w.GrantForService(ctx, platform, arn, "rds.amazonaws.com", data, []string{"Decrypt"})
		w.must(err)
	}
	var got []customerkey.Grant
	marker, pages := "", 0
	for {
		grants, next, err := w.ListGrants(ctx, platform, arn, marker)
		w.must(err)
		got = append(got, grants...)
		if pages++; next == "" || pages > 5 {
			break
		}
		marker = next
	}
	if pages != 2 || len(got) != grantsPage-9+20 || got[0].ID != ids[grantsPage+10] {
		t.Errorf("%d grants in %d pages", len(got), pages)
	}
	if g := got[0]; g.GranteePrincipal != "rds.amazonaws.com" || g.EncryptionContext["latchkey:tenant"] != "t-1" {
		t.Errorf("grant %+v", g)
	}
	_, _, err := w.ListGrants(ctx, platform, arn, "x")
	w.wantCode("marker", err, CodeInvalidMarker)
}

func TestKMS_GrantForService(t *testing.T) {
	const rds = "rds.amazonaws.com"
	ec := map[string]string{"aws:rds:db-id": "db-ABC"}
	conditional := `{"Effect":"Allow","Principal":{"AWS":"` + platRoot + `"},"Action":["kms:CreateGrant","kms:DescribeKey"],"Resource":"*",` +
		`"Condition":{"StringEquals":{"kms:ViaService":"rds.eu-central-1.amazonaws.com"}}}`
	only := func(action string) string {
		return `{"Effect":"Allow","Principal":{"AWS":"` + platRoot + `"},"Action":"` + action + `","Resource":"*"}`
	}
	for _, tc := range []struct{ name, policy, code string }{
		{"allowed", policyFor(allowPlatform), ""},
		{"allowed via RDS", policyFor(conditional), ""},
		{"no CreateGrant", policyFor(only("kms:DescribeKey")), customerkey.CodeAccessDenied},
		{"no DescribeKey", policyFor(only("kms:CreateGrant")), customerkey.CodeAccessDenied},
	} {
		w := newWorld(t, Config{})
		arn := w.key(CreateKeyInput{Policy: tc.policy})
		_, err := w.GrantForService(ctx, platform, arn, rds, ec, []string{"Decrypt", "ReEncryptFrom"})
		w.wantCode(tc.name, err, tc.code)
		w.must(w.DisableKey(ctx, customer, arn))
		if tc.code == "" {
			_, err := w.GrantForService(ctx, platform, arn, rds, ec, []string{"Decrypt"})
			w.wantCode("disabled", err, customerkey.CodeDisabled)
		}
	}
}

func TestKMS_ServiceUse(t *testing.T) {
	w := newWorld(t, Config{MaxLag: DefaultMaxLag})
	arn := w.key(CreateKeyInput{})
	ec := map[string]string{"aws:rds:db-id": "db-ABC"}
	grant, err := w.GrantForService(ctx, platform, arn, "rds.amazonaws.com", ec, []string{"Decrypt", "GenerateDataKey"})
	w.must(err)
	use := func(op string, ec map[string]string) error { return w.ServiceUse(ctx, arn, grant, op, ec) }
	w.wantCode("at once, by the grant token", use("Decrypt", ec), "")
	w.wantCode("operation", use("Encrypt", ec), customerkey.CodeAccessDenied)
	w.wantCode("not a use", use("DisableKey", ec), CodeValidation)
	w.wantCode("context", use("Decrypt", data), customerkey.CodeAccessDenied)
	w.wantCode("a volume of the database", use("Decrypt", map[string]string{"aws:rds:db-id": "db-ABC", "aws:ebs:id": "vol-1"}), "")

	w.must(w.PutKeyPolicy(ctx, customer, arn, policyFor()))
	w.clock.Advance(DefaultMaxLag)
	_, err = w.DescribeKey(ctx, platform, arn)
	w.wantCode("the caller lost its permission", err, customerkey.CodeAccessDenied)
	w.wantCode("the service did not", use("Decrypt", ec), "")

	w.must(w.DisableKey(ctx, customer, arn))
	w.clock.Advance(DefaultMaxLag)
	w.wantCode("disabled", use("Decrypt", ec), customerkey.CodeDisabled)
	w.must(w.EnableKey(ctx, customer, arn))
	w.clock.Advance(DefaultMaxLag)
	w.wantCode("enabled", use("Decrypt", ec), "")
	w.must(w.RevokeGrant(ctx, customer, arn, grant))
	w.clock.Advance(DefaultMaxLag)
	w.wantCode("revoked", use("Decrypt", ec), customerkey.CodeAccessDenied)
	w.must(w.RetireServiceGrant(ctx, arn, grant), w.RetireServiceGrant(ctx, arn, "unknown"))
	date, err := w.ScheduleKeyDeletion(ctx, customer, arn, 7)
	w.must(err)
	w.clock.Set(date.Add(time.Second))
	w.wantCode("deleted", use("Decrypt", ec), customerkey.CodeNotFound)
}
