package schema

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// findings checks a value and writes what is found, in order.
func findings(t *testing.T, body, value string) string {
	t.Helper()
	s, err := set(body).Load("one")
	if err != nil {
		t.Fatal(err)
	}
	v, err := Decode([]byte(value))
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	ok := s.Check(v, func(f Finding) {
		out = append(out, fmt.Sprintf("/%s %s %v %v", strings.Join(f.Path, "/"), f.Keyword, f.Got, f.Want))
	})
	if ok != (out == nil) {
		t.Errorf("%s is valid: %v, found %q", value, ok, out)
	}
	slices.Sort(out)
	return strings.Join(out, "; ")
}

func TestSchema_Check(t *testing.T) {
	for _, c := range []struct{ name, body, value, want string }{
		{"anything", `"description":"x"`, `{"a":[1,null]}`, ""},
		{"type", `"type":"object"`, `[]`, "/ type array [object]"},
		{"types", `"type":["object","null"]`, `null`, ""},
		{"integer", `"type":"integer"`, `1e2`, ""},
		{"fraction", `"type":"integer"`, `1.5`, "/ type number [integer]"},
		{"exponent beyond bounds", `"type":"integer"`, `1e1000001`, "/ type number [integer]"},
		{"const", `"const":"a"`, `1`, "/ const 1 a"},
		{"enum", `"enum":["a","b"]`, `"c"`, "/ enum c [a b]"},
		{"required", `"required":["b","a","c"]`, `{"c":1}`, "/ required a <nil>"},
		{"required of no object", `"required":["a"]`, `"x"`, ""},
		{"closed", `"properties":{"b":{}},"additionalProperties":false`, `{"d":1,"c":1,"b":1}`, "/ additionalProperties c <nil>"},
		{"open", `"properties":{"b":{}},"additionalProperties":true`, `{"d":1}`, ""},
		{"additional", `"properties":{"b":{}},"additionalProperties":{"type":"string"}`, `{"b":1,"c":1,"d":"x"}`, "/c type number [string]"},
		{"patterns", `"patternProperties":{"^a":{"maxLength":1},"b$":{"minLength":3}},"additionalProperties":false`, `{"ab":"xx","c":"","a":"x"}`,
			"/ additionalProperties c <nil>; /ab maxLength 2 1; /ab minLength 2 3"},
		{"maxProperties", `"maxProperties":1`, `{"a":1,"b":2}`, "/ maxProperties 2 1"},
		{"items", `"items":{"type":"string"}`, `["a",1,["b"]]`, "/1 type number [string]; /2 type array [string]"},
		{"counts", `"minItems":2,"maxItems":1`, `[1,2]`, "/ maxItems 2 1"},
		{"too few", `"minItems":1`, `[]`, "/ minItems 0 1"},
		{"unique", `"uniqueItems":true`, `[1,2,1.0]`, "/ uniqueItems [0 2] <nil>"},
		{"not unique", `"uniqueItems":false`, `[1,1]`, ""},
		{"characters", `"minLength":2,"maxLength":3`, `"äöü"`, ""},
		{"too many characters", `"maxLength":3`, `"äöüß"`, "/ maxLength 4 3"},
		{"pattern", `"pattern":"^a"`, `"ba"`, "/ pattern ba <nil>"},
		{"format first", `"pattern":"^x","format":"date-time"`, `"now"`, "/ format now date-time"},
		{"bounds", `"type":"integer","minimum":-1,"maximum":9223372036854775807`, `-1`, ""},
		{"beyond int64", `"type":"integer","maximum":9223372036854775807`, `9223372036854775808`, "/ maximum 9223372036854775808 9223372036854775807"},
		{"below", `"type":"integer","minimum":0`, `-1e1`, "/ minimum -10 0"},
		{"everything below", `"properties":{"a":{"properties":{"b":{"items":{"$ref":"defs.json#/$defs/word"}}}}}`, `{"a":{"b":["x","Y",1]}}`,
			"/a/b/1 pattern Y <nil>; /a/b/2 type number [string]"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := findings(t, c.body, c.value); got != c.want {
				t.Errorf("found %q, want %q", got, c.want)
			}
		})
	}
}

func TestDecode(t *testing.T) {
	for text, ok := range map[string]bool{`{"a":1}`: true, ` [1] `: true, ``: false, `{`: false, `1 2`: false, `{}x`: false,
		strings.Repeat("[", 10001) + strings.Repeat("]", 10001): false} {
		if _, err := Decode([]byte(text)); (err == nil) != ok {
			t.Errorf("%.20s: %v", text, err)
		}
	}
	v, err := Decode([]byte(`{"a":1,"a":{"b":2}}`))
	if err != nil || fmt.Sprint(v) != "map[a:map[b:2]]" {
		t.Errorf("of a member given twice the last one counts: %v, %v", v, err)
	}
}
