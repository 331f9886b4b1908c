package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"latchkey/events"
	"latchkey/infra/cell"
	"latchkey/infra/entry"
	"latchkey/infra/grants"
	"latchkey/infra/network"
	"latchkey/infra/network/synthtest"
	"latchkey/infra/parts"
	"latchkey/infra/settings"
	"latchkey/shared/coded"
	"latchkey/shared/deployment"
	"latchkey/shared/function"
)

// chosen reads a context with the keys that have no default, and more.
func chosen(more map[string]any) (settings.Settings, error) {
	context := map[string]any{"regions": "eu-central-1", "alarms": "oncall@example.com", "runbookBase": "https://example.com"}
	maps.Copy(context, more)
	return settings.Read(context)
}

// variablesOf returns what a function of a Region is given, as CloudFormation
// would leave it.
func variablesOf(f deployment.Function, s settings.Settings, region string) (map[string]*string, error) {
	values := entry.Values(s)
	if f.Place == deployment.InCell {
		trail := s.Trail(region)
		values = cell.Values(s, grants.Place{
			PlatformKey: "${PlatformKey.Arn}", LedgerBucket: "latchkey-ledger", TrailBucket: cmp.Or(trail.Bucket, "latchkey-trail"), TrailPrefix: trail.Prefix,
		}, network.Network{DatabaseSecurityGroupID: "${Databases.GroupId}", SubnetGroupName: deployment.SubnetGroup, ParameterGroupName: deployment.ParameterGroup})
	}
	for name, value := range values {
		values[name] = deployed(value, region)
	}
	return parts.Environment(f, values)
}

// TestChoices_Start holds that functions start with whatever the app takes: the ends
// of each range and of each form, and what is just beyond, unless the app refuses it.
func TestChoices_Start(t *testing.T) {
	principals := make([]string, 40)
	for i := range principals {
		principals[i] = fmt.Sprintf("arn:aws:iam::111122223333:role/application-%02d-*", i)
	}
	const trail = "111122223333/us-west-2/us-east-1/management@"
	for _, c := range []struct {
		key          string
		fits, beyond []any
	}{
		{"unreachableLimit", []any{"5m", "24h", "5m0.5s"}, []any{"2m", "4m59s", "24h0m1s"}},
		{"shardCapacity", []any{1.0, 1000.0}, []any{0.0, 1001.0}},
		{"databaseStorageGiB", []any{20.0, 65536.0}, []any{19.0, 65537.0}},
		{"databaseClass", []any{"db.t4g.micro", "db.x2iedn.32xlarge"}, []any{"t4g.micro", "db.t4g", "db.r6i.large.tpc1"}},
		{"engineVersion", []any{"17", "17.1", "17.10"}, []any{"", "16.4", "18", "17.0", "17.100"}},
		{"snapshotSchedule", []any{"monthly", "daily"}, []any{"", "Daily"}},
		{"logLevel", []any{"debug", "error"}, []any{"", "trace"}},
		{"commerceSource", []any{"shop", "com.example/shop_1"}, []any{"", " shop", "latchkey", "aws.shop"}},
		{"regions", []any{events.Regions()}, nil},
		{"knownPrincipals", []any{"any", []any{}, principals, "arn:aws-us-gov:sts::111122223333:assumed-role/a/b@c,s3.amazonaws.com"},
			[]any{"any,any", "", []any{""}, []any{principals[0], principals[0]}, []any{"arn:aws:iam::111122223333:role/a,b"},
				[]any{"arn:aws:iam::111122223333:role/latchkey-eu-central-1-*"}, []any{" s3.amazonaws.com"}}},
		{"retiredTrails", []any{[]any{}, trail + "2026-03-01T00", trail + "2028-02-29T23"},
			[]any{trail + "2026-13-39T29", trail + "2026-03-01T24", trail + "2026-03-01T20," + trail + "2026-03-01T20", []any{""}}},
		{"trails",
			[]any{bucket(strings.Repeat("b", 63), ""), bucket("a.b", strings.Repeat("p", deployment.TrailPrefixMax-1)+"/")},
			[]any{bucket(strings.Repeat("b", 64), ""), bucket("a.b", strings.Repeat("p", 600)+"/"), bucket("a.b", "/"), bucket("a.b", "/a/"), bucket("a.b", "a//")}},
	} {
		for i, value := range append(slices.Clone(c.fits), c.beyond...) {
			t.Run(fmt.Sprintf("%s/%d", c.key, i), func(t *testing.T) {
				s, err := chosen(map[string]any{c.key: asJSON(t, value)})
				if err != nil && i < len(c.fits) {
					t.Fatalf("the app refuses %v: %v", value, err)
				}
				if err != nil {
					return
				}
				for _, f := range deployment.Functions() {
					starts(t, f, s)
				}
			})
		}
	}
}

