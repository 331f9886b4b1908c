package client

import (
	"context"
	"io"
	"net/http"
	"net/url"
	"strconv"

	"latchkey/localstack/api"
	"latchkey/shared/keyusage/report"
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
	q := span.query(api.FormatPage)
	q.Set("limit", strconv.Itoa(limit))
	if after != "" {
		q.Set("after", after)
	}
	return one[usage.Page](ctx, c, "/tenants/"+escape(tenantID)+"/key-usage", q)
}

// UsageReport returns all of it as a report.
func (c *Client) UsageReport(ctx context.Context, tenantID string, span Span) (report.Report, error) {
	return one[report.Report](ctx, c, "/tenants/"+escape(tenantID)+"/key-usage", span.query(api.FormatReport))
}

// UsageFile writes all of it in a format other than JSON.
func (c *Client) UsageFile(ctx context.Context, tenantID string, span Span, format string, w io.Writer) error {
	var body []byte
	if _, err := c.call(ctx, http.MethodGet, "/tenants/"+escape(tenantID)+"/key-usage", span.query(format), nil, &body); err != nil {
		return err
	}
	_, err := w.Write(body)
	return err
}
