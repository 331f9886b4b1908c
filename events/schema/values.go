package schema

import (
	"encoding/json"
	"errors"
	"fmt"
)

func text(v any) (string, error) {
	s, ok := v.(string)
	if !ok {
		return "", errors.New("is not a string")
	}
	return s, nil
}

func texts(v any) ([]string, error) {
	list, ok := v.([]any)
	if !ok || len(list) == 0 {
		return nil, errors.New("is not a list of strings")
	}
	out := make([]string, len(list))
	for i, x := range list {
		s, err := text(x)
		if err != nil {
			return nil, fmt.Errorf("%d: %w", i, err)
		}
		out[i] = s
	}
	return out, nil
}

func flag(v any) (bool, error) {
	b, ok := v.(bool)
	if !ok {
		return false, errors.New("is neither true nor false")
	}
	return b, nil
}

// limit reads the keywords that hold a number.
func (s *Schema) limit(name string, v any) error {
	var into **int64
	switch name {
	case "minLength":
		into = &s.length.min
	case "maxLength":
		into = &s.length.max
	case "minItems":
		into = &s.items.min
	case "maxItems":
		into = &s.items.max
	case "maxProperties":
		into = &s.members.max
	case "minimum":
		into = &s.value.min
	case "maximum":
		into = &s.value.max
	default:
		return errUnsupported
	}
	number, _ := v.(json.Number)
	n, err := number.Int64()
	if err != nil || n < 0 && into != &s.value.min && into != &s.value.max {
		return errors.New("is not a whole number that fits")
	}
	*into = &n
	return nil
}
