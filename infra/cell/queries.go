package cell

// Query is a saved query of the ledger. Its ? are filled in when it is run.
// [Athena guide, Execution parameters]
type Query struct{ Name, Says, SQL string }

// once is the uses of the tenant and days that the first parameters name, each
// in one row. CloudTrail may deliver a record twice, and logs a call with
// another account's key in both accounts, under one shared event id; a ReEncrypt
// is two uses. Of the rows of one use, that of the caller's own account says most;
// a service has none, and the key's is not it. Package keyusage counts so too.
// [CloudTrail guide, Record contents, sharedEventID]
const once = `WITH once AS (
  SELECT *, row_number() OVER (
    PARTITION BY coalesce(shared_event_id, event_id), operation
    ORDER BY CASE WHEN principal LIKE concat('arn:%::', recipient_account, ':%') THEN 0
      WHEN principal NOT LIKE 'arn:%' AND key_arn NOT LIKE concat('arn:%:', recipient_account, ':key/%') THEN 0
      ELSE 1 END, event_id, key_arn) AS copy
  FROM key_usage
  WHERE tenant = ? AND "date" `

// Queries are those that an auditor begins with. Words that Athena reserves are
// quoted or avoided. [Athena guide, Escape reserved keywords in queries]
func Queries() []Query {
	return []Query{
		{
			Name: "usage-of-a-tenant",
			Says: "Who used a tenant's keys, for what, how often. Parameters: tenant, first day, last day.",
			SQL: once + `BETWEEN ? AND ?
)
SELECT key_arn, principal, principal_via, operation, purpose, "database", outcome,
       count(*) AS uses, min("time") AS first_use, max("time") AS last_use
FROM once
WHERE copy = 1
GROUP BY key_arn, principal, principal_via, operation, purpose, "database", outcome
ORDER BY uses DESC`,
		},
		{
			Name: "what-stands-out",
			Says: "Uses that were denied, named another tenant, had no context or came from the wrong Region. Parameters: tenant, first day, last day.",
			SQL: once + `BETWEEN ? AND ?
)
SELECT "time", operation, key_arn, principal, session, source_ip, outcome, error_code,
       foreign_tenant, without_context, wrong_region, lower(to_hex(event_id)) AS event
FROM once
WHERE copy = 1
  AND (outcome = 'denied' OR foreign_tenant <> '' OR without_context OR wrong_region)
ORDER BY "time"`,
		},
		{
			Name: "use-after-a-moment",
			Says: "Successful data operations with a key after a moment, such as its revocation. Parameters: tenant, first day, key ARN, moment in UTC as 2006-01-02 15:04:05.",
			SQL: once + `>= ?
)
SELECT "time", operation, principal, session, source_ip, purpose, "database", key_material_id,
       lower(to_hex(event_id)) AS event
FROM once
WHERE copy = 1 AND key_arn = ? AND "time" > CAST(? AS timestamp)
  AND class = 'crypto' AND outcome = 'allowed'
ORDER BY "time"`,
		},
	}
}
