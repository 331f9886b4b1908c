package client

import (
	"context"
	"net/url"
	"strconv"

	"latchkey/shared/keyusage/usage"
)

// Span is the time that is asked about: days or full hours as usage.ParseInstant
// reads them; empty: the API's own choice.
type Span struct{ From, To string }

func (s Span) query(format string) url.Values {
	q := url.Values{"format": {format}}
	for name, value := range map[string]string{"from": s.From, "to": s.To} {
		if value != "" {
			q.Set(name, value)
		}
	}
	return q
}

// KeyUsage returns one page of what a tenant's keys were used for.
func (c *Client) KeyUsage(ctx context.Context, tenantID string, span Span, after string, limit int) (usage.Page, error) {
	q := span.query(usage.FormatPage)
	q.Set("limit", strconv.Itoa(limit))
	if after != "" {
		q.Set("after", after)
	}
	return one[usage.Page](ctx, c, "/tenants/"+escape(tenantID)+"/key-usage", q)
}

// UsageReport returns all of it as a report, with the rows that it was made of as CSV.
func (c *Client) UsageReport(ctx context.Context, tenantID string, span Span) (usage.Bundle, error) {
	return one[usage.Bundle](ctx, c, "/tenants/"+escape(tenantID)+"/key-usage", span.query(usage.FormatBundle))
}
