package main

// Region of the prices. Other Regions differ, mostly upwards.
const Region = "us-east-1"

// Anywhere is the Region of a price that is the same in all of them.
const Anywhere = "all"

// Price is a list price. None was read by this project from AWS's price list
// itself: each is compared with a source that had read it, at a date. Check it
// on AWS's page before you rely on it.
type Price struct {
	Name   string  // as -price takes it
	USD    float64 // for one Unit
	Unit   string
	Region string // Region, or Anywhere
	Page   string // page of AWS that has the current price
	From   Source
}

// prices returns the price table.
func prices() []Price {
	return []Price{
		// Multi-AZ has a price of its own, which is not twice that of Single-AZ (0.168).
		{"rds-instance", 0.337, "instance-hour, db.m7g.large Multi-AZ, PostgreSQL", Region, "RDS for PostgreSQL pricing", listOctober},
		{"rds-storage", 0.23, "GiB-month, gp3, Multi-AZ", Region, "RDS for PostgreSQL pricing", listOctober},
		{"rds-backup", 0.095, "GiB-month beyond the free part", Region, "RDS for PostgreSQL pricing", listAugust},
		{"secret", 0.40, "secret-month", Region, "Secrets Manager pricing", listOctober},
		{"lambda-gb-second", 0.0000133334, "GB-second, arm64", Region, "Lambda pricing", apiSeptember},
		{"lambda-request", 0.0000002, "request", Region, "Lambda pricing", apiSeptember},
		{"dynamodb-write", 0.000000625, "write request unit, on demand", Region, "DynamoDB pricing for on-demand capacity", pageSeptember},
		{"dynamodb-read", 0.000000125, "read request unit, on demand", Region, "DynamoDB pricing for on-demand capacity", pageSeptember},
		{"dynamodb-storage", 0.25, "GB-month", Region, "DynamoDB pricing for on-demand capacity", apiOctober},
		{"dynamodb-pitr", 0.20, "GB-month of point-in-time recovery", Region, "DynamoDB pricing for on-demand capacity", apiOctober},
		// The first and the second rotation of a key's material add one each.
		{"kms-key", 1, "key-month, not rotated yet", Region, "KMS pricing", pageKMS},
		{"kms-request", 0.000003, "request", Region, "KMS pricing", pageKMS},
		{"event", 0.000001, "custom event of up to 64 KB", Region, "EventBridge pricing", apiOctober},
		{"schedule", 0.000001, "invocation by Scheduler", Region, "EventBridge pricing", listAugust},
		{"sqs-request", 0.0000004, "request, standard queue", Region, "SQS pricing", apiOctober},
		{"log-ingest", 0.50, "GB", Region, "CloudWatch pricing", listLogs},
		{"metric", 0.30, "custom metric-month", Region, "CloudWatch pricing", apiSeptember},
		{"alarm", 0.10, "alarm-month", Region, "CloudWatch pricing", apiSeptember},
		{"dashboard", 3, "dashboard-month", Anywhere, "CloudWatch pricing", guideCloudWatch},
		{"trace", 0.000005, "trace recorded", Anywhere, "X-Ray pricing", listXRay},
		{"endpoint-hour", 0.01, "interface endpoint-hour in one zone", Region, "PrivateLink pricing", listOctober},
		{"http-request", 0.000001, "request to the HTTP API", Region, "API Gateway pricing", apiOctober},
		{"s3-storage", 0.023, "GB-month", Region, "S3 pricing", apiOctober},
		{"s3-put", 0.000005, "PUT", Region, "S3 pricing", apiOctober},
		{"s3-get", 0.0000004, "GET", Region, "S3 pricing", apiOctober},
		{"athena-scan", 0.005, "GB scanned", Region, "Athena pricing", pageAthena},
	}
}
