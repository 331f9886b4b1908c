package cell

import (
	"time"

	"github.com/aws/jsii-runtime-go"

	"latchkey/infra/parts"
	"latchkey/shared/customerkey"
	"latchkey/shared/deployment"
	"latchkey/shared/metric"
)

// lockSources are the sources of signals that can lock a key, with the time from
// the customer's act to the lock that is still as it should be. CloudTrail and
// KMS deliver typically within minutes; a probe comes every five minutes, and a
// denied call of ours is seen at once or with the next probe.
var lockSources = []struct {
	source string
	limit  time.Duration
}{
	{customerkey.SourceCloudTrail, 15 * time.Minute},
	{customerkey.SourceDenied, 15 * time.Minute},
	{customerkey.SourceKMS, 15 * time.Minute},
	{customerkey.SourceProbe, 6 * time.Minute},
	{customerkey.SourceRDS, 15 * time.Minute},
}

// own returns a metric that functions emit.
func own(name, of string) parts.Metric {
	return parts.Metric{Namespace: metric.Namespace, Name: name, Of: of}
}

// domainAlarms watch what Latchkey promises.
func domainAlarms() []parts.Alarm {
	probes := own(metric.Probes, "Sum")
	all := []parts.Alarm{
		{
			Name: "due-lag", Section: parts.SectionSweepLate, Metric: own(metric.DueLag, "Maximum"), Last: 3, Above: 300,
			Says: "The most overdue record has waited for more than five minutes.",
		},
		{
			Name: "broken-events", Section: parts.SectionDeadLetters, Metric: own(metric.Broken, "Sum"), Period: 5 * time.Minute,
			Says: "Events came that can never be handled; they are on their way to the dead letters.",
		},
		{
			Name: "put-aside", Section: parts.SectionParked, Metric: own(metric.PutAside, "Sum"), Period: 5 * time.Minute,
			Says: "The bus refuses an outgoing event for good; it was put aside.",
		},
		{
			Name: "ledger-broken", Section: parts.SectionLedger, Metric: own(metric.LedgerFailed, "Sum"), Period: 5 * time.Minute,
			Says: "A CloudTrail file could not be read to its end: uses of keys are missing from the ledger.",
		},
		{
			Name: "ledger-records-broken", Section: parts.SectionLedgerRecords, Metric: own(metric.LedgerBroken, "Sum"), Period: 5 * time.Minute,
			Says: "Records of a CloudTrail file could not be read: uses of keys are missing from the ledger, and their hours are not proved.",
		},
		{
			Name: "ledger-unproved", Section: parts.SectionLedger, Metric: own(metric.LedgerUnproved, "Sum"), Period: time.Hour,
			Says: "CloudTrail's digest files do not prove an hour of the log: a file is missing or was changed.",
		},
		{
			Name: "findings", Section: parts.SectionFindings, Metric: own(metric.LedgerGrave, "Sum"), Period: 5 * time.Minute,
			Says: "A key was used after its revocation, for another tenant, or by somebody unknown.",
		},
		{
			Name: "findings-cut", Section: parts.SectionFindings, Metric: own(metric.LedgerFindingsCut, "Sum"), Period: 5 * time.Minute,
			Says: "A CloudTrail file shows more findings than are told of one file.",
		},
		{
			Name: "parked", Section: parts.SectionParked, Metric: own(metric.Parked, "Maximum"),
			Says: "Records wait for a person.",
		},
		{
			Name: "probe-failures", Section: parts.SectionKMSSilent, Metric: own(metric.ProbeFailures, "Sum"), PartOf: &probes,
			Period: 5 * time.Minute, Last: 3, Above: 20,
			Says: "For a quarter of an hour more than a fifth of the probes of keys got no clear answer from KMS.",
		},
		{
			Name: "no-probes", Section: parts.SectionNoProbes, Period: 5 * time.Minute, Last: 2, Below: jsii.Number(1),
			Metric: parts.Metric{Namespace: "AWS/Lambda", Name: "Invocations", Of: "Sum",
				Dimensions: map[string]string{"FunctionName": deployment.Name(deployment.FunctionProbeKeys)}},
			Says: "No probe of any key has begun for ten minutes: a revocation may go unseen.",
		},
		{
			Name: "no-sweep", Section: parts.SectionSweepLate, Period: 5 * time.Minute, Last: 2, Below: jsii.Number(1),
			Metric: parts.Metric{Namespace: "AWS/Lambda", Name: "Invocations", Of: "Sum",
				Dimensions: map[string]string{"FunctionName": deployment.Name(deployment.FunctionSweep)}},
			Says: "No sweep has begun for ten minutes: what is due is not done.",
		},
	}
	for _, s := range lockSources {
		m := own(metric.LockLatency, "p99")
		m.Dimensions = map[string]string{metric.BySource: s.source}
		all = append(all, parts.Alarm{
			Name: "lock-latency-" + s.source, Section: parts.SectionLockSlow, Metric: m, Period: 5 * time.Minute,
			Above: float64(s.limit.Milliseconds()),
			Says:  "Locks by signals of " + s.source + " came later than " + s.limit.String() + " after the customer's act.",
		})
	}
	return all
}

// repeatedAlarms watch what is tried again and again, and would be for ever. Once
// says nothing of these, so they go off after several periods running.
func repeatedAlarms() []parts.Alarm {
	return []parts.Alarm{
		{
			Name: "step-errors", Section: parts.SectionStepFails, Metric: own(metric.StepErrors, "Sum"), Period: 5 * time.Minute, Last: 6,
			Says: "For half an hour steps of records have failed: some record does not go on, and is not parked either.",
		},
		{
			Name: "unfenced", Section: parts.SectionUnfenced, Metric: own(metric.DatabasesUnfenced, "Sum"), Period: 5 * time.Minute, Last: 3,
			Says: "For a quarter of an hour there has been a locked database whose logins are not closed.",
		},
		{
			Name: "ledger-unread", Section: parts.SectionLedger, Metric: own(metric.LedgerUnread, "Sum"), Period: time.Hour, Last: 4,
			Says: "For four hours log files that CloudTrail signed have not been read: their hours are not proved.",
		},
		{
			Name: "findings-unsettled", Section: parts.SectionFindings, Metric: own(metric.LedgerUnsettled, "Sum"), Period: 5 * time.Minute, Last: 6,
			Says: "For half an hour findings that wait for what may explain them could not be looked at.",
		},
	}
}

// watch makes the alarms that belong to no single function or queue. Errors of
// the API are counted by its functions: the 5xx of API Gateway are also the
// answers to tenants that are being set up or restored. A function that does not
// get to answering has its own alarm.
func (c *Cell) watch() {
	for _, alarm := range append(domainAlarms(), repeatedAlarms()...) {
		c.alarms.Add(alarm)
	}
	c.alarms.Add(parts.FailingAlarm("messages-failing"))
	c.alarms.Add(parts.Alarm{
		Name: "api-errors", Section: parts.SectionAPI, Metric: own(metric.APIErrors, "Sum"), Period: 5 * time.Minute, Above: 5,
		Says: "The API answers with errors of ours: tenants cannot be told whether they are served.",
	})
}
