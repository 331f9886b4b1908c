package main

import (
	"encoding/json"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"latchkey/localstack/deployed/deployedtest"
	"latchkey/shared/catalog/dynamodb/schema"
	"latchkey/shared/deployment"
)

// operatorPolicy is the policy of docs/api.md for who attaches to a cell.
type operatorPolicy struct {
	Version   string
	Statement []struct {
		Sid, Effect      string
		Action, Resource []string
		Condition        map[string]map[string]string
	}
}

func readPolicy(t *testing.T) operatorPolicy {
	t.Helper()
	raw, err := os.ReadFile("../docs/api.md")
	if err != nil {
		t.Fatal(err)
	}
	block := regexp.MustCompile("(?s)checked against the calls of attach.*?```json\n(.*?)```").FindSubmatch(raw)
	if block == nil {
		t.Fatal("docs/api.md has no policy for attach")
	}
	text := strings.NewReplacer("111122223333", deployedtest.Account).Replace(string(block[1]))
	var p operatorPolicy
	if err := json.Unmarshal([]byte(text), &p); err != nil || p.Version != "2012-10-17" {
		t.Fatalf("%+v, %v", p, err)
	}
	return p
}

// allows reports whether a statement allows a call, and notes its action as used.
// In a resource, * is any characters. [IAM guide, JSON policy elements: Resource]
func (p operatorPolicy) allows(c call, used map[string]bool) bool {
	allowed := false
	for _, s := range p.Statement {
		for _, r := range s.Resource {
			pattern := "^" + strings.ReplaceAll(regexp.QuoteMeta(r), `\*`, ".*") + "$"
			if s.Effect == "Allow" && slices.Contains(s.Action, c.action) && regexp.MustCompile(pattern).MatchString(arnOf(c)) {
				allowed, used[s.Sid+" "+c.action] = true, true
			}
		}
	}
	return allowed
}

func arnOf(c call) string {
	service, _, _ := strings.Cut(c.action, ":")
	if service == "s3" {
		return "arn:aws:s3:::" + c.resource
	}
	return "arn:aws:" + service + ":" + deployedtest.Region + ":" + deployedtest.Account + ":" + c.resource
}

// policyAllows holds that the documented policy allows all that was called, and
// no action that was not. Only the key of the ledger's bucket is not called: S3
// uses it for the caller.
func policyAllows(t *testing.T, calls map[call]int) {
	p, used := readPolicy(t), map[string]bool{}
	for c := range calls {
		if !p.allows(c, used) {
			t.Errorf("the policy of docs/api.md lacks %s on %s", c.action, c.resource)
		}
	}
	for _, s := range p.Statement {
		for _, a := range s.Action {
			if !used[s.Sid+" "+a] && a != "kms:Decrypt" {
				t.Errorf("the policy allows %s (%s), which was not called", a, s.Sid)
			}
		}
	}
}

// TestAttach_Policy holds the documented policy against the names of a
// deployment: each queue, the table with its indexes and the bus, and nothing else.
func TestAttach_Policy(t *testing.T) {
	want := map[call]bool{
		{"events:PutEvents", "event-bus/" + deployment.Bus}: true, {"events:PutEvents", "event-bus/default"}: false,
		{"events:PutEvents", "event-bus/" + deployment.IntakeBus}: false,
		{"dynamodb:GetItem", "table/" + deployment.Table}:         true, {"dynamodb:BatchGetItem", "table/" + deployment.Table}: true,
		{"dynamodb:Query", "table/" + deployment.Table}: true, {"dynamodb:GetItem", "table/" + deployment.DirectoryTable}: false,
		{"dynamodb:PutItem", "table/" + deployment.Table}: false, {"dynamodb:UpdateItem", "table/" + deployment.Table}: false,
		{"dynamodb:DeleteItem", "table/" + deployment.Table}: false, {"lambda:InvokeFunction", "function:" + deployment.Name("sweep")}: false,
	}
	for _, x := range schema.Table().Indexes {
		want[call{"dynamodb:Query", "table/" + deployment.Table + "/index/" + x.Name}] = true
	}
	for _, f := range deployment.Functions() {
		name := deployment.Name(f.Name)
		dead := deployment.DeadLetters(name)
		if f.Queue != nil {
			want[call{"sqs:SendMessage", name}], want[call{"sqs:GetQueueUrl", name}] = true, true
			want[call{"sqs:ReceiveMessage", name}], want[call{"sqs:DeleteMessage", name}] = false, false
		}
		if f.Queue != nil || f.Stream != nil || f.Every > 0 {
			for _, a := range []string{"GetQueueUrl", "ReceiveMessage", "ChangeMessageVisibility", "DeleteMessage"} {
				want[call{"sqs:" + a, dead}] = true
			}
			want[call{"sqs:PurgeQueue", dead}] = false
		}
	}
	p := readPolicy(t)
	for c, allowed := range want {
		if got := p.allows(c, map[string]bool{}); got != allowed {
			t.Errorf("the policy of docs/api.md allows %s on %s: %v, want %v", c.action, c.resource, got, allowed)
		}
	}
	for _, s := range p.Statement {
		if slices.Contains(s.Action, "kms:Decrypt") && s.Condition["StringEquals"]["kms:ViaService"] != "s3."+deployedtest.Region+".amazonaws.com" {
			t.Errorf("%s: %v", s.Sid, s.Condition)
		}
	}
}
