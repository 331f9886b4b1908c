package events

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math/big"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"

	"latchkey/events/schema"
	"latchkey/shared/coded"
)

// reference holds every schema as a complete implementation of JSON Schema
// understands it, by name.
var reference = sync.OnceValue(func() map[string]*jsonschema.Schema {
	c := jsonschema.NewCompiler()
	c.DefaultDraft(jsonschema.Draft2020)
	c.AssertFormat()
	c.UseLoader(jsonschema.SchemeURLLoader{})
	for _, name := range schemaNames() {
		doc, err := jsonschema.UnmarshalJSON(strings.NewReader(string(Kind{Schema: name}.SchemaJSON())))
		if err == nil {
			err = c.AddResource(schemaBase+name+".json", doc)
		}
		if err != nil {
			panic(err)
		}
	}
	out := map[string]*jsonschema.Schema{}
	for _, name := range schemaNames() {
		out[name] = c.MustCompile(schemaBase + name + ".json")
	}
	return out
})

func schemaNames() []string {
	files, err := fs.Glob(schemaFiles, "schemas/*.json")
	if err != nil {
		panic(err)
	}
	for i, f := range files {
		files[i] = strings.TrimSuffix(strings.TrimPrefix(f, "schemas/"), ".json")
	}
	return files
}

// compare fails unless we and the reference agree whether a value satisfies a
// schema and, if it does not, which field is to blame and why. It reports
// whether the value is valid. Nothing is compared where the reference panics.
func compare(t testing.TB, name string, v any) bool {
	t.Helper()
	want, ok := judge(name, v)
	if !ok {
		return false
	}
	got := Kind{Schema: name}.check(v)
	if (want == nil) != (got == nil) {
		t.Fatalf("%s, %s: we say %v, the reference %v", name, show(v), got, want)
	}
	if want == nil {
		return true
	}
	var g, w *coded.Error
	if !errors.As(got, &g) || !errors.As(want, &w) {
		t.Fatalf("%s: %v, %v lack a code", name, got, want)
	}
	if !computable(v) {
		return false // to the reference no such number is equal to any
	}
	ourTime := strings.HasSuffix(g.Message, "is not a date-time") // Go's form of RFC 3339 is the narrower one
	if g.Code != w.Code || g.Field != w.Field || g.Hint != w.Hint || g.Message != w.Message && !ourTime {
		t.Fatalf("%s, %s:\nwe say        %v (%s)\nthe reference %v (%s)", name, show(v), g, g.Hint, w, w.Hint)
	}
	return false
}

// judge words what the reference finds as we do; it is false where the
// reference panics: on long lists with a number whose exponent is beyond a million.
func judge(name string, v any) (err error, ok bool) {
	findings, ok := validate(name, v)
	if !ok || findings == nil {
		return nil, ok
	}
	best := finding{}
	for _, leaf := range leaves(findings, nil) {
		path, message := referenceFinds(leaf)
		if f := fieldPath(path); best.field == "" || f < best.field || f == best.field && message < best.message {
			best = finding{field: f, path: path, message: message}
		}
	}
	hint := Kind{Schema: name}.hint(best.path)
	if hint == "" {
		hint = "see  in docs/events.md"
	}
	return coded.Field(best.field, hint, "%s", best.message), true
}

// computable is false for a value that holds a number with an exponent beyond a million.
func computable(v any) bool {
	switch v := v.(type) {
	case json.Number:
		_, ok := new(big.Rat).SetString(string(v))
		return ok
	case []any:
		return !slices.ContainsFunc(v, func(x any) bool { return !computable(x) })
	case map[string]any:
		for _, x := range v {
			if !computable(x) {
				return false
			}
		}
	}
	return true
}

func validate(name string, v any) (findings *jsonschema.ValidationError, ok bool) {
	defer func() {
		if recover() != nil {
			ok = false
		}
	}()
	errors.As(reference()[name].Validate(v), &findings)
	return findings, true
}

func leaves(v *jsonschema.ValidationError, into []*jsonschema.ValidationError) []*jsonschema.ValidationError {
	if len(v.Causes) == 0 {
		return append(into, v)
	}
	for _, c := range v.Causes {
		into = leaves(c, into)
	}
	return into
}

func referenceFinds(v *jsonschema.ValidationError) (path []string, text string) {
	at := v.InstanceLocation
	f := schema.Finding{Keyword: strings.Join(v.ErrorKind.KeywordPath(), "/")}
	switch e := v.ErrorKind.(type) {
	case *kind.Required:
		at = append(at, least(e.Missing))
	case *kind.AdditionalProperties:
		at = append(at, least(e.Properties))
	case *kind.Type:
		f.Got, f.Want = e.Got, e.Want
	case *kind.Const:
		f.Got, f.Want = e.Got, e.Want
	case *kind.Enum:
		f.Got = e.Got
	case *kind.Pattern:
		f.Got = e.Got
	case *kind.Format:
		f.Got, f.Want = e.Got, e.Want
	case *kind.UniqueItems:
		f.Got = e.Duplicates
	case *kind.MinLength:
		f.Got, f.Want = e.Got, e.Want
	case *kind.MaxLength:
		f.Got, f.Want = e.Got, e.Want
	case *kind.MinItems:
		f.Got, f.Want = e.Got, e.Want
	case *kind.MaxItems:
		f.Got, f.Want = e.Got, e.Want
	case *kind.MaxProperties:
		f.Got, f.Want = e.Got, e.Want
	case *kind.Minimum:
		f.Got, f.Want = whole(e.Got), e.Want.Num().Int64()
	case *kind.Maximum:
		f.Got, f.Want = whole(e.Got), e.Want.Num().Int64()
	default:
		panic(fmt.Sprintf("the reference finds %T, which nobody expects here", e))
	}
	return at, message(f)
}

// whole is a *big.Rat that must be an integer, as show writes it.
func whole(r *big.Rat) any {
	if !r.IsInt() {
		panic("a bound of a fraction")
	}
	return r.Num()
}

func least(names []string) string {
	low := names[0]
	for _, n := range names {
		low = min(low, n)
	}
	return low
}
