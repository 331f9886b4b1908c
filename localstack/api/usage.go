package api

import (
	"time"

	"latchkey/shared/coded"
	"latchkey/shared/keyusage"
)

// KeyUsage is one page of GET /tenants/{id}/key-usage, as the deployed function
// audit-keys answers too.
type KeyUsage struct {
	Tenant   string         `json:"tenant"`
	From     time.Time      `json:"from"`
	To       time.Time      `json:"to"` // exclusive
	Items    []KeyUse       `json:"items"`
	Findings []UsageFinding `json:"findings"`       // of the days that begin in this page
	Next     string         `json:"next,omitempty"` // empty: this was the last page
}

// KeyUse is the uses of an hour that have everything but the second in common.
type KeyUse struct {
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

// UsageFinding is what an auditor would want to know.
type UsageFinding struct {
	ID       string              `json:"id"` // of its event
	Kind     string              `json:"kind"`
	Severity string              `json:"severity"`
	Sentence string              `json:"sentence"`
	First    time.Time           `json:"firstAt"`
	Last     time.Time           `json:"lastAt"`
	Uses     uint64              `json:"uses"`
	Evidence []keyusage.Evidence `json:"evidence"`
	Until    *time.Time          `json:"provisionalUntil,omitempty"`
}

// Formats of GET /tenants/{id}/key-usage.
const (
	FormatPage   = "json"   // KeyUsage
	FormatReport = "report" // report.Report, whole
	FormatCSV    = "csv"
	FormatHTML   = "html"
)

// UsageSpan is how much is told where no from is given.
const UsageSpan = 7 * 24 * time.Hour

// ParseInstant reads a day or a time of a request.
func ParseInstant(field, s string) (time.Time, error) {
	for _, layout := range []string{time.RFC3339, time.DateOnly} {
		if t, err := time.Parse(layout, s); err == nil {
			return t.UTC(), nil
		}
	}
	return time.Time{}, coded.Field(field, "give a day or a full hour, such as 2026-03-01 or 2026-03-01T08:00:00Z", "%q is not a time", s)
}

// Page returns one page of the ledger as the API tells it.
func Page(tenant string, from, to time.Time, rollups []keyusage.Rollup, findings []keyusage.Finding, next string) KeyUsage {
	u := KeyUsage{Tenant: tenant, From: from, To: to, Items: []KeyUse{}, Findings: []UsageFinding{}, Next: next}
	for _, r := range rollups {
		u.Items = append(u.Items, KeyUse{
			Hour: r.Hour, KeyARN: r.KeyARN, Material: r.Material, Operation: r.Operation, Principal: r.Principal.ID, Via: r.Principal.Via,
			Outcome: string(r.Outcome()), ErrorCode: r.ErrorCode, Database: r.Database, Purpose: string(r.Purpose), Uses: r.Count,
		})
	}
	for _, f := range findings {
		out := UsageFinding{ID: f.ID(), Kind: string(f.Kind), Severity: string(f.Severity), Sentence: f.Sentence(), First: f.First, Last: f.Last,
			Uses: f.Count, Evidence: f.Evidence}
		if !f.HoldUntil.IsZero() {
			out.Until = &f.HoldUntil
		}
		u.Findings = append(u.Findings, out)
	}
	return u
}
