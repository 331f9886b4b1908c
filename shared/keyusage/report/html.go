package report

import (
	"embed"
	"io"
	"strings"
	"time"

	"latchkey/shared/keyusage/report/markup"
)

//go:embed page.html tables.html style.css
var sources embed.FS

// pageRows is the length of the page's longest lists; JSON and CSV have more.
const pageRows = 100

var pageTemplates = markup.Must(markup.Parse(pageFuncs, pageSources()))

// pageSources are the templates by the names of their files.
func pageSources() map[string]string {
	all := map[string]string{}
	for _, name := range []string{"page.html", "tables.html"} {
		text, err := sources.ReadFile(name)
		if err != nil {
			panic(err) // it is part of the program
		}
		all[name] = string(text)
	}
	return all
}

var pageFuncs = map[string]any{
	"text":    func(s any) string { return Printable(stringOf(s)) },
	"grouped": groupedAny,
	"percent": percent,
	"time":    func(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05") },
	"hour":    func(t time.Time) string { return t.UTC().Format("2006-01-02 15:04") },
	"iso":     func(t time.Time) string { return t.UTC().Format(time.RFC3339) },
	"day":     func(t time.Time) string { return t.UTC().Format(time.DateOnly) },
	"zero":    func(t time.Time) bool { return t.IsZero() },
	"after":   func(t, other time.Time) bool { return t.After(other) },
	"few":     func(l List[Share]) List[Share] { return Cut(l, 3) },
	"named":   func(name, none string) string { return orElse(name, none) },
	"table": func(id, title, column, none string, of Totals, l List[Share]) shareTable {
		return shareTable{id, title, column, none, of, l}
	},
	"plural": Plural,
}

// page is what the template is given.
type page struct {
	*Report
	Style    any // markup.Verbatim
	Series   series
	Heat     heat
	Outcomes outcomeBar
	Strips   []strip
}

// shareTable is one of the tables of shares.
type shareTable struct {
	ID, Title, Column, None string
	Of                      Totals
	List                    List[Share]
}

// WriteHTML writes the report as one page: HTML that is well-formed XML too,
// with its style and charts in it, without scripts, and without a reference to
// anything elsewhere. Everything that charts show is in tables as well. Errors
// are w's.
func (r *Report) WriteHTML(w io.Writer) error {
	style, err := sources.ReadFile("style.css")
	if err != nil {
		return err
	}
	p := r.page()
	p.Style = markup.Verbatim(style)
	return pageTemplates.Execute(w, "page.html", p)
}

// page is what the template is filled with, but for the style.
func (r *Report) page() page {
	short := *r
	short.Keys, short.Users, short.Denied = Cut(r.Keys, pageRows), Cut(r.Users, pageRows), Cut(r.Denied, pageRows)
	short.Operations, short.Principals = Cut(r.Operations, pageRows), Cut(r.Principals, pageRows)
	short.Tenants, short.Databases = Cut(r.Tenants, pageRows), Cut(r.Databases, pageRows)
	short.Findings = first(r.Findings, pageRows)
	short.Timeline = first(r.Timeline, pageRows)
	return page{Report: &short, Series: newSeries(r), Heat: newHeat(r), Outcomes: newOutcomeBar(r), Strips: newStrips(r)}
}

// first cuts a list whose rows do not count uses.
func first[T any](l List[T], n int) List[T] {
	if len(l.Rows) > n {
		l.More += len(l.Rows) - n
		l.Rows = l.Rows[:n]
	}
	return l
}

func orElse(s, otherwise string) string {
	if strings.TrimSpace(s) == "" {
		return otherwise
	}
	return s
}
