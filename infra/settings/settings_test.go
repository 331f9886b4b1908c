package settings

import (
	"encoding/json"
	"errors"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"latchkey/shared/coded"
	"latchkey/shared/deployment"
)

// given is the least that a context has to have.
func given() map[string]any {
	return map[string]any{
		"regions": []any{"eu-central-1", "us-east-1"}, "alarms": "oncall@example.com", "runbookBase": "https://example.com/latchkey",
	}
}

func TestRead_Defaults(t *testing.T) {
	s, err := Read(given())
	if err != nil {
		t.Fatal(err)
	}
	if s.EntryRegion != "eu-central-1" || s.CommerceSource != "latchkey.commerce" || s.UnreachableLimit != 30*time.Minute || s.EngineVersion != "17" ||
		s.Intake != "open" || s.Zones != 3 || s.LogDays != 90 || !s.ReserveConcurrency || s.SnapshotSchedule != "monthly" {
		t.Errorf("the defaults are %+v", s)
	}
	if cfg := s.Events(Trail{Bucket: "bucket", Prefix: "p/"}); cfg.TrailBucket != "bucket" || cfg.TrailPrefix != "p/" || cfg.CommerceSource != s.CommerceSource {
		t.Errorf("the routing table gets %+v", cfg)
	}
}

// TestRead_File holds that cdk.json is a context that can be used as it is.
func TestRead_File(t *testing.T) {
	raw, err := os.ReadFile("../../cdk.json")
	if err != nil {
		t.Fatal(err)
	}
	var file struct{ Context map[string]any }
	if err := json.Unmarshal(raw, &file); err != nil {
		t.Fatal(err)
	}
	if _, err := Read(file.Context); err != nil {
		t.Error(err)
	}
}

// TestRead_CommandLine holds that texts do for everything, as -c gives them.
func TestRead_CommandLine(t *testing.T) {
	c := given()
	c["regions"], c["zones"], c["reserveConcurrency"], c["unreachableLimit"] = "us-east-1,eu-west-1", "2", "false", "1h"
	c["aws:cdk:something"], c["@aws-cdk/core:flag"] = true, true
	c["acknowledged-issue-numbers"], c["cli-telemetry"] = []any{34892.0}, false // cdk acknowledge, cdk cli-telemetry
	s, err := Read(c)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(s.Regions, []string{"us-east-1", "eu-west-1"}) || s.Zones != 2 || s.ReserveConcurrency || s.UnreachableLimit != time.Hour || s.EntryRegion != "us-east-1" {
		t.Errorf("got %+v", s)
	}
}

