package report

import (
	"bytes"
	"html/template"
	"strings"
	"testing"
	"time"

	"latchkey/shared/keyusage"
)

// both writes a report with package markup and with html/template.
func both(t *testing.T, r *Report) (ours, theirs string) {
	t.Helper()
	var a, b bytes.Buffer
	if err := r.WriteHTML(&a); err != nil {
		t.Fatal(err)
	}
	style, err := sources.ReadFile("style.css")
	if err != nil {
		t.Fatal(err)
	}
	p := r.page()
	p.Style = template.CSS(style)
	if err := template.Must(template.New("page.html").Funcs(pageFuncs).ParseFS(sources, "page.html", "tables.html")).Execute(&b, p); err != nil {
		t.Fatal(err)
	}
	return a.String(), strings.ReplaceAll(b.String(), "&#43;", "+") // which needs no escape, in UTF-8
}

// full is a report with something in every part of the page.
func full(name string) *Report {
	at := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	tally := Tally{Uses: 1234567, Denied: 3, First: at, Last: at.Add(5 * time.Hour)}
	shares := List[Share]{Rows: []Share{{name, tally}, {"", tally}, {"denied", tally}}, More: 2, MoreUses: 7}
	r := &Report{
		Version: 1, Title: name, MadeAt: at, Tenant: name, From: at, Until: at.Add(48 * time.Hour), RulesOff: []string{"unknown-principal"},
		Totals: Totals{Uses: 3703701, Attributed: 3703700, Denied: 9, Keys: 2, Principals: 3, Findings: 2, Unlisted: 4},
		Input:  &Input{Files: 2, BrokenFiles: 1, Records: 10, KMSRecords: 8, BrokenRecords: 1, Duplicates: 1},
		Keys: List[Key]{Rows: []Key{{ARN: name, Tenant: name, Tally: tally, Principals: shares, Operations: shares, Purposes: shares, Materials: shares},
			{Tally: tally}}, More: 1},
		Users:      List[User]{Rows: []User{{Key: name, Principal: name, Purpose: keyusage.Purpose(name), Tenant: name, Database: name, Tally: tally, Operations: shares}, {Tally: tally}}},
		Operations: shares, Principals: shares, Tenants: shares, Databases: shares, Purposes: shares, Outcomes: shares,
		Denied: List[Refusal]{Rows: []Refusal{{Key: name, Principal: name, Operation: name, ErrorCode: name, Tally: tally}}},
		Kinds:  []KindCount{{Kind: keyusage.UnknownPrincipal, Findings: 2, Uses: 9}},
		Hours:  List[Hour]{Rows: []Hour{{at, 100, 3, 2}, {at.Add(30 * time.Hour), 1, 0, 0}}, More: 1, MoreUses: 8},
		Timeline: List[Change]{Rows: []Change{{At: at, Key: name, From: name, To: name, Locked: true, Cause: name, Source: name, Event: name, Detail: name},
			{At: at.Add(time.Hour), Key: name, To: "usable"}}, More: 1},
		Proof: &Proof{From: at, Until: at.Add(48 * time.Hour), Hours: 48, Proved: 47, Gaps: []Gap{{at, at.Add(time.Hour), name}}},
	}
	for _, hold := range []time.Time{{}, at.Add(time.Hour)} {
		f := Finding{Sentence: name, HoldUntil: hold}
		f.Count = 12
		r.Findings.Rows = append(r.Findings.Rows, f)
	}
	return r
}

// TestReport_WriteHTML_same holds that the page is what html/template would make
// of it, also of names that somebody chose to break it.
func TestReport_WriteHTML_same(t *testing.T) {
	for _, name := range []string{"acme", `</title><script>alert(1)</script>`, `" onload="x`, `'><b a='`, "a&lt;&amp;b+c", "–é\u202e", "{{.}}", ""} {
		ours, theirs := both(t, full(name))
		if ours != theirs {
			n := 0
			for n < min(len(ours), len(theirs)) && ours[n] == theirs[n] {
				n++
			}
			t.Errorf("%q: at byte %d\n…%.120s\nhtml/template:\n…%.120s", name, n, ours[max(0, n-20):], theirs[max(0, n-20):])
		}
		if name != "" && name != "{{.}}" && strings.ContainsAny(name, `<"'`) && strings.Contains(ours, name) {
			t.Errorf("%q is on the page as it is", name)
		}
	}
	for _, empty := range []*Report{{}, {Proof: &Proof{}}, {Tenant: "acme", Proof: &Proof{Hours: 1, Proved: 1}}} {
		if ours, theirs := both(t, empty); ours != theirs {
			t.Errorf("an empty report is\n%s\nhtml/template:\n%s", ours, theirs)
		}
	}
}
