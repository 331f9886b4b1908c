package events

import "latchkey/shared/coded"

// Functions that routes name: folders of functions/.
const (
	FunctionProvision = "provision"  // tenants and products
	FunctionAdvance   = "advance"    // steps of databases and snapshots
	FunctionWatchKeys = "watch-keys" // signals about keys
	FunctionAuditKeys = "audit-keys" // CloudTrail's files, for the ledger of key use
)

// Route sends the events that match a pattern to one function.
type Route struct {
	Name     string // unique; names the EventBridge rule
	Function string
	Pattern  Pattern
	// CloudTrail says that the rule needs the state
	// ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS, because it matches read-only
	// calls too. [EventBridge guide, Read-only management events]
	CloudTrail bool
	// Forwarded says that customers forward these events from their own accounts
	// to the intake bus. Their rule has the same pattern.
	Forwarded bool
}

// Routes returns the routing table of a configuration. No event takes two
// routes to the same function.
func (cfg Config) Routes() []Route {
	return []Route{
		{Name: "commerce", Function: FunctionProvision, Pattern: Pattern{
			"source":      anyOf(cfg.commerceSource()),
			"detail-type": anyOf(TypeTenantCreated, TypeTenantDestroyed, TypeProductActivated, TypeProductDeactivated, TypeProductSuspended, TypeProductUnsuspended, TypeLicenseUpdated),
		}},
		{Name: "key-return-approved", Function: FunctionWatchKeys, Pattern: Pattern{
			"source":      anyOf(SourceOperator),
			"detail-type": anyOf(TypeKeyReturnApproved),
		}},
		{Name: "rds-events", Function: FunctionAdvance, Pattern: Pattern{
			"source":      anyOf(SourceRDS),
			"detail-type": anyOf(TypeRDSInstance, TypeRDSSnapshot),
		}},
		{Name: "rds-key-access", Function: FunctionWatchKeys, Pattern: Pattern{
			"source":      anyOf(SourceRDS),
			"detail-type": anyOf(TypeRDSInstance),
			"detail":      Pattern{"EventID": anyOf(RDSKeyInaccessible, RDSKeyLongInaccessible, RDSKeyAccessible)},
		}},
		{Name: "kms-changes", Function: FunctionWatchKeys, Forwarded: true, Pattern: Pattern{
			"source":      anyOf(SourceKMS),
			"detail-type": anyOf(TypeCloudTrailCall),
			"detail": Pattern{
				"eventName": anyOf(KMSCalls(KMSChange)...),
				"errorCode": Any{Exists(false)}, // a call that failed changed nothing
			},
		}},
		{Name: "kms-refusals", Function: FunctionWatchKeys, CloudTrail: true, Pattern: Pattern{
			"source":      anyOf(SourceKMS),
			"detail-type": anyOf(TypeCloudTrailCall),
			"detail":      Pattern{"errorCode": append(Any{Prefix(accessDeniedPrefix)}, anyOf(refusals...)...)},
		}},
		{Name: "kms-events", Function: FunctionWatchKeys, Forwarded: true, Pattern: Pattern{
			"source":      anyOf(SourceKMS),
			"detail-type": anyOf(TypeKMSRotation, TypeKMSMaterialExpiry, TypeKMSDeletion),
		}},
		{Name: "cloudtrail-files", Function: FunctionAuditKeys, Pattern: cfg.trailFiles()},
	}
}

// trailFiles matches the objects that CloudTrail puts into its bucket.
func (cfg Config) trailFiles() Pattern {
	p := Pattern{"source": anyOf(SourceS3), "detail-type": anyOf(TypeS3ObjectCreated)}
	detail := Pattern{"object": Pattern{"key": Any{Prefix(cfg.TrailPrefix + "AWSLogs/")}}}
	if cfg.TrailBucket != "" {
		detail["bucket"] = Pattern{"name": anyOf(cfg.TrailBucket)}
	}
	p["detail"] = detail
	return p
}

// Routes returns the routing table of the default configuration.
func Routes() []Route { return Config{}.Routes() }

// Table is the routing table, compiled. It is immutable and safe for
// concurrent use.
type Table struct {
	routes   []Route
	matchers []*Matcher
}

// NewTable compiles the routing table of a configuration. It returns
// coded.Invalid for a configuration that Validate refuses.
func NewTable(cfg Config) (*Table, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	t := &Table{routes: cfg.Routes()}
	for _, r := range t.routes {
		m, err := r.Pattern.Compile()
		if err != nil {
			return nil, coded.Wrap(coded.Internal, err, "compiling route %s", r.Name)
		}
		t.matchers = append(t.matchers, m)
	}
	return t, nil
}

// Match returns the routes that an event takes, in the order of the table.
func (t *Table) Match(env Envelope) []Route {
	s := newView(env)
	var out []Route
	for i, m := range t.matchers {
		if m.match(s) {
			out = append(out, t.routes[i])
		}
	}
	return out
}
