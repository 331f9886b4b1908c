package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/aws/aws-cdk-go/awscdk/v2"

	"latchkey/infra/cell"
	"latchkey/infra/network/synthtest"
	"latchkey/infra/parts"
	"latchkey/shared/metric"
)

// refusal is what a template says of when it may be deployed.
type refusal struct {
	Parameters map[string]struct {
		Default       string
		AllowedValues []string
	}
	Rules map[string]struct {
		RuleCondition any
		Assertions    []struct {
			Assert            any
			AssertDescription string
		}
	}
}

// TestExamples_Refused holds that synthesizing cdk.json as it is warns of its
// examples, that CloudFormation refuses the stacks, unless somebody says that
// they are meant, and that it does not refuse those of settings of one's own.
func TestExamples_Refused(t *testing.T) {
	assembly(t)
	for _, key := range []string{"alarms", "runbookBase"} {
		if !strings.Contains(said["first"], "warning: context."+key+" ") {
			t.Errorf("synthesizing does not warn of %s: %s", key, said["first"])
		}
	}
	everyTemplate(t, func(t *testing.T, raw []byte) {
		var tmpl refusal
		if err := json.Unmarshal(raw, &tmpl); err != nil {
			t.Fatal(err)
		}
		rule := tmpl.Rules["NoExamples"]
		if len(rule.Assertions) != 1 || rule.RuleCondition != nil || tmpl.Parameters["DeployExamples"].Default != "no" {
			t.Fatalf("it can be deployed: %+v", tmpl)
		}
		if got := synthtest.Text(rule.Assertions[0].Assert); got != `{"Fn::Equals":[{"Ref":"DeployExamples"},"yes"]}` {
			t.Errorf("it asserts %s", got)
		}
		if says := rule.Assertions[0].AssertDescription; !strings.Contains(says, "alarms and runbookBase") {
			t.Errorf("it says %s", says)
		}
	})
	_, raw := synthtest.Stack(t, func(stack awscdk.Stack) error {
		parts.RefuseExamples(stack, nil)
		return nil
	})
	if bytes.Contains(raw, []byte(parts.ExamplesID)) || bytes.Contains(raw, []byte("NoExamples")) {
		t.Errorf("settings of one's own are refused: %s", raw)
	}
}

func everyTemplate(t *testing.T, test func(*testing.T, []byte)) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(assembly(t), "latchkey-*.template.json"))
	if err != nil || len(files) != 3 {
		t.Fatalf("templates %v: %v", files, err)
	}
	for _, path := range files {
		t.Run(filepath.Base(path), func(t *testing.T) {
			raw, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			test(t, raw)
		})
	}
}

// TestAlarms_NoLogFiles holds that somebody is told when no log file comes,
// whoever made the trail: then nothing fails, and no metric moves.
func TestAlarms_NoLogFiles(t *testing.T) {
	for name, tmpl := range map[string]synthtest.Template{
		"our trail": oneCell(t), "a trail of before": load(t, otherAssembly(t), cell.StackName("eu-west-2")),
	} {
		t.Run(name, func(t *testing.T) {
			same(t, "NoLogFilesAlarm", tmpl.Resources["NoLogFilesAlarm"].Properties, map[string]any{
				"Namespace": metric.Namespace, "MetricName": metric.LedgerFiles, "Statistic": "Sum", "Dimensions": []any{},
				"Period": 3600.0, "EvaluationPeriods": 3.0, "Threshold": 1.0,
				"ComparisonOperator": "LessThanThreshold", "TreatMissingData": "breaching",
			})
		})
	}
}

// TestCost_Alarms ties the number of alarms that the calculator counts to the
// stacks'.
func TestCost_Alarms(t *testing.T) {
	raw, err := os.ReadFile("cost/assume.go")
	if err != nil {
		t.Fatal(err)
	}
	for name, tmpl := range map[string]synthtest.Template{"alarms": oneCell(t), "entryAlarms": stack(t, "latchkey-entry")} {
		found := regexp.MustCompile(`\t` + name + `\s+= ([0-9]+)\.0`).FindSubmatch(raw)
		if n := strconv.Itoa(len(tmpl.Of("AWS::CloudWatch::Alarm"))); found == nil || string(found[1]) != n {
			t.Errorf("there are %s alarms; cost/assume.go counts %s as %s: mend it, then go generate ./infra/cost", n, found, name)
		}
	}
}

// TestOther_Zones holds that zones that are named are those of the subnets.
func TestOther_Zones(t *testing.T) {
	tmpl := load(t, otherAssembly(t), cell.StackName("eu-west-2"))
	for id, zone := range map[string]string{"NetworkSubnet1": "euw2-az1", "NetworkSubnet2": "euw2-az3"} {
		p := tmpl.Resources[id].Properties
		if p["AvailabilityZoneId"] != zone || p["AvailabilityZone"] != nil {
			t.Errorf("%s is in %v, %v", id, p["AvailabilityZoneId"], p["AvailabilityZone"])
		}
	}
}
