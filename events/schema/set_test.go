package schema

import (
	"strings"
	"sync"
	"testing"
	"testing/fstest"
)

const base = "https://latchkey.example/events/"

// set returns a set of one file with this body and a file of definitions.
func set(body string) *Set {
	file := func(name, body string) *fstest.MapFile {
		return &fstest.MapFile{Data: []byte(`{"$schema":"` + dialect + `","$id":"` + base + name + `.json",` + body + `}`)}
	}
	return NewSet(fstest.MapFS{
		"schemas/one.json": file("one", body),
		"schemas/defs.json": file("defs", `"title":"Shared","$defs":{
			"word":{"type":"string","pattern":"^[a-z]+$","description":"a word"},
			"loop":{"items":{"$ref":"one.json#/$defs/loop"}}}`),
	}, "schemas", base)
}

func TestSet_Load(t *testing.T) {
	s, err := set(`"type":["object","null"],"$defs":{"w":{"$ref":"defs.json#/$defs/word"}},
		"properties":{"a":{"$ref":"#/$defs/w","description":"mine"},"b":{"$ref":"#/$defs/w","default":"x"}}`).Load("one")
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(s.Types, " "); got != "null object" {
		t.Errorf("types %s", got)
	}
	a, b := s.Properties["a"], s.Properties["b"]
	if a.Description != "mine" || b.Description != "a word" || a.pattern != b.pattern {
		t.Errorf("references resolved to %+v and %+v", a, b)
	}
}

