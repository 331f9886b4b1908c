package usage

import (
	"cmp"
	"strconv"
	"strings"
	"time"

	"latchkey/shared/coded"
	"latchkey/shared/keyusage/ledger"
)

// Formats of GET /tenants/{tenant}/key-usage.
const (
	FormatPage   = "json"   // Page
	FormatReport = "report" // report.Report, whole
	FormatCSV    = "csv"    // every rollup, one a row
	FormatHTML   = "html"   // the page for an auditor
	FormatBundle = "bundle" // Bundle
)

var formats = []string{FormatPage, FormatReport, FormatCSV, FormatHTML, FormatBundle}

// DefaultSpan is how much is told where no from is given.
const DefaultSpan = 7 * 24 * time.Hour

const defaultPage = 100

// Question is a call of GET /tenants/{tenant}/key-usage.
type Question struct {
	Tenant   string
	From, To time.Time // whole hours; To is exclusive
	Format   string
	After    string // of FormatPage alone: Page.Next of the page before
	Limit    int    // of FormatPage alone: items of a page
}

// Read reads a question off the query of a call; get returns a member of it, or
// "". Without from and to it is about the last seven days, with the hour that is
// under way. Errors are of code invalid and name the member.
func Read(tenant string, get func(string) string, now time.Time) (Question, error) {
	q := Question{Tenant: tenant, Format: cmp.Or(get("format"), FormatPage), After: get("after"), Limit: defaultPage}
	var err error
	if q.To, err = instant("to", get("to"), now.UTC().Truncate(time.Hour).Add(time.Hour)); err != nil {
		return q, err
	}
	if q.From, err = instant("from", get("from"), q.To.Add(-DefaultSpan)); err != nil {
		return q, err
	}
	if given := get("limit"); given != "" {
		if q.Limit, err = strconv.Atoi(given); err != nil {
			return q, coded.Field("limit", "give 1 … "+strconv.Itoa(ledger.MaxPage), "%q is not a number", given)
		}
	}
	return q, q.check(get)
}

func (q Question) check(get func(string) string) error {
	known := false
	for _, f := range formats {
		known = known || f == q.Format
	}
	if !known {
		return coded.Field("format", "give one of "+strings.Join(formats, ", "), "%q is not a format", q.Format)
	}
	for _, field := range []string{"after", "limit"} {
		if q.Format != FormatPage && get(field) != "" {
			return coded.Field(field, "leave it out: only format=json comes in pages", "is not for format=%s", q.Format)
		}
	}
	return nil
}

func instant(field, given string, otherwise time.Time) (time.Time, error) {
	if given == "" {
		return otherwise, nil
	}
	return ParseInstant(field, given)
}

// ParseInstant reads a day or a time of a request; field is its name there.
func ParseInstant(field, s string) (time.Time, error) {
	for _, layout := range []string{time.RFC3339, time.DateOnly} {
		if t, err := time.Parse(layout, s); err == nil {
			return t.UTC(), nil
		}
	}
	return time.Time{}, coded.Field(field, "give a day or a full hour, such as 2026-03-01 or 2026-03-01T08:00:00Z", "%q is not a time", s)
}
