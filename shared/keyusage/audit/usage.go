package audit

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"latchkey/shared/coded"
	"latchkey/shared/function"
	"latchkey/shared/keyusage/ledger"
	"latchkey/shared/keyusage/usage"
)

const defaultPage = 100

// answer answers one page.
func answer(ctx context.Context, l *ledger.Ledger, r function.Request) (function.Response, error) {
	tenant := r.Path["tenant"]
	if _, err := l.Records.Tenant(ctx, tenant); err != nil {
		return function.Response{}, err
	}
	from, to, err := span(r.Query, l.Clock.Now())
	if err != nil {
		return function.Response{}, err
	}
	limit := defaultPage
	if given := r.Query["limit"]; given != "" {
		if limit, err = strconv.Atoi(given); err != nil {
			return function.Response{}, coded.Field("limit", "give a number", "%q is none", given)
		}
	}
	page, err := l.Usage(ctx, tenant, from, to, r.Query["after"], limit)
	if err != nil {
		return function.Response{}, err
	}
	return function.Response{Status: http.StatusOK, Body: usage.PageOf(tenant, from, to, page.Rollups, page.Findings, page.Next)}, nil
}

// span reads from and to: whole hours or days, RFC 3339. Default: the last 7 days.
func span(query map[string]string, now time.Time) (from, to time.Time, err error) {
	to = now.UTC().Truncate(time.Hour).Add(time.Hour)
	if to, err = instant("to", query["to"], to); err != nil {
		return from, to, err
	}
	from, err = instant("from", query["from"], to.Add(-usage.DefaultSpan))
	return from, to, err
}

func instant(field, given string, otherwise time.Time) (time.Time, error) {
	if given == "" {
		return otherwise, nil
	}
	return usage.ParseInstant(field, given)
}
