// Package usage is what the HTTP API says of the use of a tenant's keys. The
// deployed function audit-keys and the local stack answer with one and the same
// Desk; they differ in how large and how slow an answer may be.
package usage

import (
	"time"

	"latchkey/shared/keyusage"
	"latchkey/shared/keyusage/report"
)

// Page is one page of GET /tenants/{tenant}/key-usage.
type Page struct {
	Tenant  string    `json:"tenant"`
	From    time.Time `json:"from"`
	To      time.Time `json:"to"`                // exclusive
	Summary *Summary  `json:"summary,omitempty"` // of all pages; in the first alone
	// NoSummary is why the first page has no summary: all pages come to more than
	// can be counted for one answer. The pages are nevertheless to be had.
	NoSummary string    `json:"noSummary,omitempty"`
	Items     []Use     `json:"items"`
	Findings  []Finding `json:"findings"`       // of the days that begin in this page
	Next      string    `json:"next,omitempty"` // empty: this was the last page
}

// Summary is what all pages come to.
type Summary struct {
	Totals   report.Totals              `json:"totals"`
	Proof    *report.Proof              `json:"proof"` // null: log files were not validated
	Timeline report.List[report.Change] `json:"timeline"`
	RulesOff []string                   `json:"rulesOff,omitempty"` // kinds of findings that are not looked for
}

// Bundle is the report and the rows that it was made of, counted once.
type Bundle struct {
	Report *report.Report `json:"report"`
	CSV    string         `json:"csv"`
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
	ID       string     `json:"id"` // of its event
	Kind     string     `json:"kind"`
	Severity string     `json:"severity"`
	Sentence string     `json:"sentence"` // names no other tenant
	First    time.Time  `json:"firstAt"`
	Last     time.Time  `json:"lastAt"`
	Uses     uint64     `json:"uses"`
	Evidence []Event    `json:"evidence"` // the earliest events
	Until    *time.Time `json:"provisionalUntil,omitempty"`
}

// Event is one CloudTrail event.
type Event struct {
	ID string    `json:"eventId"`
	At time.Time `json:"at"`
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
		out := Finding{ID: f.TenantID(), Kind: string(f.Kind), Severity: string(f.Severity), Sentence: f.TenantSentence(), First: f.First, Last: f.Last,
			Uses: f.Count, Evidence: make([]Event, 0, len(f.Evidence))}
		for _, e := range f.Evidence {
			out.Evidence = append(out.Evidence, Event{ID: e.EventID.String(), At: e.At})
		}
		if !f.HoldUntil.IsZero() {
			out.Until = &f.HoldUntil
		}
		p.Findings = append(p.Findings, out)
	}
	return p
}