func bucket(name, prefix string) map[string]any {
	return map[string]any{"eu-central-1": map[string]any{"bucket": name, "prefix": prefix}}
}

// asJSON returns a value as a file would give it.
func asJSON(t *testing.T, v any) (out any) {
	t.Helper()
	raw, err := json.Marshal(v)
	if err == nil {
		err = json.Unmarshal(raw, &out)
	}
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func starts(t *testing.T, f deployment.Function, s settings.Settings) {
	t.Helper()
	variables, err := variablesOf(f, s, "eu-central-1")
	if err != nil {
		t.Fatal(err)
	}
	var environ []string
	for name, value := range variables {
		environ = append(environ, name+"="+*value)
	}
	set := function.NewSet(environ)
	reads[f.Name]().Bind(set)
	if slices.Contains(f.Env, deployment.EnvLogLevel) {
		var level string
		set.Text(deployment.EnvLogLevel, &level, function.Form{Allowed: "a level", Pattern: "debug|info|warn|error"})
	}
	if err := set.Err(); err != nil {
		t.Errorf("%s would not start:\n%v", f.Name, err)
	}
}

// TestChoices_TooMuch holds that more variables than Lambda takes are refused
// before anything is deployed, with what to shorten.
func TestChoices_TooMuch(t *testing.T) {
	principals := make([]any, 80)
	for i := range principals {
		principals[i] = fmt.Sprintf("arn:aws:iam::111122223333:role/teams/payments/application-of-customer-%02d", i)
	}
	s, err := chosen(map[string]any{"knownPrincipals": principals})
	if err != nil {
		t.Fatal(err)
	}
	f, _ := deployment.Find(events.FunctionAuditKeys)
	_, err = variablesOf(f, s, "eu-central-1")
	if !coded.Is(err, coded.Invalid) || !strings.Contains(err.Error(), deployment.EnvKnownPrincipals) || !strings.Contains(coded.Hint(err), "knownPrincipals") {
		t.Errorf("80 principals: %v, hint %q", err, coded.Hint(err))
	}
}

// TestEnvironment_Max holds where the bound is: Lambda measures JSON, of what the
// references have become.
func TestEnvironment_Max(t *testing.T) {
	spec := deployment.Function{Name: "f", Env: []string{"A", "B"}}
	frame := len(`{"A":"","B":""}`)
	for _, c := range []struct {
		b     string
		bytes int
		fits  bool
	}{
		{"b", 1, true},
		{"bb", 1, false},
		{`"`, 2, true},
		{`"`, 1, false},
		{"${AWS::AccountId}", 11, false},
		{"${AWS::Region}, ${AWS::Partition}", 25, false},
		{"${PlatformKey.Arn}", 95, false},
	} {
		fill := strings.Repeat("a", deployment.EnvironmentMax-frame-c.bytes)
		_, err := parts.Environment(spec, map[string]string{"A": fill, "B": c.b})
		if c.fits && err != nil || !c.fits && !coded.Is(err, coded.Invalid) {
			t.Errorf("%s beside %d bytes: %v", c.b, len(fill), err)
		}
	}
	synthtest.Require(t) // for the references
	fill := strings.Repeat("a", deployment.EnvironmentMax-frame-12)
	if _, err := parts.Environment(spec, map[string]string{"A": fill, "B": "${AWS::AccountId}"}); err != nil {
		t.Errorf("a reference that becomes shorter: %v", err)
	}
}
