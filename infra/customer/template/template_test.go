package template_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"latchkey/infra/customer/template"
	"latchkey/infra/intake/buses"
	"latchkey/shared/coded"
	"latchkey/shared/customerkey/keypolicy"
)

func TestJSON_KeyPolicy(t *testing.T) {
	statements := at(t, resolve(t, properties(t, load(t, template.Preset{}), "Key")), "KeyPolicy", "Statement").([]any)
	owner := statements[0].(object)
	if got := at(t, owner, "Principal", "AWS"); got != "arn:aws:iam::444455556666:root" || owner["Condition"] != nil {
		t.Errorf("the owner's statement is for %v", got)
	}
	want := plain(t, keypolicy.Statements(keypolicy.For{Account: "111122223333", Tenant: "acme", Region: "eu-central-1"}))
	if got := any(statements[1:]); !reflect.DeepEqual(got, want) {
		t.Errorf("got %v\nwant %v", got, want)
	}
}

func TestJSON_Key(t *testing.T) {
	tmpl := load(t, template.Preset{})
	for _, policy := range []string{"DeletionPolicy", "UpdateReplacePolicy"} {
		if got := at(t, tmpl, "Resources", "Key", policy); got != "Retain" {
			t.Errorf("%s of the key is %v: a deleted stack would take the data with it", policy, got)
		}
	}
	key := properties(t, tmpl, "Key")
	if key["EnableKeyRotation"] != true || key["KeySpec"] != "SYMMETRIC_DEFAULT" || key["KeyUsage"] != "ENCRYPT_DECRYPT" || key["MultiRegion"] != nil {
		t.Errorf("the key is %v", key)
	}
	if alias := properties(t, tmpl, "KeyAlias"); resolve(t, alias["AliasName"]) != "alias/latchkey/acme" {
		t.Errorf("the alias is %v", alias)
	}
}

func TestJSON_Forwards(t *testing.T) {
	tmpl := load(t, template.Preset{})
	routes := buses.Forwarded()
	if len(routes) == 0 {
		t.Fatal("no route is forwarded")
	}
	byPattern := map[string]object{}
	for name, r := range at(t, tmpl, "Resources").(object) {
		if at(t, r, "Type") == "AWS::Events::Rule" {
			rule := properties(t, tmpl, name)
			pattern, _ := json.Marshal(rule["EventPattern"])
			byPattern[string(pattern)] = rule
		}
	}
	if len(byPattern) != len(routes) {
		t.Errorf("%d rules for %d forwarded routes", len(byPattern), len(routes))
	}
	for _, route := range routes {
		pattern, _ := json.Marshal(plain(t, route.Pattern))
		rule := byPattern[string(pattern)]
		if rule == nil {
			t.Errorf("no rule has the pattern of route %s", route.Name)
			continue
		}
		if all := rule["State"] == "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS"; all != route.CloudTrail || rule["EventBusName"] != nil {
			t.Errorf("%s: state %v on bus %v", route.Name, rule["State"], rule["EventBusName"])
		}
		checkTarget(t, route.Name, rule)
	}
}

func checkTarget(t *testing.T, name string, rule object) {
	t.Helper()
	targets := rule["Targets"].([]any)
	target := targets[0].(object)
	if len(targets) != 1 || resolve(t, target["Arn"]) != "arn:aws:events:eu-central-1:111122223333:event-bus/latchkey-intake" {
		t.Errorf("%s goes to %v", name, targets)
	}
	at(t, target, "RoleArn")
	at(t, target, "DeadLetterConfig", "Arn")
	if target["RetryPolicy"] != nil {
		t.Errorf("%s: a target that is a bus takes no RetryPolicy", name)
	}
}

func TestJSON_ForwardRole(t *testing.T) {
	role := properties(t, load(t, template.Preset{}), "ForwardRole")
	policies := role["Policies"].([]any)
	statements := at(t, resolve(t, policies[0]), "PolicyDocument", "Statement").([]any)
	want := object{"Effect": "Allow", "Action": "events:PutEvents", "Resource": "arn:aws:events:eu-central-1:111122223333:event-bus/latchkey-intake"}
	if len(policies) != 1 || len(statements) != 1 || !reflect.DeepEqual(statements[0], want) || role["ManagedPolicyArns"] != nil {
		t.Errorf("the role may do %v", policies)
	}
}

func TestJSON_Preset(t *testing.T) {
	tmpl := load(t, template.Preset{PlatformAccount: "111122223333", IntakeBus: "latchkey-intake-2"})
	for name, want := range map[string]string{"PlatformAccount": "111122223333", "IntakeBus": "latchkey-intake-2"} {
		if got := at(t, tmpl, "Parameters", name, "Default"); got != want {
			t.Errorf("%s is %v, want %s", name, got, want)
		}
	}
	if p := at(t, load(t, template.Preset{}), "Parameters", "PlatformAccount").(object); p["Default"] != nil {
		t.Errorf("the platform's account is %v without a preset", p["Default"])
	}
	for _, p := range []template.Preset{{PlatformAccount: "1111"}, {IntakeBus: "a bus"}} {
		if _, err := template.JSON(p); !coded.Is(err, coded.Invalid) || coded.Hint(err) == "" {
			t.Errorf("%+v: %v", p, err)
		}
	}
}

// TestJSON_Parameters holds that the template takes exactly the tenants and keys
// that the events take.
func TestJSON_Parameters(t *testing.T) {
	raw, err := os.ReadFile("../../../events/schemas/defs.json")
	if err != nil {
		t.Fatal(err)
	}
	var defs object
	if err := json.Unmarshal(raw, &defs); err != nil {
		t.Fatal(err)
	}
	tmpl := load(t, template.Preset{})
	if got, want := at(t, tmpl, "Parameters", "TenantId", "AllowedPattern"), at(t, defs, "$defs", "tenantId", "pattern"); got != want {
		t.Errorf("tenants are %v, in events %v", got, want)
	}
	if got, want := at(t, tmpl, "Parameters", "ExistingKeyArn", "AllowedPattern"), "^$|"+at(t, defs, "$defs", "keyArn", "pattern").(string); got != want {
		t.Errorf("keys are %v, in events %v", got, want)
	}
}

func TestJSON_Deterministic(t *testing.T) {
	first, _ := template.JSON(template.Preset{})
	for range 20 {
		if again, _ := template.JSON(template.Preset{}); string(again) != string(first) {
			t.Fatal("the template changes from call to call")
		}
	}
	// [CloudFormation guide, Quotas: template body in a request]
	if len(first) > 51_200 {
		t.Errorf("the template has %d bytes, more than a request can hold", len(first))
	}
}

func TestJSON_Lint(t *testing.T) {
	const program = "cfn-lint"
	if _, err := exec.LookPath(program); err != nil {
		if slices.Contains(strings.Split(os.Getenv("LATCHKEY_REQUIRE"), ","), program) {
			t.Fatalf("%s is not installed and LATCHKEY_REQUIRE asks for it: pip install cfn-lint", program)
		}
		t.Skipf("%s is not installed: pip install cfn-lint", program)
	}
	body, err := template.JSON(template.Preset{})
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "customer.json")
	if err := os.WriteFile(file, body, 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.CommandContext(t.Context(), program, "--", file).CombinedOutput(); err != nil || len(out) > 0 {
		t.Errorf("%v\n%s", err, out)
	}
}
