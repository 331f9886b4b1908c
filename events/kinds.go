package events

// Sources of events.
const (
	SourceCommerce = "latchkey.commerce" // the default; Config.CommerceSource overrides it
	SourceOperator = "latchkey.operator"
	SourceLatchkey = "latchkey" // everything we send
	SourceRDS      = "aws.rds"
	SourceKMS      = "aws.kms"
	SourceS3       = "aws.s3"
)

// Detail-types of events that come in.
const (
	TypeTenantCreated      = "Tenant Created"
	TypeTenantDestroyed    = "Tenant Destroyed"
	TypeProductActivated   = "Product Activated"
	TypeProductDeactivated = "Product Deactivated"
	TypeProductSuspended   = "Product Suspended"
	TypeProductUnsuspended = "Product Unsuspended"
	TypeLicenseUpdated     = "License Updated"
	TypeKeyReturnApproved  = "Key Return Approved"

	TypeRDSInstance       = "RDS DB Instance Event"
	TypeRDSSnapshot       = "RDS DB Snapshot Event"
	TypeCloudTrailCall    = "AWS API Call via CloudTrail" // of KMS and of RDS
	TypeKMSRotation       = "KMS CMK Rotation"
	TypeKMSMaterialExpiry = "KMS Imported Key Material Expiration"
	TypeKMSDeletion       = "KMS CMK Deletion"
	TypeS3ObjectCreated   = "Object Created"
)

// Detail-types of events that go out.
const (
	TypeSiteCreated            = "Site Created"
	TypeSiteClosed             = "Site Closed"
	TypeTenantActive           = "Tenant Active"
	TypeTenantParked           = "Tenant Parked"
	TypeTenantRemoved          = "Tenant Removed"
	TypeProductReady           = "Product Ready"
	TypeProductChanged         = "Product Changed"
	TypeProductRemoved         = "Product Removed"
	TypeDatabaseAvailable      = "Database Available"
	TypeDatabaseLocked         = "Database Locked"
	TypeDatabaseMarkedTerminal = "Database Marked Terminal"
	TypeDatabaseTerminal       = "Database Terminal"
	TypeDatabaseUnrecoverable  = "Database Unrecoverable"
	TypeDatabaseRecovered      = "Database Recovered"
	TypeDatabaseDeleted        = "Database Deleted"
	TypeDatabaseParked         = "Database Parked"
	TypeKeyRegistered          = "Key Registered"
	TypeKeyPreflightFailed     = "Key Preflight Failed"
	TypeKeyLocked              = "Key Locked"
	TypeKeyRevocationConfirmed = "Key Revocation Confirmed"
	TypeKeyUnreachable         = "Key Unreachable"
	TypeKeyUnlocked            = "Key Unlocked"
	TypeKeyApprovalNeeded      = "Key Approval Needed"
	TypeKeyLost                = "Key Lost"
	TypeSnapshotCreated        = "Snapshot Created"
	TypeSnapshotDeleted        = "Snapshot Deleted"
	TypeSnapshotFailed         = "Snapshot Failed"
	TypeRestoreStarted         = "Restore Started"
	TypeRestoreCompleted       = "Restore Completed"
	TypeRevocationWarning      = "Revocation Warning"
	TypeKeyUsageFinding        = "Key Usage Finding"
)

// Direction says whether a kind comes in or goes out.
type Direction string

// The directions.
const (
	In  Direction = "in"
	Out Direction = "out"
)

// Kind is one kind of event, found by its source and detail-type.
type Kind struct {
	Name          string // "tenant-created"; its samples are samples/<Name>.json and samples/<Name>.<case>.json
	Source        string
	DetailType    string
	DetailVersion string // detail.version; empty for AWS's own events
	Direction     Direction
	Meaning       string     // one sentence
	Schema        string     // file in schemas/, without .json
	New           func() any // pointer to a zero value of its Go type
}

func newOf[T any]() any { return new(T) }

