package ledger

import (
	"context"
	"io"
	"log/slog"
	"sync"
	"time"

	"latchkey/shared/catalog"
	"latchkey/shared/clock"
	"latchkey/shared/coded"
	"latchkey/shared/customerkey"
	"latchkey/shared/deployment"
	"latchkey/shared/keyusage"
	"latchkey/shared/keyusage/digest"
	"latchkey/shared/keyusage/scan"
	"latchkey/shared/objects"
	"latchkey/shared/reconcile"
	"latchkey/shared/tenant"
)

// Objects is the storage of the trail and of the ledger; see objects.Store.
type Objects interface {
	Open(ctx context.Context, bucket, key string) (*objects.Object, error)
	Put(ctx context.Context, bucket, key string, body []byte, opt objects.Options) (objects.Info, error)
	List(ctx context.Context, bucket, prefix, after string) ([]objects.Info, error)
}

// Records is what the control plane knows; a *reconcile.Plane is one. Errors are
// of code notfound when there is no such record.
type Records interface {
	Tenant(ctx context.Context, id string) (tenant.Record, error)
	Key(ctx context.Context, arn string) (customerkey.Record, error)
	KeyDetail(ctx context.Context, arn string) (reconcile.KeyDetail, error)
	// Turns returns what moved a key's phase or the cause of its revocation, the
	// oldest first, and since when that is all; zero: from the beginning.
	Turns(ctx context.Context, arn string) (turns []customerkey.Change, since time.Time, err error)
	// SecretOwner returns the database whose instance's master password is or was in
	// a secret, and its tenant, if it has one.
	SecretOwner(ctx context.Context, arn string) (tenantID, databaseID string, err error)
}

// Metrics counts what happens, under names of package metric. Safe for
// concurrent use.
type Metrics interface {
	Count(name string, n int64)
}

// Config is what an installation chooses. A zero value means the default, where
// one is named.
type Config struct {
	Account      string // the platform's, in outgoing events
	Region       string // of the cell
	LedgerBucket string
	TrailBucket  string // that CloudTrail delivers to; whoever calls Ingest checks it
	PlatformKey  string // ARN: a key of no tenant
	// Known are the principals that may use tenants' keys, beside the roles of the
	// platform's functions, RDS by its grants, and the roles that AWS links to its
	// services: ARNs of roles and users, or beginnings of them that end in a star.
	Known []string
	// Ours are the roles of the platform's functions: an ARN, or the beginning of
	// ARNs and a star. Default: those of the cell's stack.
	Ours string
	// AnyPrincipal turns the rule about unknown principals off: everybody is
	// expected. Summary says so.
	AnyPrincipal bool
	MaxRows      int // uses in memory before they are written; default 200,000 (about 20 MB)
	MaxFindings  int // findings told of one file; default 200
	Writes       int // Parquet files of a log file that are put at the same time; default 8
	MaxDayRows   int // uses of a tenant and day that are counted in memory; default 8,000,000
	MaxReport    int // rollups that Collect holds in memory; default keyusage.DefaultMaxGroups
	Limits       scan.Limits
	Rules        keyusage.Rules
	// Retired are trails that were ended on purpose, as
	// "ACCOUNT/REGION/HOME REGION/NAME", and the first hour that is proved without
	// a digest of them.
	Retired map[string]time.Time
	// Turn is how long an attempt to read a log file has it to itself: the time-out
	// of whoever calls Ingest. Default 5 minutes.
	Turn time.Duration
	// Return is how long before an unlock the customer may have given the key
	// back: the prober's period and what it waits for. Default 6 minutes.
	Return time.Duration
}

func (c Config) withDefaults() Config {
	for _, n := range []struct {
		value *int
		byDef int
	}{{&c.MaxRows, 200_000}, {&c.MaxFindings, 200}, {&c.Writes, 8}, {&c.MaxDayRows, 8_000_000}, {&c.MaxReport, keyusage.DefaultMaxGroups}} {
		if *n.value <= 0 {
			*n.value = n.byDef
		}
	}
	if c.Ours == "" {
		c.Ours = c.role(deployment.Prefix + "-" + c.Region + "-*")
	}
	if c.Turn <= 0 {
		c.Turn = 5 * time.Minute
	}
	if c.Return <= 0 {
		c.Return = 6 * time.Minute
	}
	return c
}

// Deps are the collaborators of a Ledger.
type Deps struct {
	Store      catalog.Store
	Objects    Objects
	Records    Records
	PublicKeys digest.PublicKeys // nil: digests are not checked
	Clock      clock.Clock
	Metrics    Metrics
	Log        *slog.Logger
	Config     Config
}

// Ledger is the ledger of a cell. Safe for concurrent use.
type Ledger struct {
	Deps
	known known

	mu      sync.Mutex
	settled time.Time            // when held findings were last looked at
	met     map[string]bool      // what is known to be on record as met
	aliases map[string]string    // aliases on record, and their keys
	trails  map[string]time.Time // those on record, and since when
	recent  map[string]day       // days that were counted last, by the hash of their files: for the next page
}

// New returns a ledger, or an error of code invalid that names what is missing.
func New(d Deps) (*Ledger, error) {
	for _, m := range []struct {
		field   string
		missing bool
	}{
		{"Store", d.Store == nil}, {"Objects", d.Objects == nil}, {"Records", d.Records == nil}, {"Clock", d.Clock == nil},
		{"Metrics", d.Metrics == nil}, {"Config.Account", d.Config.Account == ""}, {"Config.Region", d.Config.Region == ""},
		{"Config.LedgerBucket", d.Config.LedgerBucket == ""},
	} {
		if m.missing {
			return nil, coded.Field(m.field, "give the ledger one", "is missing")
		}
	}
	if d.Log == nil {
		d.Log = slog.New(slog.NewTextHandler(io.Discard, nil))
	}
	d.Config = d.Config.withDefaults()
	return &Ledger{Deps: d}, nil
}