func TestSet_Load_Refused(t *testing.T) {
	for _, c := range []struct{ name, body, want string }{
		{"oneOf", `"oneOf":[{}]`, "oneOf: is not supported"},
		{"anyOf", `"anyOf":[{}]`, "anyOf: is not supported"},
		{"allOf", `"allOf":[{}]`, "allOf: is not supported"},
		{"not", `"not":{}`, "not: is not supported"},
		{"if", `"if":{}`, "if: is not supported"},
		{"then", `"then":{}`, "then: is not supported"},
		{"else", `"else":{}`, "else: is not supported"},
		{"contains", `"contains":{}`, "contains: is not supported"},
		{"minContains", `"minContains":1`, "minContains: is not supported"},
		{"prefixItems", `"prefixItems":[{}]`, "prefixItems: is not supported"},
		{"additionalItems", `"additionalItems":false`, "additionalItems: is not supported"},
		{"unevaluatedItems", `"unevaluatedItems":false`, "unevaluatedItems: is not supported"},
		{"unevaluatedProperties", `"unevaluatedProperties":false`, "unevaluatedProperties: is not supported"},
		{"minProperties", `"minProperties":1`, "minProperties: is not supported"},
		{"propertyNames", `"propertyNames":{}`, "propertyNames: is not supported"},
		{"dependentRequired", `"dependentRequired":{}`, "dependentRequired: is not supported"},
		{"dependentSchemas", `"dependentSchemas":{}`, "dependentSchemas: is not supported"},
		{"dependencies", `"dependencies":{}`, "dependencies: is not supported"},
		{"exclusiveMinimum", `"exclusiveMinimum":1`, "exclusiveMinimum: is not supported"},
		{"exclusiveMaximum", `"exclusiveMaximum":1`, "exclusiveMaximum: is not supported"},
		{"multipleOf", `"multipleOf":2`, "multipleOf: is not supported"},
		{"contentEncoding", `"contentEncoding":"base64"`, "contentEncoding: is not supported"},
		{"contentMediaType", `"contentMediaType":"text/plain"`, "contentMediaType: is not supported"},
		{"definitions", `"definitions":{}`, "definitions: is not supported"},
		{"$anchor", `"$anchor":"a"`, "$anchor: is not supported"},
		{"$dynamicRef", `"$dynamicRef":"#a"`, "$dynamicRef: is not supported"},
		{"$comment", `"$comment":"a"`, "$comment: is not supported"},
		{"examples", `"examples":["a"]`, "examples: is not supported"},
		{"misspelt", `"maxlength":3`, "maxlength: is not supported"},
		{"deep", `"properties":{"a":{"items":{"oneOf":[]}}}`, "properties: a: items: oneOf: is not supported"},
		{"title below", `"properties":{"a":{"title":"A"}}`, "properties: a: title: is not supported"},
		{"other format", `"format":"email"`, "format: is not supported"},
		{"type number", `"type":"number"`, "type: one of [number] is not supported"},
		{"type twice", `"type":["string","string"]`, "type: one of [string string] is not supported"},
		{"type of nothing", `"type":[]`, "type: is not a list of strings"},
		{"const of a number", `"const":1`, "const: is not a string"},
		{"enum of numbers", `"enum":["a",1]`, "enum: 1: is not a string"},
		{"required a string", `"required":"a"`, "required: is not a list of strings"},
		{"uniqueItems a string", `"uniqueItems":"yes"`, "uniqueItems: is neither true nor false"},
		{"length a fraction", `"maxLength":1.5`, "maxLength: is not a whole number that fits"},
		{"length negative", `"minLength":-1`, "minLength: is not a whole number that fits"},
		{"minimum beyond int64", `"type":"integer","minimum":9223372036854775808`, "minimum: is not a whole number that fits"},
		{"minimum of anything", `"minimum":1`, "minimum and maximum are supported with type integer only"},
		{"maximum of null", `"type":["integer","null"],"maximum":1`, "minimum and maximum are supported with type integer only"},
		{"boolean schema", `"properties":{"a":true}`, "properties: a: is not an object"},
		{"list of schemas", `"items":[{}]`, "items: is not an object"},
		{"properties a list", `"properties":[]`, "properties: is not an object"},
		{"pattern a number", `"pattern":1`, "pattern: is not a string"},
		{"reference elsewhere", `"$ref":"https://example.com/x.json#/$defs/a"`, "$ref: is not FILE.json#/$defs/NAME"},
		{"reference to a file of another name", `"$ref":"defs#/$defs/word"`, "is not FILE.json#/$defs/NAME"},
		{"reference to a path", `"$ref":"defs.json#/$defs/word/items"`, "$ref: is not FILE.json#/$defs/NAME"},
		{"reference to a file", `"$ref":"defs.json"`, "$ref: is not FILE.json#/$defs/NAME"},
		{"reference to nothing", `"$ref":"defs.json#/$defs/none"`, `defs.json has no definition "none"`},
		{"reference to itself", `"$ref":"#/$defs/loop","$defs":{"loop":{"properties":{"a":{"$ref":"#/$defs/loop"}}}}`, "definition loop of one.json refers to itself"},
		{"reference in a circle", `"$ref":"#/$defs/loop","$defs":{"loop":{"$ref":"defs.json#/$defs/loop"}}`, "definition loop of one.json refers to itself"},
		{"keyword beside a reference", `"$ref":"defs.json#/$defs/word","maxLength":3`, "maxLength: is not supported beside $ref"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := set(c.body).Load("one")
			if err == nil || !strings.Contains(err.Error(), c.want) || !strings.HasPrefix(err.Error(), "schema one.json: ") {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
}

func TestSet_Load_BrokenFile(t *testing.T) {
	const head = `{"$schema":"` + dialect + `","$id":"` + base + `one.json"`
	for name, file := range map[string]string{
		"not JSON":      head,
		"two values":    head + `}{}`,
		"a list":        `[]`,
		"no $schema":    `{"$id":"` + base + `one.json"}`,
		"other dialect": `{"$schema":"http://json-schema.org/draft-07/schema#","$id":"` + base + `one.json"}`,
		"other $id":     `{"$schema":"` + dialect + `","$id":"` + base + `two.json"}`,
	} {
		t.Run(name, func(t *testing.T) {
			files := fstest.MapFS{"schemas/one.json": &fstest.MapFile{Data: []byte(file)}}
			if _, err := NewSet(files, "schemas", base).Load("one"); err == nil {
				t.Error("it loads")
			}
		})
	}
	if _, err := set(`"type":"object"`).Load("none"); err == nil {
		t.Error("a file that is not there loads")
	}
}

// TestSet_Verify: what Load leaves for later is found.
func TestSet_Verify(t *testing.T) {
	for want, body := range map[string]string{
		"$defs: unused: oneOf: is not supported": `"$defs":{"unused":{"oneOf":[]},"loop":{}}`,
		"pattern \"(\"":                          `"pattern":"(","$defs":{"loop":{}}`,
		"pattern \"[\"":                          `"patternProperties":{"[":{}},"$defs":{"loop":{}}`,
		"has no definition \"loop\"":             `"type":"object"`,
	} {
		if err := set(body).Verify(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %q", body, err, want)
		}
	}
	if err := set(`"$defs":{"loop":{}}`).Verify(); err != nil {
		t.Error(err)
	}
	if err := NewSet(fstest.MapFS{}, "schemas", base).Verify(); err == nil {
		t.Error("no schemas at all are well")
	}
}

func TestSet_Concurrent(t *testing.T) {
	all := set(`"type":"object","properties":{"a":{"$ref":"defs.json#/$defs/word"}}`)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			s, err := all.Load("one")
			if err != nil || s.Check(map[string]any{"a": "B"}, func(Finding) {}) {
				t.Errorf("loaded with %v", err)
			}
		})
	}
	wg.Wait()
}
