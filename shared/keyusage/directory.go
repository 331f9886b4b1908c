package keyusage

import (
	"strings"
	"time"
)

// Directory is what the ledger asks of the catalog. Answers are kept for the
// life of a Ledger, so it must answer alike during it. All methods are safe for
// concurrent use and quick: they are called while a file is read, once for each
// distinct argument.
type Directory interface {
	// Tenant reports whether there is such a tenant. An encryption context may name
	// anything: whoever can call KMS chooses it.
	Tenant(id string) bool
	// Database returns the database of a DbiResourceId ("db-…") or a
	// DbClusterResourceId ("cluster-…").
	Database(resourceID string) (Owner, bool)
	// Resource returns what a secret, parameter, bucket or volume belongs to; it
	// is given the ARN, or the volume's id ("vol-…").
	Resource(id string) (Owner, bool)
	// Key returns the record of a key, by key ARN (a multi-Region replica's too)
	// or alias ARN.
	Key(arn string) (Key, bool)
	// Expects reports whether a use of the key by this principal is expected.
	Expects(key Key, by Principal) bool
}

// Owner is a tenant, and the database where it is one's.
type Owner struct{ Tenant, Database string }

// Key is the record of a key.
type Key struct {
	ARN     string   // the record's own ARN, whatever replica or alias led to it
	Tenant  string   // empty for a key of the platform
	Others  []string // further tenants of the same key; a use is theirs where the context names them
	Regions []string // where it may be used; none: anywhere
	Revoked []Revocation
	// Ours are the platform's own principals, as in Revocation.Only: while the key
	// is revoked, that they are refused is no news. Empty: none.
	Ours string
}

// Revocation is a time during which a key was revoked.
type Revocation struct {
	From     time.Time
	Until    time.Time // zero: still
	Reason   string    // disabled, pending deletion, …
	Evidence string    // event id or probe that showed it
	// Only is whom it shut out: a principal's id, or the beginning of ids and a
	// star; empty: everybody. A key policy can shut out the platform, and not RDS,
	// which has a grant of its own.
	Only string
	// Database is the only one whose uses it ended; empty: all.
	Database string
}

// shuts reports whether a use by this principal for this database was to end.
func (r *Revocation) shuts(by Principal, database string) bool {
	return (r.Only == "" || by.In(r.Only)) && (r.Database == "" || database == "" || r.Database == database)
}

// In reports whether the principal's id is the one given, or begins as it does
// before a star at its end.
func (p Principal) In(ids string) bool {
	if begin, star := strings.CutSuffix(ids, "*"); star {
		return strings.HasPrefix(p.ID, begin)
	}
	return p.ID == ids
}

// nobody is the directory of a ledger that is given none: a user's own files
// are read without knowing any tenant.
type nobody struct{}

func (nobody) Tenant(string) bool            { return true }
func (nobody) Database(string) (Owner, bool) { return Owner{}, false }
func (nobody) Resource(string) (Owner, bool) { return Owner{}, false }
func (nobody) Key(string) (Key, bool)        { return Key{}, false }
func (nobody) Expects(Key, Principal) bool   { return true }
