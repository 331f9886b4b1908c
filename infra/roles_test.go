package main

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"latchkey/infra/grants"
	"latchkey/infra/network/synthtest"
	"latchkey/shared/deployment"
)

// statement is one of a role's policy, with references as text.
type statement struct {
	sid                string
	allow              bool
	actions, resources []string
	when               any
}

// statementsOf reads a role's policy.
func statementsOf(r synthtest.Resource) []statement {
	var out []statement
	policies, _ := r.Properties["Policies"].([]any)
	for _, p := range policies {
		list, _ := part(p, "PolicyDocument", "Statement").([]any)
		for _, s := range list {
			out = append(out, statement{
				text(part(s, "Sid")), part(s, "Effect") == "Allow", texts(part(s, "Action")), texts(part(s, "Resource")), part(s, "Condition"),
			})
		}
	}
	return out
}

// TestRoles holds that every function has a role of its own, that only the
// function's service takes it, and that nothing but its inline policy is in it.
func TestRoles(t *testing.T) {
	everyStack(t, func(t *testing.T, tmpl synthtest.Template) {
		taken := map[string]string{}
		for id, f := range tmpl.Of("AWS::Lambda::Function") {
			role := strings.TrimSuffix(strings.TrimPrefix(text(f.Properties["Role"]), "${"), ".Arn}")
			if other := taken[role]; other != "" {
				t.Errorf("%s and %s have the role %s", id, other, role)
			}
			taken[role] = id
		}
		for id, r := range tmpl.Of("AWS::IAM::Role") {
			if r.Properties["ManagedPolicyArns"] != nil || len(statementsOf(r)) == 0 {
				t.Errorf("%s has policies that are not its own, or none", id)
			}
			trust, _ := part(r.Properties, "AssumeRolePolicyDocument", "Statement").([]any)
			service := ""
			if len(trust) == 1 {
				service = text(part(trust[0], "Principal", "Service"))
			}
			if isFunctions := taken[id] != ""; isFunctions != (service == "lambda.amazonaws.com") {
				t.Errorf("%s is taken by %q", id, service)
			}
			if taken[id] == "" && part(trust[0], "Condition") == nil {
				t.Errorf("%s may be taken for anybody's resources", id)
			}
			if name := text(r.Properties["RoleName"]); !strings.Contains(name, "${AWS::Region}") {
				t.Errorf("%s is called %s in every Region", id, name)
			}
		}
		if len(tmpl.Of("AWS::IAM::Policy"))+len(tmpl.Of("AWS::IAM::ManagedPolicy")) > 0 {
			t.Error("there are policies beside the roles'")
		}
	})
}

// TestRoles_Grants holds that the template says what the table of grants says.
func TestRoles_Grants(t *testing.T) {
	tmpl := oneCell(t)
	place := grants.Place{
		Table: deployment.Table, ReadOnly: []string{deployment.FunctionTenantContext}, Buses: []string{grants.BusARN(deployment.Bus)}, Source: "latchkey",
		PlatformKey: "${PlatformKey.Arn}", TrailKey: "${PlatformKey.Arn}", Stream: "${Table.StreamArn}",
		TrailBucket: "latchkey-trail-${AWS::AccountId}-${AWS::Region}", LedgerBucket: "latchkey-ledger-${AWS::AccountId}-${AWS::Region}",
	}
	for _, f := range placed(tmpl) {
		got, want := statementsOf(tmpl.Resources[partsID(f.Name)+"Role"]), grants.Of(f, place)
		if len(got) != len(want) {
			t.Errorf("%s has %d statements, want %d", f.Name, len(got), len(want))
			continue
		}
		for i, w := range want {
			g := got[i]
			if g.sid != w.Sid || g.allow == w.Deny || !slices.Equal(g.actions, w.Actions) || !slices.Equal(g.resources, w.Resources) {
				t.Errorf("%s: got %+v\nwant %+v", f.Name, g, w)
			}
			if (g.when != nil) != (len(w.When) > 0) || g.when != nil && !reflect.DeepEqual(plain(t, g.when), plain(t, w.When)) {
				t.Errorf("%s: %s is allowed when %s\nwant %s", f.Name, g.sid, synthtest.Text(g.when), synthtest.Text(w.When))
			}
		}
	}
}

