package events

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"latchkey/events/schema"
	"latchkey/shared/coded"
)

// check holds a detail against the kind's schema. Of several findings it
// returns the first in order of the fields' names, so that the same event
// always gets the same answer. The hint is the description of the field in the
// schema.
func (k Kind) check(inst any) error {
	var best finding
	if k.compiled().Check(inst, best.offer) {
		return nil
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

// offer keeps what is found if it comes before what is kept already.
func (best *finding) offer(f schema.Finding) {
	path := f.Path
	if f.Keyword == "required" || f.Keyword == "additionalProperties" {
		path = append(path[:len(path):len(path)], f.Got.(string))
	}
	field, message := fieldPath(path), message(f)
	if best.field == "" || field < best.field || field == best.field && message < best.message {
		*best = finding{field: field, message: message, path: slices.Clone(path)}
	}
}

// message says what one finding is.
func message(f schema.Finding) string {
	switch f.Keyword {
	case "required":
		return "is missing"
	case "additionalProperties":
		return "is not a name that is known here"
	case "type":
		return fmt.Sprintf("is of type %s, not %s", f.Got, strings.Join(f.Want.([]string), " or "))
	case "const":
		return fmt.Sprintf("is %s, not %s", show(f.Got), show(f.Want))
	case "enum":
		return show(f.Got) + " is not one of the values allowed"
	case "pattern":
		return show(f.Got) + " has the wrong form"
	case "format":
		return fmt.Sprintf("%s is not a %s", show(f.Got), f.Want)
	case "uniqueItems":
		places := f.Got.([2]int)
		return fmt.Sprintf("entries %d and %d are the same", places[0], places[1])
	}
	return limit(f)
}

// limit words the findings about sizes and ranges.
func limit(f schema.Finding) string {
	switch f.Keyword {
	case "minLength":
		return fmt.Sprintf("has %d characters, at least %d are needed", f.Got, f.Want)
	case "maxLength":
		return fmt.Sprintf("has %d characters, at most %d are allowed", f.Got, f.Want)
	case "minItems":
		return fmt.Sprintf("has %d entries, at least %d are needed", f.Got, f.Want)
	case "maxItems":
		return fmt.Sprintf("has %d entries, at most %d are allowed", f.Got, f.Want)
	case "maxProperties":
		return fmt.Sprintf("has %d members, at most %d are allowed", f.Got, f.Want)
	case "minimum":
		return fmt.Sprintf("is %s, at least %d is needed", show(f.Got), f.Want)
	case "maximum":
		return fmt.Sprintf("is %s, at most %d is allowed", show(f.Got), f.Want)
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
		if s.Description != "" {
			hint = s.Description
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
