// Package usage is what the HTTP API says of the use of a tenant's keys: the
// deployed function audit-keys and the local stack give the same answer.
package usage

import (
	"time"

	"latchkey/shared/coded"
	"latchkey/shared/keyusage"
)

// Page is one page of GET /tenants/{tenant}/key-usage.
type Page struct {
	Tenant   string    `json:"tenant"`
	From     time.Time `json:"from"`
	To       time.Time `json:"to"` // exclusive
	Items    []Use     `json:"items"`
	Findings []Finding `json:"findings"`       // of the days that begin in this page
	Next     string    `json:"next,omitempty"` // empty: this was the last page
}

// Use is the uses of an hour that have everything but the second in common.
type Use struct {
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
	ID       string              `json:"id"` // of its event
	Kind     string              `json:"kind"`
	Severity string              `json:"severity"`
	Sentence string              `json:"sentence"`
	First    time.Time           `json:"firstAt"`
	Last     time.Time           `json:"lastAt"`
	Uses     uint64              `json:"uses"`
	Evidence []keyusage.Evidence `json:"evidence"` // the earliest events
	Until    *time.Time          `json:"provisionalUntil,omitempty"`
}

// DefaultSpan is how much is told where no from is given.
const DefaultSpan = 7 * 24 * time.Hour

// ParseInstant reads a day or a time of a request; field is its name there.
func ParseInstant(field, s string) (time.Time, error) {
	for _, layout := range []string{time.RFC3339, time.DateOnly} {
		if t, err := time.Parse(layout, s); err == nil {
			return t.UTC(), nil
		}
	}
	return time.Time{}, coded.Field(field, "give a day or a full hour, such as 2026-03-01 or 2026-03-01T08:00:00Z", "%q is not a time", s)
}

// PageOf returns one page of the ledger as the API tells it.
func PageOf(tenant string, from, to time.Time, rollups []keyusage.Rollup, findings []keyusage.Finding, next string) Page {
	p := Page{Tenant: tenant, From: from, To: to, Items: []Use{}, Findings: []Finding{}, Next: next}
	for _, r := range rollups {
		p.Items = append(p.Items, Use{
			Hour: r.Hour, KeyARN: r.KeyARN, Material: r.Material, Operation: r.Operation, Principal: r.Principal.ID, Via: r.Principal.Via,
			Outcome: string(r.Outcome()), ErrorCode: r.ErrorCode, Database: r.Database, Purpose: string(r.Purpose), Uses: r.Count,
		})
	}
	for _, f := range findings {
		out := Finding{ID: f.ID(), Kind: string(f.Kind), Severity: string(f.Severity), Sentence: f.Sentence(), First: f.First, Last: f.Last,
			Uses: f.Count, Evidence: f.Evidence}
		if !f.HoldUntil.IsZero() {
			out.Until = &f.HoldUntil
		}
		p.Findings = append(p.Findings, out)
	}
	return p
}
