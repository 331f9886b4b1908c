package parquet

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/url"
	"path"
	"strings"
	"time"

	"latchkey/shared/keyusage/table"
)

// Unknown is the partition of uses that belong to no tenant.
const Unknown = table.Unknown

// Partition is whose uses, and of which day, a file holds.
type Partition struct {
	Tenant string // empty: no tenant's
	Day    int64  // since 1970, UTC
}

// PartitionOf returns the partition of a tenant's uses at a time.
func PartitionOf(tenant string, at time.Time) Partition {
	return Partition{Tenant: tenant, Day: at.Unix() / secondsOfDay}
}

const secondsOfDay = 24 * 60 * 60

// Date returns the day as 2006-01-02.
func (p Partition) Date() string { return p.start().Format(time.DateOnly) }

func (p Partition) start() time.Time { return time.Unix(p.Day*secondsOfDay, 0).UTC() }

// Prefix is what the keys of the partition's files begin with, below the
// table's own prefix.
func (p Partition) Prefix() string {
	tenant := Unknown
	if p.Tenant != "" {
		tenant = escape(p.Tenant)
	}
	return "tenant=" + tenant + "/date=" + p.Date() + "/"
}

// ParsePrefix reads a partition from the key of one of its files.
func ParsePrefix(key string) (Partition, bool) {
	tenant, rest, found := cutPart(key, "tenant=")
	date, _, dated := cutPart(rest, "date=")
	day, err := time.Parse(time.DateOnly, date)
	if !found || !dated || err != nil {
		return Partition{}, false
	}
	if tenant == Unknown {
		return PartitionOf("", day), true
	}
	tenant, err = url.PathUnescape(tenant)
	return PartitionOf(tenant, day), err == nil
}

func cutPart(key, name string) (value, rest string, found bool) {
	rest, found = strings.CutPrefix(key, name)
	value, rest, slash := strings.Cut(rest, "/")
	return value, rest, found && slash && value != ""
}

// escape writes a partition's value so that it can be nothing else: no other
// folder, no other value, not Hive's own names. [Apache Hive, FileUtils.escapePathName]
func escape(value string) string {
	var b strings.Builder
	for i := range len(value) {
		c := value[i]
		plain := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-' ||
			i > 0 && (c == '_' || c == '.')
		if plain {
			b.WriteByte(c)
		} else {
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	return b.String()
}

// FileName names the file of a part of a log file's uses: after the log file,
// so that one can be found from the other, and with a hash of its whole place,
// so that no two log files share a name.
func FileName(bucket, key string, part int) string {
	sum := sha256.Sum256([]byte(bucket + "\x00" + key))
	name := escape(strings.TrimSuffix(strings.TrimSuffix(path.Base(key), ".gz"), ".json"))
	if len(name) > maxName {
		name = name[:maxName]
	}
	return fmt.Sprintf("%s-%s-%03d.parquet", name, hex.EncodeToString(sum[:8]), part)
}

// maxName keeps the name of a file within what file systems take.
const maxName = 150
