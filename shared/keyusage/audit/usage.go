package audit

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"latchkey/shared/coded"
	"latchkey/shared/function"
	"latchkey/shared/keyusage/ledger"
)

// Usage is the answer of GET /tenants/{tenant}/key-usage.
type Usage struct {
	Tenant   string    `json:"tenant"`
	From     time.Time `json:"from"`
	To       time.Time `json:"to"` // exclusive
	Items    []Rollup  `json:"items"`
	Findings []Finding `json:"findings"`       // of the days that begin in this page
	Next     string    `json:"next,omitempty"` // empty: this was the last page
}

// Rollup is the uses of an hour that have everything but the second in common.
type Rollup struct {
	Hour      time.Time `json:"hour"`
	KeyARN    string    `json:"keyArn"`
	Material  string    `json:"keyMaterialId,omitempty"`
	Operation string    `json:"operation"`
	Principal string    `json:"principal"`
	Via       string    `json:"via,omitempty"`
	Outcome   string    `json:"outcome"`
	ErrorCode string    `json:"errorCode,omitempty"`
	Database  string    `json:"database,omitempty"`
	Purpose   string    `json:"purpose"`
	Uses      uint64    `json:"uses"`
}

// Finding is what an auditor would want to know.
type Finding struct {
	ID       string     `json:"id"` // of its event
	Kind     string     `json:"kind"`
	Severity string     `json:"severity"`
	Sentence string     `json:"sentence"`
	First    time.Time  `json:"firstAt"`
	Last     time.Time  `json:"lastAt"`
	Uses     uint64     `json:"uses"`
	Evidence []Evidence `json:"evidence"` // the earliest events
	Until    *time.Time `json:"provisionalUntil,omitempty"`
}

// Evidence is one event of CloudTrail's.
type Evidence struct {
	EventID string    `json:"eventId"`
	At      time.Time `json:"at"`
}

const (
	defaultPage = 100
	defaultSpan = 7 * 24 * time.Hour
)

// usage answers one page.
func usage(ctx context.Context, l *ledger.Ledger, r function.Request) (function.Response, error) {
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
	return function.Response{Status: http.StatusOK, Body: answer(tenant, from, to, page)}, nil
}

// span reads from and to: whole hours or days, RFC 3339. Default: the last 7 days.
func span(query map[string]string, now time.Time) (from, to time.Time, err error) {
	to = now.UTC().Truncate(time.Hour).Add(time.Hour)
	if to, err = instant("to", query["to"], to); err != nil {
		return from, to, err
	}
	from, err = instant("from", query["from"], to.Add(-defaultSpan))
	return from, to, err
}

func instant(field, given string, otherwise time.Time) (time.Time, error) {
	if given == "" {
		return otherwise, nil
	}
	for _, layout := range []string{time.RFC3339, time.DateOnly} {
		if t, err := time.Parse(layout, given); err == nil {
			return t.UTC(), nil
		}
	}
	return otherwise, coded.Field(field, "give a day or an hour, such as 2026-03-01 or 2026-03-01T08:00:00Z", "%q is no time", given)
}

func answer(tenant string, from, to time.Time, page ledger.Page) Usage {
	u := Usage{Tenant: tenant, From: from, To: to, Items: []Rollup{}, Findings: []Finding{}, Next: page.Next}
	for _, r := range page.Rollups {
		u.Items = append(u.Items, Rollup{
			Hour: r.Hour, KeyARN: r.KeyARN, Material: r.Material, Operation: r.Operation, Principal: r.Principal.ID, Via: r.Principal.Via,
			Outcome: string(r.Outcome()), ErrorCode: r.ErrorCode, Database: r.Database, Purpose: string(r.Purpose), Uses: r.Count,
		})
	}
	for _, f := range page.Findings {
		out := Finding{ID: f.ID(), Kind: string(f.Kind), Severity: string(f.Severity), Sentence: f.Sentence(), First: f.First, Last: f.Last,
			Uses: f.Count}
		for _, e := range f.Evidence {
			out.Evidence = append(out.Evidence, Evidence{EventID: e.EventID.String(), At: e.At})
		}
		if !f.HoldUntil.IsZero() {
			out.Until = &f.HoldUntil
		}
		u.Findings = append(u.Findings, out)
	}
	return u
}
