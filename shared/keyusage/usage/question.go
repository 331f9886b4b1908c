package usage

import (
	"cmp"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"latchkey/shared/coded"
	"latchkey/shared/keyusage/ledger"
	"latchkey/shared/keyusage/parquet"
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

// Nobody stands for a tenant in a question about the uses of no tenant: of the
// platform's key, and of keys that are on no record. It is the operator's to ask,
// who is told the names of tenants and other accounts.
const Nobody = parquet.Unknown

// Question is a call of GET /tenants/{tenant}/key-usage.
type Question struct {
	Tenant   string    // or Nobody
	From, To time.Time // whole hours; To is exclusive
	Format   string
	After    string // of FormatPage alone: Page.Next of the page before
	Limit    int    // of FormatPage alone: items of a page
}

// whose is the tenant to the ledger, which has none of that name.
func (q *Question) whose() string {
	if q.Tenant == Nobody {
		return ""
	}
	return q.Tenant
}

// Read reads a question off the members of a call's query. Without from and to it
// is about the last seven days, with the hour that is under way. Errors are of
// code invalid and name the member.
func Read(tenant string, query map[string]string, now time.Time) (Question, error) {
	get := func(name string) string { return query[name] }
	q := Question{Tenant: tenant, Format: cmp.Or(get("format"), FormatPage), After: get("after"), Limit: defaultPage}
	err := known(query)
	if err != nil {
		return q, err
	}
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

// Members are those of a query, as API Gateway hands them on: a member that is
// there more than once with commas between. [API Gateway guide, Working with AWS
// Lambda proxy integrations for HTTP APIs]
func Members(query url.Values) map[string]string {
	m := make(map[string]string, len(query))
	for name, values := range query {
		m[name] = strings.Join(values, ",")
	}
	return m
}

// members are what a query may have.
var members = []string{"after", "format", "from", "limit", "to"}

// known refuses a member that would be ignored: who mistypes "from" shall not take
// the last seven days for an answer.
func known(query map[string]string) error {
	for _, name := range slices.Sorted(maps.Keys(query)) {
		if !slices.Contains(members, name) {
			return coded.Field(name, "give no members but "+strings.Join(members, ", "), "is nothing that can be asked for")
		}
	}
	return nil
}

func (q Question) check(get func(string) string) error {
	if !slices.Contains(formats, q.Format) {
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
