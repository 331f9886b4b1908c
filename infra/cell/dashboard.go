package cell

import (
	"encoding/json"
	"maps"
	"slices"

	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudwatch"
	"github.com/aws/jsii-runtime-go"

	"latchkey/infra/parts"
	"latchkey/shared/deployment"
	"latchkey/shared/metric"
)

// graph is one widget of the dashboard.
type graph struct {
	title   string
	metrics []parts.Metric
}

// dashboard shows what is promised first, then what it rests on.
// [CloudWatch API reference, Dashboard body structure]
func (c *Cell) dashboard() {
	var widgets []any
	for i, g := range c.graphs() {
		widgets = append(widgets, map[string]any{
			"type": "metric", "width": dashboardWidth / 3, "height": 6, "x": i % 3 * (dashboardWidth / 3), "y": i / 3 * 6,
			"properties": map[string]any{
				"title": g.title, "view": "timeSeries", "region": c.props.Region, "period": 60, "metrics": series(g.metrics),
			},
		})
	}
	body, err := json.Marshal(map[string]any{"widgets": widgets})
	if err != nil {
		panic(err) // maps of texts and numbers always marshal
	}
	awscloudwatch.NewCfnDashboard(c.Stack, jsii.String("Dashboard"), &awscloudwatch.CfnDashboardProps{
		DashboardName: jsii.String(deployment.Prefix + "-" + c.props.Region), DashboardBody: parts.Text(string(body)),
	})
}

// dashboardWidth is the grid's. [same]
const dashboardWidth = 24

func (c *Cell) graphs() []graph {
	locks := graph{title: "Lock latency, p99, by source of the signal (ms)"}
	for _, s := range lockSources {
		m := own(metric.LockLatency, "p99")
		m.Dimensions = map[string]string{metric.BySource: s.source}
		locks.metrics = append(locks.metrics, m)
	}
	return []graph{
		locks,
		{"Locks and probes", []parts.Metric{own(metric.Locks, "Sum"), own(metric.Probes, "Sum"), own(metric.ProbeFailures, "Sum")}},
		{"Overdue (s) and parked", []parts.Metric{own(metric.DueLag, "Maximum"), own(metric.Parked, "Maximum")}},
		{"Events", []parts.Metric{own(metric.EventsIn, "Sum"), own(metric.EventsOut, "Sum"), own(metric.Unknown, "Sum"), own(metric.Duplicates, "Sum"), own(metric.Stale, "Sum"), own(metric.Broken, "Sum"), own(metric.MessagesRetried, "Sum")}},
		{"Signals that were not believed", []parts.Metric{own(metric.Untrusted, "Sum"), own(metric.ForeignKeys, "Sum")}},
		{"Steps", []parts.Metric{own(metric.Steps, "Sum"), own(metric.StepErrors, "Sum"), own(metric.Conflicts, "Sum"), own(metric.UnknownStatus, "Sum"), own(metric.DatabasesUnfenced, "Sum")}},
		{"Ledger", []parts.Metric{own(metric.LedgerFiles, "Sum"), own(metric.LedgerFindings, "Sum"), own(metric.LedgerGrave, "Sum"), own(metric.LedgerFailed, "Sum"), own(metric.LedgerBroken, "Sum"), own(metric.LedgerUnread, "Sum"), own(metric.LedgerUnproved, "Sum")}},
		{"Messages waiting (age of the oldest, s)", c.queueMetrics("ApproximateAgeOfOldestMessage", false)},
		{"Dead letters", c.queueMetrics("ApproximateNumberOfMessagesVisible", true)},
		{"Errors of functions", c.functionMetrics("Errors", "Sum")},
		{"Throttles of functions", c.functionMetrics("Throttles", "Sum")},
		{"Duration of functions, p99 (ms)", c.functionMetrics("Duration", "p99")},
		{"API", []parts.Metric{own(metric.APIErrors, "Sum"), c.apiMetric("Count", "Sum"), c.apiMetric("4xx", "Sum"), c.apiMetric("5xx", "Sum"), c.apiMetric("Latency", "p99")}},
	}
}

func (c *Cell) queueMetrics(name string, dead bool) []parts.Metric {
	var out []parts.Metric
	for _, fn := range slices.Sorted(maps.Keys(c.made)) {
		q := c.made[fn].Queue
		if dead {
			q = c.made[fn].Dead
		}
		if q != nil {
			out = append(out, parts.Metric{Namespace: "AWS/SQS", Name: name, Dimensions: map[string]string{"QueueName": q.Name}, Of: "Maximum"})
		}
	}
	return out
}

func (c *Cell) functionMetrics(name, of string) []parts.Metric {
	var out []parts.Metric
	for _, fn := range slices.Sorted(maps.Keys(c.made)) {
		out = append(out, parts.Metric{Namespace: "AWS/Lambda", Name: name, Dimensions: map[string]string{"FunctionName": deployment.Name(fn)}, Of: of})
	}
	return out
}

func (c *Cell) apiMetric(name, of string) parts.Metric {
	return parts.Metric{Namespace: "AWS/ApiGateway", Name: name, Dimensions: map[string]string{"ApiId": "${" + apiID + "}"}, Of: of}
}

// series is metrics as a widget lists them.
func series(metrics []parts.Metric) []any {
	out := make([]any, len(metrics))
	for i, m := range metrics {
		line := []any{m.Namespace, m.Name}
		for _, k := range slices.Sorted(maps.Keys(m.Dimensions)) {
			line = append(line, k, m.Dimensions[k])
		}
		out[i] = append(line, map[string]any{"stat": m.Of})
	}
	return out
}
