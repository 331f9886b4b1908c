package schema

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
)

var (
	errNoObject    = errors.New("is not an object")
	errUnsupported = errors.New("is not supported")
)

// reader makes schemas of one file's JSON. Errors are prefixed by the keyword
// and the member at each level: "properties: key: oneOf: is not supported".
type reader struct {
	set  *Set
	file string
}

func (r reader) schema(v any) (*Schema, error) {
	m, ok := v.(map[string]any)
	if !ok {
		return nil, errNoObject
	}
	if ref, ok := m["$ref"]; ok {
		return r.reference(m, ref)
	}
	s := &Schema{}
	for _, keyword := range slices.Sorted(maps.Keys(m)) {
		if err := r.keyword(s, keyword, m[keyword]); err != nil {
			return nil, fmt.Errorf("%s: %w", keyword, err)
		}
	}
	if s.value != (bounds{}) && !slices.Equal(s.Types, []string{"integer"}) {
		return nil, errors.New("minimum and maximum are supported with type integer only")
	}
	return s, nil
}

func (r reader) keyword(s *Schema, name string, v any) (err error) {
	switch name {
	case "default": // for readers only
	case "description":
		s.Description, err = text(v)
	case "type":
		s.Types, err = types(v)
	case "const":
		var c string
		c, err = text(v)
		s.Const = &c
	case "enum":
		s.Enum, err = texts(v)
	case "required":
		s.Required, err = texts(v)
	case "properties":
		s.Properties, err = r.schemas(v)
	case "patternProperties":
		s.patterned, err = r.patterned(v)
	case "additionalProperties":
		err = r.additional(s, v)
	case "items":
		s.Items, err = r.schema(v)
	case "uniqueItems":
		s.unique, err = flag(v)
	case "pattern":
		s.pattern, err = r.form(v)
	case "format":
		s.dateTime = true
		if v != "date-time" {
			err = errUnsupported
		}
	default:
		err = s.limit(name, v)
	}
	return err
}

// reference resolves $ref: FILE.json#/$defs/NAME, or #/$defs/NAME in the same file.
func (r reader) reference(m map[string]any, ref any) (*Schema, error) {
	target, _ := ref.(string)
	file, name, ok := strings.Cut(target, "#/$defs/")
	if file == "" {
		file = r.file + ".json"
	}
	file, isFile := strings.CutSuffix(file, ".json")
	if !ok || !isFile || strings.Contains(file, "/") || name == "" || strings.ContainsAny(name, "/~%") {
		return nil, errors.New("$ref: is not FILE.json#/$defs/NAME")
	}
	def, err := r.set.definition(file, name)
	if err != nil {
		return nil, fmt.Errorf("$ref: %w", err)
	}
	s := *def
	for _, keyword := range slices.Sorted(maps.Keys(m)) {
		switch keyword {
		case "$ref", "default":
		case "description":
			if s.Description, err = text(m[keyword]); err != nil {
				return nil, fmt.Errorf("description: %w", err)
			}
		default:
			return nil, fmt.Errorf("%s: %w beside $ref", keyword, errUnsupported)
		}
	}
	return &s, nil
}

func (r reader) schemas(v any) (map[string]*Schema, error) {
	m, ok := v.(map[string]any)
	if !ok {
		return nil, errNoObject
	}
	out := make(map[string]*Schema, len(m))
	for _, name := range slices.Sorted(maps.Keys(m)) {
		s, err := r.schema(m[name])
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		out[name] = s
	}
	return out, nil
}

func (r reader) patterned(v any) ([]patterned, error) {
	m, err := r.schemas(v)
	if err != nil {
		return nil, err
	}
	out := make([]patterned, 0, len(m))
	for _, expr := range slices.Sorted(maps.Keys(m)) {
		out = append(out, patterned{name: r.set.form(expr), schema: m[expr]})
	}
	return out, nil
}

func (r reader) additional(s *Schema, v any) (err error) {
	if allowed, ok := v.(bool); ok {
		s.Closed = !allowed
		return nil
	}
	s.Additional, err = r.schema(v)
	return err
}