func TestRead_Invalid(t *testing.T) {
	tests := []struct {
		name string
		set  map[string]any
		key  string // of the problem
	}{
		{"no regions", map[string]any{"regions": []any{}}, "regions"},
		{"region without a cell", map[string]any{"regions": "eu-north-1"}, "regions"},
		{"region twice", map[string]any{"regions": "us-east-1,us-east-1"}, "regions"},
		{"regions of numbers", map[string]any{"regions": []any{1.0}}, "regions"},
		{"regions is a number", map[string]any{"regions": 1.0}, "regions"},
		{"realm that is none", map[string]any{"realms": "XX,US,EU"}, "realms"},
		{"realm without a region", map[string]any{"realms": "US,EU,JP"}, "realms"},
		{"region outside of the realms", map[string]any{"realms": "US"}, "regions"},
		{"entry elsewhere", map[string]any{"entryRegion": "eu-west-2"}, "entryRegion"},
		{"source of AWS", map[string]any{"commerceSource": "aws.mine"}, "commerceSource"},
		{"no source", map[string]any{"commerceSource": ""}, "commerceSource"},
		{"source of ours", map[string]any{"commerceSource": "latchkey"}, "commerceSource"},
		{"account", map[string]any{"commerceAccounts": "12"}, "commerceAccounts"},
		{"no address", map[string]any{"alarms": nil}, "alarms"},
		{"name with address", map[string]any{"alarms": "On Call <oncall@example.com>"}, "alarms"},
		{"runbook without TLS", map[string]any{"runbookBase": "http://example.com"}, "runbookBase"},
		{"level", map[string]any{"logLevel": "trace"}, "logLevel"},
		{"days", map[string]any{"logDays": 31.0}, "logDays"},
		{"days in words", map[string]any{"logDays": "many"}, "logDays"},
		{"truth", map[string]any{"reserveConcurrency": "perhaps"}, "reserveConcurrency"},
		{"class", map[string]any{"databaseClass": "m7g.large"}, "databaseClass"},
		{"storage", map[string]any{"databaseStorageGiB": 5.0}, "databaseStorageGiB"},
		{"storage with a fraction", map[string]any{"databaseStorageGiB": 20.5}, "databaseStorageGiB"},
		{"major version", map[string]any{"engineVersion": "18"}, "engineVersion"},
		{"half a version", map[string]any{"engineVersion": "17."}, "engineVersion"},
		{"minor version that is none", map[string]any{"engineVersion": "17.0"}, "engineVersion"},
		{"version with a patch", map[string]any{"engineVersion": "17.6.1"}, "engineVersion"},
		{"version that is a number", map[string]any{"engineVersion": 17.1}, "engineVersion"}, // which 17.10 is too
		{"capacity", map[string]any{"shardCapacity": 0.0}, "shardCapacity"},
		{"schedule", map[string]any{"snapshotSchedule": "hourly"}, "snapshotSchedule"},
		{"limit", map[string]any{"unreachableLimit": "24h0m1s"}, "unreachableLimit"},
		{"limit that is too short", map[string]any{"unreachableLimit": "4m59s"}, "unreachableLimit"},
		{"limit without a unit", map[string]any{"unreachableLimit": "30"}, "unreachableLimit"},
		{"one zone", map[string]any{"zones": 1.0}, "zones"},
		{"VPC", map[string]any{"vpcCidr": "10.0.0.1/16"}, "vpcCidr"},
		{"group", map[string]any{"applicationGroups": "default"}, "applicationGroups"},
		{"the whole Internet", map[string]any{"applicationCidrs": "0.0.0.0/0"}, "applicationCidrs"},
		{"intake", map[string]any{"intake": "closed"}, "intake"},
		{"nobody listed", map[string]any{"intake": "listed"}, "intakeAccounts"},
		{"listed while open", map[string]any{"intakeAccounts": "111122223333"}, "intakeAccounts"},
		{"principal", map[string]any{"knownPrincipals": "root"}, "knownPrincipals"},
		{"principal with a reference", map[string]any{"knownPrincipals": "arn:aws:iam::111122223333:role/${x}"}, "knownPrincipals"},
		{"principal twice", map[string]any{"knownPrincipals": "s3.amazonaws.com,s3.amazonaws.com"}, "knownPrincipals"},
		{"roles of the cell", map[string]any{"knownPrincipals": "arn:aws:iam::111122223333:role/latchkey-us-east-1-*"}, "knownPrincipals"},
		{"retired trail", map[string]any{"retiredTrails": "management@2026-03-01"}, "retiredTrails"},
		{"hour that is none", map[string]any{"retiredTrails": "111122223333/us-west-2/us-east-1/management@2026-13-39T29"}, "retiredTrails"},
		{"trail twice", map[string]any{"retiredTrails": "111122223333/us-west-2/us-east-1/m@2026-03-01T20,111122223333/us-west-2/us-east-1/m@2026-03-02T20"}, "retiredTrails"},
		{"any and some", map[string]any{"knownPrincipals": "any,arn:aws:iam::111122223333:role/app"}, "knownPrincipals"},
		{"unknown key", map[string]any{"regoins": "us-east-1"}, "regoins"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			c := given()
			for k, v := range test.set {
				c[k] = v
			}
			_, err := Read(c)
			problems := Problems(err)
			if err == nil || len(problems) == 0 {
				t.Fatal("it is taken")
			}
			for _, p := range problems {
				var e *coded.Error
				if !errors.As(p, &e) || e.Code != coded.Invalid || e.Field != "context."+test.key || e.Hint == "" {
					t.Errorf("got %v (hint %q), want a problem of %s alone", p, coded.Hint(p), test.key)
				}
			}
		})
	}
}

// TestRead_All holds that every problem is named at once.
func TestRead_All(t *testing.T) {
	_, err := Read(map[string]any{"zones": 9.0, "logLevel": "loud", "intake": 7.0})
	for _, key := range []string{"regions", "alarms", "runbookBase", "zones", "logLevel", "intake"} {
		if !strings.Contains(err.Error(), "context."+key) {
			t.Errorf("%s is not among the problems:\n%v", key, err)
		}
	}
}

// TestRead_AnyPrincipal holds that the rule about unknown principals is off only
// where the context says so.
func TestRead_AnyPrincipal(t *testing.T) {
	for _, test := range []struct {
		given any
		known int
		off   bool
	}{
		{nil, 0, false},
		{[]any{}, 0, false},
		{"any", 0, true},
		{[]any{"any"}, 0, true},
		{[]any{"arn:aws:iam::111122223333:role/app-*", "backup.amazonaws.com"}, 2, false},
	} {
		c := given()
		c["knownPrincipals"] = test.given
		s, err := Read(c)
		if err != nil || len(s.KnownPrincipals) != test.known || s.AnyPrincipal != test.off {
			t.Errorf("%v is read as %v, %v, %v", test.given, s.KnownPrincipals, s.AnyPrincipal, err)
		}
	}
}

// TestOptional ties the settings that may be empty to the variables that may be.
func TestOptional(t *testing.T) {
	s, err := Read(given())
	if err != nil {
		t.Fatal(err)
	}
	if s.Trail("eu-central-1") != (Trail{}) || len(s.KnownPrincipals)+len(s.RetiredTrails) != 0 {
		t.Errorf("%+v", s)
	}
	for _, name := range []string{deployment.EnvTrailPrefix, deployment.EnvKnownPrincipals, deployment.EnvRetiredTrails} {
		if !slices.Contains(deployment.Optional(), name) {
			t.Errorf("%s may be empty here, and not there", name)
		}
	}
}
