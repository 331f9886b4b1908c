package database

// Status is what one DBInstanceStatus means to the rules.
type Status struct {
	Phase     Phase // what it says of a healthy record; the lock's phases are the key's to give
	Reachable bool  // PostgreSQL answers logins
	CanStart  bool  // StartDBInstance is accepted (facts 2)
	CanStop   bool  // StopDBInstance is accepted
	Bad       string
}

// Inaccessible statuses of an instance whose key is lost. [RDS guide, Encrypting RDS resources]
const (
	StatusAvailable       = "available"
	StatusStopped         = "stopped"
	StatusRecoverable     = "inaccessible-encryption-credentials-recoverable"
	StatusTerminal        = "inaccessible-encryption-credentials"
	statusIncompatibleNet = "incompatible-network"
)

// Statuses holds every status that an RDS DB instance can have. [RDS guide,
// Viewing Amazon RDS DB instance status]
var Statuses = map[string]Status{
	StatusAvailable:                   {Phase: PhaseAvailable, Reachable: true, CanStop: true},
	"backing-up":                      {Phase: PhaseBusy, Reachable: true},
	"configuring-activity-stream":     {Phase: PhaseBusy, Reachable: true},
	"configuring-enhanced-monitoring": {Phase: PhaseBusy, Reachable: true},
	"configuring-iam-database-auth":   {Phase: PhaseBusy, Reachable: true},
	"configuring-log-exports":         {Phase: PhaseBusy, Reachable: true},
	"converting-to-vpc":               {Phase: PhaseBusy},
	"creating":                        {Phase: PhaseCreating},
	"delete-precheck":                 {Phase: PhaseDeleting},
	"deleting":                        {Phase: PhaseDeleting},
	"failed":                          {Phase: PhaseParked, Bad: "RDS could not recover the instance; restore it from a backup"},
	StatusTerminal:                    {Phase: PhaseTerminal},
	StatusRecoverable:                 {Phase: PhaseTerminalRecoverable, CanStart: true},
	"incompatible-create":             {Phase: PhaseParked, Bad: "the instance could not be created with these settings"},
	statusIncompatibleNet:             {Phase: PhaseParked, CanStart: true, Bad: "the VPC lacks what the instance needs; see the subnet group"},
	"incompatible-option-group":       {Phase: PhaseParked, Bad: "an option group change was not accepted"},
	"incompatible-parameters":         {Phase: PhaseParked, Bad: "the parameter group does not fit the instance"},
	"incompatible-restore":            {Phase: PhaseParked, Bad: "the restore could not be done with these settings"},
	"insufficient-capacity":           {Phase: PhaseParked, Bad: "AWS has no capacity for the instance class here"},
	"maintenance":                     {Phase: PhaseBusy, Reachable: true},
	"modifying":                       {Phase: PhaseBusy, Reachable: true},
	"moving-to-vpc":                   {Phase: PhaseBusy},
	"rebooting":                       {Phase: PhaseBusy},
	"resetting-master-credentials":    {Phase: PhaseBusy, Reachable: true},
	"renaming":                        {Phase: PhaseBusy},
	"restore-error":                   {Phase: PhaseParked, Bad: "RDS met an error while restoring; restore again"},
	"starting":                        {Phase: PhaseBusy},
	StatusStopped:                     {Phase: PhaseBusy, CanStart: true},
	"stopping":                        {Phase: PhaseBusy},
	"storage-config-upgrade":          {Phase: PhaseBusy, Reachable: true},
	"storage-full":                    {Phase: PhaseParked, Bad: "the storage is full; raise the allocated storage"},
	"storage-initialization":          {Phase: PhaseBusy, Reachable: true},
	"storage-optimization":            {Phase: PhaseBusy, Reachable: true},
	"upgrading":                       {Phase: PhaseBusy},
}

// StatusOf returns what a status means. One that is not in the table is taken
// for busy, and known is false so that the caller counts it.
func StatusOf(status string) (s Status, known bool) {
	if s, known = Statuses[status]; known {
		return s, true
	}
	return Status{Phase: PhaseBusy}, false
}
