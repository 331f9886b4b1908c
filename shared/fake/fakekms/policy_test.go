package fakekms

import (
	"strings"
	"testing"

	"latchkey/shared/customerkey"
)

// decide compiles one statement beside none and asks it.
func decide(t *testing.T, statements string, r request) decision {
	t.Helper()
	p, err := compile(`{"Version":"2012-10-17","Statement":[`+statements+`]}`, "arn:aws:kms:eu-central-1:222222222222:key/k")
	if err != nil {
		t.Fatal(err)
	}
	return p.decide(&r)
}

// allow is a statement for the platform's role, with more elements.
func allow(action, more string) string {
	return `{"Effect":"Allow","Principal":{"AWS":"` + platform + `"},"Action":` + action + `,"Resource":"*"` + more + `}`
}

func TestPolicy_principals(t *testing.T) {
	session := "arn:aws:sts::111111111111:assumed-role/latchkey-keys/i-1"
	for _, tc := range []struct {
		name, principal, caller string
		want                    decision
	}{
		{"exact role", `{"AWS":"` + platform + `"}`, platform, allowedByPolicy},
		{"session of the role", `{"AWS":"` + platform + `"}`, session, allowedByPolicy},
		{"exact session", `{"AWS":"` + session + `"}`, session, allowedByPolicy},
		{"session is not its role", `{"AWS":"` + session + `"}`, platform, notAllowed},
		{"another role", `{"AWS":"` + platform + `"}`, "arn:aws:iam::111111111111:role/other", notAllowed},
		{"account root", `{"AWS":"` + platRoot + `"}`, platform, allowedByPolicy},
		{"account number", `{"AWS":"111111111111"}`, platform, allowedByPolicy},
		{"another account", `{"AWS":"` + platRoot + `"}`, stranger, notAllowed},
		{"list", `{"AWS":["` + stranger + `","` + platform + `"]}`, platform, allowedByPolicy},
		{"anyone in AWS", `{"AWS":"*"}`, stranger, allowedByPolicy},
		{"anyone", `"*"`, stranger, allowedByPolicy},
		{"service", `{"Service":"rds.amazonaws.com"}`, "rds.amazonaws.com", allowedByPolicy},
		{"service is no principal of an account", `{"Service":"rds.amazonaws.com"}`, platform, notAllowed},
	} {
		who := parsePrincipal(tc.caller)
		s := `{"Effect":"Allow","Principal":` + tc.principal + `,"Action":"kms:Decrypt","Resource":"*"}`
		if got := decide(t, s, request{who: &who, op: opDecrypt}); got != tc.want {
			t.Errorf("%s: %d, want %d", tc.name, got, tc.want)
		}
	}
}

func TestPolicy_actions(t *testing.T) {
	who := parsePrincipal(platform)
	for _, tc := range []struct {
		action string
		op     operation
		want   decision
	}{
		{`"kms:Decrypt"`, opDecrypt, allowedByPolicy},
		{`"kms:decrypt"`, opDecrypt, allowedByPolicy},
		{`"kms:Decrypt"`, opEncrypt, notAllowed},
		{`["kms:Encrypt","kms:Decrypt"]`, opDecrypt, allowedByPolicy},
		{`"kms:GenerateDataKey*"`, opGenerateDataKeyWithoutPlaintext, allowedByPolicy},
		{`"kms:GenerateDataKey"`, opGenerateDataKeyWithoutPlaintext, notAllowed},
		{`"kms:*"`, opDisableKey, allowedByPolicy},
		{`"*"`, opDisableKey, allowedByPolicy},
		{`"kms:TagResource"`, opDescribeKey, notAllowed},
	} {
		if got := decide(t, allow(tc.action, ""), request{who: &who, op: tc.op}); got != tc.want {
			t.Errorf("%s for %s: %d, want %d", tc.action, tc.op, got, tc.want)
		}
	}
}

