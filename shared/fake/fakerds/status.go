package fakerds

// Statuses of an instance. [RDS guide, Viewing Amazon RDS DB instance status]
const (
	statusAvailable    = "available"
	statusBackingUp    = "backing-up"
	statusCreating     = "creating"
	statusDeleting     = "deleting"
	statusModifying    = "modifying"
	statusMonitoring   = "configuring-enhanced-monitoring"
	statusLogExports   = "configuring-log-exports"
	statusRebooting    = "rebooting"
	statusResetting    = "resetting-master-credentials"
	statusStarting     = "starting"
	statusStopping     = "stopping"
	statusStopped      = "stopped"
	statusOptimizing   = "storage-optimization"
	statusRecoverable  = "inaccessible-encryption-credentials-recoverable"
	statusInaccessible = "inaccessible-encryption-credentials"
)

// can is what may be done to an instance in a status.
type can struct {
	start    bool // [aws-facts 2]
	stop     bool // [RDS guide, Stopping a DB instance: the status must be available]
	snapshot bool // [RDS API reference, CreateDBSnapshot: available or storage-optimization]
	connect  bool // the database answers
	modify   bool // inference: not while it is made or deleted
	delete   bool // inference: not while it is made; "already being deleted" is CloudTrail's own text
	frozen   bool // LatestRestorableTime stands still
}

// rules is what RDS allows, by status. A status without a row allows only
// modify and delete.
var rules = map[string]can{
	statusAvailable:  {stop: true, snapshot: true, connect: true, modify: true, delete: true},
	statusOptimizing: {snapshot: true, connect: true, modify: true, delete: true},
	statusBackingUp:  {connect: true, modify: true, delete: true},
	statusModifying:  {connect: true, modify: true, delete: true},
	statusMonitoring: {connect: true, modify: true, delete: true},
	statusLogExports: {connect: true, modify: true, delete: true},
	statusResetting:  {connect: true, modify: true, delete: true},

	"configuring-iam-database-auth": {connect: true, modify: true, delete: true},
	"storage-config-upgrade":        {connect: true, modify: true, delete: true},
	"storage-initialization":        {connect: true, modify: true, delete: true},
	"maintenance":                   {modify: true, delete: true},

	statusCreating:     {frozen: true},
	statusDeleting:     {frozen: true},
	"delete-precheck":  {frozen: true},
	statusStarting:     {modify: true, delete: true, frozen: true},
	statusStopping:     {modify: true, delete: true},
	statusRebooting:    {modify: true, delete: true},
	statusStopped:      {start: true, modify: true, delete: true, frozen: true},
	statusRecoverable:  {start: true, modify: true, delete: true, frozen: true},
	statusInaccessible: {modify: true, delete: true, frozen: true},

	"incompatible-network": {start: true, modify: true, delete: true, frozen: true},
}

// rulesFor returns the row of a status.
func rulesFor(status string) can {
	if c, ok := rules[status]; ok {
		return c
	}
	return can{modify: true, delete: true, frozen: true}
}

// Statuses of a snapshot.
const (
	snapCreating  = "creating"
	snapAvailable = "available"
	snapFailed    = "failed"
)
