package main

import (
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"latchkey/infra/network/synthtest"
	"latchkey/shared/catalog/dynamodb/schema"
	"latchkey/shared/customerkey"
	"latchkey/shared/deployment"
	"latchkey/shared/metric"
)

// sections returns the anchors of the runbook. [GitHub docs, section links]
func sections(t *testing.T) []string {
	t.Helper()
	raw, err := os.ReadFile("../docs/runbook.md")
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, m := range regexp.MustCompile(`(?m)^#+ (.+)$`).FindAllStringSubmatch(string(raw), -1) {
		kept := regexp.MustCompile(`[^a-z0-9 -]`).ReplaceAllString(strings.ToLower(m[1]), "")
		out = append(out, strings.ReplaceAll(kept, " ", "-"))
	}
	return out
}

var runbookLink = regexp.MustCompile(`Runbook: https://\S+/docs/runbook\.md#(\S+)$`)

// TestAlarms holds that every alarm says what it means and links to a section of
// the runbook that is there, and goes to the topic, also when it is over.
func TestAlarms(t *testing.T) {
	known := sections(t)
	everyStack(t, func(t *testing.T, tmpl synthtest.Template) {
		missing := map[string]bool{}
		for id, r := range tmpl.Of("AWS::CloudWatch::Alarm") {
			p := r.Properties
			link := runbookLink.FindStringSubmatch(text(p["AlarmDescription"]))
			if link == nil {
				t.Errorf("%s has no link to the runbook: %s", id, text(p["AlarmDescription"]))
			} else if !slices.Contains(known, link[1]) && !missing[link[1]] {
				missing[link[1]] = true
				t.Errorf("docs/runbook.md has no section %s, which %s links to", link[1], id)
			}
			for _, member := range []string{"AlarmActions", "OKActions"} {
				if got := texts(p[member]); !slices.Equal(got, []string{"${Alarms}"}) {
					t.Errorf("%s: %s are %v", id, member, got)
				}
			}
			if none := p["TreatMissingData"]; (none == "breaching") != (p["ComparisonOperator"] == "LessThanThreshold") {
				t.Errorf("%s: no data is %v", id, none)
			}
		}
	})
}

// TestAlarms_Names holds that stacks of one Region and account have no alarm of
// the same name, and topics that somebody reads.
func TestAlarms_Names(t *testing.T) {
	seen := map[string]string{}
	for _, tmpl := range []synthtest.Template{oneCell(t), stack(t, "latchkey-entry")} {
		for id, r := range tmpl.Of("AWS::CloudWatch::Alarm") {
			name := text(r.Properties["AlarmName"])
			if other, taken := seen[name]; taken {
				t.Errorf("%s and %s are both called %s", id, other, name)
			}
			seen[name] = id
		}
		if mail := tmpl.Resources["AlarmsMail"].Properties; mail["Protocol"] != "email" || mail["Endpoint"] != "oncall@example.com" {
			t.Errorf("alarms go to %s", synthtest.Text(mail))
		}
		if tmpl.Resources["Alarms"].Properties["KmsMasterKeyId"] == nil {
			t.Error("the topic is not encrypted")
		}
	}
}

// watched is what an alarm has to be there for.
type watched struct{ namespace, metric, dimension, value string }