// TestRoles_Sources holds that the entry sends on the events of the source that
// commerce has, and that who may send as commerce cannot send as an operator.
func TestRoles_Sources(t *testing.T) {
	for source, tmpl := range map[string]synthtest.Template{
		"latchkey.commerce": stack(t, "latchkey-entry"), "shop.example": load(t, otherAssembly(t), "latchkey-entry"),
	} {
		for _, s := range statementsOf(tmpl.Resources["RouteRole"]) {
			if got := text(part(s.when, "StringEquals", "events:source")); s.sid == "PutEvents" && got != source {
				t.Errorf("route may put events of %q, and commerce is %s", got, source)
			}
		}
	}
}

// TestRoles_Foreign holds that no role reaches what another function owns: its
// queues, its log group, its schedule, its code, or another's table or bus.
func TestRoles_Foreign(t *testing.T) {
	everyStack(t, func(t *testing.T, tmpl synthtest.Template) {
		owners := map[string]string{} // ARN → the function that owns it
		for _, f := range deployment.Functions() {
			name := deployment.Name(f.Name)
			owners[grants.QueueARN(name)], owners[grants.QueueARN(deployment.DeadLetters(name))] = f.Name, f.Name
			owners[grants.FunctionARN(f.Name)] = f.Name
			owners["arn:${AWS::Partition}:logs:${AWS::Region}:${AWS::AccountId}:log-group:"+grants.LogGroupName(f.Name)+":*"] = f.Name
		}
		for id, r := range tmpl.Of("AWS::IAM::Role") {
			for _, s := range statementsOf(r) {
				if !s.allow {
					continue
				}
				for arn, owner := range owners {
					own := id == partsID(owner)+"Role" || id == partsID(owner)+"ScheduleRole"
					if own || s.sid == "CallFence" && owner == deployment.FunctionFence {
						continue
					}
					if slices.ContainsFunc(s.resources, func(pattern string) bool { return pattern != "*" && covers(pattern, arn) }) {
						t.Errorf("%s may %v on %s, which is %s's", id, s.actions, arn, owner)
					}
				}
			}
		}
	})
}

// covers reports whether an IAM pattern covers an ARN.
func covers(pattern, arn string) bool {
	parts := strings.Split(pattern, "*")
	if len(parts) == 1 {
		return pattern == arn
	}
	if !strings.HasPrefix(arn, parts[0]) {
		return false
	}
	arn = arn[len(parts[0]):]
	for _, p := range parts[1 : len(parts)-1] {
		i := strings.Index(arn, p)
		if i < 0 {
			return false
		}
		arn = arn[i+len(p):]
	}
	return strings.HasSuffix(arn, parts[len(parts)-1])
}

// TestRoles_Wildcards holds that every "*" of every policy of a role is one that
// was accepted with a reason, which stands in the template beside it.
func TestRoles_Wildcards(t *testing.T) {
	everyStack(t, func(t *testing.T, tmpl synthtest.Template) {
		for id, r := range tmpl.Of("AWS::IAM::Role") {
			reasons := accepted(r)
			for _, s := range statementsOf(r) {
				for _, a := range s.actions {
					if strings.Contains(a, "*") {
						t.Errorf("%s: %s allows %s", id, s.sid, a)
					}
				}
				for _, resource := range s.resources {
					written := "Resource::" + strings.NewReplacer("${", "<", "}", ">").Replace(resource)
					if s.allow && strings.Contains(resource, "*") && len(reasons[written]) < 20 {
						t.Errorf("%s: %s on %s has the reason %q", id, s.sid, resource, reasons[written])
					}
				}
			}
		}
	})
}

// accepted returns the reasons of a resource's accepted wildcards.
func accepted(r synthtest.Resource) map[string]string {
	out := map[string]string{}
	rules, _ := part(r.Metadata, "cdk_nag", "rules_to_suppress").([]any)
	for _, rule := range rules {
		applies, _ := part(rule, "applies_to").([]any)
		for _, a := range applies {
			out[text(a)] = text(part(rule, "reason"))
		}
	}
	return out
}
