package settings

import (
	"net/url"
	"strings"
)

// Examples returns the keys whose values are still those of an example, such as
// cdk.json's own: a stack with them would send its alarms to nobody, and lead
// whoever is woken nowhere.
func (s Settings) Examples() []string {
	var keys []string
	if _, host, ok := strings.Cut(s.Alarms, "@"); ok && reserved(host) {
		keys = append(keys, "alarms")
	}
	u, err := url.Parse(s.RunbookBase)
	if err == nil && (reserved(u.Hostname()) || u.Hostname() == "github.com" && strings.HasPrefix(u.Path, "/example/")) {
		keys = append(keys, "runbookBase")
	}
	return keys
}

// reserved reports whether a domain is one for examples. [RFC 2606]
func reserved(domain string) bool {
	domain = "." + strings.ToLower(strings.TrimSuffix(domain, "."))
	for _, d := range []string{".example", ".test", ".invalid", ".localhost", ".example.com", ".example.net", ".example.org"} {
		if strings.HasSuffix(domain, d) {
			return true
		}
	}
	return false
}
