package main

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"latchkey/events"
	"latchkey/infra/cell"
	"latchkey/infra/entry"
	"latchkey/infra/network/synthtest"
	"latchkey/shared/deployment"
	"latchkey/shared/function"
	"latchkey/shared/function/settings"
)

// reads is the config that each function reads its environment into; see the
// mains of functions/.
var reads = map[string]func() interface{ Bind(*function.Set) }{
	events.FunctionAdvance:           func() interface{ Bind(*function.Set) } { return &settings.Fleet{} },
	events.FunctionAuditKeys:         func() interface{ Bind(*function.Set) } { return &settings.Audit{} },
	deployment.FunctionFence:         func() interface{ Bind(*function.Set) } { return &function.None{} },
	deployment.FunctionProbeKeys:     func() interface{ Bind(*function.Set) } { return &settings.Plane{} },
	events.FunctionProvision:         func() interface{ Bind(*function.Set) } { return &settings.Plane{} },
	deployment.FunctionPublish:       func() interface{ Bind(*function.Set) } { return &settings.Publish{} },
	deployment.FunctionRoute:         func() interface{ Bind(*function.Set) } { return &settings.Route{} },
	deployment.FunctionSnapshot:      func() interface{ Bind(*function.Set) } { return &settings.Plane{} },
	deployment.FunctionSweep:         func() interface{ Bind(*function.Set) } { return &settings.Fleet{} },
	deployment.FunctionTenantContext: func() interface{ Bind(*function.Set) } { return &settings.Context{} },
	events.FunctionWatchKeys:         func() interface{ Bind(*function.Set) } { return &settings.Plane{} },
}

// deployed is a text as CloudFormation would leave it in a Region.
func deployed(s, region string) string {
	s = strings.NewReplacer(
		"${AWS::Partition}", "aws", "${AWS::AccountId}", "111122223333", "${AWS::Region}", region,
		"${PlatformKey.Arn}", "arn:aws:kms:"+region+":111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab",
	).Replace(s)
	return regexp.MustCompile(`\$\{[A-Za-z]+\.GroupId\}`).ReplaceAllString(s, "sg-0123456789abcdef0")
}

// TestEnvironment holds that each function accepts the environment that the
// template gives it: the same check as at its start.
func TestEnvironment(t *testing.T) {
	for _, c := range []struct{ dir, name, region string }{
		{assembly(t), entry.StackName, regions[0]},
		{assembly(t), cell.StackName(regions[0]), regions[0]},
		{assembly(t), cell.StackName(regions[1]), regions[1]},
		{otherAssembly(t), entry.StackName, "eu-west-2"},
		{otherAssembly(t), cell.StackName("eu-west-2"), "eu-west-2"},
	} {
		tmpl := load(t, c.dir, c.name)
		for _, f := range placed(tmpl) {
			variables := tmpl.Resources[partsID(f.Name)+"Function"].Properties["Environment"]
			environ := environOf(t, variables, c.region)
			set := function.NewSet(environ)
			reads[f.Name]().Bind(set)
			var level string // the function's own start reads it
			set.Text(deployment.EnvLogLevel, &level, function.Form{Allowed: "a level", Pattern: "debug|info|warn|error"})
			if err := set.Err(); err != nil {
				t.Errorf("%s of %s would not start:\n%v", f.Name, c.name, err)
			}
			if want := slices.Sorted(slices.Values(f.Env)); !slices.Equal(slices.Sorted(slices.Values(set.Names())), want) {
				t.Errorf("%s reads %v, the table has %v", f.Name, set.Names(), want)
			}
		}
	}
}

func environOf(t *testing.T, environment any, region string) []string {
	t.Helper()
	variables, _ := part(environment, "Variables").(map[string]any)
	var out []string
	for name, v := range variables {
		value := deployed(text(v), region)
		if strings.Contains(value, "${") {
			t.Errorf("%s=%s holds a reference that this test does not know", name, value)
		}
		out = append(out, name+"="+value)
	}
	return out
}