func TestPolicy_explicitDeny(t *testing.T) {
	who := parsePrincipal(platform)
	deny := strings.Replace(allow(`"kms:Decrypt"`, ""), "Allow", "Deny", 1)
	for _, statements := range []string{allow(`"kms:*"`, "") + "," + deny, deny + "," + allow(`"kms:*"`, "")} {
		if got := decide(t, statements, request{who: &who, op: opDecrypt}); got != explicitlyDenied {
			t.Errorf("%s: %d", statements, got)
		}
		if got := decide(t, statements, request{who: &who, op: opEncrypt}); got != allowedByPolicy {
			t.Errorf("%s: the deny reaches another action", statements)
		}
	}
}

func TestPolicy_conditions(t *testing.T) {
	who := parsePrincipal(platform)
	via := request{who: &who, op: opCreateGrant, via: "rds.eu-central-1.amazonaws.com", forAWS: true,
		grant: setOf(opDecrypt), grantee: "rds.amazonaws.com", ec: map[string]string{"aws:rds:db-id": "db-ABC"}}
	direct := request{who: &who, op: opCreateGrant}
	use := request{who: &who, op: opDecrypt, ec: data}
	for _, tc := range []struct {
		name, condition string
		r               request
		want            bool
	}{
		{"via the service", `{"StringEquals":{"kms:ViaService":"rds.eu-central-1.amazonaws.com"}}`, via, true},
		{"via another service", `{"StringEquals":{"kms:ViaService":["s3.eu-central-1.amazonaws.com"]}}`, via, false},
		{"not via a service", `{"StringEquals":{"kms:ViaService":"rds.eu-central-1.amazonaws.com"}}`, direct, false},
		{"via by pattern", `{"StringLike":{"kms:ViaService":"rds.*.amazonaws.com"}}`, via, true},
		{"pattern needs StringLike", `{"StringEquals":{"kms:ViaService":"rds.*.amazonaws.com"}}`, via, false},
		{"for an AWS resource", `{"Bool":{"kms:GrantIsForAWSResource":"true"}}`, via, true},
		{"for an AWS resource, JSON boolean", `{"Bool":{"kms:GrantIsForAWSResource":true}}`, direct, false},
		{"not for an AWS resource", `{"Bool":{"kms:GrantIsForAWSResource":false}}`, direct, true},
		{"the key is absent in other operations", `{"Bool":{"kms:GrantIsForAWSResource":false}}`, use, false},
		{"caller's account", `{"StringEquals":{"kms:CallerAccount":"111111111111"}}`, use, true},
		{"another account", `{"StringEquals":{"kms:CallerAccount":"222222222222"}}`, use, false},
		{"context", `{"StringEquals":{"kms:EncryptionContext:latchkey:tenant":"t-1"}}`, use, true},
		{"context of another", `{"StringEquals":{"kms:EncryptionContext:latchkey:tenant":"t-2"}}`, use, false},
		{"context that is absent", `{"StringLike":{"kms:EncryptionContext:app":"*"}}`, use, false},
		{"negated", `{"StringNotEquals":{"kms:CallerAccount":"222222222222"}}`, use, true},
		{"negated and absent", `{"StringNotEquals":{"kms:ViaService":"rds.eu-central-1.amazonaws.com"}}`, use, true},
		{"negated pattern", `{"StringNotLike":{"kms:ViaService":"rds.*"}}`, via, false},
		{"both must hold", `{"StringEquals":{"kms:CallerAccount":"111111111111","kms:ViaService":"x"}}`, via, false},
		{"context keys, all", `{"ForAllValues:StringEquals":{"kms:EncryptionContextKeys":["latchkey:tenant"]}}`, use, true},
		{"context keys, one too many", `{"ForAllValues:StringEquals":{"kms:EncryptionContextKeys":["other"]}}`, use, false},
		{"all of none", `{"ForAllValues:StringEquals":{"kms:EncryptionContextKeys":["other"]}}`, direct, true},
		{"any of none", `{"ForAnyValue:StringEquals":{"kms:EncryptionContextKeys":["other"]}}`, direct, false},
		{"grant operations", `{"ForAllValues:StringEquals":{"kms:GrantOperations":["Decrypt","Encrypt"]}}`, via, true},
		{"any grant operation but these", `{"ForAnyValue:StringNotEquals":{"kms:GrantOperations":["Encrypt"]}}`, via, true},
		{"none but these", `{"ForAnyValue:StringNotEquals":{"kms:GrantOperations":["Encrypt","Decrypt"]}}`, via, false},
		{"service if there is one", `{"StringEqualsIfExists":{"kms:ViaService":"rds.eu-central-1.amazonaws.com"}}`, via, true},
		{"another service if there is one", `{"StringEqualsIfExists":{"kms:ViaService":"ec2.eu-central-1.amazonaws.com"}}`, via, false},
		{"no service", `{"StringEqualsIfExists":{"kms:ViaService":"ec2.eu-central-1.amazonaws.com"}}`, direct, true},
		{"null, absent", `{"Null":{"kms:ViaService":"true"}}`, direct, true},
		{"null, present", `{"Null":{"kms:ViaService":"true"}}`, via, false},
		{"not null, absent", `{"Null":{"kms:ViaService":"false"}}`, direct, false},
		{"not null, present", `{"Null":{"kms:ViaService":"false"}}`, via, true},
		{"grantee", `{"StringEquals":{"kms:GranteePrincipal":"rds.amazonaws.com"}}`, via, true},
		{"no grantee", `{"StringEquals":{"kms:GranteePrincipal":"rds.amazonaws.com"}}`, direct, false},
		{"grant operations beyond", `{"ForAllValues:StringEquals":{"kms:GrantOperations":["Encrypt"]}}`, via, false},
	} {
		want := notAllowed
		if tc.want {
			want = allowedByPolicy
		}
		if got := decide(t, allow(`"kms:*"`, `,"Condition":`+tc.condition), tc.r); got != want {
			t.Errorf("%s: %d, want %d", tc.name, got, want)
		}
	}
}

