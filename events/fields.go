package events

import (
	"slices"
	"strings"

	"latchkey/events/schema"
)

// Field is one member of a detail, for documentation.
type Field struct {
	Path        string // "key.arn", "hosts[]"
	Type        string // "string", "list of string", "object or null", …
	Required    bool   // within the object that holds it
	Description string
}

// Fields returns the members of the kind's detail from its schema: those that
// are required first, then by name, each object followed by its members.
func (k Kind) Fields() []Field { return fieldsOf(k.compiled(), "") }

func fieldsOf(s *schema.Schema, prefix string) []Field {
	names := make([]string, 0, len(s.Properties))
	for name := range s.Properties {
		names = append(names, name)
	}
	slices.SortFunc(names, func(a, b string) int {
		ra, rb := slices.Contains(s.Required, a), slices.Contains(s.Required, b)
		if ra != rb {
			if ra {
				return -1
			}
			return 1
		}
		return strings.Compare(a, b)
	})
	var out []Field
	for _, name := range names {
		p := s.Properties[name]
		out = append(out, Field{
			Path:        prefix + name,
			Type:        typeOf(p),
			Required:    slices.Contains(s.Required, name),
			Description: p.Description,
		})
		if p.Items != nil && len(p.Items.Properties) > 0 {
			out = append(out, fieldsOf(p.Items, prefix+name+"[].")...)
		}
		out = append(out, fieldsOf(p, prefix+name+".")...)
	}
	return out
}

func typeOf(s *schema.Schema) string {
	switch {
	case s.Const != nil || s.Enum != nil:
		return "string"
	case s.Types == nil:
		return "any"
	}
	types := slices.Clone(s.Types)
	if s.Items != nil {
		for i, t := range types {
			if t == "array" {
				types[i] = "list of " + typeOf(s.Items)
			}
		}
	}
	return strings.Join(types, " or ")
}
