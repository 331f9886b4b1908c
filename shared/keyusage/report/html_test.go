package report_test

import (
	"bytes"
	"encoding/xml"
	"io"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"latchkey/shared/keyusage"
	"latchkey/shared/keyusage/digest"
	"latchkey/shared/keyusage/report"
)

// dom is what the tests ask of a page.
type dom struct {
	elements map[string]int
	attrs    []xml.Attr
	ids      []string
	headings []string // "h2 Findings"
	text     string
	bare     []string // tables' headers without a scope, images without a title
}

// parse reads a page as strict XML.
func parse(t *testing.T, page []byte) dom {
	t.Helper()
	d := dom{elements: map[string]int{}}
	dec := xml.NewDecoder(bytes.NewReader(page))
	dec.Entity = xml.HTMLEntity
	var open []string
	heading := -1
	for {
		token, err := dec.Token()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatalf("not well formed: %v", err)
		}
		switch e := token.(type) {
		case xml.StartElement:
			d.start(e)
			open = append(open, e.Name.Local)
			if regexp.MustCompile(`^h[1-6]$`).MatchString(e.Name.Local) {
				d.headings, heading = append(d.headings, e.Name.Local), len(open)
			}
		case xml.EndElement:
			if len(open) == heading {
				heading = -1
			}
			open = open[:len(open)-1]
		case xml.CharData:
			if len(open) > 0 && open[len(open)-1] != "style" {
				d.text += string(e)
			}
			if heading >= 0 {
				d.headings[len(d.headings)-1] += " " + strings.TrimSpace(string(e))
			}
		}
	}
	return d
}

func (d *dom) start(e xml.StartElement) {
	d.elements[e.Name.Local]++
	d.attrs = append(d.attrs, e.Attr...)
	has := map[string]string{}
	for _, a := range e.Attr {
		has[a.Name.Local] = a.Value
		if a.Name.Local == "id" {
			d.ids = append(d.ids, a.Value)
		}
	}
	switch {
	case e.Name.Local == "th" && has["scope"] == "", e.Name.Local == "svg" && (has["role"] != "img" || has["aria-labelledby"] == ""):
		d.bare = append(d.bare, e.Name.Local)
	}
}

func pageOf(t *testing.T, r *report.Report) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := r.WriteHTML(&out); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// allowedElements are those that a page may be made of: none that runs or loads.
var allowedElements = strings.Fields(`html head meta title style body a header p h1 h2 h3 time strong main section dl div dt dd
	article span details summary ul li code figure figcaption svg line g rect table caption thead tbody tr th td br footer`)

// checkPage checks what holds for every page.
func checkPage(t *testing.T, page []byte) dom {
	t.Helper()
	d := parse(t, page)
	for name := range d.elements {
		if !slices.Contains(allowedElements, name) {
			t.Errorf("element %s", name)
		}
	}
	for _, a := range d.attrs {
		switch name := a.Name.Local; {
		case name == "src", name == "srcset", name == "style", strings.HasPrefix(name, "on"), name == "href" && !strings.HasPrefix(a.Value, "#"):
			t.Errorf("attribute %s=%q", name, a.Value)
		case (name == "aria-labelledby" || name == "href") && !slices.Contains(d.ids, strings.TrimPrefix(a.Value, "#")):
			t.Errorf("%s=%q leads nowhere", name, a.Value)
		}
	}
	sorted := slices.Sorted(slices.Values(d.ids))
	if len(slices.Compact(sorted)) != len(d.ids) {
		t.Errorf("ids are not unique: %v", d.ids)
	}
	if len(d.bare) > 0 {
		t.Errorf("without a scope or a title: %v", d.bare)
	}
	css := regexp.MustCompile(`(?s)<style>(.*)</style>`).FindSubmatch(page)
	if css == nil || regexp.MustCompile(`(?i)url\(|@import|expression|https?:`).Match(css[1]) || len(css[1]) < 1000 {
		t.Errorf("style that is missing or refers to elsewhere")
	}
	if d.elements["h1"] != 1 || !bytes.Contains(page, []byte(`Content-Security-Policy" content="default-src 'none'`)) {
		t.Error("not one h1, or no policy against loading")
	}
	for i, h := range d.headings {
		if i > 0 && h[1] > d.headings[i-1][1]+1 {
			t.Errorf("heading %q follows %q", h, d.headings[i-1])
		}
	}
	return d
}