func TestKMS_PutKeyPolicy_malformed(t *testing.T) {
	w := newWorld(t, Config{})
	arn := w.key(CreateKeyInput{})
	for _, tc := range []struct{ name, statement, names string }{
		{"operator", allow(`"kms:*"`, `,"Condition":{"NumericEquals":{"kms:ViaService":"1"}}`), "NumericEquals"},
		{"null of neither", allow(`"kms:*"`, `,"Condition":{"Null":{"kms:ViaService":"1"}}`), "Null"},
		{"if null exists", allow(`"kms:*"`, `,"Condition":{"NullIfExists":{"kms:ViaService":"true"}}`), "NullIfExists"},
		{"all that are not", allow(`"kms:*"`, `,"Condition":{"ForAllValues:StringNotEquals":{"kms:GrantOperations":["Decrypt"]}}`), "ForAllValues:StringNotEquals"},
		{"condition key", allow(`"kms:*"`, `,"Condition":{"StringEquals":{"aws:PrincipalOrgID":"o-1"}}`), "aws:PrincipalOrgID"},
		{"empty context key", allow(`"kms:*"`, `,"Condition":{"StringEquals":{"kms:EncryptionContext:":"x"}}`), "kms:EncryptionContext:"},
		{"bool on a string", allow(`"kms:*"`, `,"Condition":{"Bool":{"kms:ViaService":"true"}}`), "Bool"},
		{"set key without quantifier", allow(`"kms:*"`, `,"Condition":{"StringEquals":{"kms:GrantOperations":"Decrypt"}}`), "kms:GrantOperations"},
		{"no values", allow(`"kms:*"`, `,"Condition":{"StringEquals":{"kms:ViaService":[]}}`), "kms:ViaService"},
		{"NotAction", allow(`"kms:*"`, `,"NotAction":"kms:Decrypt"`), "NotAction"},
		{"NotPrincipal", allow(`"kms:*"`, `,"NotPrincipal":"*"`), "NotPrincipal"},
		{"federated", `{"Effect":"Allow","Principal":{"Federated":"x"},"Action":"kms:*","Resource":"*"}`, "Federated"},
		{"principal", `{"Effect":"Allow","Principal":{"AWS":"latchkey"},"Action":"kms:*","Resource":"*"}`, "latchkey"},
		{"principal pattern", `{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111111111111:role/*"},"Action":"kms:*","Resource":"*"}`, "role/*"},
		{"no principal", `{"Effect":"Allow","Action":"kms:*","Resource":"*"}`, "Principal"},
		{"action of another service", allow(`"s3:GetObject"`, ""), "s3:GetObject"},
		{"no action", `{"Effect":"Allow","Principal":"*","Resource":"*"}`, "Action"},
		{"resource", strings.Replace(allow(`"kms:*"`, ""), `"Resource":"*"`, `"Resource":"arn:aws:kms:eu-central-1:222222222222:key/other"`, 1), "key/other"},
		{"effect", strings.Replace(allow(`"kms:*"`, ""), "Allow", "allow", 1), `"allow"`},
	} {
		err := w.PutKeyPolicy(ctx, customer, arn, policyFor(tc.statement))
		w.wantCode(tc.name, err, CodeMalformedPolicy)
		if err != nil && !strings.Contains(err.Error(), tc.names) {
			t.Errorf("%s: %v does not name %s", tc.name, err, tc.names)
		}
	}
	for name, text := range map[string]string{
		"no JSON": `{`, "trailing data": policyFor() + "{}", "no statements": `{"Version":"2012-10-17"}`,
		"version": `{"Version":"2020-01-01","Statement":[]}`, "too long": policyFor() + strings.Repeat(" ", maxPolicyBytes),
		"locks the caller out": `{"Version":"2012-10-17","Statement":[` + allow(`"kms:*"`, "") + `]}`,
	} {
		w.wantCode(name, w.PutKeyPolicy(ctx, customer, arn, text), CodeMalformedPolicy)
	}
	got, err := w.GetKeyPolicy(ctx, customer, arn)
	if w.must(err); got != policyFor(allowPlatform) {
		t.Errorf("a refused policy was kept: %s", got)
	}
}

