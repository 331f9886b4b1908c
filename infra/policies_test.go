package main

import (
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"latchkey/infra/cell"
	"latchkey/infra/entry"
	"latchkey/infra/network/synthtest"
)

// update writes the policies anew: go test ./infra -run TestPolicies -update.
// What it changes is then read line by line, as somebody who may grant it.
var update = flag.Bool("update", false, "write testdata/policies.golden anew")

const goldenPolicies = "testdata/policies.golden"

// TestPolicies holds that every policy of every stack is the one that was read
// and found right: who may do what, on what, under which conditions. A change of
// what a table of package grants says is a change of this file too.
func TestPolicies(t *testing.T) {
	var out strings.Builder
	out.WriteString("Every policy of the synthesized stacks. Written by: go test ./infra -run TestPolicies -update\n")
	first := stack(t, cell.StackName(regions[0]))
	writeStack(t, &out, entry.StackName, stack(t, entry.StackName), nil)
	writeStack(t, &out, cell.StackName(regions[0]), first, nil)
	writeStack(t, &out, cell.StackName("eu-west-2")+" of testdata/other.json, where it differs", load(t, otherAssembly(t), cell.StackName("eu-west-2")), &first)
	if *update {
		if err := os.MkdirAll(filepath.Dir(goldenPolicies), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(goldenPolicies, []byte(out.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	raw, err := os.ReadFile(goldenPolicies)
	if err != nil {
		t.Fatal(err)
	}
	if line, want, got := firstDifference(string(raw), out.String()); line > 0 {
		t.Errorf("%s:%d: a policy has changed; if it should, write the file anew (-update) and read the difference\nread:  %s\nfound: %s", goldenPolicies, line, want, got)
	}
}

// firstDifference returns the first line (from 1) in which two texts differ, and
// the line of each; 0 if they are the same.
func firstDifference(a, b string) (line int, inA, inB string) {
	as, bs := strings.Split(a, "\n"), strings.Split(b, "\n")
	for i := range max(len(as), len(bs)) {
		inA, inB = "(end)", "(end)"
		if i < len(as) {
			inA = as[i]
		}
		if i < len(bs) {
			inB = bs[i]
		}
		if inA != inB {
			return i + 1, inA, inB
		}
	}
	return 0, "", ""
}

// documents says where each type of resource has its policies. A resource of
// another type that has one fails the test.
var documents = map[string][]string{
	"AWS::EC2::VPCEndpoint":       {"PolicyDocument"},
	"AWS::Events::EventBusPolicy": {"Statement"},
	"AWS::IAM::Role":              {"AssumeRolePolicyDocument", "Policies"},
	"AWS::KMS::Key":               {"KeyPolicy"},
	"AWS::Lambda::Permission":     nil, // is one itself
	"AWS::S3::BucketPolicy":       {"PolicyDocument"},
	"AWS::SNS::TopicPolicy":       {"PolicyDocument"},
	"AWS::SQS::QueuePolicy":       {"PolicyDocument"},
}

// writeStack writes the policies of a stack, those alone that another has not.
func writeStack(t *testing.T, out *strings.Builder, name string, tmpl synthtest.Template, but *synthtest.Template) {
	t.Helper()
	fmt.Fprintf(out, "\n=== %s\n", name)
	for _, id := range slices.Sorted(maps.Keys(tmpl.Resources)) {
		r := tmpl.Resources[id]
		if _, known := documents[r.Type]; !known {
			if whole := synthtest.Text(r.Properties); strings.Contains(whole, `"Effect":`) {
				t.Errorf("%s of type %s has a policy, and the test does not read it: %s", id, r.Type, whole)
			}
			continue
		}
		text := policiesOf(id, r)
		if but == nil || policiesOf(id, but.Resources[id]) != text {
			out.WriteString(text)
		}
	}
}

// policiesOf is the policies of one resource.
func policiesOf(id string, r synthtest.Resource) string {
	var b strings.Builder
	fmt.Fprintf(&b, "\n%s %s\n", strings.TrimPrefix(r.Type, "AWS::"), id)
	if r.Type == "AWS::Lambda::Permission" {
		for _, member := range slices.Sorted(maps.Keys(r.Properties)) {
			fmt.Fprintf(&b, "  %s: %s\n", member, text(r.Properties[member]))
		}
	}
	for _, member := range []string{"RoleName", "Queues", "Bucket", "Topics", "EventBusName", "ServiceName"} {
		if v, ok := r.Properties[member]; ok {
			fmt.Fprintf(&b, "  %s: %s\n", member, strings.Join(texts(v), " "))
		}
	}
	for _, member := range documents[r.Type] {
		for _, s := range statementsIn(r.Properties[member]) {
			writeStatement(&b, s)
		}
	}
	return b.String()
}

// statementsIn returns the statements of a policy document, of one statement, or
// of a role's inline policies.
func statementsIn(v any) []map[string]any {
	switch v := v.(type) {
	case []any:
		var all []map[string]any
		for _, e := range v {
			all = append(all, statementsIn(e)...)
		}
		return all
	case map[string]any:
		for _, member := range []string{"PolicyDocument", "Statement"} {
			if inner, ok := v[member]; ok {
				return statementsIn(inner)
			}
		}
		return []map[string]any{v}
	}
	return nil
}

// writeStatement writes a statement with everything that is in it.
func writeStatement(b *strings.Builder, s map[string]any) {
	sid := text(s["Sid"])
	if s["Sid"] == nil {
		sid = "-"
	}
	fmt.Fprintf(b, "  %s: %s", sid, text(s["Effect"]))
	if p := s["Principal"]; p != nil {
		fmt.Fprintf(b, " %s", plainly(p))
	}
	b.WriteString("\n")
	for _, member := range slices.Sorted(maps.Keys(s)) {
		switch member {
		case "Sid", "Effect", "Principal":
		case "Condition":
			for _, operator := range slices.Sorted(maps.Keys(s[member].(map[string]any))) {
				of := s[member].(map[string]any)[operator].(map[string]any)
				for _, key := range slices.Sorted(maps.Keys(of)) {
					fmt.Fprintf(b, "    if %s %s: %s\n", operator, key, strings.Join(texts(of[key]), " | "))
				}
			}
		case "Action":
			fmt.Fprintf(b, "    %s\n", strings.Join(texts(s[member]), " "))
		default:
			for _, value := range texts(s[member]) {
				fmt.Fprintf(b, "    %s %s\n", onWhat(member), value)
			}
		}
	}
}

// onWhat is a member of a statement as the file has it. NotAction and the like
// keep their names, to be seen.
func onWhat(member string) string {
	if member == "Resource" {
		return "on"
	}
	return member
}

// plainly is a principal: a text, or its only kind and those of it.
func plainly(v any) string {
	of, ok := v.(map[string]any)
	if !ok {
		return text(v)
	}
	var all []string
	for _, kind := range slices.Sorted(maps.Keys(of)) {
		all = append(all, kind+" "+strings.Join(texts(of[kind]), " "))
	}
	return strings.Join(all, "; ")
}
