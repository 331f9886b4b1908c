package database

// Names of the tags that Latchkey puts on everything it makes. A resource
// without TagOwner = Owner is never changed or deleted.
const (
	TagOwner    = "latchkey:owner"
	TagTenant   = "latchkey:tenant"
	TagDatabase = "latchkey:database"
	TagKey      = "latchkey:key"
	Owner       = "latchkey"
)
