package database

import (
	"fmt"
	"hash/fnv"
	"strings"
)

// ID returns the id of a tenant's database for a product. A generation beyond
// the first is a new database after the data of the one before was deleted.
func ID(tenantID, product string, generation int) string {
	if generation > 1 {
		return fmt.Sprintf("%s/%s/%d", tenantID, product, generation)
	}
	return tenantID + "/" + product
}

// InstanceName returns the DBInstanceIdentifier of a record's generation: the
// same every time, so that a repeated call finds what the first one made; valid
// for RDS (a letter first, letters, digits and single hyphens, at most 63
// characters [RDS API reference, CreateDBInstance]); and different for
// different ids, whatever their hyphens.
func InstanceName(id string, generation int) string {
	name := clip("lk-"+words(id, '-'), 43) + "-" + digest(id)
	if generation > 0 {
		name += fmt.Sprintf("-r%d", generation)
	}
	return name
}

// sqlName returns a PostgreSQL identifier for a record's database and role: at
// most 63 bytes [PostgreSQL manual, Lexical structure], unique in its instance.
func sqlName(id string) string { return clip("t_"+words(id, '_'), 50) + "_" + digest(id) }

// words keeps letters and digits and puts one separator for each run of others.
func words(s string, sep byte) string {
	out := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case c >= 'a' && c <= 'z' || c >= '0' && c <= '9':
			out = append(out, c)
		case len(out) > 0 && out[len(out)-1] != sep:
			out = append(out, sep)
		}
	}
	return strings.Trim(string(out), string(sep))
}

func clip(s string, n int) string {
	if len(s) > n {
		s = s[:n]
	}
	return strings.TrimRight(s, "-_")
}

func digest(s string) string {
	h := fnv.New64a()
	h.Write([]byte(s))
	return fmt.Sprintf("%010x", h.Sum64()>>24)
}
