package intake_test

import (
	"encoding/json"
	"fmt"
	"os"
	"reflect"
	"strings"
	"testing"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/jsii-runtime-go"

	"latchkey/events"
	"latchkey/infra/intake"
	"latchkey/infra/intake/buses"
	"latchkey/infra/network/synthtest"
	"latchkey/infra/parts"
	"latchkey/shared/coded"
)

func TestMain(m *testing.M) {
	code := m.Run()
	jsii.Close()
	os.Exit(code)
}

func queues(name string) map[string]parts.Queue {
	return map[string]parts.Queue{events.FunctionWatchKeys: {Name: "latchkey-" + name, ID: name}}
}

func made(t *testing.T, mode buses.Mode, accounts []string) (synthtest.Template, []byte, map[string]parts.Sender) {
	t.Helper()
	var senders map[string]parts.Sender
	tmpl, raw := synthtest.Stack(t, func(stack awscdk.Stack) (err error) {
		senders, err = intake.New(stack, intake.Props{Mode: mode, Accounts: accounts, Targets: queues("Queue"), Dead: queues("Dead")})
		return err
	})
	return tmpl, raw, senders
}

// checkRules holds that each bus has a rule for each forwarded route.
func checkRules(t *testing.T, tmpl synthtest.Template) {
	t.Helper()
	on := map[string]map[string]any{} // bus, then pattern
	for _, r := range tmpl.Of("AWS::Events::Rule") {
		bus := synthtest.Text(r.Properties["EventBusName"])
		if on[bus] == nil {
			on[bus] = map[string]any{}
		}
		on[bus][synthtest.Text(r.Properties["EventPattern"])] = r.Properties["Targets"]
	}
	if n := len(tmpl.Of("AWS::Events::EventBus")); len(on) != n {
		t.Errorf("%d of %d buses have rules", len(on), n)
	}
	for bus, patterns := range on {
		for _, route := range buses.Forwarded() {
			var pattern any
			if err := json.Unmarshal([]byte(synthtest.Text(route.Pattern)), &pattern); err != nil {
				t.Fatal(err)
			}
			targets, ok := patterns[synthtest.Text(pattern)].([]any)
			if !ok || !strings.Contains(synthtest.Text(targets), `"Queue","Arn"`) || !strings.Contains(synthtest.Text(targets), `"Dead","Arn"`) {
				t.Errorf("bus %s, route %s: %s", bus, route.Name, synthtest.Text(targets))
			}
		}
	}
}

func TestNew_Open(t *testing.T) {
	tmpl, _, senders := made(t, buses.Open, nil)
	checkRules(t, tmpl)
	if n := len(tmpl.Of("AWS::Events::EventBus")); n != 1 || len(tmpl.Of("AWS::Events::Archive")) != 0 {
		t.Errorf("%d buses, %d archives", n, len(tmpl.Of("AWS::Events::Archive")))
	}
	policy := tmpl.Resources["IntakePolicy"].Properties
	var want any
	all, err := buses.Of(buses.Open, nil)
	if err != nil {
		t.Fatal(err)
	}
	_ = json.Unmarshal([]byte(synthtest.Text(parts.Object(all[0].Statement()))), &want)
	if !reflect.DeepEqual(policy["Statement"], want) || policy["StatementId"] != buses.Sid {
		t.Errorf("the policy is %s\nwant %s", synthtest.Text(policy), synthtest.Text(want))
	}
	if s := senders[events.FunctionWatchKeys]; !strings.HasSuffix(s.Source, "rule/latchkey-intake*/*") || len(senders) != 1 {
		t.Errorf("the senders are %v", senders)
	}
}

func TestNew_Listed(t *testing.T) {
	accounts := make([]string, 10_000)
	for i := range accounts {
		accounts[i] = fmt.Sprintf("%012d", 100_000_000_000+i)
	}
	tmpl, raw, senders := made(t, buses.Listed, accounts)
	checkRules(t, tmpl)
	if n := len(tmpl.Of("AWS::Events::EventBus")); n != 20 || len(tmpl.Of("AWS::Events::EventBusPolicy")) != 20 {
		t.Errorf("%d buses", n)
	}
	// A cell has its share of CloudFormation's 500 resources and 1 MB beside this.
	// [CloudFormation guide, Quotas]
	if n := len(tmpl.Resources); n > 100 || len(raw) > 500_000 {
		t.Errorf("%d resources in %d bytes", n, len(raw))
	}
	if len(senders) != 1 {
		t.Errorf("%d senders: a queue's policy holds few", len(senders))
	}
}

func TestNew_Invalid(t *testing.T) {
	synthtest.Require(t)
	if _, err := intake.New(nil, intake.Props{Mode: "some"}); !coded.Is(err, coded.Invalid) {
		t.Errorf("a mode that is not: %v", err)
	}
	app := awscdk.NewApp(nil)
	stack := awscdk.NewStack(app, jsii.String("none"), nil)
	if _, err := intake.New(stack, intake.Props{Mode: buses.Open}); err == nil {
		t.Error("an intake without queues is made")
	}
}
