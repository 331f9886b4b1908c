package template

import (
	"fmt"
	"regexp"
	"strings"

	"latchkey/shared/coded"
)

var subForm = regexp.MustCompile(`\$\{(!?)([^}]*)\}`)

func (r Resolver) sub(arg any) (string, error) {
	own := map[string]any{}
	if list, ok := arg.([]any); ok && len(list) == 2 {
		arg = list[0]
		own, _ = list[1].(map[string]any)
	}
	text, ok := arg.(string)
	if !ok {
		return "", coded.New(coded.Invalid, "Fn::Sub of %v is not supported", arg)
	}
	var failed error
	out := subForm.ReplaceAllStringFunc(text, func(m string) string {
		parts := subForm.FindStringSubmatch(m)
		if parts[1] == "!" {
			return "${" + parts[2] + "}"
		}
		var value string
		var err error
		if v, ok := own[parts[2]]; ok {
			value, err = r.Text(v)
		} else if id, attribute, ok := strings.Cut(parts[2], "."); ok {
			value, err = r.attribute(id, attribute)
		} else {
			value, err = r.ref(parts[2])
		}
		if err != nil && failed == nil {
			failed = err
		}
		return value
	})
	return out, failed
}

func (r Resolver) join(list []any) (string, error) {
	separator, _ := list[0].(string)
	v, err := r.Resolve(list[1])
	if err != nil {
		return "", err
	}
	values, ok := v.([]any)
	if !ok {
		return "", coded.New(coded.Invalid, "Fn::Join of %v is not supported", list)
	}
	parts := make([]string, len(values))
	for i, x := range values {
		parts[i] = fmt.Sprint(x)
	}
	return strings.Join(parts, separator), nil
}

func (r Resolver) split(list []any) ([]any, error) {
	separator, _ := list[0].(string)
	text, err := r.Text(list[1])
	if err != nil {
		return nil, err
	}
	var out []any
	for _, s := range strings.Split(text, separator) {
		out = append(out, s)
	}
	return out, nil
}

func (r Resolver) choose(list []any) (any, error) {
	var n int
	if _, err := fmt.Sscan(fmt.Sprint(list[0]), &n); err != nil {
		return nil, coded.New(coded.Invalid, "Fn::Select of %v: the index is no number", list)
	}
	v, err := r.Resolve(list[1])
	if err != nil {
		return nil, err
	}
	values, ok := v.([]any)
	if !ok || n < 0 || n >= len(values) {
		return nil, coded.New(coded.Invalid, "Fn::Select of %v: out of range", list)
	}
	return values[n], nil
}
