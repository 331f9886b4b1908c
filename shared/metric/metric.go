// Package metric names what is measured: the functions emit it, the dashboard
// and the alarms read it. Plain constants only.
package metric

// Namespace holds every metric of ours. [CloudWatch guide, Namespaces]
const Namespace = "Latchkey"

// BySource is the dimension that tells apart where a signal about a key came
// from. It is the only one: the Region is CloudWatch's own, and a dimension of
// tenants or keys would cost one metric each.
const BySource = "Source"

// Counters: how often something happened.
const (
	EventsIn      = "events_in"
	EventsOut     = "events_out"
	Unknown       = "events_unknown"
	Duplicates    = "duplicates_ignored"
	Stale         = "events_stale"
	Broken        = "events_broken"
	ForeignKeys   = "signals_of_unknown_keys"
	Untrusted     = "signals_untrusted"
	Locks         = "locks"
	Conflicts     = "version_conflicts"
	UnknownStatus = "unknown_rds_status"
	StepErrors    = "step_errors"
	Steps         = "steps"
	Probes        = "probes"
	ProbeFailures = "probe_failures" // probes that KMS did not answer, or not clearly
	PutAside      = "events_put_aside"
	// MessagesRetried counts the messages of functions' queues that fail for the
	// third time and might succeed yet: what they need is not there.
	MessagesRetried = "messages_failing"
	// APIErrors counts calls of the HTTP API that an error of ours, or of what we
	// call, kept from an answer. A tenant that may not be served is an answer.
	APIErrors = "api_errors"

	// DatabasesUnfenced counts the steps that left a locked database with logins
	// that may still work: one of each such database, each half minute or so.
	DatabasesUnfenced = "databases_unfenced"
)

// Counters of the ledger of key use.
const (
	LedgerFiles       = "ledger_files"              // log files read
	LedgerUses        = "ledger_uses"               // uses stored
	LedgerBroken      = "ledger_records_broken"     // records that could not be read
	LedgerFailed      = "ledger_files_broken"       // log files that could not be read to their end
	LedgerDuplicates  = "ledger_files_again"        // log files that had been read
	LedgerFindings    = "ledger_findings"           // findings told
	LedgerGrave       = "ledger_findings_grave"     // of these, critical and high ones
	LedgerFindingsCut = "ledger_findings_cut"       // findings that were too many to tell
	LedgerUnsettled   = "ledger_findings_unsettled" // looks at held findings that failed
	LedgerUnproved    = "ledger_hours_unproved"     // hours that a digest was there for, and that are not proved for another reason than LedgerUnread's
	LedgerUnread      = "ledger_hours_unread"       // such hours whose log files are there, and were not all read yet
)

// Values, in the unit that the name ends in.
const (
	// LockLatency is the time from the signal that locked a key (the moment of the
	// customer's call, where that is known) to the commit of the lock, by BySource.
	LockLatency = "lock_latency_ms"
	// DueLag is how late the most overdue record is, at the start of a sweep.
	DueLag = "due_lag_s"
	// Parked is the number of records that wait for a person, up to 100 of each shard.
	Parked = "parked_records"
)
