package template_test

import (
	"encoding/json"
	"regexp"
	"strings"
	"testing"

	"latchkey/infra/customer/template"
)

type object = map[string]any

func load(t *testing.T, p template.Preset) object {
	t.Helper()
	body, err := template.JSON(p)
	if err != nil {
		t.Fatal(err)
	}
	var out object
	if err := json.Unmarshal(body, &out); err != nil {
		t.Fatal(err)
	}
	return out
}

// at walks down by names; list indices are not needed.
func at(t *testing.T, v any, path ...string) any {
	t.Helper()
	for _, name := range path {
		m, ok := v.(object)
		if !ok || m[name] == nil {
			t.Fatalf("no %s of %s", name, strings.Join(path, "."))
		}
		v = m[name]
	}
	return v
}

func properties(t *testing.T, tmpl object, resource string) object {
	t.Helper()
	return at(t, tmpl, "Resources", resource, "Properties").(object)
}

var stack = map[string]string{
	"AWS::Partition": "aws", "AWS::Region": "eu-central-1", "AWS::AccountId": "444455556666",
	"PlatformAccount": "111122223333", "TenantId": "acme", "IntakeBus": "latchkey-intake",
}

var variable = regexp.MustCompile(`\$\{([^}]+)\}`)

// resolve puts the stack's values in place of Fn::Sub and Ref, as CloudFormation does.
func resolve(t *testing.T, v any) any {
	t.Helper()
	switch v := v.(type) {
	case object:
		if s, ok := v["Fn::Sub"].(string); ok && len(v) == 1 {
			return variable.ReplaceAllStringFunc(s, func(m string) string {
				value, ok := stack[m[2:len(m)-1]]
				if !ok {
					t.Errorf("%s is not known to CloudFormation", m)
				}
				return value
			})
		}
		out := object{}
		for k := range v {
			out[k] = resolve(t, v[k])
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i := range v {
			out[i] = resolve(t, v[i])
		}
		return out
	}
	return v
}

func plain(t *testing.T, v any) any {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	var out any
	if err := json.Unmarshal(b, &out); err != nil {
		t.Fatal(err)
	}
	return out
}
