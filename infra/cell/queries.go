package cell

// Query is a saved query of the ledger. Its ? are filled in when it is run.
// [Athena guide, Execution parameters]
type Query struct{ Name, Says, SQL string }

// Queries are those that an auditor begins with. CloudTrail may deliver a record
// twice, and a ReEncrypt is two uses: so each counts distinct events.
func Queries() []Query {
	return []Query{
		{
			Name: "usage-of-a-tenant",
			Says: "Who used a tenant's keys, for what, how often. Parameters: tenant, first day, last day.",
			SQL: `SELECT key_arn, principal, principal_via, operation, purpose, "database", outcome,
       count(DISTINCT (event_id, operation)) AS uses, min("time") AS first, max("time") AS last
FROM key_usage
WHERE tenant = ? AND "date" BETWEEN ? AND ?
GROUP BY key_arn, principal, principal_via, operation, purpose, "database", outcome
ORDER BY uses DESC`,
		},
		{
			Name: "what-stands-out",
			Says: "Uses that were denied, named another tenant, had no context or came from the wrong Region. Parameters: tenant, first day, last day.",
			SQL: `SELECT DISTINCT "time", operation, key_arn, principal, session, source_ip, outcome, error_code,
       foreign_tenant, without_context, wrong_region, lower(to_hex(event_id)) AS event_id
FROM key_usage
WHERE tenant = ? AND "date" BETWEEN ? AND ?
  AND (outcome = 'denied' OR foreign_tenant <> '' OR without_context OR wrong_region)
ORDER BY "time"`,
		},
		{
			Name: "use-after-a-moment",
			Says: "Successful data operations with a key after a moment, such as its revocation. Parameters: tenant, first day, key ARN, moment as 2006-01-02 15:04:05 UTC.",
			SQL: `SELECT DISTINCT "time", operation, principal, session, source_ip, purpose, "database", key_material_id,
       lower(to_hex(event_id)) AS event_id
FROM key_usage
WHERE tenant = ? AND "date" >= ? AND key_arn = ? AND "time" > CAST(? AS timestamp)
  AND class = 'crypto' AND outcome = 'allowed'
ORDER BY "time"`,
		},
	}
}