func TestReport_WriteHTML_structure(t *testing.T) {
	l, w, _ := generatedDay(t)
	r := report.Build(l, generatedOptions(w))
	page := pageOf(t, r)
	if *pageFile != "" {
		if err := os.WriteFile(*pageFile, page, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	d := checkPage(t, page)
	want := []string{
		"h1 Use of the generated day's keys", "h2 Summary", "h2 Use over time", "h2 Use by day and hour", "h2 Outcomes",
		"h2 Findings", "h2 Keys", "h2 Who uses which key, for what", "h2 By purpose", "h2 By operation", "h2 By principal", "h2 By tenant",
		"h2 By database", "h2 Denied calls", "h2 Key timeline", "h2 How to read this",
	}
	got := slices.DeleteFunc(slices.Clone(d.headings), func(h string) bool { return h[:2] == "h3" })
	if !slices.Equal(got, want) {
		t.Errorf("headings\n%q\nwant\n%q", got, want)
	}
	if n := d.elements["article"]; n != len(r.Findings.Rows) || n == 0 {
		t.Errorf("%d findings on the page, %d in the report", n, len(r.Findings.Rows))
	}
	if d.elements["svg"] != 3 {
		t.Errorf("%d charts, want uses over time, outcomes, and a key's phases", d.elements["svg"])
	}
	for _, text := range []string{r.Findings.Rows[0].Sentence, r.Findings.Rows[0].Evidence[0].ID, w.Tenants[3].KeyARN, "Not proved complete", "no digest covers it"} {
		if !strings.Contains(d.text, text) {
			t.Errorf("%q is not on the page", text)
		}
	}
}

func TestReport_WriteHTML_proof(t *testing.T) {
	for name, c := range map[string]struct {
		proved []digest.Hour
		want   string
	}{
		"not done": {nil, "log files were not validated for this report"},
		"all":      {[]digest.Hour{{Start: at(2), Proved: true}, {Start: at(3), Proved: true}}, "log files of all 2 hours from 2025"},
		"some":     {[]digest.Hour{{Start: at(2), Proved: true}, {Start: at(3), Why: "a gap"}}, "log files of 1 of 2 hours"},
	} {
		d := checkPage(t, pageOf(t, report.Build(smallSource(), report.Options{Proved: c.proved})))
		if !strings.Contains(d.text, c.want) {
			t.Errorf("%s: %q is not on the page", name, c.want)
		}
	}
}

func TestReport_WriteHTML_empty(t *testing.T) {
	d := checkPage(t, pageOf(t, report.Build(keyusage.NewLedger(keyusage.Config{}), report.Options{})))
	if !strings.Contains(d.text, "No use of a key.") || d.elements["svg"] != 0 {
		t.Error("an empty ledger does not say so, or has charts")
	}
}

// hostile are texts that an attacker might get into a log file.
var hostile = []string{
	`<script>alert(1)</script>`, `"><img src=x onerror=alert(1)>`, `'"--></style></svg><iframe src="https://evil.example/">`,
	`{{.}}`, `javascript:alert(1)`, "\x1b[31mred\x00\x07", "user\u202egnp.exe", "bad \xff\xfe utf8", "]]><!--", strings.Repeat("long", 100_000),
	"\ufdd0\U0010ffff", "&amp;&#0;&bogus;",
}

func TestReport_WriteHTML_hostile(t *testing.T) {
	for _, bad := range hostile {
		src := fixed{
			rollups: []keyusage.Rollup{{
				Attribution: keyusage.Attribution{Tenant: bad, Database: bad, Purpose: keyusage.ForSecret, KeyARN: bad, Material: bad, Known: true, Foreign: bad, WrongRegion: bad},
				Operation:   bad, Principal: keyusage.Principal{ID: bad, Via: bad, Provider: bad}, ErrorCode: bad, Hour: at(1), Count: 3,
			}, {
				Attribution: keyusage.Attribution{KeyARN: bad}, Operation: bad, Principal: keyusage.Principal{ID: bad}, ErrorCode: "AccessDenied", Hour: at(1), Count: 3,
			}},
			findings: []keyusage.Finding{{Kind: keyusage.ForeignContext, Severity: keyusage.Critical, Tenant: bad, KeyARN: bad, Operation: bad, Principal: keyusage.Principal{ID: bad}, ErrorCode: bad, Foreign: bad}},
		}
		r := report.Build(src, report.Options{Title: bad, Tenant: "", Proved: []digest.Hour{{Start: at(1), Why: bad}},
			Timeline: []report.Change{{At: at(1), Key: bad, From: bad, To: bad, Cause: bad, Source: bad, Event: bad, Detail: bad}}})
		page := pageOf(t, r)
		d := checkPage(t, page)
		name := report.Printable(bad)
		if n := strings.Count(d.text, strings.TrimSpace(name)); n < 15 {
			t.Errorf("%.40q is on the page %d times, want it wherever it is a name", bad, n)
		}
		if strings.ContainsAny(d.text, "\x00\x1b\u202e\ufdd0") || len(page) > 200_000 {
			t.Errorf("%.40q came through, or made a page of %d bytes", bad, len(page))
		}
	}
}

func TestReport_WriteHTML_cut(t *testing.T) {
	src := fixed{}
	for i := range 2500 {
		src.rollups = append(src.rollups, keyusage.Rollup{
			Attribution: keyusage.Attribution{Purpose: keyusage.ForSecret, KeyARN: "arn:aws:kms:us-east-1:111122223333:key/" + time.Duration(i).String()},
			Operation:   "Decrypt", Principal: keyusage.Principal{ID: "role " + time.Duration(i).String()}, ErrorCode: "AccessDenied",
			Hour: at(0).Add(time.Duration(i) * 30 * 24 * time.Hour), Count: 2,
		})
		src.findings = append(src.findings, keyusage.Finding{Kind: keyusage.DeniedUse, Severity: keyusage.Medium, First: at(0), Last: at(i % 20), Count: 2})
	}
	page := pageOf(t, report.Build(src, report.Options{}))
	d := checkPage(t, page)
	if n := strings.Count(d.text, "and 2,400 more, with 4,800 uses"); n != 4 {
		t.Errorf("%d lists of 2,500 say that 2,400 are left out, want keys, users, principals and denied", n)
	}
	for _, text := range []string{"and 2,400 more: the JSON", "and 2,408 earlier days", "29 days without a use"} {
		if !strings.Contains(d.text, text) {
			t.Errorf("%q is not on the page", text)
		}
	}
	if len(page) > 1<<20 {
		t.Errorf("a page of %d bytes", len(page))
	}
}
