package usage

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"latchkey/shared/coded"
	"latchkey/shared/keyusage/ledger"
	"latchkey/shared/keyusage/ledger/ledgerreport"
	"latchkey/shared/keyusage/report"
)

// Desk answers questions about a ledger.
type Desk struct {
	Ledger *ledger.Ledger
	// Bytes bounds an answer, counted as it is in a JSON string, and Time the
	// making of it. Zero: no bound.
	Bytes int
	Time  time.Duration
}

// Answer is an answer as it is sent.
type Answer struct {
	ContentType string
	Body        []byte
}

// Answer answers a question. Errors are of code notfound for a tenant that there
// is not; invalid, with the field, for a question that cannot be answered or has
// too large an answer; pending where it took too long; or the ledger's.
func (d Desk) Answer(ctx context.Context, q Question) (Answer, error) {
	if q.Tenant != Nobody {
		if _, err := d.Ledger.Records.Tenant(ctx, q.Tenant); err != nil {
			return Answer{}, err
		}
	}
	limited := ctx
	if d.Time > 0 {
		var cancel context.CancelFunc
		limited, cancel = context.WithTimeoutCause(ctx, d.Time, errSlow)
		defer cancel()
	}
	a, err := d.make(limited, q)
	switch {
	case errors.Is(err, errLarge):
		return Answer{}, d.tooLarge(q)
	case err != nil && context.Cause(limited) == errSlow:
		e := coded.Wrap(coded.Pending, err, "counting %s to %s took longer than %s", stamp(q.From), stamp(q.To), d.Time)
		e.Hint = "ask for a shorter time with from and to, or ask again: what was counted of whole days is kept"
		return Answer{}, e
	}
	return a, err
}

func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// make makes the answer of a format.
func (d Desk) make(ctx context.Context, q Question) (Answer, error) {
	if q.Format == FormatPage {
		page, err := d.page(ctx, q)
		if err != nil {
			return Answer{}, err
		}
		return d.write("application/json", encoder(page))
	}
	all, err := d.Ledger.Collect(ctx, q.whose(), q.From, q.To)
	if err != nil {
		return Answer{}, err
	}
	if q.Format == FormatCSV {
		return d.write("text/csv; charset=utf-8", rows(all, q))
	}
	rep, err := ledgerreport.Of(ctx, d.Ledger, all, q.whose(), q.From, q.To)
	if err != nil {
		return Answer{}, err
	}
	switch q.Format {
	case FormatHTML:
		return d.write("text/html; charset=utf-8", rep.WriteHTML)
	case FormatBundle:
		csv, err := d.write("", rows(all, q))
		if err != nil {
			return Answer{}, err
		}
		return d.write("application/json", encoder(Bundle{Report: rep, CSV: string(csv.Body)}))
	default:
		return d.write("application/json", encoder(rep))
	}
}

// page makes one page; the first says what all pages come to, if that can be had.
func (d Desk) page(ctx context.Context, q Question) (Page, error) {
	l := d.Ledger
	p, err := l.Usage(ctx, q.whose(), q.From, q.To, q.After, q.Limit)
	if err != nil {
		return Page{}, err
	}
	page := PageOf(q.Tenant, q.From, q.To, p.Rollups, p.Findings, p.Next)
	if q.After != "" {
		return page, nil
	}
	rep, err := ledgerreport.Make(ctx, l, q.whose(), q.From, q.To)
	switch {
	case err != nil && context.Cause(ctx) == errSlow:
		page.NoSummary = fmt.Sprintf("counting all of it takes longer than %s: ask again, as what was counted of whole days is kept, or for a shorter time", d.Time)
		return page, nil
	case coded.Is(err, coded.Invalid): // the question is not invalid, for there is a page
		page.NoSummary = err.Error()
		return page, nil
	case err != nil:
		return Page{}, err
	}
	page.Summary = &Summary{Totals: rep.Totals, Proof: rep.Proof, Timeline: rep.Timeline, RulesOff: rep.RulesOff}
	return page, nil
}

func rows(all *ledger.Summary, q Question) func(io.Writer) error {
	return func(w io.Writer) error {
		return report.WriteCSV(w, all, report.Options{Tenant: q.whose(), From: q.From, Until: q.To})
	}
}

func encoder(v any) func(io.Writer) error {
	return func(w io.Writer) error {
		enc := json.NewEncoder(w)
		enc.SetEscapeHTML(false)
		return enc.Encode(v)
	}
}

// errSlow is why an answer is made no further.
var errSlow = errors.New("the answer takes too long")

// errLarge stops the writing of what cannot be sent anyway.
var errLarge = errors.New("the answer is too large")

func (d Desk) write(contentType string, write func(io.Writer) error) (Answer, error) {
	out := bounded{max: d.Bytes}
	if err := write(&out); err != nil {
		return Answer{}, err
	}
	if d.Bytes > 0 {
		asString, err := json.Marshal(out.String())
		if err != nil {
			return Answer{}, coded.Wrap(coded.Internal, err, "measuring the answer")
		}
		if len(asString) > d.Bytes {
			return Answer{}, errLarge
		}
	}
	return Answer{contentType, out.Bytes()}, nil
}

// bounded is a buffer that refuses more than max bytes; 0: takes all.
type bounded struct {
	bytes.Buffer
	max int
}

// Write implements io.Writer.
func (b *bounded) Write(p []byte) (int, error) {
	if b.max > 0 && b.Len()+len(p) > b.max {
		return 0, errLarge
	}
	return b.Buffer.Write(p)
}

func (d Desk) tooLarge(q Question) error {
	field, hint := "to", "ask for a shorter time with from and to, or for format=json, which comes in pages"
	if q.Format == FormatPage {
		field, hint = "limit", "give a smaller limit, or a shorter time with from and to"
	}
	return coded.Field(field, hint, "what there is to say of %s to %s with format=%s takes more than the %.1f MB that one answer can have",
		stamp(q.From), stamp(q.To), q.Format, float64(d.Bytes)/1e6)
}
