package keypolicy_test

import (
	"encoding/json"
	"testing"

	"latchkey/shared/customerkey/keypolicy"
)

const (
	platform = "111122223333"
	stranger = "999900001111"
	ours     = "arn:aws:iam::" + platform + ":root"
)

var acme = keypolicy.For{Account: platform, Tenant: "acme", Region: "eu-central-1"}

// operations of the grant that RDS makes for an instance. [RDS guide, AWS KMS key management]
var operations = []string{"Encrypt", "Decrypt", "GenerateDataKey", "GenerateDataKeyWithoutPlaintext",
	"ReEncryptFrom", "ReEncryptTo", "CreateGrant", "RetireGrant", "DescribeKey"}

func grant(via, grantee string, operations ...string) call {
	keys := map[string]any{"kms:GranteePrincipal": grantee, "kms:GrantOperations": operations}
	if via != "" {
		keys["kms:ViaService"] = via
	}
	return call{account: platform, action: "kms:CreateGrant", keys: keys}
}

func use(action, tenant string) call {
	c := call{account: platform, action: action, keys: map[string]any{}}
	if tenant != "" {
		c.keys["kms:EncryptionContext:latchkey:tenant"] = tenant
	}
	return c
}

func from(account string, c call) call { c.account = account; return c }

func dryRun() call { return grant("", ours, keypolicy.ProbeOperation) }

func rdsGrant() call {
	return grant("rds.eu-central-1.amazonaws.com", "rds.eu-central-1.amazonaws.com", operations...)
}

func TestStatements(t *testing.T) {
	without := func(c call, key string) call { delete(c.keys, key); return c }
	for name, test := range map[string]struct {
		call call
		want bool
	}{
		"describe":                          {use("kms:DescribeKey", ""), true},
		"list grants":                       {use("kms:ListGrants", ""), true},
		"data key for the tenant":           {use("kms:GenerateDataKey", "acme"), true},
		"canary for the tenant":             {use("kms:GenerateDataKeyWithoutPlaintext", "acme"), true},
		"decrypt for the tenant":            {use("kms:Decrypt", "acme"), true},
		"decrypt for another tenant":        {use("kms:Decrypt", "blue-bakery"), false},
		"decrypt for no tenant":             {use("kms:Decrypt", ""), false},
		"encrypt":                           {use("kms:Encrypt", "acme"), false},
		"re-encrypt":                        {use("kms:ReEncryptFrom", "acme"), false},
		"disable":                           {use("kms:DisableKey", ""), false},
		"put the policy":                    {use("kms:PutKeyPolicy", ""), false},
		"revoke a grant":                    {use("kms:RevokeGrant", ""), false},
		"grant by RDS":                      {rdsGrant(), true},
		"grant by RDS of another Region":    {grant("rds.us-east-1.amazonaws.com", "rds.us-east-1.amazonaws.com", operations...), false},
		"grant by another service":          {grant("ec2.eu-central-1.amazonaws.com", "ec2.eu-central-1.amazonaws.com", operations...), false},
		"the dry run":                       {dryRun(), true},
		"direct grant to decrypt":           {grant("", ours, "Decrypt"), false},
		"direct grant to describe and more": {grant("", ours, "DescribeKey", "Decrypt"), false},
		"direct grant of RDS's operations":  {grant("", ours, operations...), false},
		"direct grant to a stranger":        {grant("", "arn:aws:iam::"+stranger+":root", "DescribeKey"), false},
		"direct grant to a role of ours":    {grant("", "arn:aws:iam::"+platform+":role/any", "DescribeKey"), false},
		"direct grant to a service":         {without(grant("", "", "DescribeKey"), "kms:GranteePrincipal"), false},
		"a stranger describes":              {from(stranger, use("kms:DescribeKey", "")), false},
		"a stranger decrypts":               {from(stranger, use("kms:Decrypt", "acme")), false},
		"a stranger's dry run":              {from(stranger, dryRun()), false},
		"a stranger's grant through RDS":    {from(stranger, rdsGrant()), false},
	} {
		t.Run(name, func(t *testing.T) {
			if got := allowed(t, keypolicy.Statements(acme), test.call); got != test.want {
				t.Errorf("allowed: %t, want %t", got, test.want)
			}
		})
	}
}

// TestStatements_DryRunTells holds that the preflight's dry run is allowed
// exactly where RDS's grant is, whichever statements a customer left out.
func TestStatements_DryRunTells(t *testing.T) {
	all := keypolicy.Statements(acme)
	yes := 0
	for subset := range 1 << len(all) {
		var kept []keypolicy.Statement
		for i, s := range all {
			if subset&(1<<i) != 0 {
				kept = append(kept, s)
			}
		}
		dry, real := allowed(t, kept, dryRun()), allowed(t, kept, rdsGrant())
		if dry != real {
			t.Errorf("statements %05b: dry run %t, grant by RDS %t", subset, dry, real)
		}
		if dry {
			yes++
		}
	}
	if yes != 1<<(len(all)-1) {
		t.Errorf("the dry run is allowed in %d subsets, want those with %s", yes, keypolicy.GrantForRDS)
	}
}

func TestStatements_JSON(t *testing.T) {
	first, err := json.Marshal(keypolicy.Statements(acme))
	if err != nil {
		t.Fatal(err)
	}
	for range 20 {
		if again, _ := json.Marshal(keypolicy.Statements(acme)); string(again) != string(first) {
			t.Fatal("the statements' JSON changes from call to call")
		}
	}
}
