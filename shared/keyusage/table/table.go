// Package table says in plain constants where the uses of keys are in the
// ledger's bucket and what columns they have. The infrastructure makes the Glue
// table of it; a test of package parquet holds the files against it.
package table

// Prefix is what the keys of the Parquet files begin with.
const Prefix = "key_usage/"

// Unknown is the tenant partition of uses that belong to no tenant.
const Unknown = "_unknown"

// Column is a column as Glue has it.
type Column struct{ Name, Type, Comment string }

// Types of columns. Hive has no UUID, so one is declared binary. [Athena guide,
// Data types in Amazon Athena] That Athena reads 16 fixed bytes so is not tried:
// Trino does since trinodb/trino#16264, with the UUID annotation and without.
const (
	Text    = "string"
	Bool    = "boolean"
	Instant = "timestamp"
	UUID    = "binary"
)

// Columns returns the columns of the files, in order.
func Columns() []Column {
	return []Column{
		{"time", Instant, "when, UTC"},
		{"event_id", UUID, "of CloudTrail's record; count distinct ones, as a record may come twice"},
		{"shared_event_id", UUID, "the same in every account that the call was logged in"},
		{"operation", Text, "the call; of a ReEncrypt, ReEncryptFrom or ReEncryptTo"},
		{"class", Text, "crypto, manage, read or other"},
		{"outcome", Text, "allowed, denied, unusable, throttled, probed or failed"},
		{"error_code", Text, "empty: success"},
		{"key_arn", Text, "of the key's record"},
		{"key_material_id", Text, "which material of the key"},
		{"key_known", Bool, "the key has a record"},
		{"principal", Text, "role, user or service, without its session"},
		{"principal_via", Text, "the service that called for it"},
		{"principal_provider", Text, "identity provider of a federated session"},
		{"session", Text, "of an assumed role"},
		{"database", Text, "the tenant's, where the encryption context names it"},
		{"purpose", Text, "what for, by the encryption context"},
		{"foreign_tenant", Text, "another tenant, whom the encryption context names"},
		{"without_context", Bool, "the call had no encryption context"},
		{"context_names", Text, "names in the encryption context, sorted, with commas"},
		{"region", Text, "of the call"},
		{"wrong_region", Bool, "the key must not be used in this Region"},
		{"recipient_account", Text, "whose log it is"},
		{"source_ip", Text, "address, or the service that called"},
	}
}

// Partitions returns the partition columns: tenant=…/date=2006-01-02.
func Partitions() []Column {
	return []Column{{"tenant", Text, "tenant id, or " + Unknown}, {"date", Text, "day of the use, UTC"}}
}
