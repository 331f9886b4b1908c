package server

import (
	"bytes"
	"cmp"
	"context"
	"io"
	"net/http"
	"time"

	"latchkey/localstack/api"
	"latchkey/shared/coded"
	"latchkey/shared/keyusage/ledger/ledgerreport"
	"latchkey/shared/keyusage/report"
	"latchkey/shared/keyusage/usage"
)

// raw is an answer that is no JSON.
type raw struct {
	contentType string
	body        []byte
}

// keyUsage answers what a tenant's keys were used for: one page, or all of it
// as a report.
func (s *Server) keyUsage(r *http.Request) (any, error) {
	ctx, id := r.Context(), r.PathValue("id")
	if _, err := s.stack.Plane().Tenant(ctx, id); err != nil {
		return nil, err
	}
	after, limit, err := page(r)
	if err != nil {
		return nil, err
	}
	from, to, err := s.span(r)
	if err != nil {
		return nil, err
	}
	ledger := s.stack.Ledger()
	switch format := cmp.Or(r.URL.Query().Get("format"), api.FormatPage); format {
	case api.FormatPage:
		p, err := ledger.Usage(ctx, id, from, to, after, limit)
		return usage.PageOf(id, from, to, p.Rollups, p.Findings, p.Next), err
	case api.FormatReport:
		return ledgerreport.Make(ctx, ledger, id, from, to)
	case api.FormatHTML:
		rep, err := ledgerreport.Make(ctx, ledger, id, from, to)
		if err != nil {
			return nil, err
		}
		return written("text/html; charset=utf-8", rep.WriteHTML)
	case api.FormatCSV:
		return s.usageCSV(ctx, id, from, to)
	default:
		return nil, coded.Field("format", "give json, report, csv or html", "%q is not a format", format)
	}
}

func (s *Server) usageCSV(ctx context.Context, id string, from, to time.Time) (any, error) {
	all, err := s.stack.Ledger().Collect(ctx, id, from, to)
	if err != nil {
		return nil, err
	}
	return written("text/csv; charset=utf-8", func(w io.Writer) error {
		return report.WriteCSV(w, all, report.Options{Tenant: id, From: from, Until: to})
	})
}

func written(contentType string, write func(io.Writer) error) (any, error) {
	var out bytes.Buffer
	if err := write(&out); err != nil {
		return nil, err
	}
	return raw{contentType, out.Bytes()}, nil
}

// span reads ?from= and ?to=: by default the last seven days, with the hour
// that is under way.
func (s *Server) span(r *http.Request) (from, to time.Time, err error) {
	q := r.URL.Query()
	to = s.stack.Clock().Now().UTC().Truncate(time.Hour).Add(time.Hour)
	if text := q.Get("to"); text != "" {
		if to, err = usage.ParseInstant("to", text); err != nil {
			return from, to, err
		}
	}
	from = to.Add(-usage.DefaultSpan)
	if text := q.Get("from"); text != "" {
		from, err = usage.ParseInstant("from", text)
	}
	return from, to, err
}
