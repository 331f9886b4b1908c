package main

import (
	"encoding/json"
	"os"
	"regexp"
	"strings"
	"testing"

	"latchkey/shared/deployment"
)

// policy is what docs/api.md tells to give to whoever may read one tenant's key usage.
type policy struct {
	Version   string
	Statement []struct{ Effect, Action, Resource string }
}

func documentedPolicy(t *testing.T) policy {
	t.Helper()
	raw, err := os.ReadFile("../docs/api.md")
	if err != nil {
		t.Fatal(err)
	}
	block := regexp.MustCompile("(?s)checked against the template.*?```json\n(.*?)```").FindSubmatch(raw)
	if block == nil {
		t.Fatal("docs/api.md has no policy")
	}
	var p policy
	if err := json.Unmarshal(block[1], &p); err != nil || len(p.Statement) != 1 || p.Version != "2012-10-17" {
		t.Fatalf("%+v, %v", p, err)
	}
	return p
}

// allows compares a resource of a policy with an ARN as IAM does: * is any
// characters, ? is one. [IAM guide, JSON policy elements: Resource]
func allows(resource, arn string) bool {
	pattern := strings.NewReplacer(`\*`, ".*", `\?`, ".").Replace(regexp.QuoteMeta(resource))
	return regexp.MustCompile("^" + pattern + "$").MatchString(arn)
}

// called is the ARN that API Gateway asks IAM about for a call of a route.
// [API Gateway guide, Control access for invoking an API]
func called(stage, routeKey, parameter, value string) string {
	method, path, _ := strings.Cut(routeKey, " ")
	return "arn:aws:execute-api:eu-central-1:111122223333:API-ID/" + stage + "/" + method + strings.ReplaceAll(path, parameter, value)
}

// TestUsagePolicy holds that the documented policy lets its tenant's key usage
// be read by the route that the template makes, and nothing else of the API.
func TestUsagePolicy(t *testing.T) {
	statement := documentedPolicy(t).Statement[0]
	if statement.Effect != "Allow" || statement.Action != "execute-api:Invoke" {
		t.Fatalf("%+v", statement)
	}
	tmpl := oneCell(t)
	stage := ""
	for _, s := range tmpl.Of("AWS::ApiGatewayV2::Stage") {
		stage = text(s.Properties["StageName"])
	}
	const usage = "GET /tenants/{tenant}/key-usage"
	audit, _ := deployment.Find("audit-keys")
	if len(audit.HTTP) != 1 || audit.HTTP[0].Method+" "+audit.HTTP[0].Path != usage {
		t.Fatalf("the function's calls are %v", audit.HTTP)
	}
	found := false
	for id, r := range tmpl.Of("AWS::ApiGatewayV2::Route") {
		key := text(r.Properties["RouteKey"])
		found = found || key == usage && r.Properties["AuthorizationType"] == "AWS_IAM"
		if got := allows(statement.Resource, called(stage, key, "{tenant}", "acme")); got != (key == usage) {
			t.Errorf("%s (%s) of the tenant is allowed: %v", id, key, got)
		}
		for _, other := range []string{"acme2", "a", "birch", "acme-key-usage"} {
			if arn := called(stage, key, "{tenant}", other); allows(statement.Resource, arn) {
				t.Errorf("it allows %s", arn)
			}
		}
	}
	if !found {
		t.Errorf("no route %s with IAM authorization", usage)
	}
	if allows(statement.Resource, called(stage, "POST /tenants/{tenant}/key-usage", "{tenant}", "acme")) {
		t.Error("it allows another method")
	}
}
