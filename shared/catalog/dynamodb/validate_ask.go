package dynamodb

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"latchkey/shared/catalog"
	"latchkey/shared/catalog/dynamodb/schema"
	"latchkey/shared/coded"
)

// Limits of DynamoDB that the port leaves to its implementations.
// [DynamoDB guide, Quotas: keys and transactions]
const (
	maxKeyBytes   = 1024 // a sort key; the lookups sort by Part and Sort joined
	maxValueBytes = 2048 // a partition key: the value of an index
	maxLaneBytes  = maxValueBytes - len("/00")
	maxTxBytes    = 3900 << 10 // all items of a transaction; DynamoDB's limit is 4 MB
)

func validateQuery(q *catalog.Query) error {
	if _, ok := lookupAttributes[q.Index]; !ok && q.Index != catalog.IndexPart {
		return coded.Field("index", "use one of catalog's Index constants", "unknown index %q", q.Index)
	}
	if err := validateText("value", q.Value, maxValueBytes); err != nil {
		return err
	}
	if q.Index == catalog.IndexPart {
		if err := validatePart("value", q.Value); err != nil {
			return err
		}
	}
	return validateLimit(q.Limit)
}

func validateDue(lane catalog.Lane, shard, limit int) error {
	if err := validateText("lane", string(lane), maxLaneBytes); err != nil {
		return err
	}
	if shard < 0 || shard >= catalog.DueShards {
		return coded.Field("shard", fmt.Sprintf("0 … %d", catalog.DueShards-1), "no shard %d", shard)
	}
	return validateLimit(limit)
}

func validateLimit(limit int) error {
	if limit < 1 || limit > catalog.MaxPage {
		return coded.Field("limit", fmt.Sprintf("1 … %d", catalog.MaxPage), "limit %d is out of range", limit)
	}
	return nil
}

func validateKey(k catalog.Key) *coded.Error {
	if err := validateText("key.part", k.Part, maxKeyBytes); err != nil {
		return err
	}
	if err := validateText("key.sort", k.Sort, maxKeyBytes); err != nil {
		return err
	}
	if n := len(sorted(k)); n > maxKeyBytes {
		return coded.Field("key", "use shorter ids", "%d bytes, at most %d", n, maxKeyBytes)
	}
	return validatePart("key.part", k.Part)
}

// validatePart keeps records out of the partitions of messages and seen ids.
func validatePart(field, part string) *coded.Error {
	for _, prefix := range []string{schema.OutboxPrefix, schema.SeenPrefix} {
		if strings.HasPrefix(part, prefix) {
			return coded.Field(field, "use another kind", "%q is reserved", prefix)
		}
	}
	return nil
}

// validateText requires 1 … max bytes of UTF-8 without a zero byte, which
// separates the parts of a cursor.
func validateText(field, s string, max int) *coded.Error {
	switch {
	case s == "":
		return coded.Field(field, "give it a value", "must not be empty")
	case len(s) > max:
		return coded.Field(field, "use a shorter value", "%d bytes, at most %d", len(s), max)
	case strings.IndexByte(s, 0) >= 0:
		return coded.Field(field, "remove the zero byte", "must not hold a zero byte")
	case !utf8.ValidString(s):
		return coded.Field(field, "encode it as UTF-8", "is not UTF-8")
	}
	return nil
}
