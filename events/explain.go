package events

import (
	"errors"
	"fmt"
	"math/big"
	"strconv"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"

	"latchkey/shared/coded"
)

// explain turns what the validator found into one error: of several findings
// the first in order of the fields' names, so that the same event always gets
// the same answer. The hint is the description of the field in the schema.
func (k Kind) explain(cause error) error {
	var v *jsonschema.ValidationError
	if !errors.As(cause, &v) {
		return &coded.Error{Code: coded.Invalid, Field: "detail", Message: "does not satisfy its schema", Hint: "see docs/events.md", Err: cause}
	}
	best := finding{}
	for _, leaf := range leaves(v, nil) {
		path, message := finds(leaf)
		if f := fieldPath(path); best.field == "" || f < best.field || f == best.field && message < best.message {
			best = finding{field: f, path: path, message: message}
		}
	}
	hint := k.hint(best.path)
	if hint == "" {
		hint = "see " + k.DetailType + " in docs/events.md"
	}
	return coded.Field(best.field, hint, "%s", best.message)
}

type finding struct {
	field, message string
	path           []string
}

// leaves collects the findings that have no finer cause.
func leaves(v *jsonschema.ValidationError, into []*jsonschema.ValidationError) []*jsonschema.ValidationError {
	if len(v.Causes) == 0 {
		return append(into, v)
	}
	for _, c := range v.Causes {
		into = leaves(c, into)
	}
	return into
}

// finds says where and what one finding is.
func finds(v *jsonschema.ValidationError) (path []string, message string) {
	at := v.InstanceLocation
	switch e := v.ErrorKind.(type) {
	case *kind.Required:
		return join(at, least(e.Missing)), "is missing"
	case *kind.AdditionalProperties:
		return join(at, least(e.Properties)), "is not a name that is known here"
	case *kind.Type:
		return at, fmt.Sprintf("is of type %s, not %s", e.Got, strings.Join(e.Want, " or "))
	case *kind.Const:
		return at, fmt.Sprintf("is %s, not %s", show(e.Got), show(e.Want))
	case *kind.Enum:
		return at, fmt.Sprintf("%s is not one of the values allowed", show(e.Got))
	case *kind.Pattern:
		return at, fmt.Sprintf("%s has the wrong form", show(e.Got))
	case *kind.Format:
		return at, fmt.Sprintf("%s is not a %s", show(e.Got), e.Want)
	case *kind.UniqueItems:
		return at, fmt.Sprintf("entries %d and %d are the same", e.Duplicates[0], e.Duplicates[1])
	}
	return at, limit(v)
}

// limit words the findings about sizes and ranges.
func limit(v *jsonschema.ValidationError) string {
	switch e := v.ErrorKind.(type) {
	case *kind.MinLength:
		return fmt.Sprintf("has %d characters, at least %d are needed", e.Got, e.Want)
	case *kind.MaxLength:
		return fmt.Sprintf("has %d characters, at most %d are allowed", e.Got, e.Want)
	case *kind.MaxItems:
		return fmt.Sprintf("has %d entries, at most %d are allowed", e.Got, e.Want)
	case *kind.MaxProperties:
		return fmt.Sprintf("has %d members, at most %d are allowed", e.Got, e.Want)
	case *kind.Minimum:
		return fmt.Sprintf("is %s, at least %s is needed", rat(e.Got), rat(e.Want))
	case *kind.Maximum:
		return fmt.Sprintf("is %s, at most %s is allowed", rat(e.Got), rat(e.Want))
	}
	return "does not satisfy its schema"
}

// hint returns the description of what the path leads to, or of the nearest
// field above it.
func (k Kind) hint(path []string) string {
	s, hint := k.compiled(), ""
	for _, member := range path {
		s = below(s, member)
		if s == nil {
			break
		}
		if d := describe(s); d != "" {
			hint = d
		}
	}
	return hint
}

// fieldPath writes a path as detail.key.arn or detail.hosts[2].
func fieldPath(path []string) string {
	var b strings.Builder
	b.WriteString("detail")
	for _, p := range path {
		if _, err := strconv.Atoi(p); err == nil {
			b.WriteString("[" + p + "]")
			continue
		}
		b.WriteString("." + clip(p))
	}
	return b.String()
}

func join(path []string, member string) []string {
	return append(append([]string{}, path...), member)
}

func least(names []string) string {
	low := names[0]
	for _, n := range names {
		low = min(low, n)
	}
	return low
}

// show writes a value from an event into a message, cut short.
func show(v any) string {
	if s, ok := v.(string); ok {
		return strconv.Quote(clip(s))
	}
	return clip(fmt.Sprint(v))
}

func clip(s string) string {
	const most = 64
	if r := []rune(s); len(r) > most {
		return string(r[:most]) + "…"
	}
	return s
}

func rat(r *big.Rat) string {
	if r.IsInt() {
		return clip(r.Num().String())
	}
	return r.FloatString(3)
}
