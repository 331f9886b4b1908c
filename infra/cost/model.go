package main

import "fmt"

// Line is one thing that is paid for: a quantity of a price.
type Line struct {
	Service string
	What    string
	Price   string
	Of      func(Counts) float64
}

const (
	databases = "RDS instances and storage"
	secrets   = "Secrets Manager"
	gigabyte  = 1e9
)

func perCell(n float64) func(Counts) float64 {
	return func(c Counts) float64 { return n * float64(c.Cells) }
}

// lines returns everything that is paid for, in the order of the table.
func lines() []Line {
	return []Line{
		{databases, "instances", "rds-instance", func(c Counts) float64 { return c.Instances * monthHours }},
		{databases, "storage", "rds-storage", func(c Counts) float64 { return c.Instances * c.Storage }},
		{databases, "backups beyond the free part", "rds-backup", func(c Counts) float64 { return c.Instances * c.Storage * backupBeyondFree }},
		{secrets, "master passwords", "secret", func(c Counts) float64 { return c.Instances }},

		{"KMS", "the platform's keys", "kms-key", func(c Counts) float64 { return float64(c.Cells) + entryKeys }},
		{"KMS", "probes", "kms-request", func(c Counts) float64 { return c.Probes * probeCalls }},
		{"DynamoDB", "writes by probes", "dynamodb-write", func(c Counts) float64 { return c.Probes * stepWrites }},
		{"DynamoDB", "reads by probes", "dynamodb-read", func(c Counts) float64 { return c.Probes * stepReads }},
		{"DynamoDB", "writes by steps and events", "dynamodb-write", func(c Counts) float64 {
			return c.Steps*stepWrites + c.Events*(1+eventsOut)*commitWrites
		}},
		{"DynamoDB", "reads by steps and events", "dynamodb-read", func(c Counts) float64 { return (c.Steps + c.Events*(1+eventsOut)) * stepReads }},
		{"DynamoDB", "reads by requests for a context", "dynamodb-read", func(c Counts) float64 { return c.Contexts * 3 }}, // tenant, database, key
		{"DynamoDB", "asking what is due", "dynamodb-read", func(c Counts) float64 { return c.Minutes * float64(c.Cells) * dueQueries / 2 }},
		{"DynamoDB", "storage", "dynamodb-storage", func(c Counts) float64 { return c.Databases * tableKB * 1e3 / gigabyte }},
		{"DynamoDB", "point-in-time recovery", "dynamodb-pitr", func(c Counts) float64 { return c.Databases * tableKB * 1e3 / gigabyte }},

		{"Lambda", "requests", "lambda-request", func(c Counts) float64 { return c.Invocations }},
		{"Lambda", "time", "lambda-gb-second", func(c Counts) float64 { return c.GBSeconds }},
		{"HTTP API", "requests", "http-request", func(c Counts) float64 { return c.Contexts }},
		{"EventBridge", "events in, to their cell, and out", "event", func(c Counts) float64 { return c.Events * (2 + eventsOut) }},
		{"EventBridge", "schedules", "schedule", func(c Counts) float64 { return c.Scheduled }},
		{"SQS", "messages, and asking for them", "sqs-request", sqsRequests},
		{"CloudWatch", "logs", "log-ingest", func(c Counts) float64 { return c.Invocations * logKB * 1e3 / gigabyte }},
		{"CloudWatch", "metrics", "metric", perCell(metrics)},
		{"CloudWatch", "alarms", "alarm", func(c Counts) float64 { return alarms*float64(c.Cells) + entryAlarms }},
		{"CloudWatch", "dashboards", "dashboard", perCell(1)},
		{"X-Ray", "traces", "trace", func(c Counts) float64 { return c.Scheduled + (c.Events+c.Contexts)*sampled }},
		{"Endpoint for Secrets Manager", "hours", "endpoint-hour", func(c Counts) float64 { return monthHours * float64(c.Cells*c.Zones) }},

		{"CloudTrail, ledger and reports", "files and Parquet kept", "s3-storage", func(c Counts) float64 {
			return (c.Databases*keyUses*30*(recordBytes+ledgerBytes) + ledgerFiles(c)*ledgerFileBytes) * trailMonths / gigabyte
		}},
		{"CloudTrail, ledger and reports", "CloudTrail's files put", "s3-put", perCell(trailFiles * monthHours)},
		{"CloudTrail, ledger and reports", "Parquet files put", "s3-put", ledgerFiles},
		{"CloudTrail, ledger and reports", "files read", "s3-get", perCell(trailFiles * monthHours)},
		{"CloudTrail, ledger and reports", "Athena", "athena-scan", func(c Counts) float64 { return c.Keys * queriesGB }},
	}
}

// ledgerFiles counts Parquet files: of each CloudTrail file one for every tenant
// in it, and one for the uses of none. A key is probed more often than CloudTrail
// delivers, so each key's tenant is in every file of its Region.
func ledgerFiles(c Counts) float64 {
	return (c.Keys + float64(c.Cells)) * trailFiles * monthHours
}

// sqsRequests counts a send, a receive and a delete for each message, and the
// long polling of Lambda.
func sqsRequests(c Counts) float64 {
	return c.Queues*c.Minutes*emptyPolls + 3*(c.Events*2+c.Steps)
}

// Estimate is what a mix costs in a month.
type Estimate struct {
	Counts   Counts
	Amounts  []Amount
	Services []string // in the order of the table
}

// Amount is a line with its quantity and its cost.
type Amount struct {
	Line
	Quantity, USD float64
}

// NewEstimate costs a mix at some prices. It fails for a line whose price is not there.
func NewEstimate(m Mix, all []Price) (Estimate, error) {
	byName := map[string]float64{}
	for _, p := range all {
		byName[p.Name] = p.USD
	}
	e := Estimate{Counts: Count(m)}
	seen := map[string]bool{}
	for _, l := range lines() {
		usd, ok := byName[l.Price]
		if !ok {
			return Estimate{}, fmt.Errorf("%s: there is no price %s", l.What, l.Price)
		}
		q := l.Of(e.Counts)
		e.Amounts = append(e.Amounts, Amount{l, q, q * usd})
		if !seen[l.Service] {
			seen[l.Service] = true
			e.Services = append(e.Services, l.Service)
		}
	}
	return e, nil
}

// Of returns the cost of a service.
func (e Estimate) Of(service string) float64 {
	sum := 0.0
	for _, a := range e.Amounts {
		if a.Service == service {
			sum += a.USD
		}
	}
	return sum
}

// Total returns the cost of everything.
func (e Estimate) Total() float64 {
	sum := 0.0
	for _, s := range e.Services {
		sum += e.Of(s)
	}
	return sum
}

// ControlPlane returns the cost of everything but the databases and their secrets.
func (e Estimate) ControlPlane() float64 { return e.Total() - e.Of(databases) - e.Of(secrets) }
