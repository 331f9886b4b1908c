package deployment

// Environment variables of the functions. None holds a secret.
const (
	EnvAccount         = "LATCHKEY_ACCOUNT"           // the platform's AWS account, 12 digits
	EnvTable           = "LATCHKEY_TABLE"             // name of the cell's catalog, or of the entry's directory
	EnvBus             = "LATCHKEY_BUS"               // name of the bus that outgoing events go to
	EnvCommerceSource  = "LATCHKEY_COMMERCE_SOURCE"   // source of commerce events
	EnvPlatformKey     = "LATCHKEY_PLATFORM_KEY"      // ARN of the platform's key in this Region
	EnvUnreachable     = "LATCHKEY_UNREACHABLE_LIMIT" // how long a key that KMS does not answer for is served: 30m
	EnvShardCapacity   = "LATCHKEY_SHARD_CAPACITY"    // databases on one shard instance
	EnvRegions         = "LATCHKEY_REGIONS"           // Regions with a cell, "eu-central-1,us-east-1"
	EnvClass           = "LATCHKEY_DB_CLASS"          // db.m7g.large
	EnvStorage         = "LATCHKEY_DB_STORAGE_GIB"
	EnvEngineVersion   = "LATCHKEY_DB_ENGINE_VERSION"
	EnvSubnetGroup     = "LATCHKEY_DB_SUBNET_GROUP"
	EnvParameterGroup  = "LATCHKEY_DB_PARAMETER_GROUP"
	EnvSecurityGroups  = "LATCHKEY_DB_SECURITY_GROUPS" // ids, comma separated
	EnvSnapshots       = "LATCHKEY_SNAPSHOT_SCHEDULE"  // monthly or daily
	EnvFence           = "LATCHKEY_FENCE"              // name of the function fence
	EnvCells           = "LATCHKEY_CELLS"              // the entry's: "eu-central-1=arn:aws:events:…,us-east-1=arn:…"
	EnvTrailBucket     = "LATCHKEY_TRAIL_BUCKET"       // bucket that CloudTrail delivers to
	EnvTrailPrefix     = "LATCHKEY_TRAIL_PREFIX"       // prefix of its objects there; may be empty
	EnvLedgerBucket    = "LATCHKEY_LEDGER_BUCKET"      // bucket of the ledger's Parquet files
	EnvKnownPrincipals = "LATCHKEY_KNOWN_PRINCIPALS"   // principals that may use tenants' keys, comma separated, or AnyPrincipal; empty: AWS's own alone
	EnvRetiredTrails   = "LATCHKEY_RETIRED_TRAILS"     // trails that were ended, comma separated, in the form of RetiredTrail; may be empty
	EnvLogLevel        = "LATCHKEY_LOG_LEVEL"          // debug, info, warn or error
)

// AnyPrincipal is the value of EnvKnownPrincipals with which the ledger tells of
// nobody as unknown. It stands alone.
const AnyPrincipal = "any"

// Optional returns the variables that may be empty.
func Optional() []string { return []string{EnvTrailPrefix, EnvKnownPrincipals, EnvRetiredTrails} }

var (
	planeEnv = []string{EnvAccount, EnvTable, EnvCommerceSource, EnvPlatformKey, EnvUnreachable, EnvShardCapacity, EnvRegions, EnvLogLevel}
	fleetEnv = []string{EnvClass, EnvStorage, EnvEngineVersion, EnvSubnetGroup, EnvParameterGroup, EnvSecurityGroups, EnvSnapshots, EnvFence}
)
