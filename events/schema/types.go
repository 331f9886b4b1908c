package schema

import (
	"encoding/json"
	"fmt"
	"slices"
)

// typeNames are the types that a schema may name, in the order in which
// messages and documentation write them.
var typeNames = [...]string{"null", "boolean", "integer", "string", "array", "object"}

func types(v any) ([]string, error) {
	if name, ok := v.(string); ok {
		v = []any{name}
	}
	names, err := texts(v)
	if err != nil {
		return nil, err
	}
	out := make([]string, 0, len(names))
	for _, t := range typeNames {
		if slices.Contains(names, t) {
			out = append(out, t)
		}
	}
	if len(out) != len(names) {
		return nil, fmt.Errorf("one of %v %w", names, errUnsupported)
	}
	return out, nil
}

func (s *Schema) hasType(v any) bool {
	if len(s.Types) == 0 {
		return true
	}
	if n, ok := v.(json.Number); ok {
		d, ok := parseDecimal(n)
		return ok && d.isInteger() && slices.Contains(s.Types, "integer")
	}
	return slices.Contains(s.Types, typeOf(v))
}

func typeOf(v any) string {
	switch v.(type) {
	case nil:
		return "null"
	case bool:
		return "boolean"
	case json.Number:
		return "number"
	case string:
		return "string"
	case []any:
		return "array"
	case map[string]any:
		return "object"
	}
	return fmt.Sprintf("%T", v)
}
