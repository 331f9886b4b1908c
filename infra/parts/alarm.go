package parts

import (
	"maps"
	"slices"
	"time"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudwatch"
	"github.com/aws/jsii-runtime-go"

	"latchkey/shared/deployment"
)

// Alarm watches one metric. It goes off when the metric over Period is above
// Above (below Below, if that is set) in Last periods running.
type Alarm struct {
	Name    string // unique in its stack; the alarm's name after the prefix
	Says    string // what it means, one sentence
	Section string // of the runbook
	Metric  Metric
	PartOf  *Metric       // what Metric is a part of; Above is in percent then
	Period  time.Duration // 0: a minute
	Last    int           // periods; 0: one
	Above   float64
	Below   *float64 // instead of Above; no data counts as below
}

// Metric is one metric of CloudWatch with a statistic.
type Metric struct {
	Namespace, Name string
	Dimensions      map[string]string
	Of              string // Sum, Maximum, Average, or a percentile such as p99
}

// Alarms makes the alarms of one stack and remembers them.
type Alarms struct {
	stack   awscdk.Stack
	topic   string
	runbook string
	all     []Alarm
}

// NewAlarms returns the alarms of a stack. topic is the ARN they go to; runbook
// is where the repository's docs can be read, see deployment.Runbook.
func NewAlarms(stack awscdk.Stack, topic, runbook string) *Alarms {
	return &Alarms{stack: stack, topic: topic, runbook: runbook}
}

// All returns the alarms that were added, in that order.
func (a *Alarms) All() []Alarm { return slices.Clone(a.all) }

// Add makes an alarm. It also says when it is over.
func (a *Alarms) Add(alarm Alarm) {
	a.all = append(a.all, alarm)
	p := &awscloudwatch.CfnAlarmProps{
		AlarmName:          Text(deployment.Name(alarm.Name)),
		AlarmDescription:   Text(alarm.Says + " Runbook: " + deployment.Runbook(a.runbook, alarm.Section)),
		AlarmActions:       &[]interface{}{Text(a.topic)},
		OkActions:          &[]interface{}{Text(a.topic)},
		EvaluationPeriods:  jsii.Number(float64(max(alarm.Last, 1))),
		Threshold:          &alarm.Above,
		ComparisonOperator: name("GreaterThanThreshold"),
		TreatMissingData:   name("notBreaching"),
	}
	if alarm.Below != nil {
		p.Threshold, p.ComparisonOperator, p.TreatMissingData = alarm.Below, name("LessThanThreshold"), name("breaching")
	}
	if alarm.PartOf != nil {
		p.Metrics = share(alarm)
	} else {
		alarm.watch(p)
	}
	awscloudwatch.NewCfnAlarm(a.stack, name(ID(alarm.Name)+"Alarm"), p)
}

// watch makes an alarm watch the metric itself.
func (a Alarm) watch(p *awscloudwatch.CfnAlarmProps) {
	p.Namespace, p.MetricName, p.Dimensions = name(a.Metric.Namespace), name(a.Metric.Name), dimensions(a.Metric.Dimensions)
	p.Period = a.period()
	if of := a.Metric.Of; of[0] == 'p' {
		p.ExtendedStatistic = name(of)
	} else {
		p.Statistic = name(of)
	}
}

func (a Alarm) period() *float64 { return seconds(max(a.Period, time.Minute)) }

// share makes an alarm watch what part of another metric its own is, in percent.
// [CloudWatch guide, Using metric math]
func share(a Alarm) *[]interface{} {
	stat := func(id string, m Metric) interface{} {
		return &awscloudwatch.CfnAlarm_MetricDataQueryProperty{Id: &id, ReturnData: false, MetricStat: &awscloudwatch.CfnAlarm_MetricStatProperty{
			Stat: name(m.Of), Period: a.period(),
			Metric: &awscloudwatch.CfnAlarm_MetricProperty{Namespace: name(m.Namespace), MetricName: name(m.Name), Dimensions: dimensions(m.Dimensions)},
		}}
	}
	return &[]interface{}{
		&awscloudwatch.CfnAlarm_MetricDataQueryProperty{
			Id: name("percent"), Expression: name("100 * part / whole"), Label: name(a.Metric.Name + ", percent"), ReturnData: true,
		},
		stat("part", a.Metric), stat("whole", *a.PartOf),
	}
}

// dimensions are in the order of their names, so that a template is the same each time.
func dimensions(m map[string]string) *[]interface{} {
	out := []interface{}{}
	for _, k := range slices.Sorted(maps.Keys(m)) {
		out = append(out, &awscloudwatch.CfnAlarm_DimensionProperty{Name: name(k), Value: Text(m[k])})
	}
	return &out
}
