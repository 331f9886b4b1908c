package deployment

import (
	"strings"
	"time"
)

// Prefix begins the name of every resource that has a name of its own.
const Prefix = "latchkey"

// Names of resources. A cell is alone in its Region and account, so they are
// the same in every cell.
const (
	Bus              = Prefix                             // the cell's event bus
	IntakeBus        = Prefix + "-intake"                 // where customers' accounts forward key events to
	EntryBus         = Prefix + "-entry"                  // where commerce sends events for any Region
	Table            = Prefix                             // the cell's catalog
	DirectoryTable   = Prefix + "-directory"              // the entry's: tenant or host → Region
	SubnetGroup      = Prefix                             // of the databases
	ParameterGroup   = Prefix + "-postgres" + EngineMajor // of the databases; forces TLS
	PlatformKeyAlias = "alias/" + Prefix                  // of the platform's own key
	ScheduleGroup    = Prefix
)

// Databases of an instance.
const (
	// EngineMajor is the major version of PostgreSQL that the parameter group and
	// the permissions are of.
	EngineMajor = "17"
	// EngineVersion is what instances are made with where an installation does not
	// choose: of a bare major version RDS takes a recent minor one, so that the end
	// of a minor version stops nothing. [RDS for PostgreSQL release notes, Amazon
	// RDS for PostgreSQL updates]
	EngineVersion = EngineMajor
	ParameterName = "rds.force_ssl"
	// MasterUser is the master user of every instance. [RDS API reference,
	// CreateDBInstance: at most 16 letters, digits and underscores]
	MasterUser = "latchkey"
	// FenceRole is the role that fencing logs in as, with IAM database
	// authentication; the first preparation of an instance makes it.
	FenceRole = "latchkey_fence"
	// TenantRoles is how the names of tenants' login roles begin.
	TenantRoles = "t_"
)

// Name returns the name of a function's resources: "latchkey-provision".
func Name(function string) string { return Prefix + "-" + function }

// DeadLetters returns the name of the dead-letter queue of a queue or function.
func DeadLetters(name string) string { return name + "-dead-letters" }

// AuditTimeout is how long audit-keys may take for a batch of log files, and
// therefore how long it has a log file to itself.
const AuditTimeout = 5 * time.Minute

// Limits of a call of the HTTP API: how long it waits for a function, and the
// most that a function can answer, in bytes of the whole answer as JSON.
// [API Gateway guide, Quotas for HTTP APIs; Lambda guide, Lambda quotas]
const (
	APITimeout = 30 * time.Second
	MaxAnswer  = 6 << 20
)

// Queue settings. [Lambda guide, Using Lambda with Amazon SQS: visibility
// timeout at least six times the function's; SQS guide, Quotas]
const (
	VisibilityFactor = 6
	// MaxReceives is how often a message is delivered before it goes to the
	// dead-letter queue.
	MaxReceives = 25
	// QueueRetention is how long a message may wait; DeadLetterRetention is SQS's longest.
	QueueRetention      = 4 * 24 * time.Hour
	DeadLetterRetention = 14 * 24 * time.Hour
	// EventAge and EventRetries bound EventBridge's own retries to a target. [EventBridge guide, Retry policy]
	EventAge     = 24 * time.Hour
	EventRetries = 185
)

// Runbook is where alarms point to: the section of docs/runbook.md.
func Runbook(base, section string) string {
	return strings.TrimSuffix(base, "/") + "/docs/runbook.md#" + section
}
