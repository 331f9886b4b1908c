package markup_test

import (
	"bytes"
	"errors"
	"html/template"
	"strings"
	"testing"

	"latchkey/shared/keyusage/report/markup"
)

type inner struct{ Name string }

type data struct {
	inner
	In    *inner
	None  *inner
	N     int
	U     uint64
	F     float64
	Text  string
	List  []inner
	Empty []inner
	Three [3]int
	Any   any
}

var funcs = map[string]any{"join": func(a, b string) string { return a + b }}

var given = data{inner: inner{"own"}, In: &inner{"in"}, N: 3, U: 4, F: 1.5, Text: `<a href="x">&'`, List: []inner{{"a"}, {"b"}}, Any: "any"}

// TestSet_Execute holds that all that is supported does what html/template does.
func TestSet_Execute(t *testing.T) {
	for _, source := range []string{
		`plain`, `{{.Text}}`, `<p title="{{.Text}}">{{.N}} {{.U}} {{.F}} {{.Any}}</p>`, `{{.In.Name}} {{.Name}}`,
		`{{if .N}}yes{{else}}no{{end}}{{if .None}}yes{{else}}no{{end}}{{if .Empty}}yes{{else if .List}}list{{end}}`,
		`{{with .In}}{{.Name}}{{else}}none{{end}}{{with .None}}x{{else}}none {{.N}}{{end}}`,
		`{{range .List}}[{{.Name}} {{$.N}}]{{end}}{{range .Empty}}x{{else}}empty{{end}}`,
		`{{range $i, $x := .List}}{{$i}}={{$x.Name}};{{end}}{{range $x := .Three}}{{$x}}{{end}}`,
		`{{$n := .N}}{{range .List}}{{$n}}{{$n := .Name}}{{$n}}{{end}}{{$n}}`,
		`{{if $x := .Text}}{{$x}}{{end}}`,
		`{{join .Text "b"}} {{join (join "a" "b") .Name}}`, `{{printf "%02d" .N}}`,
		`{{len .List}} {{if gt .N 2}}gt{{end}}{{if gt .U 4}}gt{{end}}{{if eq .N 3}}eq{{end}}{{if and .N (not .None)}}and{{end}}{{if or .None .N}}or{{end}}`,
		`{{define "t"}}({{.Name}}{{$.Name}}){{end}}{{template "t" .In}}{{template "t" .}}{{range .List}}{{template "t" .}}{{end}}`,
	} {
		var ours, theirs bytes.Buffer
		set, err := markup.Parse(funcs, map[string]string{"page": source})
		if err == nil {
			err = set.Execute(&ours, "page", given)
		}
		if err != nil {
			t.Errorf("%s: %v", source, err)
			continue
		}
		if err := template.Must(template.New("page").Funcs(funcs).Parse(source)).Execute(&theirs, given); err != nil {
			t.Fatalf("%s: %v", source, err)
		}
		if ours.String() != theirs.String() {
			t.Errorf("%s\n= %s\nhtml/template:\n= %s", source, ours.String(), theirs.String())
		}
	}
	set := markup.Must(markup.Parse(nil, map[string]string{"page": `{{.}}`}))
	var out bytes.Buffer
	if err := set.Execute(&out, "page", markup.Verbatim("<b>")); err != nil || out.String() != "<b>" {
		t.Errorf("verbatim: %s, %v", out.String(), err)
	}
}

// TestSet_Execute_fails holds that what does not fit is told, with its place.
func TestSet_Execute_fails(t *testing.T) {
	for source, want := range map[string]string{
		`{{.Nothing}}`: "no field Nothing", `{{.N.Name}}`: "Name is of nothing", `{{.None.Name}}`: "Name is of nothing", `{{.None}}`: "no such value",
		`{{range .N}}x{{end}}`: "cannot range", `{{template "t"}}`: "no template t", `{{join .N "x"}}`: "argument 1 does not fit", `{{join "x"}}`: "has 1 arguments",
		`{{.Text | join "x"}}`: "has a pipe", `{{if gt .Text 1}}{{end}}`: "not a whole number", `{{define "r"}}{{template "r" .}}{{end}}{{template "r" .}}`: "uses itself",
		`{{range .List}}{{break}}{{end}}`: "not supported", `{{1.5}}`: "not supported", `{{.Text "x"}}`: "no function",
	} {
		set, err := markup.Parse(funcs, map[string]string{"page": source})
		if err != nil {
			t.Errorf("%s: %v", source, err)
			continue
		}
		if err := set.Execute(&bytes.Buffer{}, "page", given); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", source, err, want)
		}
	}
	if _, err := markup.Parse(nil, map[string]string{"page": `{{if}}`}); err == nil {
		t.Error("what is no template is taken")
	}
	full := errors.New("full")
	if err := markup.Must(markup.Parse(nil, map[string]string{"page": `x{{.}}`})).Execute(writer{full}, "page", strings.Repeat("y", 9000)); !errors.Is(err, full) {
		t.Errorf("the writer's error is %v", err)
	}
}

type writer struct{ err error }

func (w writer) Write([]byte) (int, error) { return 0, w.err }
