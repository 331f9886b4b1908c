package deployment

import (
	"slices"
	"time"

	"latchkey/events"
	"latchkey/shared/catalog/dynamodb/schema"
)

// Functions that no route names; see events for the others.
const (
	FunctionProbeKeys     = "probe-keys"
	FunctionSweep         = "sweep"
	FunctionSnapshot      = "snapshot"
	FunctionPublish       = "publish"
	FunctionFence         = "fence"
	FunctionTenantContext = "tenant-context"
	FunctionRoute         = "route"
)

// Place is the stack that a function belongs to.
type Place string

// The places.
const (
	InCell  Place = "cell"  // one in each Region
	InEntry Place = "entry" // one in all
)

// Use is a port of AWS that a function needs; it decides its permissions.
type Use string

// The uses. The table is a use of every function but fence.
const (
	UseKeys    Use = "keys"    // looks at customers' keys: DescribeKey, dry runs, ListGrants
	UseFleet   Use = "fleet"   // instances: create, describe, modify, start, stop, restore, delete; ListGrants of their keys
	UseBackups Use = "backups" // manual snapshots: create, describe, copy, delete
	UseInside  Use = "inside"  // calls the function fence
	UseLogins  Use = "logins"  // logs in to databases, reads managed master secrets (fence itself)
	UseBus     Use = "bus"     // puts events
	UseLedger  Use = "ledger"  // reads CloudTrail's files, writes the ledger's
)

// Queue says how messages of a function's queue are handed over.
// [Lambda guide, Using Lambda with Amazon SQS]
type Queue struct {
	Batch       int           // messages in one invocation
	Window      time.Duration // how long to gather them
	Concurrency int           // invocations at once, 2 … 1000
}

// Stream says which records of the table's stream a function gets.
// [Lambda guide, Using Lambda with Amazon DynamoDB]
type Stream struct {
	Filter      string // pattern of the event source mapping
	Batch       int
	Parallel    int           // batches of one shard at once, 1 … 10
	Retries     int           // of a batch, before it goes to the dead letters; -1: until it is too old
	MaxAge      time.Duration // of a record
	BestEffort  bool          // what is lost here is made good by the sweep
	StartLatest bool
}

// Endpoint is a call of the HTTP API. [API Gateway guide, HTTP API routes]
type Endpoint struct{ Method, Path string }

// Function is one Lambda function.
type Function struct {
	Name     string // folder of functions/
	Purpose  string // one sentence
	Place    Place
	MemoryMB int
	Timeout  time.Duration
	Queue    *Queue // fed by the routes that name it
	Stream   *Stream
	Every    time.Duration // schedule; 0: none
	HTTP     []Endpoint
	InVPC    bool
	Uses     []Use
	Env      []string
}

// seconds keeps the table short.
func seconds(n int) time.Duration { return time.Duration(n) * time.Second }

// DueFilter is the pattern of the event source mapping that hands over records
// of the sweep's lane that were written. Whether one is due already is for the
// function to see: a filter cannot compare with the time.
const DueFilter = `{"eventName":["INSERT","MODIFY"],"dynamodb":{"NewImage":{"` + schema.DuePart + `":{"S":[{"prefix":"records/"}]}}}}`

