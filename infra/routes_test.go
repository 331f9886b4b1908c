package main

import (
	"encoding/json"
	"path"
	"reflect"
	"strings"
	"testing"

	"latchkey/events"
	"latchkey/infra/grants"
	"latchkey/infra/network/synthtest"
	"latchkey/infra/settings"
	"latchkey/shared/deployment"
)

// rule is one that the routing table asks for.
type rule struct {
	bus   string // text of EventBusName
	name  string // of the bus
	route events.Route
}

// asked returns the rules of a cell by the routing table alone.
func asked(t *testing.T) []rule {
	t.Helper()
	context, err := options{file: "../cdk.json", out: "."}.context()
	if err != nil {
		t.Fatal(err)
	}
	s, err := settings.Read(context)
	if err != nil {
		t.Fatal(err)
	}
	var all []rule
	for _, r := range s.Events(settings.Trail{Bucket: "latchkey-trail-${AWS::AccountId}-${AWS::Region}"}).Routes() {
		if source := synthtest.Text(r.Pattern["source"]); strings.Contains(source, `"aws.`) {
			all = append(all, rule{"default", "default", r})
		} else {
			all = append(all, rule{"${Bus.Name}", deployment.Bus, r})
		}
		if r.Forwarded {
			all = append(all, rule{"${Intake.Name}", deployment.IntakeBus, r})
		}
	}
	return all
}

// TestRules holds that the rules of a cell are the routing table: the same
// patterns, on the right bus, in the right state, to the right queue.
func TestRules(t *testing.T) {
	tmpl := oneCell(t)
	made := tmpl.Of("AWS::Events::Rule")
	if want := asked(t); len(made) != len(want) {
		t.Errorf("%d rules, the table asks for %d", len(made), len(want))
	}
	for _, want := range asked(t) {
		id, r, ok := find(made, want)
		if !ok {
			t.Errorf("route %s has no rule on %s", want.route.Name, want.bus)
			continue
		}
		state := "ENABLED"
		if want.route.CloudTrail {
			state = "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS"
		}
		if r["State"] != state {
			t.Errorf("%s is in state %v, want %s", id, r["State"], state)
		}
		if got, pattern := plain(t, r["EventPattern"]), plain(t, want.route.Pattern); !reflect.DeepEqual(got, pattern) {
			t.Errorf("%s matches %s\nwant %s", id, synthtest.Text(got), synthtest.Text(pattern))
		}
		if n := len(synthtest.Text(r["EventPattern"])); n > 2048 { // [EventBridge guide, Quotas]
			t.Errorf("the pattern of %s has %d characters", id, n)
		}
		targets := r["Targets"].([]any)
		queue := "${" + partsID(want.route.Function) + "Queue.Arn}"
		if len(targets) != 1 || text(part(targets[0], "Arn")) != queue {
			t.Errorf("%s goes to %s, want %s", id, synthtest.Text(targets), queue)
		}
		source := grants.RuleARN(want.name, text(r["Name"]))
		lets(t, tmpl, partsID(want.route.Function)+"Queue", source)
		lets(t, tmpl, partsID(want.route.Function)+"DeadLetters", source)
	}
}

// find returns the rule that is on the bus and has the route's name.
func find(made map[string]synthtest.Resource, want rule) (string, map[string]any, bool) {
	for id, r := range made {
		if text(r.Properties["EventBusName"]) == want.bus && r.Properties["Name"] == deployment.Name(want.route.Name) {
			return id, r.Properties, true
		}
	}
	return "", nil, false
}

// plain is a pattern with references as text.
func plain(t *testing.T, v any) any {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	var out any
	if err := json.Unmarshal(b, &out); err != nil {
		t.Fatal(err)
	}
	return unreferenced(out)
}

func unreferenced(v any) any {
	switch v := v.(type) {
	case []any:
		for i := range v {
			v[i] = unreferenced(v[i])
		}
	case map[string]any:
		if sub, ok := v["Fn::Sub"]; ok {
			return sub
		}
		for k := range v {
			v[k] = unreferenced(v[k])
		}
	}
	return v
}

// lets holds that a queue lets EventBridge send for a rule.
func lets(t *testing.T, tmpl synthtest.Template, queue, source string) {
	t.Helper()
	policy := tmpl.Resources[queue+"Policy"].Properties["PolicyDocument"]
	statements, _ := part(policy, "Statement").([]any)
	for _, s := range statements {
		from := text(part(s, "Condition", "ArnEquals", "aws:SourceArn"))
		if ok, _ := path.Match(slashless(from), slashless(source)); ok && part(s, "Principal", "Service") == "events.amazonaws.com" {
			return
		}
	}
	t.Errorf("%s does not let in %s", queue, source)
}

// slashless lets path.Match's star go over slashes, as IAM's does.
func slashless(s string) string { return strings.ReplaceAll(s, "/", "|") }

// partsID is "WatchKeys" for watch-keys; written again here, so that a change of
// logical ids, which would replace resources, does not go unseen.
func partsID(name string) string {
	var out string
	for _, word := range strings.Split(name, "-") {
		out += strings.ToUpper(word[:1]) + word[1:]
	}
	return out
}

// TestIntake holds that customers' events come in on a bus of their own, which
// no rule of ours but those of the forwarded routes listens to.
func TestIntake(t *testing.T) {
	for id, r := range oneCell(t).Of("AWS::Events::Rule") {
		if text(r.Properties["EventBusName"]) == "${Intake.Name}" && !strings.HasPrefix(id, "Intake") {
			t.Errorf("%s listens to what customers send", id)
		}
	}
}