// TestOther holds what the choices of testdata/other.json change.
func TestOther(t *testing.T) {
	tmpl := load(t, otherAssembly(t), cell.StackName("eu-west-2"))
	if _, made := tmpl.Resources["Trail"]; made || len(tmpl.Of("AWS::S3::Bucket")) != 2 {
		t.Error("a trail is made beside the one that there is")
	}
	rule := tmpl.Resources["CloudtrailFilesRule"].Properties["EventPattern"]
	if got := synthtest.Text(part(rule, "detail")); got != `{"bucket":{"name":["example-trail"]},"object":{"key":[{"prefix":"all/AWSLogs/"}]}}` {
		t.Errorf("the ledger is told of %s", got)
	}
	var read []string
	for _, s := range statementsOf(tmpl.Resources["AuditKeysRole"]) {
		if s.sid == "ReadTrail" || s.sid == "TrailKey" {
			read = append(read, s.resources...)
		}
	}
	if want := []string{"arn:${AWS::Partition}:s3:::example-trail/all/AWSLogs/*", "arn:aws:kms:eu-west-2:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"}; !slices.Equal(read, want) {
		t.Errorf("the ledger may read %v", read)
	}
	for id, f := range tmpl.Of("AWS::Lambda::Function") {
		if f.Properties["ReservedConcurrentExecutions"] != nil {
			t.Errorf("%s reserves concurrency", id)
		}
	}
	for id, g := range tmpl.Of("AWS::Logs::LogGroup") {
		if g.Properties["RetentionInDays"] != 365.0 {
			t.Errorf("%s is kept for %v days", id, g.Properties["RetentionInDays"])
		}
	}
	policies := tmpl.Of("AWS::Events::EventBusPolicy")
	for _, account := range []string{"222233334444", "333344445555"} {
		s := part(policies["Commerce"+account].Properties, "Statement")
		if text(part(s, "Principal", "AWS")) != "arn:${AWS::Partition}:iam::"+account+":root" || text(part(s, "Condition", "StringEquals", "events:source")) != "shop.example" {
			t.Errorf("account %s may put %s", account, synthtest.Text(s))
		}
	}
	if len(tmpl.Of("AWS::EC2::Subnet")) != 2 {
		t.Error("not two subnets")
	}
	const own = "arn:${AWS::Partition}:iam::${AWS::AccountId}:role/latchkey-${AWS::Region}-*"
	if got := knownOf(tmpl); got != "arn:aws:iam::111122223333:role/application,"+own {
		t.Errorf("known are %s", got)
	}
	if got := auditEnv(tmpl, deployment.EnvRetiredTrails); got != "111122223333/us-west-2/us-east-1/management@2026-03-01T20" {
		t.Errorf("trails that were ended are %q", got)
	}
	for version, of := range map[string]synthtest.Template{"17.9": tmpl, "17": oneCell(t)} {
		if got := environmentValue(of, "Sweep", deployment.EnvEngineVersion); got != version {
			t.Errorf("instances are made with version %q, want %s", got, version)
		}
	}
	if got := knownOf(oneCell(t)); got != own {
		t.Errorf("known by default are %q: the rule about unknown principals is off", got)
	}
}

func knownOf(tmpl synthtest.Template) string { return auditEnv(tmpl, deployment.EnvKnownPrincipals) }

func auditEnv(tmpl synthtest.Template, name string) string {
	return environmentValue(tmpl, "AuditKeys", name)
}

func environmentValue(tmpl synthtest.Template, function, name string) string {
	return text(part(tmpl.Resources[function+"Function"].Properties["Environment"], "Variables", name))
}

// TestNetwork holds that nothing leads into or out of a cell's VPC.
func TestNetwork(t *testing.T) {
	for id, r := range oneCell(t).Resources {
		for _, way := range []string{"InternetGateway", "NatGateway", "VPCGatewayAttachment", "EIP", "EgressOnly", "Peering", "TransitGateway"} {
			if strings.Contains(r.Type, way) {
				t.Errorf("%s is a %s", id, r.Type)
			}
		}
		if r.Type == "AWS::EC2::Route" || r.Type == "AWS::EC2::Subnet" && r.Properties["MapPublicIpOnLaunch"] != false {
			t.Errorf("%s leads outside", id)
		}
	}
}
