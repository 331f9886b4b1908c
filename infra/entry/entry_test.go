package entry_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/jsii-runtime-go"

	"latchkey/infra/entry"
	"latchkey/infra/network/synthtest"
	"latchkey/infra/settings"
	"latchkey/shared/deployment"
	"latchkey/shared/metric"
)

func TestMain(m *testing.M) {
	code := m.Run()
	jsii.Close()
	os.Exit(code)
}

func configured(t *testing.T) settings.Settings {
	t.Helper()
	s, err := settings.Read(map[string]any{
		"regions": []any{"us-east-1", "eu-central-1"}, "alarms": "ops@example.com", "runbookBase": "https://example.com/latchkey",
		"commerceAccounts": []any{"222233334444"},
	})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func synthesized(t *testing.T) synthtest.Template {
	t.Helper()
	synthtest.Libraries(t)
	dir, code := t.TempDir(), t.TempDir()
	if err := os.WriteFile(filepath.Join(code, "bootstrap"), []byte("placeholder"), 0o700); err != nil {
		t.Fatal(err)
	}
	app := awscdk.NewApp(&awscdk.AppProps{Outdir: &dir, AnalyticsReporting: jsii.Bool(false)})
	if _, err := entry.New(app, entry.Props{Settings: configured(t), Code: map[string]string{deployment.FunctionRoute: code}}); err != nil {
		t.Fatal(err)
	}
	app.Synth(nil)
	raw, err := os.ReadFile(filepath.Join(dir, entry.StackName+".template.json"))
	if err != nil {
		t.Fatal(err)
	}
	var out synthtest.Template
	if err := json.Unmarshal(raw, &out); err != nil {
		t.Fatal(err)
	}
	return out
}

// TestNew makes one entry and looks at it from all sides.
func TestNew(t *testing.T) {
	tmpl := synthesized(t)
	t.Run("rules", func(t *testing.T) { rules(t, tmpl) })
	t.Run("function", func(t *testing.T) { function(t, tmpl) })
	t.Run("bus", func(t *testing.T) { bus(t, tmpl) })
	t.Run("table", func(t *testing.T) { table(t, tmpl) })
	t.Run("alarms", func(t *testing.T) { alarms(t, tmpl) })
}

// rules holds that the entry takes exactly what the cells' function takes.
func rules(t *testing.T, tmpl synthtest.Template) {
	routes := entry.Routes(configured(t), deployment.FunctionRoute)
	made := tmpl.Of("AWS::Events::Rule")
	if len(routes) == 0 || len(made) != len(routes) {
		t.Fatalf("%d rules for %d routes", len(made), len(routes))
	}
	for _, route := range routes {
		var want any
		if err := json.Unmarshal([]byte(synthtest.Text(route.Pattern)), &want); err != nil {
			t.Fatal(err)
		}
		found := false
		for id, r := range made {
			if !reflect.DeepEqual(r.Properties["EventPattern"], want) {
				continue
			}
			found = true
			target := r.Properties["Targets"].([]any)[0].(map[string]any)
			if target["DeadLetterConfig"] == nil || target["RetryPolicy"] == nil || !strings.Contains(synthtest.Text(target["Arn"]), "RouteQueue") {
				t.Errorf("%s goes to %s", id, synthtest.Text(target))
			}
		}
		if !found {
			t.Errorf("no rule has the pattern of route %s", route.Name)
		}
	}
}

const bothBuses = "eu-central-1=arn:${AWS::Partition}:events:eu-central-1:${AWS::AccountId}:event-bus/latchkey," +
	"us-east-1=arn:${AWS::Partition}:events:us-east-1:${AWS::AccountId}:event-bus/latchkey"

func function(t *testing.T, tmpl synthtest.Template) {
	all := tmpl.Of("AWS::Lambda::Function")
	if len(all) != 1 {
		t.Fatalf("%d functions", len(all))
	}
	env := all["RouteFunction"].Properties["Environment"].(map[string]any)["Variables"].(map[string]any)
	if got := synthtest.Text(env[deployment.EnvCells]); got != `{"Fn::Sub":"`+bothBuses+`"}` {
		t.Errorf("%s is %s", deployment.EnvCells, got)
	}
	spec, _ := deployment.Find(deployment.FunctionRoute)
	if len(env) != len(spec.Env) {
		t.Errorf("the function has the variables %v, want %v", env, spec.Env)
	}
	policies := tmpl.Resources["RouteRole"].Properties["Policies"].([]any)
	for _, s := range policies[0].(map[string]any)["PolicyDocument"].(map[string]any)["Statement"].([]any) {
		statement := s.(map[string]any)
		if !strings.Contains(synthtest.Text(statement["Action"]), "events:PutEvents") {
			continue
		}
		var buses []string
		for _, r := range statement["Resource"].([]any) {
			buses = append(buses, r.(map[string]any)["Fn::Sub"].(string))
		}
		if want := "arn:${AWS::Partition}:events:eu-central-1:${AWS::AccountId}:event-bus/latchkey"; len(buses) != 2 || buses[0] != want {
			t.Errorf("the function may put events on %v", buses)
		}
		return
	}
	t.Error("the function may put no events")
}

func bus(t *testing.T, tmpl synthtest.Template) {
	if name := tmpl.Resources["Bus"].Properties["Name"]; name != deployment.EntryBus {
		t.Errorf("the bus is %v", name)
	}
	policies := tmpl.Of("AWS::Events::EventBusPolicy")
	if len(policies) != 1 {
		t.Fatalf("%d policies of the bus", len(policies))
	}
	text := synthtest.Text(policies["Commerce222233334444"].Properties["Statement"])
	for _, want := range []string{":222233334444:root", `"events:source":"latchkey.commerce"`, "event-bus/latchkey-entry"} {
		if !strings.Contains(text, want) {
			t.Errorf("the policy %s lacks %s", text, want)
		}
	}
}

func table(t *testing.T, tmpl synthtest.Template) {
	table := tmpl.Resources["Directory"]
	if table.DeletionPolicy != "RetainExceptOnCreate" || table.Properties["TableName"] != deployment.DirectoryTable || table.Properties["DeletionProtectionEnabled"] != true {
		t.Errorf("the directory is %+v", table)
	}
}

func alarms(t *testing.T, tmpl synthtest.Template) {
	watched := map[string]bool{}
	for _, a := range tmpl.Of("AWS::CloudWatch::Alarm") {
		if a.Properties["Namespace"] == metric.Namespace {
			watched[a.Properties["MetricName"].(string)] = true
		}
		dimensions, _ := a.Properties["Dimensions"].([]any)
		for _, d := range dimensions {
			watched[d.(map[string]any)["Value"].(string)] = true
		}
	}
	for _, name := range []string{deployment.Name(deployment.FunctionRoute), deployment.DeadLetters(deployment.Name(deployment.FunctionRoute)), metric.MessagesRetried} {
		if !watched[name] {
			t.Errorf("nothing watches %s", name)
		}
	}
}