// kinds is the table of all kinds.
var kinds = []Kind{
	{"tenant-created", SourceCommerce, TypeTenantCreated, DetailVersion, In, "A tenant signed up.", "tenant-created", newOf[TenantCreated]},
	{"tenant-destroyed", SourceCommerce, TypeTenantDestroyed, DetailVersion, In, "A tenant left for good: access ends at once, data goes after a grace period.", "tenant-destroyed", newOf[TenantDestroyed]},
	{"product-activated", SourceCommerce, TypeProductActivated, DetailVersion, In, "A tenant bought a product.", "product-activated", newOf[ProductActivated]},
	{"product-deactivated", SourceCommerce, TypeProductDeactivated, DetailVersion, In, "A tenant gave a product up: access ends at once, data goes after a grace period.", "product-change", newOf[ProductDeactivated]},
	{"product-suspended", SourceCommerce, TypeProductSuspended, DetailVersion, In, "Access to a product stops until it is unsuspended.", "product-change", newOf[ProductSuspended]},
	{"product-unsuspended", SourceCommerce, TypeProductUnsuspended, DetailVersion, In, "A suspension ends.", "product-change", newOf[ProductUnsuspended]},
	{"license-updated", SourceCommerce, TypeLicenseUpdated, DetailVersion, In, "A product's licence is replaced.", "license-updated", newOf[LicenseUpdated]},
	{"key-return-approved", SourceOperator, TypeKeyReturnApproved, DetailVersion, In, "A person lets databases come back under a key that is usable again.", "key-return-approved", newOf[KeyReturnApproved]},

	{"rds-instance", SourceRDS, TypeRDSInstance, "", In, "Something happened to an RDS instance; best effort.", "rds-event", newOf[RDSEvent]},
	{"rds-snapshot", SourceRDS, TypeRDSSnapshot, "", In, "Something happened to an RDS snapshot; best effort.", "rds-event", newOf[RDSEvent]},
	{"rds-call", SourceRDS, TypeCloudTrailCall, "", In, "Somebody called the RDS API; only counted.", "rds-call", newOf[RDSCall]},
	{"kms-call", SourceKMS, TypeCloudTrailCall, "", In, "Somebody called the KMS API, in our account or in a customer's that forwards its key events.", "kms-call", newOf[KMSCall]},
	{"kms-rotation", SourceKMS, TypeKMSRotation, "", In, "KMS rotated the material of a key.", "kms-key-event", newOf[KMSKeyEvent]},
	{"kms-material-expiration", SourceKMS, TypeKMSMaterialExpiry, "", In, "KMS deleted imported key material that had expired: the key cannot be used until it is imported again.", "kms-key-event", newOf[KMSKeyEvent]},
	{"kms-deletion", SourceKMS, TypeKMSDeletion, "", In, "KMS deleted a key after its waiting period: what it encrypts is lost.", "kms-key-event", newOf[KMSKeyEvent]},
	{"s3-object-created", SourceS3, TypeS3ObjectCreated, "", In, "An object was put into a bucket: a CloudTrail file to read.", "s3-object-created", newOf[ObjectCreated]},

	{"site-created", SourceLatchkey, TypeSiteCreated, DetailVersion, Out, "The tenant's site answers on its hosts.", "site", newOf[SiteEvent]},
	{"site-closed", SourceLatchkey, TypeSiteClosed, DetailVersion, Out, "The tenant's site no longer answers.", "site", newOf[SiteEvent]},
	{"tenant-active", SourceLatchkey, TypeTenantActive, DetailVersion, Out, "All lifecycle steps of the tenant are done.", "tenant", newOf[TenantEvent]},
	{"tenant-parked", SourceLatchkey, TypeTenantParked, DetailVersion, Out, "The tenant cannot go on without a person; the reason says why.", "tenant", newOf[TenantEvent]},
	{"tenant-removed", SourceLatchkey, TypeTenantRemoved, DetailVersion, Out, "A destroyed tenant's databases are gone.", "tenant", newOf[TenantEvent]},
	{"product-ready", SourceLatchkey, TypeProductReady, DetailVersion, Out, "A product can be used: its database is there and the licence holds.", "product", newOf[ProductEvent]},
	{"product-changed", SourceLatchkey, TypeProductChanged, DetailVersion, Out, "A product's licence, configuration or suspension changed.", "product", newOf[ProductEvent]},
	{"product-removed", SourceLatchkey, TypeProductRemoved, DetailVersion, Out, "A product can no longer be used.", "product", newOf[ProductEvent]},
	{"database-available", SourceLatchkey, TypeDatabaseAvailable, DetailVersion, Out, "A new database is ready for use.", "database", newOf[DatabaseEvent]},
	{"database-locked", SourceLatchkey, TypeDatabaseLocked, DetailVersion, Out, "Access to a database ended because of its key.", "database", newOf[DatabaseEvent]},
	{"database-marked-terminal", SourceLatchkey, TypeDatabaseMarkedTerminal, DetailVersion, Out, "The revocation of its key is confirmed: a start brings the database back until recoverableUntil.", "database", newOf[DatabaseEvent]},
	{"database-terminal", SourceLatchkey, TypeDatabaseTerminal, DetailVersion, Out, "The instance can no longer be started: only a restore helps.", "database", newOf[DatabaseEvent]},
	{"database-unrecoverable", SourceLatchkey, TypeDatabaseUnrecoverable, DetailVersion, Out, "The key is deleted: neither the instance nor its backups can be read again; evidence says how that is known.", "database", newOf[DatabaseEvent]},
	{"database-recovered", SourceLatchkey, TypeDatabaseRecovered, DetailVersion, Out, "A locked or restored database is in use again.", "database", newOf[DatabaseEvent]},
	{"database-deleted", SourceLatchkey, TypeDatabaseDeleted, DetailVersion, Out, "A database was deleted on request.", "database", newOf[DatabaseEvent]},
	{"database-parked", SourceLatchkey, TypeDatabaseParked, DetailVersion, Out, "A database cannot go on without a person; the reason says why.", "database", newOf[DatabaseEvent]},
	{"key-registered", SourceLatchkey, TypeKeyRegistered, DetailVersion, Out, "A key passed its preflight.", "key", newOf[KeyEvent]},
	{"key-preflight-failed", SourceLatchkey, TypeKeyPreflightFailed, DetailVersion, Out, "A key cannot be used yet: missing says what it lacks, statement what to add to its policy.", "key", newOf[KeyEvent]},
	{"key-locked", SourceLatchkey, TypeKeyLocked, DetailVersion, Out, "All tenants of a key are refused from now on.", "key", newOf[KeyEvent]},
	{"key-revocation-confirmed", SourceLatchkey, TypeKeyRevocationConfirmed, DetailVersion, Out, "A revocation is confirmed: the clock to the point of no return runs.", "key", newOf[KeyEvent]},
	{"key-unreachable", SourceLatchkey, TypeKeyUnreachable, DetailVersion, Out, "KMS does not answer for a key, which says nothing about its owner's will.", "key", newOf[KeyEvent]},
	{"key-unlocked", SourceLatchkey, TypeKeyUnlocked, DetailVersion, Out, "A key is usable again and its tenants are served.", "key", newOf[KeyEvent]},
	{"key-approval-needed", SourceLatchkey, TypeKeyApprovalNeeded, DetailVersion, Out, "A key is usable again; its tenant wants a person to approve the return.", "key", newOf[KeyEvent]},
	{"key-lost", SourceLatchkey, TypeKeyLost, DetailVersion, Out, "A key is deleted; evidence says how that is known.", "key", newOf[KeyEvent]},
	{"snapshot-created", SourceLatchkey, TypeSnapshotCreated, DetailVersion, Out, "A snapshot is complete.", "snapshot", newOf[SnapshotEvent]},
	{"snapshot-deleted", SourceLatchkey, TypeSnapshotDeleted, DetailVersion, Out, "A snapshot was deleted at the end of its retention.", "snapshot", newOf[SnapshotEvent]},
	{"snapshot-failed", SourceLatchkey, TypeSnapshotFailed, DetailVersion, Out, "A snapshot could not be taken; the reason says why.", "snapshot", newOf[SnapshotEvent]},
	{"restore-started", SourceLatchkey, TypeRestoreStarted, DetailVersion, Out, "A new instance is being made from a backup.", "restore", newOf[RestoreEvent]},
	{"restore-completed", SourceLatchkey, TypeRestoreCompleted, DetailVersion, Out, "A restored database is in use; dataLossSeconds is what the backup did not have.", "restore", newOf[RestoreEvent]},
	{"revocation-warning", SourceLatchkey, TypeRevocationWarning, DetailVersion, Out, "A revoked key nears the point of no return.", "warning", newOf[WarningEvent]},
	{"key-usage-finding", SourceLatchkey, TypeKeyUsageFinding, DetailVersion, Out, "A use of a key that an auditor would want to know of; one for each finding and day.", "finding", newOf[FindingEvent]},
}
