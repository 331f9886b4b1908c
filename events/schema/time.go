package schema

import "time"

// isTime reports whether s is a time of RFC 3339 that Go reads as well: T and Z
// in capitals, no leap second. Go reads more than that, such as hours of one
// digit, commas and offsets of 24 hours. [go.dev/issue/54580]
func isTime(s string) bool {
	const shortest, hour, fraction, offset = len("2006-01-02T15:04:05Z"), len("2006-01-02T15"), len("2006-01-02T15:04:05"), len("+00:00")
	var t time.Time
	if len(s) < shortest || s[hour] != ':' || s[fraction] == ',' || t.UnmarshalText([]byte(s)) != nil {
		return false
	}
	if s[len(s)-1] == 'Z' {
		return true
	}
	zone := s[len(s)-offset:]
	return zone[1:3] <= "23" && zone[4:] <= "59"
}
