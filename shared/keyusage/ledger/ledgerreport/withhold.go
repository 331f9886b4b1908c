package ledgerreport

import (
	"regexp"
	"slices"
	"strings"

	"latchkey/shared/customerkey"
	"latchkey/shared/keyusage/digest"
	"latchkey/shared/keyusage/ledger"
	"latchkey/shared/keyusage/report"
)

// accounts returns those of the keys that were used: the tenant knows them.
func accounts(s *ledger.Summary) []string {
	seen, all := map[string]bool{}, []string{}
	for _, r := range s.Rollups {
		if seen[r.KeyARN] {
			continue
		}
		seen[r.KeyARN] = true
		if parts := strings.Split(r.KeyARN, ":"); len(parts) > 4 {
			all = append(all, parts[4])
		}
	}
	return all
}

var (
	accountForm = regexp.MustCompile(`(?:^|[^0-9])([0-9]{12})(?:[^0-9]|$)`)
	kindForm    = regexp.MustCompile(`^([a-z]+(?:-[a-z]+)+): `)
	lostForm    = regexp.MustCompile(` \(it had been proved before [^()]*\)$`)
)

// withhold keeps an account that is none of the given ones out of the reasons of
// hours that are not proved: the kind of the reason stays.
func withhold(hours []digest.Hour, known []string) {
	for i := range hours {
		why := hours[i].Why
		if !slices.ContainsFunc(accountForm.FindAllStringSubmatch(why, -1), func(m []string) bool { return !slices.Contains(known, m[1]) }) {
			continue
		}
		told := "the log of another account is not proved"
		if kind := kindForm.FindStringSubmatch(why); kind != nil {
			told = kind[1] + ": in the log of another account"
		}
		hours[i].Why = told + lostForm.FindString(why)
	}
}

// withholdNames keeps out of the keys' timelines which tenants use a key, and every
// account that is none of the given ones.
func withholdNames(timeline []report.Change, known []string) {
	for i := range timeline {
		c := &timeline[i]
		if c.Source == customerkey.SourceRegistration {
			c.Detail = ""
		}
		for _, m := range accountForm.FindAllStringSubmatch(c.Detail, -1) {
			if !slices.Contains(known, m[1]) {
				c.Detail = strings.ReplaceAll(c.Detail, m[1], "another")
			}
		}
	}
}