func TestKMS_authorization(t *testing.T) {
	w := newWorld(t, Config{})
	arn := w.key(CreateKeyInput{})
	disabled := w.inState(customerkey.StateDisabled)
	managed, err := w.CreateKey(ctx, platform, CreateKeyInput{Region: region, AWSManaged: true})
	w.must(err)
	_, strangeUse := w.Encrypt(ctx, stranger, Use{KeyARN: arn}, []byte("x"))
	_, strangeDisabled := w.Encrypt(ctx, stranger, Use{KeyARN: disabled}, []byte("x"))
	_, gone := w.DescribeKey(ctx, platform, arn+"0")
	_, noARN := w.DescribeKey(ctx, platform, "")
	_, signer := w.CreateKey(ctx, customer, CreateKeyInput{Region: region, Usage: "SIGN_VERIFY", Spec: "RSA_2048"})
	w.must(signer)
	for _, tc := range []struct {
		name string
		err  error
		code string
	}{
		{"unnamed account", strangeUse, customerkey.CodeAccessDenied},
		{"permission before state", strangeDisabled, customerkey.CodeAccessDenied},
		{"no such key", gone, customerkey.CodeNotFound},
		{"no ARN", noARN, CodeInvalidARN},
		{"another account manages", w.PutKeyPolicy(ctx, platform, arn, policyFor()), customerkey.CodeAccessDenied},
		{"AWS managed", w.DisableKey(ctx, platform, managed), customerkey.CodeAccessDenied},
	} {
		w.wantCode(tc.name, tc.err, tc.code)
	}
	w.must(w.PutKeyPolicy(ctx, customer, arn, policyFor(allowPlatform,
		`{"Effect":"Deny","Principal":{"AWS":"`+platRoot+`"},"Action":"kms:Decrypt","Resource":"*"}`)))
	_, err = w.Decrypt(ctx, platform, Use{KeyARN: arn, DryRun: true}, []byte("x"))
	if w.wantCode("explicit deny", err, customerkey.CodeAccessDenied); !strings.Contains(err.Error(), "explicit deny") {
		t.Errorf("%v", err)
	}
}

func TestGlob(t *testing.T) {
	for _, tc := range []struct {
		pattern, s string
		want       bool
	}{
		{"", "", true}, {"*", "", true}, {"a*c", "abbc", true}, {"a*c", "abcd", false},
		{"?", "", false}, {"a?c", "abc", true}, {"*a*b", "xaxbxab", true}, {"*ab", "aab", true},
	} {
		if got := glob(tc.pattern, tc.s); got != tc.want {
			t.Errorf("glob(%q, %q) = %v", tc.pattern, tc.s, got)
		}
	}
}
