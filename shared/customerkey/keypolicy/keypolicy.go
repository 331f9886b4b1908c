// Package keypolicy says what the policy of a customer's key must allow
// Latchkey, and no more. The template that a customer launches has these
// statements, and a preflight prints them for a key that lacks one.
//
// A database needs a grant on the key, which RDS makes on behalf of whoever
// creates the instance; the call arrives with kms:ViaService. [RDS guide, AWS
// KMS key management] The preflight asks beforehand with a dry run of its own,
// which comes without that condition key. Both must need the same Allow, or the
// dry run proves nothing about RDS: so GrantForRDS allows what has no
// kms:ViaService or the right one, and two denials keep what comes without it
// to the one grant that the preflight asks for, ProbeOperation to ourselves,
// which gives nothing that DescribeKey does not. docs/decisions/0007 has what
// was rejected.
package keypolicy

// Sids of the statements.
const (
	Describe       = "LatchkeyDescribe"
	UseForTenant   = "LatchkeyUseForTenant"
	GrantForRDS    = "LatchkeyGrantForRDS"
	NoOtherGrant   = "LatchkeyNoOtherGrant"
	NoGrantToOther = "LatchkeyNoGrantToOthers"
)

// ProbeOperation is the only operation of a grant that may be asked for
// directly; the preflight's dry run of CreateGrant must name it and no other.
const ProbeOperation = "DescribeKey"

// TenantContext is the key of the encryption context that all use is bound to.
const TenantContext = "latchkey:tenant"

// For says whose statements they are.
type For struct {
	Account string // the platform's, 12 digits
	Tenant  string // id of the tenant that the key is for
	Region  string // of the key and the databases
}

// Statement is one statement of a key policy.
type Statement struct {
	Sid       string
	Effect    string
	Principal map[string]string
	Action    []string
	Resource  string
	Condition map[string]map[string]any `json:",omitempty"`
}

// Platform returns the principal that all statements are about: the platform's
// account, and not one of its roles, whose permission would be lost without a
// word if the role were made anew. [IAM guide, Principal] It is also the only
// grantee that GrantForRDS lets a direct call name.
func (f For) Platform() string { return "arn:aws:iam::" + f.Account + ":root" }

// Statements returns what to add to a key policy, in an order that does not
// change. [KMS guide, AWS KMS condition keys]
func Statements(f For) []Statement {
	direct := map[string]any{"kms:ViaService": "true"} // Null: no service called on our behalf
	return []Statement{
		f.statement(Describe, "Allow", nil, "kms:DescribeKey", "kms:ListGrants"),
		f.statement(UseForTenant, "Allow", map[string]map[string]any{
			"StringEquals": {"kms:EncryptionContext:" + TenantContext: f.Tenant},
		}, "kms:GenerateDataKey", "kms:GenerateDataKeyWithoutPlaintext", "kms:Decrypt"),
		f.statement(GrantForRDS, "Allow", map[string]map[string]any{
			"StringEqualsIfExists": {"kms:ViaService": "rds." + f.Region + ".amazonaws.com"},
		}, "kms:CreateGrant"),
		f.statement(NoOtherGrant, "Deny", map[string]map[string]any{
			"Null":                        direct,
			"ForAnyValue:StringNotEquals": {"kms:GrantOperations": []string{ProbeOperation}},
		}, "kms:CreateGrant"),
		f.statement(NoGrantToOther, "Deny", map[string]map[string]any{
			"Null":            direct,
			"StringNotEquals": {"kms:GranteePrincipal": f.Platform()},
		}, "kms:CreateGrant"),
	}
}

func (f For) statement(sid, effect string, condition map[string]map[string]any, actions ...string) Statement {
	return Statement{
		Sid: sid, Effect: effect, Principal: map[string]string{"AWS": f.Platform()},
		Action: actions, Resource: "*", Condition: condition,
	}
}