// Functions returns every function, by name.
func Functions() []Function {
	all := []Function{
		{
			Name: events.FunctionProvision, Purpose: "Applies commerce events to tenants.", Place: InCell,
			MemoryMB: 256, Timeout: seconds(30), Queue: &Queue{Batch: 10, Concurrency: 10},
			Env: planeEnv,
		},
		{
			Name: events.FunctionAdvance, Purpose: "Steps the records that RDS's events and other records' changes are about.", Place: InCell,
			MemoryMB: 256, Timeout: seconds(60), Queue: &Queue{Batch: 10, Concurrency: 20},
			Stream: &Stream{Filter: DueFilter, Batch: 25, Parallel: 4, Retries: 2, MaxAge: time.Hour, BestEffort: true, StartLatest: true},
			Uses:   []Use{UseFleet, UseInside}, Env: slices.Concat(planeEnv, fleetEnv),
		},
		{
			Name: events.FunctionWatchKeys, Purpose: "Observes signals about keys of every source; its commit is the lock.", Place: InCell,
			MemoryMB: 512, Timeout: seconds(30), Queue: &Queue{Batch: 10, Concurrency: 50},
			Uses: []Use{UseKeys}, Env: planeEnv,
		},
		{
			Name: FunctionProbeKeys, Purpose: "Looks at every key that is due for it.", Place: InCell,
			MemoryMB: 512, Timeout: seconds(55), Every: time.Minute,
			Uses: []Use{UseKeys}, Env: planeEnv,
		},
		{
			Name: FunctionSweep, Purpose: "Steps tenants and databases that are due.", Place: InCell,
			MemoryMB: 512, Timeout: seconds(55), Every: time.Minute,
			Uses: []Use{UseFleet, UseInside}, Env: slices.Concat(planeEnv, fleetEnv),
		},
		{
			Name: FunctionSnapshot, Purpose: "Takes snapshots that are due and deletes those whose time is up.", Place: InCell,
			MemoryMB: 256, Timeout: seconds(55), Every: time.Minute,
			Uses: []Use{UseBackups}, Env: planeEnv,
		},
		{
			Name: FunctionPublish, Purpose: "Puts the outbox's events on the bus, in order within each subject.", Place: InCell,
			MemoryMB: 256, Timeout: seconds(30),
			Stream: &Stream{Filter: schema.StreamFilter, Batch: 100, Parallel: 10, Retries: -1, MaxAge: 24 * time.Hour},
			Every:  5 * time.Minute, // what the stream no longer brings is in the outbox still
			Uses:   []Use{UseBus}, Env: []string{EnvTable, EnvBus, EnvLogLevel},
		},
		{
			Name: FunctionFence, Purpose: "Makes, fences and unfences databases and roles inside instances.", Place: InCell,
			MemoryMB: 256, Timeout: seconds(25), InVPC: true,
			Uses: []Use{UseLogins}, Env: []string{EnvLogLevel},
		},
		{
			Name: FunctionTenantContext, Purpose: "Answers whether a tenant may be served, and with what.", Place: InCell,
			MemoryMB: 512, Timeout: seconds(5),
			HTTP: []Endpoint{{"GET", "/tenants/{tenant}/context"}, {"GET", "/hosts/{host}/context"}},
			Env:  []string{EnvAccount, EnvTable, EnvPlatformKey, EnvLogLevel},
		},
		{
			Name: events.FunctionAuditKeys, Purpose: "Reads CloudTrail's files into the ledger of key use.", Place: InCell,
			MemoryMB: 1024, Timeout: AuditTimeout, Queue: &Queue{Batch: 10, Window: 5 * time.Second, Concurrency: 10},
			HTTP: []Endpoint{{"GET", "/tenants/{tenant}/key-usage"}},
			Uses: []Use{UseLedger},
			Env:  []string{EnvAccount, EnvTable, EnvPlatformKey, EnvTrailBucket, EnvTrailPrefix, EnvLedgerBucket, EnvKnownPrincipals, EnvRetiredTrails, EnvLogLevel},
		},
		{
			Name: FunctionRoute, Purpose: "Sends commerce events to the cell of their tenant.", Place: InEntry,
			MemoryMB: 256, Timeout: seconds(30), Queue: &Queue{Batch: 10, Concurrency: 10},
			Uses: []Use{UseBus}, Env: []string{EnvTable, EnvCells, EnvCommerceSource, EnvLogLevel},
		},
	}
	slices.SortFunc(all, func(a, b Function) int {
		if a.Name < b.Name {
			return -1
		}
		return 1
	})
	return all
}

// Find returns a function by its name.
func Find(name string) (Function, bool) {
	all := Functions()
	i := slices.IndexFunc(all, func(f Function) bool { return f.Name == name })
	if i < 0 {
		return Function{}, false
	}
	return all[i], true
}

// Has reports whether the function has a use.
func (f Function) Has(u Use) bool { return slices.Contains(f.Uses, u) }
