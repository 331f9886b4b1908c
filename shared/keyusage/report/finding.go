package report

import (
	"time"

	"latchkey/shared/keyusage"
)

// Finding is a keyusage.Finding for readers.
type Finding struct {
	ID        string            `json:"id"`
	Kind      keyusage.Kind     `json:"kind"`
	Severity  keyusage.Severity `json:"severity"`
	Sentence  string            `json:"sentence"` // for an auditor
	Tenant    string            `json:"tenant,omitempty"`
	Database  string            `json:"database,omitempty"`
	Key       string            `json:"key"`
	Operation string            `json:"operation"`
	Principal string            `json:"principal"`
	ErrorCode string            `json:"error_code,omitempty"`
	Count     uint64            `json:"count"`
	First     time.Time         `json:"first"`
	Last      time.Time         `json:"last"`
	HoldUntil time.Time         `json:"hold_until,omitzero"` // provisional until then: see keyusage.Finding
	Evidence  []Event           `json:"evidence"`            // the earliest uses
}

// KindCount is how many findings there are of one kind.
type KindCount struct {
	Kind     keyusage.Kind     `json:"kind"`
	Severity keyusage.Severity `json:"severity"`
	Findings int               `json:"findings"`
	Uses     uint64            `json:"uses"`
}

// Event is one CloudTrail event.
type Event struct {
	ID string    `json:"event_id"`
	At time.Time `json:"at"`
}

// newFinding returns a finding as a report of one tenant tells it, or one of all.
func newFinding(f keyusage.Finding, tenants bool) Finding {
	out := Finding{
		ID: f.ID(), Kind: f.Kind, Severity: f.Severity, Sentence: f.Sentence(),
		Tenant: f.Tenant, Database: f.Database, Key: f.KeyARN, Operation: f.Operation,
		Principal: f.Principal.String(), ErrorCode: f.ErrorCode,
		Count: f.Count, First: f.First, Last: f.Last, HoldUntil: f.HoldUntil,
		Evidence: make([]Event, 0, len(f.Evidence)),
	}
	for _, e := range f.Evidence {
		out.Evidence = append(out.Evidence, Event{ID: e.EventID.String(), At: e.At})
	}
	if tenants {
		out.ID, out.Sentence = f.TenantID(), f.TenantSentence()
	}
	return out
}

// addFindings adds those of the report's scope, in their order, which is the
// gravest first.
func (b *builder) addFindings(r *Report, list []keyusage.Finding, unlisted uint64) {
	r.Kinds = []KindCount{}
	for _, f := range list {
		if !b.coversFinding(&f) {
			continue
		}
		r.Totals.Findings++
		r.countKind(&f)
		if len(r.Findings.Rows) == b.opt.Rows {
			r.Findings.More++
			continue
		}
		r.Findings.Rows = append(r.Findings.Rows, newFinding(f, b.opt.Tenant != ""))
	}
	r.Findings = r.Findings.orEmpty()
	r.Totals.Unlisted = unlisted
}

func (b *builder) coversFinding(f *keyusage.Finding) bool {
	return (b.opt.Tenant == "" || f.Tenant == b.opt.Tenant) &&
		(b.opt.From.IsZero() || !f.Last.Before(b.opt.From)) &&
		(b.opt.Until.IsZero() || f.First.Before(b.opt.Until))
}

func (r *Report) countKind(f *keyusage.Finding) {
	for i := range r.Kinds {
		if k := &r.Kinds[i]; k.Kind == f.Kind && k.Severity == f.Severity {
			k.Findings++
			k.Uses += f.Count
			return
		}
	}
	r.Kinds = append(r.Kinds, KindCount{f.Kind, f.Severity, 1, f.Count})
}
