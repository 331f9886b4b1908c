package snapshot

import (
	"fmt"
	"hash/fnv"
	"strings"
	"time"
)

// MaxIDBytes is the longest DBSnapshotIdentifier. It has letters, digits and
// hyphens, starts with a letter, does not end with a hyphen and has no two
// hyphens in a row. [RDS API reference, CreateDBSnapshot]
const MaxIDBytes = 255

// maxNamePart is how much of a database's id is kept in the snapshot's.
const maxNamePart = 120

// ID returns the identifier of the snapshot of a database, for a purpose, that
// was due at a moment (to the second). Different arguments give different
// identifiers; the same give the same.
func ID(databaseID string, purpose Purpose, due time.Time) string {
	name := clean(databaseID)
	if name != databaseID || name == "" {
		h := fnv.New64a()
		h.Write([]byte(databaseID))
		name = strings.Trim(fmt.Sprintf("%s-%016x", name, h.Sum64()), "-")
	}
	return "latchkey-" + name + "-" + string(purpose) + "-" + due.UTC().Format("20060102t150405")
}

// clean turns s into lower-case letters, digits and single inner hyphens.
func clean(s string) string {
	var b strings.Builder
	hyphen := false
	for _, c := range []byte(strings.ToLower(s)) {
		if b.Len() >= maxNamePart {
			break
		}
		if c >= 'a' && c <= 'z' || c >= '0' && c <= '9' {
			if hyphen && b.Len() > 0 {
				b.WriteByte('-')
			}
			hyphen = false
			b.WriteByte(c)
			continue
		}
		hyphen = true
	}
	return b.String()
}
