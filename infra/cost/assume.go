package main

import (
	"math"
	"time"

	"latchkey/events"
	"latchkey/shared/deployment"
)

// Mix is what the caller chooses.
type Mix struct {
	Tenants   int
	Dedicated float64 // share of the tenants with instances of their own under a key of their own
	Products  float64 // databases of a tenant
	Shard     int     // databases on one shard instance
	Storage   float64 // GiB of an instance
	Cells     int     // Regions
	Zones     int     // with an endpoint, in each
}

// DefaultMix is the mix of the table in docs/deploy.md, for a number of tenants.
func DefaultMix(tenants int) Mix {
	return Mix{Tenants: tenants, Dedicated: 0.2, Products: 1, Shard: 50, Storage: 100, Cells: 2, Zones: 3}
}

// Assumptions about use. They are guesses that a person can argue with, and are
// the reason why the result is an estimate.
const (
	monthHours = 730.0

	backupBeyondFree = 0.2   // GiB of backups beyond the free part, for each GiB of storage
	commerceEvents   = 10.0  // in a month, from a tenant's orders
	eventsOut        = 3.0   // for each event that came in
	contextRequests  = 10000 // in a month, of a tenant's context over HTTP
	keyUses          = 300.0 // KMS calls of a database in a day, as CloudTrail records them
	recordBytes      = 200.0 // a CloudTrail record in its gzip file
	ledgerBytes      = 60.0  // the same in a Parquet file, beside what each such file takes by itself
	ledgerFileBytes  = 5500  // of a Parquet file with few records; docs/performance.md
	trailMonths      = 12.0  // that files are kept
	trailFiles       = 12.0  // CloudTrail files of a Region in an hour; reading one is a GET
	queriesGB        = 0.02  // GB that Athena scans in a month for a tenant with a key
	tableKB          = 20.0  // of the table, for a database: its records, history, seen ids
	logKB            = 1.0   // of an invocation
	runSeconds       = 0.2   // of an invocation, beside its items
	itemSeconds      = 0.01  // of an item (a probe, a step), many at once
	requestSeconds   = 0.02  // of one request for a context
	scanRecords      = 50000 // CloudTrail records that audit-keys takes in a second
	sampled          = 0.05  // share of requests that X-Ray records

	probePeriod  = 4 * time.Minute // decision 0008
	steadyPeriod = 6 * time.Hour   // of a database at rest
	probeCalls   = 2.0             // DescribeKey and a dry run

	// DynamoDB units of one item's step: its record is read and written once (up
	// to 2 KB), and its entry in the due index moves, which is a delete and a put.
	// [DynamoDB guide, Global secondary indexes: write units]
	stepReads  = 1.5
	stepWrites = 4.0
	// A transaction costs twice. [DynamoDB guide, TransactWriteItems]
	commitWrites = 2 * (stepWrites + 2)

	dueQueries = 5 * 16.0 // lanes × shards, every minute, half a unit each

	metrics     = 39.0 // of package metric in a cell, lock_latency_ms once for each source; if all are sent every hour
	alarms      = 67.0 // of a cell
	entryAlarms = 14.0
	entryKeys   = 1.0

	emptyPolls = 5 * 3.0 // requests a minute of Lambda to a queue: five pollers, each waits 20 seconds [Lambda guide, Using Lambda with Amazon SQS]
)

// Counts is what a month has, derived from a mix.
type Counts struct {
	Mix
	Keys, Instances, Databases float64
	Minutes                    float64
	Scheduled, Queues          float64
	Probes, Steps, Events      float64
	Contexts                   float64
	Invocations, GBSeconds     float64
}

// Count derives a month's counts.
func Count(m Mix) Counts {
	n := float64(m.Tenants)
	dedicated := math.Round(n * m.Dedicated)
	shared := n - dedicated
	c := Counts{Mix: m, Keys: dedicated, Databases: n * m.Products, Minutes: monthHours * 60}
	shards := math.Ceil(shared * m.Products / float64(m.Shard))
	if shared > 0 { // a shard cannot serve two Regions
		shards = math.Max(shards, math.Min(shared, float64(m.Cells)))
	}
	c.Instances = dedicated*m.Products + shards
	c.Probes = (c.Keys + float64(m.Cells)) * c.Minutes / probePeriod.Minutes() // each cell probes its own key too
	c.Steps = (c.Databases + shards) * monthHours / steadyPeriod.Hours()
	c.Events = n * commerceEvents
	c.Contexts = n * contextRequests
	c.deployed()
	c.invocations()
	return c
}

// deployed adds up what each copy of each function brings with it.
func (c *Counts) deployed() {
	for _, f := range deployment.Functions() {
		c.Scheduled += c.runsBySchedule(f)
		if f.Queue != nil {
			c.Queues += c.copies(f)
		}
	}
}

// copies returns how many there are of a function.
func (m Mix) copies(f deployment.Function) float64 {
	if f.Place == deployment.InEntry {
		return 1
	}
	return float64(m.Cells)
}

// runsBySchedule returns the runs of all copies of a function that its schedule starts.
func (c *Counts) runsBySchedule(f deployment.Function) float64 {
	if f.Every == 0 {
		return 0
	}
	return c.copies(f) * c.Minutes / f.Every.Minutes()
}

// invocations adds the functions' runs: the scheduled ones in each cell, and one
// for each event, request and step.
func (c *Counts) invocations() {
	run := func(function string, times, itemSeconds float64) {
		f, _ := deployment.Find(function)
		c.Invocations += times
		c.GBSeconds += (times*runSeconds + itemSeconds) * float64(f.MemoryMB) / 1024
	}
	for _, f := range deployment.Functions() {
		run(f.Name, c.runsBySchedule(f), 0)
	}
	run(deployment.FunctionProbeKeys, 0, c.Probes*itemSeconds)
	run(deployment.FunctionSweep, 0, c.Steps*itemSeconds)
	run(events.FunctionAdvance, c.Steps, 0)
	run(events.FunctionProvision, c.Events, 0)
	run(deployment.FunctionRoute, c.Events, 0)
	run(deployment.FunctionPublish, c.Events*eventsOut, 0)
	run(events.FunctionAuditKeys, trailFiles*monthHours*float64(c.Cells), c.Databases*keyUses*30/scanRecords)
	tenantContext, _ := deployment.Find(deployment.FunctionTenantContext)
	c.Invocations += c.Contexts
	c.GBSeconds += c.Contexts * requestSeconds * float64(tenantContext.MemoryMB) / 1024
}
