package ledger

import (
	"path"
	"strings"

	"latchkey/shared/keyusage/parquet"
	"latchkey/shared/keyusage/table"
)

// Prefixes of the ledger's bucket.
const (
	TablePrefix  = table.Prefix // the Parquet files: the location of the Athena table
	RollupPrefix = "rollups/"   // what was counted of a tenant's day
)

// TableKey returns where a partition's file of the table is.
func TableKey(p parquet.Partition, file string) string { return TablePrefix + p.Prefix() + file }

func rollupKey(p parquet.Partition) string {
	return RollupPrefix + strings.TrimSuffix(p.Prefix(), "/") + ".json"
}

// Content is what an object of the trail's bucket holds.
type Content string

// The contents. [CloudTrail guide, Finding your CloudTrail log files; CloudTrail
// digest file structure]
const (
	LogFile    Content = "log"    // of management, data and network activity events
	DigestFile Content = "digest" // of log-file validation
	OtherFile  Content = "other"  // Insights, aggregated events, and what is not CloudTrail's
)

// ContentOf tells by an object's key what it holds.
func ContentOf(key string) Content {
	if !strings.HasSuffix(key, ".json.gz") && !strings.HasSuffix(key, ".json") {
		return OtherFile
	}
	name := path.Base(key)
	switch {
	case strings.Contains(name, "_CloudTrail-Digest_"):
		return DigestFile
	case strings.Contains(name, "_CloudTrail-NetworkActivity_"):
		return LogFile // as its folder is called; the guide gives no name of such a file
	case strings.Contains(name, "_CloudTrail_") && !strings.Contains(key, "/CloudTrail-Insight/") && !strings.Contains(key, "/CloudTrail-Aggregated/"):
		return LogFile
	default:
		return OtherFile
	}
}
