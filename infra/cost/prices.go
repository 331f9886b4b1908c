package main

// Region of the prices. Other Regions differ, mostly upwards.
const Region = "us-east-1"

// Price is a list price. Nothing here was read from AWS's price list itself:
// each is copied from the page named, which may have changed since; check it
// before you rely on it.
type Price struct {
	Name string  // as -price takes it
	USD  float64 // for one Unit
	Unit string
	From string // page of AWS that has the current price
	AsOf string // month in which the price was last seen in print
	Seen string // where, if not on that page
}

const (
	secondHand = "third-party price guide"
	wellKnown  = "AWS's page, not compared since"
)

// prices returns the price table.
func prices() []Price {
	return []Price{
		{"rds-instance", 0.336, "instance-hour, db.m7g.large Multi-AZ, PostgreSQL", "RDS for PostgreSQL pricing", "2025-06", "twice the Single-AZ price of a public price list"},
		{"rds-storage", 0.23, "GiB-month, gp3, Multi-AZ", "RDS for PostgreSQL pricing", "2026-06", secondHand},
		{"rds-backup", 0.095, "GiB-month beyond the free part", "RDS for PostgreSQL pricing", "2026-06", secondHand},
		{"secret", 0.40, "secret-month", "Secrets Manager pricing", "2025-06", wellKnown},
		{"lambda-gb-second", 0.0000133334, "GB-second, arm64", "Lambda pricing", "2025-06", wellKnown},
		{"lambda-request", 0.0000002, "request", "Lambda pricing", "2025-06", wellKnown},
		{"dynamodb-write", 0.000000625, "write request unit, on demand", "DynamoDB pricing for on-demand capacity", "2025-06", secondHand},
		{"dynamodb-read", 0.000000125, "read request unit, on demand", "DynamoDB pricing for on-demand capacity", "2025-06", secondHand},
		{"dynamodb-storage", 0.25, "GB-month", "DynamoDB pricing for on-demand capacity", "2025-06", wellKnown},
		{"dynamodb-pitr", 0.20, "GB-month of point-in-time recovery", "DynamoDB pricing for on-demand capacity", "2025-06", wellKnown},
		{"kms-key", 1, "key-month", "KMS pricing", "2025-06", wellKnown},
		{"kms-request", 0.000003, "request", "KMS pricing", "2025-06", wellKnown},
		{"event", 0.000001, "custom event of up to 64 KB", "EventBridge pricing", "2026-06", secondHand},
		{"schedule", 0.000001, "invocation by Scheduler", "EventBridge pricing", "2026-03", secondHand},
		{"sqs-request", 0.0000004, "request, standard queue", "SQS pricing", "2025-06", wellKnown},
		{"log-ingest", 0.50, "GB", "CloudWatch pricing", "2025-06", wellKnown},
		{"metric", 0.30, "custom metric-month", "CloudWatch pricing", "2025-06", wellKnown},
		{"alarm", 0.10, "alarm-month", "CloudWatch pricing", "2025-06", wellKnown},
		{"dashboard", 3, "dashboard-month", "CloudWatch pricing", "2025-06", wellKnown},
		{"trace", 0.000005, "trace recorded", "X-Ray pricing", "2025-06", wellKnown},
		{"endpoint-hour", 0.01, "interface endpoint-hour in one zone", "PrivateLink pricing", "2025-06", wellKnown},
		{"http-request", 0.000001, "request to the HTTP API", "API Gateway pricing", "2025-06", wellKnown},
		{"s3-storage", 0.023, "GB-month", "S3 pricing", "2025-06", wellKnown},
		{"s3-put", 0.000005, "PUT", "S3 pricing", "2025-06", wellKnown},
		{"s3-get", 0.0000004, "GET", "S3 pricing", "2025-06", wellKnown},
		{"athena-scan", 0.005, "GB scanned", "Athena pricing", "2025-06", wellKnown},
	}
}
