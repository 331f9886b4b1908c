package grants

import (
	"maps"
	"slices"
	"testing"

	"latchkey/shared/deployment"
)

// adapter is the code behind a use: which calls the methods of a type lead to.
type adapter struct {
	folder   string   // below shared/
	receiver string   // type whose exported methods are called
	methods  []string // only these; nil: all
	service  string   // prefix of its actions
}

// behind says for each use which code makes its calls, and what AWS checks
// beside the call itself, with the reason.
var behind = map[deployment.Use]struct {
	adapters []adapter
	implied  map[string]string
}{
	deployment.UseKeys: {adapters: []adapter{{folder: "keys/kms", receiver: "Keys", service: "kms"}}},
	deployment.UseFleet: {
		adapters: []adapter{
			{folder: "fleet/rds", receiver: "Fleet", service: "rds"},
			{folder: "keys/kms", receiver: "Keys", methods: []string{"Grants"}, service: "kms"},
		},
		implied: map[string]string{
			"rds:AddTagsToResource":       "tags of what is created [RDS guide, Grant permission to tag Amazon RDS resources during creation]",
			"iam:CreateServiceLinkedRole": "RDS's own role, with an account's first instance [RDS guide, Using service-linked roles for Amazon RDS]",
			"kms:CreateGrant":             "RDS's grant, and Secrets Manager's [RDS guide, AWS KMS key management]",
			"kms:DescribeKey":             "RDS looks at the key [same]",
			"kms:Decrypt":                 "the secret of the master password [RDS guide, Password management with AWS Secrets Manager]",
			"kms:GenerateDataKey":         "same",
			"secretsmanager:CreateSecret": "same",
			"secretsmanager:TagResource":  "same",
		},
	},
	deployment.UseBackups: {
		adapters: []adapter{{folder: "fleet/rds", receiver: "Backups", service: "rds"}},
		implied: map[string]string{
			"rds:AddTagsToResource": "tags of what is created [RDS guide, Grant permission to tag Amazon RDS resources during creation]",
			"kms:CreateGrant":       "RDS's grant for the copy [RDS guide, AWS KMS key management]",
			"kms:DescribeKey":       "RDS looks at the key [same]",
		},
	},
	deployment.UseInside: {adapters: []adapter{{folder: "inside/lambda", receiver: "Inside", service: "lambda"}}},
	deployment.UseLogins: {
		adapters: []adapter{{folder: "secrets", receiver: "Store", service: "secretsmanager"}},
		implied: map[string]string{
			"rds-db:connect": "a token is made without a call; AWS checks it at the login [RDS guide, IAM database authentication]",
			"kms:Decrypt":    "Secrets Manager opens the secret for the caller [Secrets Manager guide, Encryption]",
		},
	},
	deployment.UseLedger: {
		adapters: []adapter{
			{folder: "objects/s3", receiver: "Store", service: "s3"},
			{folder: "keyusage/publickeys", receiver: "Keys", service: "cloudtrail"},
		},
		implied: map[string]string{
			"kms:Decrypt":         "S3 opens objects for the caller [S3 guide, Server-side encryption with AWS KMS keys]",
			"kms:GenerateDataKey": "and closes them [same]",
		},
	},
	deployment.UseBus: {adapters: []adapter{{folder: "bus/eventbridge", receiver: "Bus", service: "events"}}},
}

// checkedAs are the actions that AWS checks for calls that have none of their name.
var checkedAs = map[string][]string{
	"lambda:Invoke":               {"lambda:InvokeFunction"},
	"s3:ListObjectsV2":            {"s3:ListBucket"},
	"dynamodb:TransactWriteItems": {"dynamodb:ConditionCheckItem", "dynamodb:DeleteItem", "dynamodb:PutItem", "dynamodb:UpdateItem"},
}

// TestOfUse_All holds that no use is left out here.
func TestOfUse_All(t *testing.T) {
	for use := range uses {
		if len(behind[use].adapters) == 0 {
			t.Errorf("nothing is known of the calls behind %s", use)
		}
	}
	for _, f := range deployment.Functions() {
		for _, use := range f.Uses {
			if uses[use] == nil {
				t.Errorf("%s has the use %s, which grants nothing", f.Name, use)
			}
		}
	}
}

// TestOfUse_Calls holds that a use allows every call that its adapters make, and
// nothing that they do not.
func TestOfUse_Calls(t *testing.T) {
	for _, use := range slices.Sorted(maps.Keys(behind)) {
		t.Run(string(use), func(t *testing.T) {
			want := map[string]bool{}
			for _, a := range behind[use].adapters {
				addActions(want, a, t)
			}
			for action := range behind[use].implied {
				want[action] = true
			}
			compare(t, OfUse(use, testPlace), want)
		})
	}
}

func TestTable_Calls(t *testing.T) {
	want := map[string]bool{}
	addActions(want, adapter{folder: "catalog/dynamodb", receiver: "Store", service: "dynamodb"}, t)
	compare(t, table("t", false), want)
	for _, s := range table("t", true) {
		for _, a := range s.Actions {
			if !slices.Contains([]string{"dynamodb:BatchGetItem", "dynamodb:GetItem", "dynamodb:Query"}, a) {
				t.Errorf("a function that reads only may %s", a)
			}
		}
	}
}

func compare(t *testing.T, statements []Statement, want map[string]bool) {
	t.Helper()
	got := map[string]bool{}
	for _, s := range statements {
		for _, a := range s.Actions {
			got[a] = true
		}
	}
	for _, a := range slices.Sorted(maps.Keys(want)) {
		if !got[a] {
			t.Errorf("%s is called, and not allowed", a)
		}
	}
	for _, a := range slices.Sorted(maps.Keys(got)) {
		if !want[a] {
			t.Errorf("%s is allowed, and nothing calls it", a)
		}
	}
}

// addActions adds the actions of all calls that an adapter can make.
func addActions(to map[string]bool, a adapter, t *testing.T) {
	t.Helper()
	calls := reachable(declared(t, a.folder), a)
	if len(calls) == 0 {
		t.Fatalf("no calls found in shared/%s: has it moved?", a.folder)
	}
	for call := range calls {
		action := a.service + ":" + call
		if other, ok := checkedAs[action]; ok {
			for _, o := range other {
				to[o] = true
			}
			continue
		}
		to[action] = true
	}
}