// TestAlarms_Watch holds that everything that has to be watched is.
func TestAlarms_Watch(t *testing.T) {
	tmpl := oneCell(t)
	got := map[watched]bool{}
	for _, r := range tmpl.Of("AWS::CloudWatch::Alarm") {
		m := any(r.Properties)
		if list, ok := r.Properties["Metrics"].([]any); ok {
			m = part(list[1], "MetricStat", "Metric") // of a share, the part
		}
		w := watched{namespace: text(part(m, "Namespace")), metric: text(part(m, "MetricName"))}
		dimensions, _ := part(m, "Dimensions").([]any)
		for _, d := range dimensions {
			w.dimension, w.value = text(part(d, "Name")), text(part(d, "Value"))
			got[w] = true
		}
		got[w] = true
	}
	want := []watched{
		{metric.Namespace, metric.LedgerBroken, "", ""}, {metric.Namespace, metric.LedgerFailed, "", ""}, {metric.Namespace, metric.LedgerUnproved, "", ""},
		{metric.Namespace, metric.LedgerUnread, "", ""}, {metric.Namespace, metric.LedgerGrave, "", ""}, {metric.Namespace, metric.LedgerFindingsCut, "", ""},
		{metric.Namespace, metric.LedgerUnsettled, "", ""},
		{metric.Namespace, metric.DueLag, "", ""}, {metric.Namespace, metric.Parked, "", ""}, {metric.Namespace, metric.ProbeFailures, "", ""},
		{"AWS/Lambda", "Invocations", "FunctionName", deployment.Name(deployment.FunctionProbeKeys)},
		{metric.Namespace, metric.MessagesRetried, "", ""},
		{metric.Namespace, metric.APIErrors, "", ""}, {metric.Namespace, metric.StepErrors, "", ""}, {metric.Namespace, metric.DatabasesUnfenced, "", ""},
		{"AWS/DynamoDB", "ReadThrottleEvents", "TableName", deployment.Table}, {"AWS/DynamoDB", "WriteThrottleEvents", "TableName", deployment.Table},
	}
	for _, source := range []string{customerkey.SourceCloudTrail, customerkey.SourceDenied, customerkey.SourceKMS, customerkey.SourceProbe, customerkey.SourceRDS} {
		want = append(want, watched{metric.Namespace, metric.LockLatency, metric.BySource, source})
	}
	for _, x := range schema.Table().Indexes {
		want = append(want, watched{"AWS/DynamoDB", "WriteThrottleEvents", "GlobalSecondaryIndexName", x.Name})
	}
	for _, f := range placed(tmpl) {
		name := deployment.Name(f.Name)
		want = append(want, watched{"AWS/Lambda", "Errors", "FunctionName", name}, watched{"AWS/Lambda", "Throttles", "FunctionName", name})
		if f.Queue != nil {
			want = append(want, watched{"AWS/SQS", "ApproximateAgeOfOldestMessage", "QueueName", name})
		}
		if f.Stream != nil {
			want = append(want, watched{"AWS/Lambda", "IteratorAge", "FunctionName", name})
		}
	}
	for _, w := range want {
		if !got[w] {
			t.Errorf("nothing watches %+v", w)
		}
	}
	if got[watched{"AWS/ApiGateway", "5xx", "ApiId", "${Api}"}] {
		t.Error("an alarm goes off when tenants are told that they are being set up")
	}
}

// TestAlarms_QueueAge holds that a message which is handled at its third delivery
// raises no alarm of its age, and one that nobody receives does within an hour. Of
// one that is received and fails a third time SQS tells no age: see
// TestAlarms_Watch, metric.MessagesRetried.
func TestAlarms_QueueAge(t *testing.T) {
	limits := map[string]float64{}
	for _, tmpl := range []synthtest.Template{oneCell(t), stack(t, "latchkey-entry")} {
		for _, r := range tmpl.Of("AWS::CloudWatch::Alarm") {
			if r.Properties["MetricName"] == "ApproximateAgeOfOldestMessage" {
				limits[text(part(r.Properties["Dimensions"].([]any)[0], "Value"))], _ = r.Properties["Threshold"].(float64)
			}
		}
	}
	for _, f := range deployment.Functions() {
		if f.Queue == nil {
			continue
		}
		visibility := (deployment.VisibilityFactor * f.Timeout).Seconds()
		if got := limits[deployment.Name(f.Name)]; got < 2*visibility || got < 600 || got > 3600 {
			t.Errorf("%s: its messages may wait for %v s, and come again after %v s", f.Name, got, visibility)
		}
	}
}

// TestRunbook_Deliveries holds the runbook's table of how long failing messages
// come again: it is what the queues' settings make of it.
func TestRunbook_Deliveries(t *testing.T) {
	raw, err := os.ReadFile("../docs/runbook.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range deployment.Functions() {
		if f.Queue == nil {
			continue
		}
		visibility := deployment.VisibilityFactor * f.Timeout
		line := fmt.Sprintf("| `%s` | %.0f minutes | %g hours |", f.Name, visibility.Minutes(), (deployment.MaxReceives * visibility).Hours())
		if !strings.Contains(string(raw), line) {
			t.Errorf("docs/runbook.md lacks the line %s", line)
		}
	}
}

// TestDashboard holds that the dashboard is one that CloudWatch can read.
func TestDashboard(t *testing.T) {
	body := text(oneCell(t).Resources["Dashboard"].Properties["DashboardBody"])
	for _, want := range []string{metric.LockLatency, metric.DueLag, metric.Parked, metric.Probes, `"region":"` + regions[0] + `"`, "latchkey-watch-keys"} {
		if !strings.Contains(body, want) {
			t.Errorf("the dashboard does not show %s", want)
		}
	}
	if n := strings.Count(body, `"type":"metric"`); n < 10 {
		t.Errorf("the dashboard has %d graphs", n)
	}
}
