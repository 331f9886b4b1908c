package schema

import (
	"encoding/json"
	"slices"
	"strconv"
	"unicode/utf8"
)

// Finding is one way in which a value breaks its schema.
type Finding struct {
	// Path leads to the value: names of members, numbers of elements from 0. It
	// is valid until report returns.
	Path    []string
	Keyword string // that is broken: type, required, …
	// Got is what was found: the value; its type (type), a number of characters,
	// elements or members (the limits), the first name in alphabetical order
	// (required: that is missing, additionalProperties: that is not known), the
	// places of the first two elements that are the same as [2]int (uniqueItems).
	Got any
	// Want is what the keyword asks for: a string (const), []string (type,
	// enum), int64 (limits), or nil.
	Want any
}

// Check reports whether a value from Decode satisfies the schema, and reports
// everything that does not, in no particular order. A value of a wrong type,
// value or format is looked at no further. The format date-time is what Go
// reads as a time: RFC 3339 with T and Z in capitals and without leap seconds.
func (s *Schema) Check(v any, report func(Finding)) bool {
	c := checker{report: report, ok: true}
	c.check(s, v)
	return c.ok
}

type checker struct {
	path   []string
	report func(Finding)
	ok     bool
}

func (c *checker) found(keyword string, got, want any) {
	c.ok = false
	c.report(Finding{Path: c.path, Keyword: keyword, Got: got, Want: want})
}

// below checks a member or an element.
func (c *checker) below(s *Schema, at string, v any) {
	c.path = append(c.path, at)
	c.check(s, v)
	c.path = c.path[:len(c.path)-1]
}

func (c *checker) check(s *Schema, v any) {
	str, isString := v.(string)
	switch {
	case !s.hasType(v):
		c.found("type", typeOf(v), s.Types)
		return
	case s.Const != nil && (!isString || str != *s.Const):
		c.found("const", v, *s.Const)
		return
	case s.Enum != nil && (!isString || !slices.Contains(s.Enum, str)):
		c.found("enum", v, s.Enum)
		return
	case s.dateTime && isString && !isTime(str):
		c.found("format", v, "date-time")
		return
	}
	switch v := v.(type) {
	case map[string]any:
		c.object(s, v)
	case []any:
		c.list(s, v)
	case string:
		c.text(s, v)
	case json.Number:
		c.number(s, v)
	}
}

func (c *checker) object(s *Schema, v map[string]any) {
	c.within(s.members, len(v), "", "maxProperties")
	var missing, unknown first
	for _, name := range s.Required {
		if _, ok := v[name]; !ok {
			missing.offer(name)
		}
	}
	for name, x := range v {
		p, known := s.Properties[name]
		if known {
			c.below(p, name, x)
		}
		for _, p := range s.patterned {
			if p.name.MatchString(name) {
				known = true
				c.below(p.schema, name, x)
			}
		}
		switch {
		case known:
		case s.Closed:
			unknown.offer(name)
		case s.Additional != nil:
			c.below(s.Additional, name, x)
		}
	}
	if missing.any {
		c.found("required", missing.name, nil)
	}
	if unknown.any {
		c.found("additionalProperties", unknown.name, nil)
	}
}

// first keeps the first of the names in alphabetical order.
type first struct {
	name string
	any  bool
}

func (f *first) offer(name string) {
	if !f.any || name < f.name {
		f.name, f.any = name, true
	}
}

func (c *checker) list(s *Schema, v []any) {
	c.within(s.items, len(v), "minItems", "maxItems")
	if s.unique {
		if i, j, ok := duplicates(v); ok {
			c.found("uniqueItems", [2]int{i, j}, nil)
		}
	}
	if s.Items != nil {
		for i, x := range v {
			c.below(s.Items, strconv.Itoa(i), x)
		}
	}
}

func (c *checker) text(s *Schema, v string) {
	if s.length != (bounds{}) {
		c.within(s.length, utf8.RuneCountInString(v), "minLength", "maxLength")
	}
	if s.pattern != nil && !s.pattern.MatchString(v) {
		c.found("pattern", v, nil)
	}
}

func (c *checker) within(b bounds, n int, low, high string) {
	if b.min != nil && int64(n) < *b.min {
		c.found(low, n, *b.min)
	}
	if b.max != nil && int64(n) > *b.max {
		c.found(high, n, *b.max)
	}
}

func (c *checker) number(s *Schema, v json.Number) {
	if s.value == (bounds{}) {
		return
	}
	d, _ := parseDecimal(v) // an integer: bounds come with no other type
	if s.value.min != nil && d.cmp(*s.value.min) < 0 {
		c.found("minimum", d.integer(), *s.value.min)
	}
	if s.value.max != nil && d.cmp(*s.value.max) > 0 {
		c.found("maximum", d.integer(), *s.value.max)
	}
}
